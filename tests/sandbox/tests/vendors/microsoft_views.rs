use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::ADA;
use crate::microsoft_client::{Graph, graph, graph_of, hour, refusal, subjects, time};

const DAY: &str = "startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-12-02T00:00:00Z";

async fn view(ada: &Graph, query: &str) -> Value {
    ada.get(&format!("/me/calendarView?{query}")).await
}

/// Follows the links from `first` on; gives the subjects of each page.
async fn pages(ada: &Graph, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut target = first.to_owned();
    loop {
        let page = ada.get(&target).await;
        pages.push(subjects(&page).into_iter().map(str::to_owned).collect());
        let Some(next) = page["@odata.nextLink"].as_str() else { return pages };
        assert!(next.starts_with(ada.sandbox.microsoft().url()), "{next}");
        target = next.to_owned();
    }
}

#[tokio::test]
async fn a_view_shows_what_meets_its_range_by_start() {
    let ada = graph().await;
    for (subject, start, end) in [
        ("after", "2026-12-01T10:00:00", "2026-12-01T11:00:00"),
        ("last", "2026-12-01T09:45:00", "2026-12-01T12:00:00"),
        ("before", "2026-12-01T08:00:00", "2026-12-01T09:00:00"),
        ("first", "2026-12-01T08:30:00", "2026-12-01T09:30:00"),
        ("reminder", "2026-12-01T09:00:00", "2026-12-01T09:00:00"),
    ] {
        let (start, end) = (time(start, "UTC"), time(end, "UTC"));
        ada.create(json!({"subject": subject, "start": start, "end": end})).await;
    }
    for range in [
        "startDateTime=2026-12-01T09:00:00Z&endDateTime=2026-12-01T10:00:00Z",
        "startDateTime=2026-12-01T10:00:00%2B01:00&endDateTime=2026-12-01T11:00:00%2B01:00",
        "startDateTime=2026-12-01T09:00:00&endDateTime=2026-12-01T10:00:00",
    ] {
        assert_eq!(subjects(&view(&ada, range).await), ["first", "reminder", "last"], "{range}");
    }
}

#[tokio::test]
async fn the_preferred_zone_is_of_the_answer_and_not_of_the_range() {
    let ada = graph().await;
    ada.create(hour("early", "2026-12-01T00")).await;
    let target = format!("/me/calendarView?{}", DAY.replace('Z', ""));
    let tokyo = r#"outlook.timezone="Tokyo Standard Time""#;
    let answer = ada.prefer(tokyo, "GET", &target).await;
    assert_eq!(subjects(&answer.body), ["early"]);
    let start = &answer.body["value"][0]["start"];
    assert_eq!(*start, time("2026-12-01T09:00:00.0000000", "Tokyo Standard Time"));
}

#[tokio::test]
async fn pages_of_a_view_show_every_event_once() {
    let ada = graph().await;
    for at in 0..5 {
        // All at the same time, so that only the tie-breaker orders them.
        ada.create(hour(&format!("event {at}"), "2026-12-01T09")).await;
    }
    let pages = pages(&ada, &format!("/me/calendarView?{DAY}&$top=2&$select=subject")).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat().iter().collect::<BTreeSet<_>>().len(), 5);
}

#[tokio::test]
async fn an_event_that_goes_between_two_pages_hides_no_other() {
    let ada = graph().await;
    for at in ["08", "09", "10", "11"] {
        ada.create(hour(at, &format!("2026-12-01T{at}"))).await;
    }
    let first = view(&ada, &format!("{DAY}&$top=2")).await;
    let gone = crate::microsoft_client::event_path(&first["value"][0]);
    ada.call("DELETE", &gone).await;
    let next = first["@odata.nextLink"].as_str().unwrap();
    assert_eq!(subjects(&ada.get(next).await), ["10", "11"]);
    let other = next.replace("2026-12-02", "2026-12-03");
    assert_eq!(ada.call("GET", &other).await.status, 400, "another query's token");
}

#[tokio::test]
async fn the_three_ways_to_a_view_end_at_their_calendars() {
    let ada = graph().await;
    ada.create(hour("work", "2026-12-01T09")).await;
    ada.sandbox.microsoft().put_event(ADA, "Family", hour("school", "2026-12-01T10"));
    assert_eq!(subjects(&view(&ada, DAY).await), ["work"]);
    let default = ada.get(&format!("/me/calendar/calendarView?{DAY}")).await;
    assert_eq!(subjects(&default), ["work"]);
    let family = ada.calendar("Family").await;
    let family = ada.get(&format!("/me/calendars/{family}/calendarView?{DAY}")).await;
    assert_eq!(subjects(&family), ["school"]);
}

#[tokio::test]
async fn a_range_that_cannot_be_is_refused() {
    let ada = graph().await;
    for query in [
        "",
        "startDateTime=2026-12-01T00:00:00Z",
        "startDateTime=soon&endDateTime=2026-12-02T00:00:00Z",
        "startDateTime=2026-12-02T00:00:00Z&endDateTime=2026-12-01T00:00:00Z",
        "startDateTime=2026-12-01T00:00:00Z&endDateTime=2032-12-01T00:00:00Z",
    ] {
        let answer = ada.call("GET", &format!("/me/calendarView?{query}")).await;
        assert_eq!(refusal(&answer), (400, "ErrorInvalidRequest"), "{query}");
    }
}

#[tokio::test]
async fn lists_are_paged_ordered_and_filtered() {
    let ada = graph().await;
    for (subject, at) in [("b", "09"), ("c", "08"), ("a", "10")] {
        ada.create(hour(subject, &format!("2026-12-01T{at}"))).await;
    }
    let list = "/me/events?$orderby=start/dateTime%20desc&$top=2";
    assert_eq!(pages(&ada, list).await, [vec!["a", "b"], vec!["c"]]);
    assert_eq!(pages(&ada, "/me/events?$orderby=subject&$skip=1").await, [vec!["b", "c"]]);
    let counted = ada.get("/me/events?$top=1&$count=true").await;
    assert_eq!((subjects(&counted), &counted["@odata.count"]), (vec!["b"], &3.into()));
    for (filter, found) in [
        ("subject eq 'a'", vec!["a"]),
        ("start/dateTime ge '2026-12-01T09:00' and isAllDay eq false", vec![]),
        ("start/dateTime ge '2026-12-01T09:00:00Z' and isAllDay eq false", vec!["b", "a"]),
        ("lastModifiedDateTime lt 2020-01-01T00:00:00Z", vec![]),
    ] {
        let target = format!("/me/events?$filter={}", filter.replace(' ', "%20"));
        let answer = ada.call("GET", &target).await;
        match answer.status {
            200 => assert_eq!(subjects(&answer.body), found, "{filter}"),
            _ => assert_eq!(refusal(&answer), (400, "ErrorInvalidUrlQueryFilter"), "{filter}"),
        }
    }
}

#[tokio::test]
async fn what_is_not_supported_in_a_query_is_refused() {
    let ada = graph().await;
    for (query, code) in [
        ("$filter=body/content%20eq%20'x'", "ErrorInvalidUrlQueryFilter"),
        ("$filter=subject%20eq%20'x'%20or%20subject%20eq%20'y'", "ErrorInvalidUrlQueryFilter"),
        ("$orderby=body", "ErrorInvalidUrlQueryOrderBy"),
        ("$expand=attachments", "ErrorInvalidUrlQuery"),
        ("$search=x", "ErrorInvalidUrlQuery"),
        ("$top=0", "ErrorInvalidUrlQuery"),
        ("$top=1001", "ErrorInvalidUrlQuery"),
        ("$skip=x", "ErrorInvalidUrlQuery"),
        ("$top=1&$top=2", "ErrorInvalidUrlQuery"),
    ] {
        let answer = ada.call("GET", &format!("/me/events?{query}")).await;
        assert_eq!(refusal(&answer), (400, code), "{query}");
    }
}

#[tokio::test]
async fn calendars_say_what_can_be_done_with_them() {
    let ada = graph().await;
    let first = ada.get("/me/calendars?$top=2").await;
    let next = ada.get(first["@odata.nextLink"].as_str().unwrap()).await;
    let all = [&first["value"][0], &first["value"][1], &next["value"][0]];
    assert_eq!(all.map(|one| one["name"].as_str().unwrap()), ["Calendar", "Family", "Birthdays"]);
    assert_eq!(all.map(|one| one["canEdit"].as_bool().unwrap()), [true, true, false]);
    assert_eq!(all.map(|one| one["isDefaultCalendar"].as_bool().unwrap()), [true, false, false]);
    assert_eq!(all[0]["owner"]["address"], ADA);
    assert_eq!(all[0]["allowedOnlineMeetingProviders"], json!(["teamsForBusiness"]));
    assert_eq!(all[2]["allowedOnlineMeetingProviders"], json!([]));
    assert!(next["@odata.nextLink"].is_null());

    let default = ada.get("/me/calendar").await;
    assert_eq!(default["id"], all[0]["id"]);
    let family = ada.calendar("Family").await;
    assert_eq!(ada.get(&format!("/me/calendars/{family}?$select=name")).await["name"], "Family");
    let answer = ada.call("GET", "/me/calendars/nonsense").await;
    assert_eq!(refusal(&answer), (404, "ErrorItemNotFound"));
}

#[tokio::test]
async fn the_mailbox_tells_its_zone_by_its_windows_name() {
    let ada = graph_of(ADA, "MailboxSettings.Read").await;
    let settings = ada.get("/me/mailboxSettings").await;
    assert_eq!(settings["timeZone"], "W. Europe Standard Time");
    assert_eq!(settings["workingHours"]["timeZone"]["name"], "W. Europe Standard Time");
}
