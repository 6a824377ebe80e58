use mortise_plugin_api::{ErrorKind, HttpAnswer, json};

use crate::support::{error_body, failed_item, host, line, only_request};

#[test]
fn owners_come_in_pages_under_the_hubs_names() {
    let host = host();
    let owner = json!({
        "id": "901",
        "email": "bob@example.org",
        "firstName": "Bob",
        "lastName": null,
        "type": "PERSON",
        "userId": 77,
        "createdAt": "2026-11-01T08:00:00Z",
        "updatedAt": "2026-11-01T08:00:00Z",
        "archived": false,
        "teams": [{"id": "1", "name": "Sales", "primary": true}],
    });
    let paging = json!({"next": {"after": "b", "link": "x"}});
    host.answer_json(200, json!({"results": [owner, {"email": "x"}], "paging": paging}));
    let query = json!({"email": "bob@example.org", "after": "a", "limit": "2"});
    let answer = host.call("hubspot.owners", json!({"query": query})).unwrap();
    assert_eq!(
        answer,
        json!({
            "items": [{
                "id": "901",
                "email": "bob@example.org",
                "first_name": "Bob",
                "type": "PERSON",
                "user_id": "77",
                "archived": false,
                "teams": ["Sales"],
            }],
            "next_cursor": "b",
            "warnings": ["owner 2 of the page was sent broken"],
        })
    );
    assert_eq!(
        line(&only_request(&host)),
        "GET /crm/v3/owners?email=bob@example.org&after=a&limit=2"
    );
}

#[test]
fn the_first_page_of_owners_needs_nothing() {
    let host = host();
    host.answer_json(200, json!({"results": []}));
    let answer = host.call("hubspot.owners", json!({"query": {"email": "", "after": ""}})).unwrap();
    assert_eq!(answer, json!({"items": [], "warnings": []}));
    assert_eq!(line(&only_request(&host)), "GET /crm/v3/owners?limit=100");
}

#[test]
fn a_limit_is_a_number_and_no_larger_than_hubspots() {
    let host = host();
    for bad in ["0", "-1", "many", "1.5"] {
        let error = host.call("hubspot.owners", json!({"query": {"limit": bad}})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("limit"), "{bad}");
    }
    host.answer_json(200, json!({"results": []}));
    host.call("hubspot.owners", json!({"query": {"limit": "5000"}})).unwrap();
    assert_eq!(line(&only_request(&host)), "GET /crm/v3/owners?limit=100");
}

#[test]
fn properties_tell_what_extra_can_hold() {
    let host = host();
    let property = json!({
        "name": "colour",
        "label": "Colour 🎨",
        "description": "",
        "groupName": "contactinformation",
        "type": "enumeration",
        "fieldType": "select",
        "options": [{"label": "Teal", "value": "teal", "displayOrder": 1, "hidden": false}],
        "hasUniqueValue": false,
        "hidden": false,
        "hubspotDefined": true,
        "modificationMetadata": {"readOnlyValue": true, "archivable": true},
    });
    let calculated = json!({"name": "age", "calculated": true, "options": null});
    host.answer_json(200, json!({"results": [property, calculated, {"label": "no name"}]}));
    let input = json!({"path": {"object": "contacts"}});
    let answer = host.call("hubspot.properties", input).unwrap();
    assert_eq!(
        answer,
        json!({
            "items": [
                {
                    "name": "colour",
                    "label": "Colour 🎨",
                    "description": "",
                    "group": "contactinformation",
                    "type": "enumeration",
                    "field_type": "select",
                    "unique": false,
                    "hidden": false,
                    "hubspot_defined": true,
                    "read_only": true,
                    "options": [{"value": "teal", "label": "Teal"}],
                },
                {"name": "age", "read_only": true, "options": []},
            ],
            "warnings": ["property 3 of the page was sent broken"],
        })
    );
    assert_eq!(line(&only_request(&host)), "GET /crm/v3/properties/contacts");
}

#[test]
fn only_contacts_and_deals_have_properties_here() {
    let host = host();
    for object in ["companies", "", "../contacts", "Contacts"] {
        let input = json!({"path": {"object": object}});
        let error = host.call("hubspot.properties", input).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("object"), "{object}");
    }
    assert!(host.requests().is_empty());
}

#[test]
fn a_contact_is_linked_to_a_deal_and_unlinked() {
    let host = host();
    let input = json!({"path": {"deal": "7", "contact": "51"}});
    host.answer_json(200, json!({"status": "COMPLETE", "results": []}));
    let answer = host.call("hubspot.link_contact", &input).unwrap();
    assert_eq!(answer, json!({"deal": "7", "contact": "51", "linked": true}));
    assert_eq!(
        line(&only_request(&host)),
        "PUT /crm/v4/objects/deals/7/associations/default/contacts/51"
    );
    host.answer(HttpAnswer { status: 204, ..HttpAnswer::default() });
    let answer = host.call("hubspot.unlink_contact", &input).unwrap();
    assert_eq!(answer, json!({"deal": "7", "contact": "51", "linked": false}));
    assert_eq!(
        line(&only_request(&host)),
        "DELETE /crm/v4/objects/deals/7/associations/contacts/51"
    );
}

#[test]
fn a_link_needs_both_ends() {
    let host = host();
    for operation in ["hubspot.link_contact", "hubspot.unlink_contact"] {
        let error = host.call(operation, json!({"path": {"deal": "7"}})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("contact"));
        let error =
            host.call(operation, json!({"path": {"deal": "", "contact": "5"}})).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("deal"));
        host.answer_json(404, error_body("not_found"));
        let input = json!({"path": {"deal": "7", "contact": "51"}});
        assert_eq!(host.call(operation, input).unwrap_err().kind, ErrorKind::NotFound);
    }
}

#[test]
fn a_link_that_failed_inside_a_200_failed() {
    let host = host();
    host.answer_json(200, failed_item(error_body("not_found")));
    let input = json!({"path": {"deal": "7", "contact": "51"}});
    let error = host.call("hubspot.link_contact", input).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn a_link_that_was_not_answered_for_is_no_success() {
    for no_answer in ["", "<html>hello</html>", "{}", r#"{"error": "invalid_grant"}"#] {
        let host = host();
        host.answer(HttpAnswer { status: 200, body: no_answer.into(), ..HttpAnswer::default() });
        let input = json!({"path": {"deal": "7", "contact": "51"}});
        let error = host.call("hubspot.link_contact", input).unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadAnswer, "{no_answer}");
    }
}

#[test]
fn operations_that_the_manifest_does_not_name_are_not_there() {
    let host = host();
    for operation in ["hubspot.companies", "crm.merge_contacts", "calendar.list_events"] {
        let error = host.call(operation, json!({})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotSupported, "{operation}");
    }
    assert_eq!(host.call("identify", json!(null)).unwrap_err().kind, ErrorKind::NotSupported);
    assert!(host.requests().is_empty());
}
