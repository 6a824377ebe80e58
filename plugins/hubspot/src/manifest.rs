//! What the plugin says of itself.

use mortise_plugin_api::{ClientAuth, Manifest, OAuth, RevokeStyle, Scope};

pub(crate) fn manifest() -> Manifest {
    Manifest {
        description: "Contacts and deals of a HubSpot account.".to_owned(),
        icon: include_str!("icon.svg").trim_end().to_owned(),
        hosts: vec!["api.hubapi.com".to_owned()],
        api_base: "https://api.hubapi.com".to_owned(),
        oauth: oauth(),
        scopes: scopes(),
        ..Manifest::new("hubspot", "HubSpot", env!("CARGO_PKG_VERSION"))
    }
}

fn oauth() -> OAuth {
    OAuth {
        authorize_url: "https://app.hubspot.com/oauth/authorize".to_owned(),
        token_url: "https://api.hubapi.com/oauth/2026-03/token".to_owned(),
        revoke_url: Some("https://api.hubapi.com/oauth/2026-03/token/revoke".to_owned()),
        client_auth: ClientAuth::Body,
        revoke_style: RevokeStyle::WithClient,
        pkce: true,
        // Revoking ends the refresh token alone.
        disconnect_hint: Some(
            "The app stays installed in HubSpot. To remove it too, open Settings > Integrations > \
             Connected apps in HubSpot and uninstall it there."
                .to_owned(),
        ),
        ..OAuth::default()
    }
}

fn scopes() -> Vec<Scope> {
    [
        ("oauth", "HubSpot asks for it with every connection."),
        ("crm.objects.contacts.read", "To find people among your contacts."),
        ("crm.objects.contacts.write", "To add people to your contacts and keep them up to date."),
        ("crm.objects.deals.read", "To see your deals and how far they have come."),
        ("crm.objects.deals.write", "To add deals and keep them up to date."),
        ("crm.objects.owners.read", "To show which colleague a contact or deal belongs to."),
    ]
    .map(|(name, why)| Scope { name: name.to_owned(), why: why.to_owned(), ..Scope::default() })
    .into()
}
