//! Panics in a destructor when its call is given up.

use mortise_plugin_api::{
    Context, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
};

struct Fixture;

struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        let none: [u8; 0] = [];
        let _ = none[std::hint::black_box(3)];
    }
}

impl Provider for Fixture {
    fn manifest() -> Manifest {
        mortise_fixture_plugins::manifest("panics_when_cancelled")
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Fixture {
    async fn route(&self, cx: &Context, _: &str, _: RouteRequest) -> Result<Value> {
        let trap = Trap;
        let answer = cx.get("/slow").send().await;
        std::mem::forget(trap);
        answer
    }
}

mortise_plugin_api::export_plugin!(Fixture: Routes);
