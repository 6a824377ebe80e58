//! The routes that a manifest adds: whether they can be mounted beside the host's own.

use std::collections::BTreeSet;

use mortise_plugin_api::{Manifest, Route};

use super::templates::is_name;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/// What the host itself answers below `/api/integrations/{slug}`.
const OWN: [&str; 6] = ["connect", "callback", "status", "disconnect", "token", "proxy"];

/// Checks all routes; says what is wrong with the first that cannot be mounted.
pub(super) fn check(manifest: &Manifest) -> Result<(), String> {
    let mut operations = BTreeSet::new();
    let mut seen: Vec<&Route> = Vec::new();
    for route in &manifest.routes {
        let named = |reason: String| format!("route {} {}: {reason}", route.method, route.path);
        check_alone(route).map_err(named)?;
        for other in &seen {
            check_pair(route, other).map_err(named)?;
        }
        let operation = &route.operation;
        let in_capability = operation.split_once('.').is_some_and(|(capability, name)| {
            manifest.capabilities.get(capability).is_some_and(|all| all.iter().any(|n| n == name))
        });
        if in_capability || operation == "identify" || !operations.insert(operation) {
            return Err(named(format!("the operation {operation} is named more than once")));
        }
        seen.push(route);
    }
    Ok(())
}

fn check_alone(route: &Route) -> Result<(), String> {
    if !METHODS.contains(&route.method.as_str()) {
        return Err(format!("the method must be one of {}", METHODS.join(", ")));
    }
    if !route.operation.split('.').all(is_name) {
        return Err(format!("{:?} is not an operation's name", route.operation));
    }
    let mut parameters = BTreeSet::new();
    for segment in route.path.split('/') {
        match parameter(segment) {
            Some(name) if !is_name(name) => {
                return Err(format!("{segment} is not a parameter: a-z, 0-9 and _ in braces"));
            }
            Some(name) if !parameters.insert(name) => {
                return Err(format!("the parameter {name} comes twice"));
            }
            Some(_) => {}
            None => check_segment(segment)?,
        }
    }
    let first = route.path.split('/').next().unwrap_or_default();
    if OWN.contains(&first) {
        return Err(format!("{first} is one of the host's own paths"));
    }
    // It would be found before the host's own paths.
    if parameter(first).is_some() {
        return Err("must not begin with a parameter".to_owned());
    }
    Ok(())
}

fn check_segment(segment: &str) -> Result<(), String> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if segment.is_empty() {
        return Err("must be relative, without empty segments".to_owned());
    }
    if segment.bytes().all(|byte| byte == b'.') {
        return Err("must not have segments of dots".to_owned());
    }
    if !segment.bytes().all(plain) {
        return Err(format!("{segment:?} may hold letters, digits and -._~ only"));
    }
    Ok(())
}

/// A router takes one name for a parameter in one place, and one route for a method and path.
fn check_pair(route: &Route, other: &Route) -> Result<(), String> {
    let mut ours = route.path.split('/');
    let mut theirs = other.path.split('/');
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) if route.method == other.method => {
                return Err("comes twice".to_owned());
            }
            (None, _) | (_, None) => return Ok(()),
            (Some(a), Some(b)) => match (parameter(a), parameter(b)) {
                (Some(x), Some(y)) if x != y => {
                    return Err(format!("{{{x}}} is called {{{y}}} in {}", other.path));
                }
                (Some(_), Some(_)) => {}
                (None, None) if a == b => {}
                _ => return Ok(()),
            },
        }
    }
}

fn parameter(segment: &str) -> Option<&str> {
    if segment.contains(['{', '}']) {
        Some(segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(""))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(line: &str, operation: &str) -> Route {
        let (method, path) = line.split_once(' ').unwrap();
        Route {
            method: method.to_owned(),
            path: path.to_owned(),
            operation: operation.to_owned(),
            ..Route::default()
        }
    }

    fn with(routes: Vec<Route>) -> Result<(), String> {
        let manifest =
            Manifest::new("echo", "Echo", "1.0.0").with_capability("calendar", &["get_event"]);
        check(&Manifest { routes, ..manifest })
    }

    #[test]
    fn routes_beside_each_other_are_taken() {
        with(vec![
            route("GET calendars", "list_calendars"),
            route("POST calendars", "calendars.create"),
            route("GET calendars/{calendar}", "get_calendar"),
            route("GET calendars/{calendar}/colours.json", "colours"),
            route("GET calendars/primary/{colour}", "primary_colour"),
        ])
        .unwrap();
    }

    #[test]
    fn a_route_that_cannot_be_mounted_is_named_with_the_reason() {
        for (line, reason) in [
            ("FETCH calendars", "the method must be one of"),
            ("get calendars", "the method must be one of"),
            ("GET /calendars", "must be relative"),
            ("GET calendars/", "must be relative"),
            ("GET ", "must be relative"),
            ("GET a//b", "must be relative"),
            ("GET a/../token", "segments of dots"),
            ("GET a/{b", "not a parameter"),
            ("GET a/x{b}", "not a parameter"),
            ("GET a/{*rest}", "not a parameter"),
            ("GET a/{b}/{b}", "comes twice"),
            ("GET a%2Fb", "letters, digits"),
            ("GET a b", "letters, digits"),
            ("GET {slug}", "must not begin with a parameter"),
            ("GET connect", "host's own"),
            ("GET callback", "host's own"),
            ("GET status", "host's own"),
            ("POST disconnect", "host's own"),
            ("GET token", "host's own"),
            ("GET proxy/x", "host's own"),
        ] {
            let reason_given = with(vec![route(line, "x")]).unwrap_err();
            assert!(reason_given.contains(reason), "{line}: {reason_given}");
            assert!(reason_given.starts_with("route "), "{reason_given}");
        }
    }

    #[test]
    fn routes_that_are_in_each_others_way_are_refused() {
        let twice = with(vec![route("GET a/{b}", "x"), route("GET a/{b}", "y")]).unwrap_err();
        assert_eq!(twice, "route GET a/{b}: comes twice");
        let renamed = with(vec![route("GET a/{b}", "x"), route("PUT a/{c}/d", "y")]).unwrap_err();
        assert_eq!(renamed, "route PUT a/{c}/d: {c} is called {b} in a/{b}");
    }

    #[test]
    fn an_operation_has_one_way_in() {
        let of = |operations: [&str; 2]| {
            with(vec![route("GET a", operations[0]), route("GET b", operations[1])]).unwrap_err()
        };
        assert!(of(["x", "x"]).contains("the operation x is named more than once"));
        assert!(of(["x", "calendar.get_event"]).contains("more than once"));
        assert!(of(["x", "identify"]).contains("more than once"));
        assert!(of(["x", ""]).contains("not an operation's name"));
        assert!(of(["x", "Y"]).contains("not an operation's name"));
    }
}
