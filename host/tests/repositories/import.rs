use std::path::Path;

use mortise::{
    adapters::sea_orm::{ImportError, ImportReport, Outcome, import_sqlite},
    domain::{
        connection::{Connection, IntegrationStatus},
        links::{EventPlace, LinkState},
    },
    ports::{
        Cipher, CipherError, IntegrationRepository as _, LinkRepository as _, Reservation,
        SyncStateStore, TokenStore as _,
    },
};
use sea_orm::ConnectionTrait as _;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{
    databases::{Fixture, on_each_database},
    words::{appointment, at, draft, google, tokens, user},
};

/// Writes its name before what it encrypts.
struct Named(&'static str);

impl Cipher for Named {
    fn encrypt(&self, clear: &SecretString) -> String {
        format!("{}!{}", self.0, clear.expose_secret())
    }

    fn decrypt(&self, sealed: &str) -> Result<SecretString, CipherError> {
        let clear = sealed.strip_prefix(self.0).and_then(|rest| rest.strip_prefix('!'));
        clear.map(SecretString::from).ok_or(CipherError::NoKeyFits)
    }

    fn reencrypt(&self, sealed: &str) -> Result<Option<String>, CipherError> {
        self.decrypt(sealed).map(|_| None)
    }
}

const SCHEMA: &str = "
    CREATE TABLE integrations (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL,
        provider VARCHAR(50) NOT NULL, status VARCHAR(20) DEFAULT 'active', scopes TEXT,
        meta_json TEXT, created_at DATETIME, updated_at DATETIME, UNIQUE(user_id, provider));
    CREATE TABLE integration_tokens (id INTEGER PRIMARY KEY, integration_id INTEGER,
        access_token_enc TEXT, refresh_token_enc TEXT, expires_at DATETIME,
        token_type VARCHAR(20) DEFAULT 'Bearer', created_at DATETIME, updated_at DATETIME);
    CREATE TABLE integration_sync_state (id INTEGER PRIMARY KEY, integration_id INTEGER,
        resource VARCHAR(100), cursor TEXT, last_synced_at DATETIME,
        status VARCHAR(20) DEFAULT 'idle', error TEXT);
    CREATE TABLE calendar_event_links (id INTEGER PRIMARY KEY, user_id INTEGER,
        integration_id INTEGER, internal_entity_type VARCHAR(50), internal_entity_id INTEGER,
        external_event_id VARCHAR(255), external_calendar_id VARCHAR(255));
";

const SOUND: &str = "
    INSERT INTO integrations VALUES
        (1, 42, 'google_calendar', 'active', '[\"one\", \"two\"]', '{\"email\": \"a@b.test\"}',
            '2026-11-01 10:00:00.000000', '2026-11-02 10:00:00.500000'),
        (2, 43, 'google-calendar', 'needs_reauth', 'one two', NULL, 1793527200, 1793527200.25),
        (3, 44, 'hubspot', 'revoked', '', '', NULL, '2026-11-02T10:00:00+01:00');
    INSERT INTO integration_tokens VALUES
        (10, 1, 'old!access 42', 'old!refresh 42', '2026-12-01 10:00:00', NULL,
            '2026-11-01 10:00:00', '2026-11-03 10:00:00'),
        (11, 2, 'base64:YWNjZXNzIDQz', 'cmVmcmVzaCA0Mw==', NULL, 'Bearer', NULL, NULL);
    INSERT INTO integration_sync_state VALUES
        (20, 1, 'calendar:primary', 'sync-token', '2026-11-03 10:00:00', 'running', NULL);
    INSERT INTO calendar_event_links VALUES
        (30, 42, 1, 'appointment', 7, 'event7', 'primary'),
        (31, 42, 1, 'appointment', 8, 'event8', 'primary');
";

struct Source {
    folder: TempDir,
}

impl Source {
    async fn with(rows: &str) -> Self {
        let source = Self { folder: TempDir::new().unwrap() };
        source.run(SCHEMA).await;
        source.run(rows).await;
        source
    }

    async fn run(&self, sql: &str) {
        let url = format!("sqlite://{}?mode=rwc", self.path().display());
        let connection = sea_orm::Database::connect(url).await.unwrap();
        connection.execute_unprepared(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    fn path(&self) -> std::path::PathBuf {
        // A name that means something in an address.
        self.folder.path().join("app #1 100%.db")
    }

    async fn import(&self, into: &Fixture, dry_run: bool) -> ImportReport {
        import(&self.path(), into, dry_run).await.unwrap()
    }
}

async fn import(path: &Path, into: &Fixture, dry_run: bool) -> Result<ImportReport, ImportError> {
    import_sqlite(path, &into.db, &Named("old"), &Named("new"), at(0), dry_run).await
}

async fn connection(fixture: &Fixture, of: &str) -> Connection {
    fixture.db.connection(&user(of), &google()).await.unwrap().unwrap()
}

fn outcome<'r>(report: &'r ImportReport, table: &str, id: &str) -> &'r Outcome {
    let row = report.rows.iter().find(|row| row.table == table && row.id == id);
    &row.unwrap_or_else(|| panic!("no row {table} {id} in {report:?}")).outcome
}

fn assert_left(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::Left(reason) if reason.contains(why)), "{outcome:?}");
}

fn assert_broken(outcome: &Outcome, why: &str) {
    assert!(matches!(outcome, Outcome::Broken(reason) if reason.contains(why)), "{outcome:?}");
}

on_each_database! {
    async fn a_sound_source_is_taken_whole(fixture) {
        let report = Source::with(SOUND).await.import(&fixture, false).await;
        assert_eq!((report.taken(), report.rows.len()), (8, 8), "{report}");
        let Connection { integration, token } = connection(&fixture, "42").await;
        assert_eq!(integration.status, IntegrationStatus::Active);
        assert_eq!(integration.scopes, ["one", "two"]);
        assert_eq!(integration.meta["email"], "a@b.test");
        assert_eq!(integration.created_at.to_rfc3339(), "2026-11-01T10:00:00+00:00");
        assert_eq!(integration.updated_at.to_rfc3339(), "2026-11-02T10:00:00.500+00:00");
        let token = token.unwrap();
        assert_eq!(token.access_token_enc, "new!access 42");
        assert_eq!(token.refresh_token_enc.as_deref(), Some("new!refresh 42"));
        assert_eq!(token.expires_at.unwrap().to_rfc3339(), "2026-12-01T10:00:00+00:00");
        assert_eq!(token.token_type, "Bearer");
        let state = SyncStateStore::load(&fixture.db, integration.id, "calendar:primary").await;
        let state = state.unwrap().unwrap();
        assert_eq!((state.cursor.as_deref(), state.status.as_str()), (Some("sync-token"), "idle"));
        let link = fixture.db.links::<EventPlace>().find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert_eq!((link.state, link.external_id.as_str()), (LinkState::Confirmed, "event7"));
    }

    async fn encoded_tokens_are_encrypted(fixture) {
        Source::with(SOUND).await.import(&fixture, false).await;
        let Connection { integration, token } = connection(&fixture, "43").await;
        assert_eq!(integration.status, IntegrationStatus::NeedsReauth);
        assert_eq!(integration.scopes, ["one", "two"]);
        let token = token.unwrap();
        assert_eq!(token.access_token_enc, "new!access 43");
        assert_eq!(token.refresh_token_enc.as_deref(), Some("new!refresh 43"));
        assert_eq!(token.expires_at, None);
    }

    async fn a_second_run_takes_nothing_and_says_so(fixture) {
        let source = Source::with(SOUND).await;
        source.import(&fixture, false).await;
        let before = fixture.counts().await;
        let report = source.import(&fixture, false).await;
        assert_eq!((report.taken(), report.broken()), (0, 0), "{report}");
        for row in &report.rows {
            assert_left(&row.outcome, "here already");
        }
        assert!(report.to_string().ends_with("nothing new\n"), "{report}");
        assert_eq!(fixture.counts().await, before);
    }

    async fn a_rehearsal_reports_the_same_and_writes_nothing(fixture) {
        let source = Source::with(SOUND).await;
        let before = fixture.counts().await;
        let rehearsal = source.import(&fixture, true).await;
        assert_eq!(fixture.counts().await, before);
        assert!(rehearsal.to_string().contains("integrations: 3 would be taken, 0 left, 0 broken"));
        assert_eq!(source.import(&fixture, false).await.rows, rehearsal.rows);
    }

    async fn what_is_newer_here_is_left(fixture) {
        let source = Source::with(SOUND).await;
        source.import(&fixture, false).await;
        let id = connection(&fixture, "42").await.integration.id;
        fixture.db.store_if(id, 1, &tokens("here"), None, at(0)).await.unwrap().unwrap();
        let report = source.import(&fixture, false).await;
        assert_left(outcome(&report, "integrations", "1"), "newer");
        assert_left(outcome(&report, "integration_tokens", "10"), "newer");
        let token = connection(&fixture, "42").await.token.unwrap();
        assert_eq!(token.access_token_enc, "access here");
    }

    async fn a_connection_that_was_ended_here_gets_no_token_back(fixture) {
        let source = Source::with(SOUND).await;
        source.import(&fixture, false).await;
        for of in ["42", "43"] {
            let id = connection(&fixture, of).await.integration.id;
            fixture.db.disconnect(id, None, at(0)).await.unwrap();
        }
        let report = source.import(&fixture, false).await;
        assert_eq!(report.taken(), 0, "{report}");
        for of in ["42", "43"] {
            let here = connection(&fixture, of).await;
            assert_eq!(here.integration.status, IntegrationStatus::Revoked);
            assert_eq!(here.token, None);
        }
    }

    async fn what_became_newer_in_the_source_is_taken(fixture) {
        let source = Source::with(SOUND).await;
        source.import(&fixture, false).await;
        source
            .run(
                "UPDATE integration_tokens SET access_token_enc = 'old!rotated',
                     updated_at = '2026-11-04 10:00:00' WHERE id = 10;
                 UPDATE integration_sync_state SET cursor = 'later',
                     last_synced_at = '2026-11-04 10:00:00';
                 INSERT INTO calendar_event_links VALUES
                     (32, 42, 1, 'appointment', 9, 'event9', 'primary');",
            )
            .await;
        let report = source.import(&fixture, false).await;
        assert_eq!(report.taken(), 3, "{report}");
        let Connection { integration, token } = connection(&fixture, "42").await;
        let token = token.unwrap();
        assert_eq!((token.access_token_enc.as_str(), token.version), ("new!rotated", 2));
        let id = integration.id;
        let state = SyncStateStore::load(&fixture.db, id, "calendar:primary").await;
        assert_eq!(state.unwrap().unwrap().cursor.as_deref(), Some("later"));
    }

    async fn a_connection_revoked_in_the_source_since_loses_its_token(fixture) {
        let source = Source::with(SOUND).await;
        source.import(&fixture, false).await;
        source
            .run(
                "UPDATE integrations SET status = 'revoked', updated_at = '2026-11-05 10:00:00'
                 WHERE id = 1",
            )
            .await;
        let report = source.import(&fixture, false).await;
        assert_eq!(outcome(&report, "integrations", "1"), &Outcome::Taken);
        assert_left(outcome(&report, "integration_tokens", "10"), "revoked");
        let here = connection(&fixture, "42").await;
        assert_eq!(here.integration.status, IntegrationStatus::Revoked);
        assert_eq!(here.token, None);
    }

    async fn a_token_that_no_key_decrypts_asks_for_a_new_connection_until_the_right_key(fixture) {
        let source = Source::with(SOUND).await;
        let wrong = Named("another");
        let report =
            import_sqlite(&source.path(), &fixture.db, &wrong, &Named("new"), at(0), false).await;
        let report = report.unwrap();
        assert_broken(outcome(&report, "integration_tokens", "10"), "does not decrypt");
        assert_eq!(outcome(&report, "integrations", "1"), &Outcome::Taken);
        assert!(!format!("{report} {report:?}").contains("access 42"));
        let here = connection(&fixture, "42").await;
        assert_eq!(here.integration.status, IntegrationStatus::NeedsReauth);
        assert!(here.integration.last_error.unwrap().contains("without a token"));
        let report = source.import(&fixture, false).await;
        assert_eq!(report.taken(), 1, "{report}");
        let here = connection(&fixture, "42").await;
        assert_eq!(here.integration.status, IntegrationStatus::Active);
        assert_eq!(here.integration.last_error, None);
        assert_eq!(here.token.unwrap().access_token_enc, "new!access 42");
    }

    async fn broken_rows_are_named_and_the_others_taken(fixture) {
        let source = Source::with(SOUND).await;
        let longest = "x".repeat(751);
        source
            .run(&format!(
                "INSERT INTO integrations VALUES
                     (4, 'x', 'google_calendar', 'active', NULL, NULL, NULL, NULL),
                     (5, 45, 'no such!', 'active', NULL, NULL, NULL, NULL),
                     (6, 46, 'google_calendar', 'paused', NULL, NULL, NULL, NULL),
                     (7, 47, 'google_calendar', 'active', '[1]', NULL, NULL, NULL),
                     (8, 48, 'google_calendar', 'active', NULL, '[]', NULL, NULL),
                     (9, 49, 'google_calendar', 'active', NULL, NULL, 'soon', NULL),
                     (12, 50, 'google_calendar', x'ff', NULL, NULL, NULL, NULL);
                 INSERT INTO integration_tokens VALUES
                     (12, 6, 'old!a', NULL, NULL, 'Bearer', NULL, NULL),
                     (13, 99, 'old!a', NULL, NULL, 'Bearer', NULL, NULL),
                     (14, 1, 'old!older', NULL, NULL, 'Bearer', NULL, '2026-11-01 10:00:00');
                 INSERT INTO integration_sync_state VALUES
                     (21, 1, NULL, 'x', NULL, 'idle', NULL),
                     (22, 1, 'calendar:b', 'x', NULL, 'asleep', NULL);
                 INSERT INTO calendar_event_links VALUES
                     (40, 43, 1, 'appointment', 9, 'event9', 'primary'),
                     (41, 42, 1, 'bad type', 9, 'event9', 'primary'),
                     (42, 42, 1, 'appointment', 9, '', 'primary'),
                     (43, 42, 1, 'appointment', 10, 'event7', 'primary'),
                     (44, 42, 1, 'appointment', 7, 'event10', 'primary'),
                     (45, 42, 1, 'appointment', 11, '{longest}', 'primary'),
                     (46, 42, NULL, 'appointment', 12, 'event12', 'primary');"
            ))
            .await;
        let report = source.import(&fixture, false).await;
        assert_eq!(report.taken(), 8, "{report}");
        for (id, why) in [
            ("4", "user_id"),
            ("5", "provider"),
            ("6", "status"),
            ("7", "scopes"),
            ("8", "meta_json"),
            ("9", "created_at"),
        ] {
            assert_broken(outcome(&report, "integrations", id), why);
        }
        let unreadable = report.rows.iter().filter(|row| row.id == "?").count();
        assert_eq!(unreadable, 1, "{report}");
        assert_left(outcome(&report, "integration_tokens", "12"), "was not taken");
        assert_left(outcome(&report, "integration_tokens", "13"), "not in the file");
        assert_left(outcome(&report, "integration_tokens", "14"), "older");
        assert_broken(outcome(&report, "integration_sync_state", "21"), "resource");
        assert_broken(outcome(&report, "integration_sync_state", "22"), "status");
        assert_broken(outcome(&report, "calendar_event_links", "40"), "user");
        assert_broken(outcome(&report, "calendar_event_links", "41"), "type");
        assert_broken(outcome(&report, "calendar_event_links", "42"), "external_event_id");
        assert_left(outcome(&report, "calendar_event_links", "43"), "another record");
        assert_left(outcome(&report, "calendar_event_links", "44"), "another event");
        assert_broken(outcome(&report, "calendar_event_links", "45"), "750");
        assert_left(outcome(&report, "calendar_event_links", "46"), "not in the file");
        assert_eq!(fixture.number("SELECT COUNT(*) FROM integrations").await, 3);
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 3);
    }

    async fn a_record_whose_imported_link_is_released_goes_on_with_the_next_generation(fixture) {
        Source::with(SOUND).await.import(&fixture, false).await;
        let of = connection(&fixture, "42").await.integration;
        let link = fixture.db.links::<EventPlace>().find(&user("42"), &appointment("7")).await.unwrap().remove(0);
        assert!(fixture.db.links::<EventPlace>().release(link.id, LinkState::Confirmed, true).await.unwrap());
        let id: fn(i32) -> String = |generation| format!("ours-{generation}");
        let made = fixture.db.links::<EventPlace>().reserve(&draft(&of, appointment("7")), &id, at(0)).await.unwrap();
        assert!(matches!(made, Reservation::New(link) if link.generation == 2));
    }

    async fn a_file_that_is_no_such_database_is_refused_with_what_it_lacks(fixture) {
        let folder = TempDir::new().unwrap();
        let absent = import(&folder.path().join("absent.db"), &fixture, false).await;
        assert!(matches!(absent, Err(ImportError::Source(why)) if why.contains("no such file")));
        let text = folder.path().join("text.db");
        std::fs::write(&text, "no database at all, but as long as a header. ".repeat(100)).unwrap();
        let refused = import(&text, &fixture, false).await;
        assert!(matches!(refused, Err(ImportError::Source(_))), "{refused:?}");
        let source = Source { folder };
        source
            .run(
                "CREATE TABLE integrations (id, user_id, provider, status, scopes, created_at);
                 CREATE TABLE calendar_event_links (id);",
            )
            .await;
        let error = import(&source.path(), &fixture, false).await.unwrap_err().to_string();
        for lacking in ["integrations.meta_json", "integration_tokens", "calendar_event_links.user_id"]
        {
            assert!(error.contains(lacking), "{error}");
        }
        assert_eq!(fixture.number("SELECT COUNT(*) FROM users").await, 0);
    }

    async fn the_source_is_not_changed(fixture) {
        let source = Source::with(SOUND).await;
        let before = std::fs::read(source.path()).unwrap();
        source.import(&fixture, false).await;
        assert_eq!(std::fs::read(source.path()).unwrap(), before);
        let files = std::fs::read_dir(source.folder.path()).unwrap().count();
        assert_eq!(files, 1);
    }
}
