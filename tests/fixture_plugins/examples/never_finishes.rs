//! Asks the same thing for ever.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("never_finishes")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, cx: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        loop {
            let _: Value = cx.get("/done-yet").send().await?;
        }
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
