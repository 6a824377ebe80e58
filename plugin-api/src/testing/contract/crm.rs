//! The rules of the CRM capability.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    KEY, object,
    run::{Faults, Given, Must, Ran, Rule, carries, differ, rule, with_retry_after},
};
use crate::{
    crm::{Contact, ContactPage, Deal, DealPage, FoundContact},
    error::{
        Error,
        ErrorKind::{
            BadAnswer, Conflict, CursorLost, Gone, InvalidInput, MissingScope, NotFound,
            RateLimited, Timeout, Unauthorized, Unavailable,
        },
    },
};

use Must::{Fail, FailWith, Give, GiveOrFail, GivePages};

const UNKNOWN: &str = "shoe_size";

pub(super) const RULES: &[Rule] = &[
    rule("create_contact", "create_contact", create_contact, Give(is_contact)),
    rule("create_contact_repeated", "create_contact", create_contact, Give(once)),
    rule("get_contact", "get_contact", contact, Give(is_contact)),
    rule("get_contact_missing", "get_contact", contact, Fail(&[NotFound, Gone])),
    rule("find_contact", "find_contact", address, Give(found)),
    rule("find_contact_none", "find_contact", address, Give(not_found)),
    rule("update_contact", "update_contact", update_contact, Give(is_contact)),
    rule("update_contact_taken", "update_contact", update_contact, Fail(&[Conflict])),
    rule("unknown_property", "create_contact", unknown, FailWith(InvalidInput, names_it)),
    rule("delete_contact", "delete_contact", delete_contact, Give(nothing)),
    rule("delete_contact_missing", "delete_contact", delete_contact, GiveOrFail(&[NotFound])),
    rule("list_contacts_two_pages", "list_contacts", list, GivePages(two_pages)),
    rule("list_contacts_empty", "list_contacts", list, Give(no_contacts)),
    rule("search_contacts", "list_contacts", search, Give(one_for_ada)),
    Rule { optional: true, ..rule("list_cursor_lost", "list_contacts", list, Fail(&[CursorLost])) },
    rule("create_deal", "create_deal", create_deal, Give(made)),
    rule("create_deal_repeated", "create_deal", create_deal, Give(is_deal)),
    rule("get_deal", "get_deal", deal, Give(is_deal)),
    rule("get_deal_missing", "get_deal", deal, Fail(&[NotFound, Gone])),
    rule("update_deal", "update_deal", update_deal, Give(is_deal)),
    rule("delete_deal", "delete_deal", delete_deal, Give(nothing)),
    rule("list_deals_empty", "list_deals", list, Give(no_deals)),
    rule("rate_limited", "get_contact", contact, FailWith(RateLimited, with_retry_after)),
    rule("token_refused", "get_contact", contact, Fail(&[Unauthorized])),
    rule("scope_missing", "get_contact", contact, Fail(&[MissingScope])),
    rule("vendor_down", "get_contact", contact, Fail(&[Unavailable])),
    rule("timeout", "get_contact", contact, Fail(&[Timeout])),
    rule("not_json", "get_contact", contact, Fail(&[BadAnswer])),
    rule("other_json", "get_contact", contact, Fail(&[BadAnswer])),
];

fn canonical_contact() -> Value {
    object::contact_draft("favourite_colour", "teal")
}

fn create_contact(_: &Given<'_>) -> Value {
    json!({"key": KEY, "contact": canonical_contact()})
}

fn unknown(_: &Given<'_>) -> Value {
    json!({"key": KEY, "contact": object::contact_draft(UNKNOWN, "42")})
}

fn contact(given: &Given<'_>) -> Value {
    json!({"id": object::contact_id(given), "fields": ["favourite_colour"]})
}

fn address(_: &Given<'_>) -> Value {
    json!({"email": "ada@example.org"})
}

fn update_contact(given: &Given<'_>) -> Value {
    json!({"id": object::contact_id(given), "contact": canonical_contact()})
}

fn delete_contact(given: &Given<'_>) -> Value {
    json!({"id": object::contact_id(given)})
}

fn list(given: &Given<'_>) -> Value {
    json!({"page": given.text("page")})
}

fn search(_: &Given<'_>) -> Value {
    json!({"query": "ada"})
}

fn create_deal(given: &Given<'_>) -> Value {
    json!({"key": KEY, "deal": object::deal_draft(given)})
}

fn deal(given: &Given<'_>) -> Value {
    json!({"id": given.text_or("deal_id", "deal-1"), "fields": []})
}

fn update_deal(given: &Given<'_>) -> Value {
    json!({"id": given.text_or("deal_id", "deal-1"), "deal": object::deal_draft(given)})
}

fn delete_deal(given: &Given<'_>) -> Value {
    json!({"id": given.text_or("deal_id", "deal-1")})
}

/// Judges the first output, once it has the model's shape.
fn judge<T: DeserializeOwned>(ran: &Ran<'_>, judge: impl FnOnce(&T) -> Faults) -> Faults {
    ran.output().map_or_else(|faults| faults, |output| judge(&output))
}

fn is_contact(ran: &Ran<'_>) -> Faults {
    judge(ran, |contact: &Contact| object::contact(contact, ran))
}

/// The contact, and nothing that makes one was sent twice.
fn once(ran: &Ran<'_>) -> Faults {
    let mut faults = is_contact(ran);
    let mut sent = BTreeSet::new();
    for request in ran.requests.iter().filter(|request| request.method == "POST") {
        if !sent.insert((&request.target, &request.body)) {
            faults.push(format!("POST {} is sent twice", request.target));
        }
    }
    faults
}

fn found(ran: &Ran<'_>) -> Faults {
    judge(ran, |found: &FoundContact| match &found.contact {
        Some(contact) => object::contact(contact, ran),
        None => vec!["no contact is found".to_owned()],
    })
}

fn not_found(ran: &Ran<'_>) -> Faults {
    judge(ran, |found: &FoundContact| match &found.contact {
        Some(contact) => vec![format!("contact {} is found", contact.id)],
        None => Faults::new(),
    })
}

fn names_it(error: &Error, _: &Given<'_>) -> Faults {
    let field = Some(format!("contact.extra.{UNKNOWN}"));
    differ("field", &error.field, &field).into_iter().collect()
}

fn nothing(_: &Ran<'_>) -> Faults {
    Faults::new()
}

fn two_pages(ran: &Ran<'_>) -> Faults {
    let pages: Vec<ContactPage> = match ran.pages() {
        Ok(pages) => pages,
        Err(faults) => return faults,
    };
    let sizes: Vec<usize> = pages.iter().map(|page| page.contacts.len()).collect();
    let mut faults: Faults = differ("the pages' sizes", &sizes, &vec![2, 1]).into_iter().collect();
    let ids: BTreeSet<_> =
        pages.iter().flat_map(|page| &page.contacts).map(|contact| &contact.id).collect();
    faults.extend(differ("the number of ids", &ids.len(), &3));
    if pages.last().is_some_and(|page| page.next_page.is_some()) {
        faults.push("the last page has a next one".to_owned());
    }
    faults.extend(pages.iter().flat_map(|page| &page.warnings).cloned());
    faults
}

fn contacts(page: &ContactPage, number: usize) -> Faults {
    let faults = [
        differ("the number of contacts", &page.contacts.len(), &number),
        differ("next_page", &page.next_page, &None),
        differ("warnings", &page.warnings, &Vec::new()),
    ];
    faults.into_iter().flatten().collect()
}

fn no_contacts(ran: &Ran<'_>) -> Faults {
    judge(ran, |page: &ContactPage| contacts(page, 0))
}

fn one_for_ada(ran: &Ran<'_>) -> Faults {
    let mut faults = judge(ran, |page: &ContactPage| contacts(page, 1));
    if !ran.requests.iter().any(|request| carries(request, "ada")) {
        faults.push("no request carries the words".to_owned());
    }
    faults
}

fn is_deal(ran: &Ran<'_>) -> Faults {
    judge(ran, |deal: &Deal| object::deal(deal, ran))
}

fn made(ran: &Ran<'_>) -> Faults {
    let mut faults = is_deal(ran);
    if !ran.writes().any(|request| carries(request, KEY)) {
        faults.push("no write carries the key".to_owned());
    }
    faults
}

fn no_deals(ran: &Ran<'_>) -> Faults {
    judge(ran, |page: &DealPage| {
        let faults = [
            differ("the number of deals", &page.deals.len(), &0),
            differ("next_page", &page.next_page, &None),
            differ("warnings", &page.warnings, &Vec::new()),
        ];
        faults.into_iter().flatten().collect()
    })
}
