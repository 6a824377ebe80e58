//! HubSpot for Mortise, with OAuth of version 2026-03.
//!
//! Accounts connect; operations on contacts and deals are not among its capabilities yet. There is
//! no `identify` either: HubSpot tells whose token it is only to one who shows the client's secret
//! or writes the token into a URL, and a plugin has neither.

mod manifest;

use mortise_plugin_api::{Manifest, Provider, Result, Settings};

/// The provider. It has no settings and no state.
pub struct HubSpot;

impl Provider for HubSpot {
    fn manifest() -> Manifest {
        manifest::manifest()
    }

    fn new(_settings: &Settings) -> Result<Self> {
        Ok(Self)
    }
}

mortise_plugin_api::export_plugin!(HubSpot);
