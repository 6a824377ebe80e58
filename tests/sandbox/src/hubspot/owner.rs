//! `crm/v3/owners`: the people of the hub who can own contacts and deals.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::access::{ApiCall, Need};
use super::error::ApiError;
use super::page::{Page, page};
use super::property::written;
use crate::oauth::Answer;

#[derive(Clone)]
pub(super) struct Owner {
    pub(super) id: String,
    user_id: u64,
    email: String,
    first_name: &'static str,
    last_name: &'static str,
    pub(super) archived: bool,
    at: DateTime<Utc>,
}

impl Owner {
    /// The account itself, a colleague, and one who has left.
    pub(super) fn all(account: &str, at: DateTime<Utc>) -> Vec<Self> {
        let domain = account.split_once('@').map_or("example.com", |(_, domain)| domain);
        let owner = |user_id: u64, email: String, first_name, last_name| Self {
            id: (900 + user_id).to_string(),
            user_id,
            email,
            first_name,
            last_name,
            archived: false,
            at,
        };
        vec![
            owner(1, account.to_owned(), "Ada", "Lovelace"),
            owner(2, format!("grace.hopper@{domain}"), "Grace", "Hopper"),
            Self {
                archived: true,
                ..owner(3, format!("charles.babbage@{domain}"), "Charles", "Babbage")
            },
        ]
    }

    /// An archived owner is no user any more, so it has `userIdIncludingInactive` alone.
    fn view(&self) -> Value {
        let mut view = json!({
            "id": self.id,
            "email": self.email,
            "type": "PERSON",
            "firstName": self.first_name,
            "lastName": self.last_name,
            "userIdIncludingInactive": self.user_id,
            "createdAt": written(self.at),
            "updatedAt": written(self.at),
            "archived": self.archived,
        });
        if !self.archived {
            view["userId"] = json!(self.user_id);
        }
        view
    }
}

const NEED: Need<'static> = Need::All(&["crm.objects.owners.read"]);

/// `owners.get_page`: 100 owners per page, at most 500.
pub(super) async fn list(call: ApiCall) -> Result<Answer, ApiError> {
    let account = call.admit(NEED)?;
    let archived = call.flag("archived")?;
    let email = call.query.get("email").map(str::to_lowercase);
    let mut hubs = call.hubs();
    let owners = hubs.of(&account).owners.iter().filter(|owner| {
        owner.archived == archived && email.as_ref().is_none_or(|email| owner.email == *email)
    });
    let found = owners.map(|owner| (owner.id.parse().unwrap_or(0), owner.view()));
    let asked = Page { limit: call.limit(100, 500)?, after: call.after()? };
    Ok(Answer(StatusCode::OK, page(found, &asked, &call)))
}

/// `owners.get_by_id`; `idProperty=userId` reads the number as the user's.
pub(super) async fn get(call: ApiCall) -> Result<Answer, ApiError> {
    let account = call.admit(NEED)?;
    let archived = call.flag("archived")?;
    let by_user = match call.query.get("idProperty") {
        None | Some("id") => false,
        Some("userId") => true,
        Some(_) => return Err(ApiError::invalid("idProperty must be id or userId")),
    };
    let mut hubs = call.hubs();
    let mut owners = hubs.of(&account).owners.iter();
    let owner = owners.find(|owner| {
        let known = if by_user { owner.user_id.to_string() } else { owner.id.clone() };
        known == call.segment("owner") && owner.archived == archived
    });
    let owner = owner.ok_or_else(ApiError::not_found)?;
    Ok(Answer(StatusCode::OK, owner.view()))
}
