//! The CRM contract, with HubSpot's answers.

use hubspot::HubSpot;
use mortise_plugin_api::testing::contract;

#[test]
fn hubspot_keeps_the_crm_contract() {
    let recorded = contract::Recorded::read(include_str!("contract.json"));
    let hubspot = mortise_vendor_specs::hubspot();
    contract::crm::<HubSpot>(&recorded.checked_by(|request| hubspot.check_request(request)));
}
