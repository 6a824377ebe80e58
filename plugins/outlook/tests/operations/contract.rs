use mortise_plugin_api::testing::contract;
use mortise_vendor_specs::microsoft_graph;
use outlook::Outlook;

#[test]
fn outlook_keeps_the_calendar_contract() {
    let recorded = contract::Recorded::read(include_str!("../contract.json"));
    let recorded = recorded.checked_by(|request| microsoft_graph().check_request(request));
    contract::calendar::<Outlook>(&recorded);
}
