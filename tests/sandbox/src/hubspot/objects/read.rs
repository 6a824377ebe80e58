use axum::http::StatusCode;
use serde_json::Value;

use super::with_associations;
use crate::hubspot::access::{ApiCall, Need};
use crate::hubspot::error::ApiError;
use crate::hubspot::hub::Hub;
use crate::hubspot::object_type::ObjectType;
use crate::hubspot::page::{Page, page};
use crate::hubspot::record::{Record, Shown};
use crate::oauth::Answer;

/// What every read of objects is asked for.
struct Asked {
    of: ObjectType,
    account: String,
    shown: Shown,
    archived: bool,
    associations: bool,
}

impl Asked {
    /// Types in `associations` that are not kept here are passed over; the other one needs its
    /// scope.
    fn of(call: &ApiCall) -> Result<Self, ApiError> {
        let of = ObjectType::named(call.segment("type"))?;
        let other = |name: &String| ObjectType::named(name).ok() == Some(of.other());
        let associations = call.list("associations").iter().any(other);
        let scopes = [of.read_scope(), of.other().read_scope()];
        let account = call.admit(Need::All(if associations { &scopes } else { &scopes[..1] }))?;
        let shown = Shown::asked(of, call.list("properties"));
        Ok(Self { of, account, shown, archived: call.flag("archived")?, associations })
    }

    fn view(&self, hub: &Hub, record: &Record) -> Value {
        let view = record.view(hub, self.of, &self.shown);
        if self.associations { with_associations(view, hub, self.of, record) } else { view }
    }
}

/// `basic.get_by_id`. `archived=true` finds archived objects alone.
pub(crate) async fn get(call: ApiCall) -> Result<Answer, ApiError> {
    let asked = Asked::of(&call)?;
    let mut hubs = call.hubs();
    let hub = hubs.of(&asked.account);
    let id_property = call.query.get("idProperty");
    let record = hub.find(asked.of, call.segment("id"), id_property, asked.archived)?;
    let record = record.ok_or_else(ApiError::not_found)?;
    Ok(Answer(StatusCode::OK, asked.view(hub, record)))
}

/// `basic.get_page`: 10 objects per page, at most 100, by id.
pub(crate) async fn list(call: ApiCall) -> Result<Answer, ApiError> {
    let asked = Asked::of(&call)?;
    let at = Page { limit: call.limit(10, 100)?, after: call.after()? };
    let mut hubs = call.hubs();
    let hub = hubs.of(&asked.account);
    let all = hub.table(asked.of).records.values();
    let wanted = all.filter(|record| record.is_live() != asked.archived);
    let views = wanted.map(|record| (record.id, asked.view(hub, record)));
    Ok(Answer(StatusCode::OK, page(views, &at, &call)))
}
