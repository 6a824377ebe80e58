//! What the plugin says of itself.

use mortise_plugin_api::{ClientAuth, Manifest, OAuth, RevokeStyle, Scope, crm};

use crate::{
    routes::{self, LINK, OWNERS, PROPERTIES, UNLINK},
    settings,
};

pub(crate) fn manifest() -> Manifest {
    Manifest {
        description: "Contacts and deals of a HubSpot account.".to_owned(),
        icon: include_str!("icon.svg").trim_end().to_owned(),
        hosts: vec!["api.hubapi.com".to_owned()],
        api_base: "https://api.hubapi.com".to_owned(),
        oauth: oauth(),
        scopes: scopes(),
        routes: routes::routes(),
        settings_schema: settings::schema(),
        ..Manifest::new("hubspot", "HubSpot", env!("CARGO_PKG_VERSION"))
    }
    .with_capability(crm::CAPABILITY, crm::OPERATIONS)
}

fn oauth() -> OAuth {
    OAuth {
        authorize_url: "https://app.hubspot.com/oauth/authorize".to_owned(),
        token_url: "https://api.hubapi.com/oauth/2026-03/token".to_owned(),
        revoke_url: Some("https://api.hubapi.com/oauth/2026-03/token/revoke".to_owned()),
        client_auth: ClientAuth::Body,
        revoke_style: RevokeStyle::WithClient,
        pkce: true,
        account_fields: vec!["hub_id".to_owned()],
        // Revoking ends the refresh token alone.
        disconnect_hint: Some(
            "The app stays installed in HubSpot. To remove it too, open Settings > Integrations > \
             Connected apps in HubSpot and uninstall it there."
                .to_owned(),
        ),
        ..OAuth::default()
    }
}

/// The scopes of schemas permit no operation by themselves, and nothing needs them once the key
/// property is there.
fn scopes() -> Vec<Scope> {
    let crm = |names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("{}.{name}", crm::CAPABILITY)).collect()
    };
    let link = [LINK, UNLINK].map(str::to_owned);
    [
        ("oauth", "HubSpot asks for it with every connection.", vec![]),
        (
            "crm.objects.contacts.read",
            "To find people among your contacts.",
            [crm(&["get_contact", "find_contact", "list_contacts"]), vec![PROPERTIES.to_owned()]]
                .concat(),
        ),
        (
            "crm.objects.contacts.write",
            "To add people to your contacts and keep them up to date.",
            crm(&["create_contact", "update_contact", "delete_contact"]),
        ),
        (
            "crm.objects.deals.read",
            "To see your deals and how far they have come.",
            [crm(&["get_deal", "list_deals"]), vec![PROPERTIES.to_owned()]].concat(),
        ),
        (
            "crm.objects.deals.write",
            "To add deals and keep them up to date.",
            [crm(&["create_deal", "update_deal", "delete_deal"]), link.into()].concat(),
        ),
        (
            "crm.objects.owners.read",
            "To show which colleague a contact or deal belongs to.",
            vec![OWNERS.to_owned()],
        ),
        (
            "crm.schemas.contacts.write",
            "To add one field to your contacts that keeps them from being created twice.",
            vec![],
        ),
        (
            "crm.schemas.deals.write",
            "To add one field to your deals that keeps them from being created twice.",
            vec![],
        ),
    ]
    .map(|(name, why, operations)| Scope {
        name: name.to_owned(),
        why: why.to_owned(),
        operations,
        ..Scope::default()
    })
    .into()
}
