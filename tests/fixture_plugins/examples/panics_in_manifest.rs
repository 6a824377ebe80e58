//! Panics when it is asked who it is.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

impl Provider for Fixture {
    #[expect(clippy::panic, reason = "that is what this fixture is for")]
    fn manifest() -> Manifest {
        panic!("no\nidea who I am")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, _: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        Ok(Value::Null)
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
