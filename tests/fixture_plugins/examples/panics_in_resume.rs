//! Panics after the vendor has answered.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value, json,
};

struct Fixture;

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("panics_in_resume")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, cx: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        let answer: Value = cx.get("/answer").send().await?;
        let empty = answer.as_array().map_or(0, Vec::len);
        Ok(json!(1 / empty))
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
