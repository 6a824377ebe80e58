use chrono::Days;

use super::{Step, Tour, quoted};

impl Tour<'_> {
    /// The steps in their order; later ones use what earlier ones set in the shell.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = self.session();
        steps.extend(self.connect());
        steps.extend(self.events());
        steps.extend(self.two_calendars());
        steps.extend(contacts());
        steps.extend(disconnect());
        steps
    }

    fn session(&self) -> Vec<Step> {
        let Self { hub, google, microsoft, hubspot, key_file, .. } = self;
        let key_file = quoted(&key_file.display().to_string());
        let start = format!(
            r#"HUB={hub} GOOGLE={google} MICROSOFT={microsoft} HUBSPOT={hubspot}
KEY=$(cat {key_file})
JSON='Content-Type: application/json'
STATUS='\nHTTP %{{http_code}}\n'
JAR=$(mktemp)
ACCOUNT=ada-$RANDOM@example.com
export no_proxy=localhost,127.0.0.1
echo "$ACCOUNT will use $HUB""#
        );
        vec![
            Step::new(
                "The addresses, the API key of the backend, and a new account at the vendors",
                start,
                &["will use http://"],
            ),
            Step::new(
                "Forget user 42 of an earlier tour",
                r#"curl -sS -w "$STATUS" -X DELETE "$HUB/api/users/42" -H "Authorization: Bearer $KEY""#,
                &["HTTP 204"],
            ),
            Step::new(
                "The backend mints a session for the browser of user 42",
                r#"TOKEN=$(curl -sS "$HUB/api/sessions" -H "Authorization: Bearer $KEY" -H "$JSON" \
  -d '{"user": "42"}' | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
AUTH="Authorization: Bearer $TOKEN"
echo "${TOKEN:0:20}...""#,
                &["mortise_session_"],
            ),
            Step::new(
                "Nothing is connected yet",
                r#"curl -sS -w "$STATUS" "$HUB/api/integrations/google-calendar/status" -H "$AUTH""#,
                &["HTTP 200", r#""status":"not_connected""#],
            ),
        ]
    }

    fn connect(&self) -> Vec<Step> {
        vec![
            Step::new(
                "Ask for a connect link",
                r#"LINK=$(curl -sS "$HUB/api/integrations/google-calendar/connect" -H "$AUTH" |
  sed -n 's/.*"url":"\([^"]*\)".*/\1/p')
echo "$LINK""#,
                &[&format!("{}/api/integrations/google-calendar/connect/", self.hub)],
            ),
            Step::new(
                "Follow it, with cookies like a browser, to the consent page of the vendor",
                r#"curl -sSL -b "$JAR" -c "$JAR" -w "$STATUS" "$LINK" | grep -E '<h1>|"scope"|HTTP'"#,
                &["HTTP 200", "Sign in with Google", "calendar.events"],
            ),
            Step::new(
                "Allow it; the vendor sends the browser back to the hub",
                r#"BACK=$(curl -sS -b "$JAR" -o /dev/null -w '%{redirect_url}' \
  "$GOOGLE/o/oauth2/v2/auth/decision" -d decision=allow -d account="$ACCOUNT")
echo "back to ${BACK%%\?*}""#,
                &[&format!("back to {}/api/integrations/google-calendar/callback", self.hub)],
            ),
            Step::new(
                "Follow back: the hub exchanges the code and keeps the tokens, encrypted",
                r#"curl -sS -b "$JAR" -w "$STATUS" "$BACK" | grep -E '<p |HTTP'"#,
                &["HTTP 200", "is connected as ada-"],
            ),
            Step::new(
                "The connection is active",
                r#"curl -sS -w "$STATUS" "$HUB/api/integrations/google-calendar/status" -H "$AUTH""#,
                &["HTTP 200", r#""status":"active""#],
            ),
        ]
    }

    fn events(&self) -> Vec<Step> {
        let window = self.window();
        let list =
            format!(r#"curl -sS -w "$STATUS" "$HUB/api/calendar/events?{window}" -H "$AUTH""#);
        let one = "$HUB/api/calendar/events/appointment/123";
        vec![
            Step::new(
                "Create an event for appointment/123",
                self.create("123", "Check-up", "10:00", "11:00"),
                &["HTTP 201", r#""entity_id":"123""#, r#""state":"confirmed""#],
            ),
            Step::new(
                "It is in the list",
                list,
                &["HTTP 200", r#""title":"Check-up""#, r#""entity_id":"123""#],
            ),
            Step::new(
                "And in the busy time",
                format!(
                    r#"curl -sS -w "$STATUS" "$HUB/api/calendar/freebusy?{window}" -H "$AUTH""#
                ),
                &[
                    "HTTP 200",
                    &format!(r#""start":"{}T0"#, self.day),
                    r#""provider":"google_calendar""#,
                ],
            ),
            Step::new(
                "A second one at the same time is refused, with what is in the way",
                self.create("124", "Another", "10:30", "11:30"),
                &["HTTP 409", r#""code":"conflict""#, r#""conflicts":[{"#],
            ),
            Step::new(
                "Update the first: later, with another title",
                format!(
                    r#"curl -sS -w "$STATUS" -X PUT "{one}" -H "$AUTH" -H "$JSON" -d '{{
  "event": {}
}}'"#,
                    self.event("Check-up, moved", "14:00", "15:00")
                ),
                &["HTTP 200", r#""title":"Check-up, moved""#],
            ),
        ]
    }

    fn two_calendars(&self) -> Vec<Step> {
        let window = self.window();
        let at_outlook = "$HUB/api/calendar/events/appointment/200";
        vec![
            connect(
                "Connect Outlook in the same way, in one go",
                "outlook",
                "$MICROSOFT/common/oauth2/v2.0/authorize/decision",
                "Outlook is connected as ada-",
            ),
            Step::new(
                "With two calendars a new event needs a provider, or the user a primary calendar",
                r#"curl -sS -w "$STATUS" -X PUT "$HUB/api/calendar/primary" -H "$AUTH" -H "$JSON" \
  -d '{"provider": "google_calendar"}'"#,
                &["HTTP 200", r#""provider":"google_calendar""#],
            ),
            Step::new(
                "Free in Outlook, but busy in Google: a conflict",
                self.create_at("outlook", "200", "Second opinion", "14:30", "15:30"),
                &["HTTP 409", r#""code":"conflict""#, r#""provider":"google_calendar""#],
            ),
            Step::new(
                "An hour later it is free in both",
                self.create_at("outlook", "200", "Second opinion", "16:00", "17:00"),
                &["HTTP 201", r#""provider":"outlook""#],
            ),
            Step::new(
                "The busy time of both calendars, merged, with its sources",
                format!(
                    r#"curl -sS -w "$STATUS" "$HUB/api/calendar/freebusy?{window}" -H "$AUTH""#
                ),
                &["HTTP 200", r#""provider":"google_calendar""#, r#""provider":"outlook""#],
            ),
            Step::new(
                "Move it from Outlook to Google: it is made there before it goes here",
                format!(
                    r#"curl -sS -w "$STATUS" -X PUT "{at_outlook}" -H "$AUTH" -H "$JSON" -d '{{
  "provider": "google_calendar",
  "event": {}
}}'"#,
                    self.event("Second opinion", "16:00", "17:00")
                ),
                &["HTTP 200", r#""provider":"google_calendar""#, r#""title":"Second opinion""#],
            ),
            Step::new(
                "Outlook is empty again",
                format!(
                    r#"curl -sS -w "$STATUS" "$HUB/api/calendar/events?{window}&provider=outlook" -H "$AUTH""#
                ),
                &["HTTP 200", r#""items":[]"#],
            ),
            Step::new(
                "Delete both events",
                format!(
                    r#"curl -sS -w "$STATUS" -X DELETE "{at_outlook}" -H "$AUTH"
curl -sS -w "$STATUS" -X DELETE "$HUB/api/calendar/events/appointment/123" -H "$AUTH""#
                ),
                &["HTTP 204"],
            ),
            Step::new(
                "The list is empty again",
                format!(r#"curl -sS -w "$STATUS" "$HUB/api/calendar/events?{window}" -H "$AUTH""#),
                &["HTTP 200", r#""items":[]"#],
            ),
        ]
    }

    fn create(&self, id: &str, title: &str, start: &str, end: &str) -> String {
        self.post(
            &format!(r#""entity_type": "appointment", "entity_id": "{id}""#),
            title,
            start,
            end,
        )
    }

    fn create_at(&self, provider: &str, id: &str, title: &str, start: &str, end: &str) -> String {
        let record = format!(
            r#""entity_type": "appointment", "entity_id": "{id}", "provider": "{provider}""#
        );
        self.post(&record, title, start, end)
    }

    fn post(&self, record: &str, title: &str, start: &str, end: &str) -> String {
        format!(
            r#"curl -sS -w "$STATUS" "$HUB/api/calendar/events" -H "$AUTH" -H "$JSON" -d '{{
  {record},
  "event": {}
}}'"#,
            self.event(title, start, end)
        )
    }

    fn event(&self, title: &str, start: &str, end: &str) -> String {
        let day = self.day;
        format!(
            r#"{{
    "title": "{title}",
    "start": {{"date_time": "{day}T{start}:00", "time_zone": "Europe/Berlin"}},
    "end": {{"date_time": "{day}T{end}:00", "time_zone": "Europe/Berlin"}}
  }}"#
        )
    }

    /// The day of the events, as query parameters.
    fn window(&self) -> String {
        let next = self.day.checked_add_days(Days::new(1)).unwrap_or(self.day);
        format!("start={}T00:00:00Z&end={next}T00:00:00Z", self.day)
    }
}

/// The whole of a connect, with cookies like a browser; the consent page is answered unseen.
fn connect(title: &'static str, slug: &str, decision: &str, expected: &str) -> Step {
    let command = format!(
        r#"LINK=$(curl -sS "$HUB/api/integrations/{slug}/connect" -H "$AUTH" |
  sed -n 's/.*"url":"\([^"]*\)".*/\1/p')
curl -sSL -b "$JAR" -c "$JAR" -o /dev/null "$LINK"
BACK=$(curl -sS -b "$JAR" -o /dev/null -w '%{{redirect_url}}' \
  "{decision}" -d decision=allow -d account="$ACCOUNT")
curl -sS -b "$JAR" -w "$STATUS" "$BACK" | grep -E '<p |HTTP'"#
    );
    Step::new(title, command, &["HTTP 200", expected])
}

fn contacts() -> Vec<Step> {
    let contact = "$HUB/api/crm/contacts/customer/42";
    let create = r#"curl -sS -w "$STATUS" "$HUB/api/crm/contacts" -H "$AUTH" -H "$JSON" -d '{
  "entity_type": "customer", "entity_id": "42",
  "contact": {"email": "grace@example.org", "first_name": "Grace", "last_name": "Hopper"}
}'"#;
    vec![
        connect(
            "Connect HubSpot",
            "hubspot",
            "$HUBSPOT/oauth/authorize/decision",
            "HubSpot is connected",
        ),
        Step::new(
            "Create a contact for customer/42",
            create,
            &["HTTP 201", r#""entity_id":"42""#, r#""email":"grace@example.org""#],
        ),
        Step::new(
            "Once more: it is there already, and there is one",
            create,
            &["HTTP 200", r#""email":"grace@example.org""#],
        ),
        Step::new(
            "Update it",
            format!(
                r#"curl -sS -w "$STATUS" -X PUT "{contact}" -H "$AUTH" -H "$JSON" -d '{{
  "contact": {{"email": "grace@example.org", "first_name": "Grace", "last_name": "Hopper",
              "job_title": "Rear admiral"}}
}}'"#
            ),
            &["HTTP 200", r#""job_title":"Rear admiral""#],
        ),
        Step::new(
            "A field that HubSpot does not know is refused by its name, and nothing is written",
            format!(
                r#"curl -sS -w "$STATUS" -X PUT "{contact}" -H "$AUTH" -H "$JSON" -d '{{
  "contact": {{"email": "grace@example.org", "extra": {{"shoe_size": "42"}}}}
}}'"#
            ),
            &["HTTP 422", "contact.extra.shoe_size"],
        ),
        Step::new(
            "A deal with this contact",
            r#"curl -sS -w "$STATUS" "$HUB/api/crm/deals" -H "$AUTH" -H "$JSON" -d '{
  "entity_type": "offer", "entity_id": "9",
  "deal": {"name": "Compiler", "amount": "1250.50",
           "contacts": [{"entity_type": "customer", "entity_id": "42"}]}
}'"#,
            &["HTTP 201", r#""amount":"1250.50""#, r#""entity_id":"42""#],
        ),
        Step::new(
            "Archive deal and contact",
            format!(
                r#"curl -sS -w "$STATUS" -X DELETE "$HUB/api/crm/deals/offer/9" -H "$AUTH"
curl -sS -w "$STATUS" -X DELETE "{contact}" -H "$AUTH""#
            ),
            &["HTTP 204"],
        ),
        Step::new(
            "The contact is not linked any more, and not in the list",
            format!(
                r#"curl -sS -w "$STATUS" "{contact}" -H "$AUTH"
curl -sS -w "$STATUS" "$HUB/api/crm/contacts?query=grace" -H "$AUTH""#
            ),
            &["HTTP 404", r#""code":"not-linked""#, r#""items":[]"#],
        ),
    ]
}

fn disconnect() -> [Step; 4] {
    [
        Step::new(
            "Disconnect Google: the vendor revokes the tokens, the hub deletes them",
            r#"curl -sS -w "$STATUS" -X POST "$HUB/api/integrations/google-calendar/disconnect" -H "$AUTH""#,
            &["HTTP 200", r#""status":"revoked""#, r#""vendor":"revoked""#],
        ),
        Step::new(
            "Disconnect Outlook: Microsoft cannot take a single permission back, so there is a hint",
            r#"curl -sS -w "$STATUS" -X POST "$HUB/api/integrations/outlook/disconnect" -H "$AUTH""#,
            &["HTTP 200", r#""vendor":"not_supported""#, r#""hint":"#],
        ),
        Step::new(
            "Disconnect HubSpot",
            r#"curl -sS -w "$STATUS" -X POST "$HUB/api/integrations/hubspot/disconnect" -H "$AUTH""#,
            &["HTTP 200", r#""vendor":"revoked""#],
        ),
        Step::new(
            "All connections are revoked",
            r#"curl -sS -w "$STATUS" "$HUB/api/integrations/google-calendar/status" -H "$AUTH"
curl -sS -w "$STATUS" "$HUB/api/integrations/outlook/status" -H "$AUTH"
curl -sS -w "$STATUS" "$HUB/api/integrations/hubspot/status" -H "$AUTH"
rm -f "$JAR""#,
            &["HTTP 200", r#""status":"revoked""#],
        ),
    ]
}
