//! A manifest that lacks its id.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        Manifest { id: String::new(), ..mortise_fixture_plugins::manifest("nobody") }
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
