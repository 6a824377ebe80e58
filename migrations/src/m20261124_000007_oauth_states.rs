//! Connect attempts that wait for their callback. They name the user and do not refer to one: an
//! attempt that comes to nothing leaves no user behind.

use crate::schema::{Ddl, Dialect, HEX, NAME, USER, millis, string, text};

pub(crate) fn statements(dialect: Dialect) -> Vec<Ddl> {
    let states = dialect
        .table("oauth_states")
        .col(string("state_hash", HEX).not_null().primary_key())
        .col(string("user_external_id", USER).not_null())
        .col(string("provider", NAME).not_null())
        .col(string("browser_hash", HEX))
        .col(text("verifier_enc"))
        .col(text("redirect_uri").not_null())
        .col(text("scopes").not_null())
        .col(text("return_to"))
        .col(text("opener_origin"))
        .col(millis("expires_at").not_null())
        .to_owned();
    vec![
        states.into(),
        Ddl::Index { table: "oauth_states", column: "user_external_id" },
        Ddl::Index { table: "oauth_states", column: "expires_at" },
    ]
}
