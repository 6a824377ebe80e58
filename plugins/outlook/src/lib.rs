//! Outlook (Microsoft 365 and outlook.com) for Mortise, over Microsoft Graph 1.0.
//!
//! Accounts connect and are identified; operations on calendars are not among its capabilities yet.

mod errors;
mod manifest;

use mortise_plugin_api::{Account, Context, Error, Manifest, Provider, Response, Result, Settings};
use serde::Deserialize;

/// The provider. Its one setting, `tenant`, is used in the OAuth addresses, by the host.
pub struct Outlook;

impl Provider for Outlook {
    fn manifest() -> Manifest {
        manifest::manifest()
    }

    fn new(settings: &Settings) -> Result<Self> {
        match settings.get::<String>("tenant")? {
            Some(tenant) if !is_tenant(&tenant) => Err(Error::invalid(
                "settings.tenant",
                "expected common, organizations, consumers, a tenant id or a domain",
            )),
            _ => Ok(Self),
        }
    }

    fn vendor_error(answer: &Response) -> Error {
        errors::read(answer)
    }

    async fn identify(&self, cx: &Context) -> Result<Account> {
        let user: User =
            cx.get("/me").query("$select", "id,displayName,mail,userPrincipalName").send().await?;
        Ok(Account {
            email: user.mail.filter(|mail| !mail.is_empty()).or_else(|| {
                // The name of a guest (`ann_example.org#EXT#@host.example`) is no address.
                user.user_principal_name.filter(|name| name.contains('@') && !name.contains('#'))
            }),
            id: Some(user.id),
            name: user.display_name,
            ..Account::default()
        })
    }
}

/// `microsoft.graph.user`, as far as it is asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    display_name: Option<String>,
    mail: Option<String>,
    user_principal_name: Option<String>,
}

/// The tenant becomes a segment of the OAuth addresses' paths.
fn is_tenant(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let edges = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= 253
        && text.bytes().all(allowed)
        && edges.iter().all(|edge| edge.is_some_and(|byte| byte.is_ascii_alphanumeric()))
}

mortise_plugin_api::export_plugin!(Outlook);
