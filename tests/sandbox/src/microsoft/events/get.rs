use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::microsoft::Microsoft;
use crate::microsoft::call::{Call, Right};
use crate::microsoft::error::GraphError;
use crate::microsoft::schema::EVENT;
use crate::microsoft::select::Select;
use crate::microsoft::store::context;

/// `GET .../events/{id}`, of an occurrence too.
pub(crate) async fn get(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::Read)?;
    let prefer = call.prefer()?;
    call.options(&["$select"])?;
    let select = Select::read(&call, &EVENT)?;
    let mut data = microsoft.api.data();
    let (_, item) = data.mailbox(&account).find(call.place(), call.event_id())?;
    let mut view = item.view(&account, &prefer);
    if select.names("cancelledOccurrences") {
        view["cancelledOccurrences"] = json!(item.cancelled_occurrences(&account, &prefer));
    }
    view["@odata.context"] = context(&account, "events/$entity");
    Ok(prefer.answer(StatusCode::OK, select.apply(view)))
}
