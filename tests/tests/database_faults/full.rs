//! A disk without space.

use std::{fs, io::Write as _, path::Path, process::Command};

use mortise_tests::{GOOGLE, TestDatabase, TestHub};
use tempfile::TempDir;

use crate::support::{USER, connected, create, events_at_vendor, is_unavailable, links};

/// PostgreSQL's words for it, at a kind of write to the links.
async fn fill(hub: &TestHub, write: &str) {
    hub.rows
        .execute(
            "CREATE OR REPLACE FUNCTION no_space() RETURNS trigger AS $$ BEGIN \
             RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$ \
             LANGUAGE plpgsql",
        )
        .await;
    let trigger = format!(
        "CREATE TRIGGER no_space BEFORE {write} ON calendar_event_links FOR EACH ROW \
         EXECUTE FUNCTION no_space()"
    );
    hub.rows.execute(&trigger).await;
}

async fn make_room(hub: &TestHub) {
    hub.rows.execute("DROP TRIGGER no_space ON calendar_event_links").await;
}

#[tokio::test]
async fn without_space_nothing_is_begun_and_reads_go_on() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let hub = connected(Some(database.url())).await;
    fill(&hub, "INSERT").await;
    is_unavailable(&create(&hub, 1).await);
    assert_eq!((events_at_vendor(&hub), hub.rows.count("calendar_event_links").await), (0, 0));
    assert_eq!(hub.status(USER, GOOGLE).await["status"], "active");
    hub.token(USER, GOOGLE).await.expect(200);
    make_room(&hub).await;
    create(&hub, 1).await.expect(201);
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (1, 1));
}

#[tokio::test]
async fn space_that_ends_in_the_midst_of_a_creation_leaves_a_link_that_the_same_call_finishes() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let hub = connected(Some(database.url())).await;
    fill(&hub, "UPDATE").await;
    is_unavailable(&create(&hub, 1).await);
    assert_eq!((events_at_vendor(&hub), links(&hub, "pending").await), (1, 1));
    make_room(&hub).await;
    create(&hub, 1).await.expect(201);
    assert_eq!((events_at_vendor(&hub), links(&hub, "confirmed").await), (1, 1));
    assert_eq!(hub.rows.count("calendar_event_links").await, 1);
}

/// A file system of four megabytes.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Only root may mount one.
    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("left out: a small file system cannot be mounted here");
        None
    }

    fn ballast(&self) -> std::path::PathBuf {
        self.0.path().join("ballast")
    }

    fn fill(&self) {
        let mut file = fs::File::create(self.ballast()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_under_sqlite_stops_writes_only_and_until_there_is_room() {
    let Some(disk) = SmallDisk::mounted() else { return };
    let url = format!("sqlite://{}", disk.path().join("mortise.db").display());
    let hub = connected(Some(&url)).await;
    create(&hub, 0).await.expect(201);
    disk.fill();
    // What is left of the last pages takes a few rows.
    let mut n = 1;
    let refused = loop {
        let answer = create(&hub, n).await;
        if answer.status != 201 {
            break answer;
        }
        n += 1;
        assert!(n < 400, "the disk does not fill");
    };
    is_unavailable(&refused);
    assert_eq!(hub.status(USER, GOOGLE).await["status"], "active");
    hub.token(USER, GOOGLE).await.expect(200);
    fs::remove_file(disk.ballast()).unwrap();
    create(&hub, n).await.expect(201);
    let made = i64::from(n) + 1;
    assert_eq!(links(&hub, "confirmed").await, made);
    assert_eq!(hub.rows.count("calendar_event_links").await, made);
    assert_eq!(i64::try_from(events_at_vendor(&hub)).unwrap(), made);
}
