//! Asks for exactly what its input says: `{"requests": [{"method", "target", "query", "headers"}]}`,
//! all at once. Answers with the statuses.

use std::collections::BTreeMap;

use mortise_fixture_plugins::{manifest, route};
use mortise_plugin_api::{
    Context, Error, ErrorKind, Manifest, Provider, Result, RouteRequest, Routes, Settings, Value,
    json, serde_json,
};
use serde::Deserialize;

struct Probe;

#[derive(Deserialize)]
struct Wanted {
    requests: Vec<WantedRequest>,
}

#[derive(Deserialize)]
struct WantedRequest {
    method: Option<String>,
    target: String,
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Provider for Probe {
    fn manifest() -> Manifest {
        let mut manifest = manifest("probe");
        manifest.routes = vec![route("POST", "probes", "probe")];
        manifest
    }

    fn new(_: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

impl Routes for Probe {
    async fn route(&self, cx: &Context, _: &str, request: RouteRequest) -> Result<Value> {
        let wanted: Wanted = serde_json::from_value(request.body)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))?;
        let running = wanted.requests.into_iter().map(|wanted| async move {
            let method = wanted.method.as_deref().unwrap_or("GET");
            let mut request = cx.request(method, wanted.target);
            for (name, value) in wanted.query {
                request = request.query(&name, value);
            }
            for (name, value) in wanted.headers {
                request = request.header(&name, value);
            }
            request.send_raw().await.map(|answer| answer.status())
        });
        let answers = cx.join(running).await.into_iter().collect::<Result<Vec<u16>>>()?;
        Ok(json!({"statuses": answers}))
    }
}

mortise_plugin_api::export_plugin!(Probe: Routes);
