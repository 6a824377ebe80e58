use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::microsoft::Microsoft;
use crate::microsoft::call::{Call, PAGE, Right};
use crate::microsoft::error::GraphError;
use crate::microsoft::filter::Filter;
use crate::microsoft::order::Order;
use crate::microsoft::schema::EVENT;
use crate::microsoft::select::Select;
use crate::microsoft::store::context;

/// `GET .../events`: single events and series masters, in pages by `$top` and `$skip`.
pub(crate) async fn list(
    State(microsoft): State<Arc<Microsoft>>,
    call: Call,
) -> Result<Response, GraphError> {
    let account = microsoft.admit(&call, Right::Read)?;
    let prefer = call.prefer()?;
    call.options(&["$top", "$skip", "$select", "$orderby", "$filter", "$count"])?;
    let select = Select::read(&call, &EVENT)?;
    let (filter, order) = (Filter::read(&call)?, Order::read(&call, None)?);
    let page = PAGE.of(&call, &prefer)?;
    let mut data = microsoft.api.data();
    let calendar = data.mailbox(&account).calendar(call.place())?;
    let items = calendar.events.values().map(|event| event.item());
    let items = order.sort(items.filter(|item| filter.admits(item)).collect());

    let shown = items.iter().skip(page.skip).take(page.top);
    let shown = shown.map(|(_, item)| select.apply(item.view(&account, &prefer)));
    let mut answer = json!({
        "@odata.context": context(&account, "events"),
        "value": shown.collect::<Vec<Value>>(),
    });
    page.link(&call, items.len(), &mut answer);
    Ok(prefer.answer(StatusCode::OK, answer))
}
