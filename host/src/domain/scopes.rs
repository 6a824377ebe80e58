//! Asked for, granted, missing.

use mortise_plugin_api::{Manifest, Scope};

/// Compares what was granted with what a provider's operations need.
#[derive(Debug, Clone, Copy)]
pub struct Scopes<'a> {
    known: &'a [Scope],
    prefix: &'a str,
    granted: &'a [String],
}

impl<'a> Scopes<'a> {
    /// The scopes granted to a connection of this provider.
    #[must_use]
    pub fn granted(manifest: &'a Manifest, granted: &'a [String]) -> Self {
        Self { known: &manifest.scopes, prefix: &manifest.oauth.scope_prefix, granted }
    }

    /// The wanted scopes that were not granted, in the wanted order.
    #[must_use]
    pub fn missing<'w>(&self, wanted: &'w [String]) -> Vec<&'w str> {
        wanted.iter().map(String::as_str).filter(|wanted| !self.has(wanted)).collect()
    }

    /// The scopes of which one would permit the operation, where none of them is granted; empty
    /// where the operation may go on. An operation that no scope lists needs none.
    #[must_use]
    pub fn lacking(&self, operation: &str) -> Vec<&'a str> {
        let permitting: Vec<&str> = self
            .known
            .iter()
            .filter(|scope| scope.operations.iter().any(|listed| listed == operation))
            .map(|scope| scope.name.as_str())
            .collect();
        self.unless_any(permitting)
    }

    /// The same scopes where none of them is granted, nothing where one is.
    #[must_use]
    pub fn unless_any<'s>(&self, scopes: Vec<&'s str>) -> Vec<&'s str> {
        if scopes.iter().any(|scope| self.has(scope)) { Vec::new() } else { scopes }
    }

    fn has(&self, wanted: &str) -> bool {
        let unreported = |scope: &Scope| scope.unreported && self.same(&scope.name, wanted);
        self.granted.iter().any(|granted| self.same(granted, wanted))
            || self.known.iter().any(unreported)
    }

    /// Vendors change the case of scope names and may put their own resource before them.
    fn same(&self, one: &str, other: &str) -> bool {
        let bare = |scope: &str| {
            let scope = scope.to_ascii_lowercase();
            let prefix = self.prefix.to_ascii_lowercase();
            scope.strip_prefix(&prefix).map_or_else(|| scope.clone(), str::to_owned)
        };
        bare(one) == bare(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("acme", "Acme", "1.0.0");
        manifest.oauth.scope_prefix = "https://api.acme.test/".into();
        let scope = |name: &str, operations: &[&str], unreported| Scope {
            name: name.into(),
            operations: operations.iter().map(|&o| o.into()).collect(),
            unreported,
            ..Scope::default()
        };
        manifest.scopes = vec![
            scope("Events.Write", &["calendar.create_event", "calendar.list_events"], false),
            scope("Events.Read", &["calendar.list_events"], false),
            scope("offline", &[], true),
        ];
        manifest
    }

    #[test]
    fn one_of_several_permitting_scopes_is_enough() {
        let (manifest, granted) = (manifest(), vec!["events.read".to_owned()]);
        let scopes = Scopes::granted(&manifest, &granted);
        assert_eq!(scopes.lacking("calendar.list_events"), Vec::<&str>::new());
        assert_eq!(scopes.lacking("calendar.create_event"), ["Events.Write"]);
        assert_eq!(scopes.lacking("acme.ping"), Vec::<&str>::new());
    }

    #[test]
    fn a_prefix_the_case_and_an_unreported_scope_do_not_make_a_scope_missing() {
        let manifest = manifest();
        let granted = vec!["https://api.acme.test/EVENTS.WRITE".to_owned()];
        let wanted = ["Events.Write", "Events.Read", "offline"].map(str::to_owned);
        assert_eq!(Scopes::granted(&manifest, &granted).missing(&wanted), ["Events.Read"]);
    }
}
