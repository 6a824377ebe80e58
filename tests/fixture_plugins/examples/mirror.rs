//! A second well-behaved plugin: two at once must not be taken for each other.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value, json,
};

struct Mirror;

impl Provider for Mirror {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("mirror")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Mirror {
    async fn route(&self, cx: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        let said: Value = cx.get("/said").send().await?;
        Ok(json!({"from": "mirror", "said": said}))
    }
}

mortise_plugin_api::export_plugin!(Mirror: Routes);
