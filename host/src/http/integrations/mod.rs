//! `/api/integrations`

pub mod callback;
pub mod connect;
pub mod disconnect;
pub mod list;
pub mod open;
pub mod proxy;
pub mod routes;
pub mod status;
pub mod token;
