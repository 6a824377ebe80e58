//! Panics when it is set up.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("panics_in_instantiate")
    }

    fn new(_: &Settings) -> Result<Self> {
        let settings: [u8; 0] = [];
        let _ = settings[std::hint::black_box(3)];
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, _: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        Ok(Value::Null)
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
