//! Panics before its operation is under way: in the part that `export_plugin!` writes for others.

use std::sync::Arc;

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, Settings,
    export::{Answer, Exported},
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("panics_in_start")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Exported for Fixture {
    #[expect(clippy::panic, reason = "that is what this fixture is for")]
    fn dispatch(self: Arc<Self>, _: Context, operation: &str, _: &[u8]) -> Option<Answer> {
        panic!("no way to start {operation}")
    }
}

mortise_plugin_api::export_plugin!(@symbol Fixture);
