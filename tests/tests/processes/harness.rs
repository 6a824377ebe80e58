use mortise_tests::{ADA, Consent, GOOGLE, HostProcess, Sandbox, TestDatabase, TestHub};

const STATUS: &str = "/api/integrations/google-calendar/status";

fn sandbox() -> Sandbox {
    Sandbox::start(Default::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_answers_on_the_same_port_after_its_restart_and_knows_what_it_knew() {
    let sandbox = sandbox();
    let mut host = HostProcess::start(&sandbox, TestHub::options()).await;
    host.connect(&sandbox, "ada", GOOGLE, &Consent::of(ADA)).await;
    host.kill();
    assert!(!host.is_running());
    host.as_user("ada").try_send("GET", STATUS, None).await.expect_err("nobody listens");
    host.restart().await;
    let status = host.as_user("ada").get(STATUS).await.expect(200);
    assert_eq!(status.body["status"], "active");
    assert_eq!(host.log().matches("serving").count(), 2, "{}", host.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_asked_to_stop_ends_well() {
    let sandbox = sandbox();
    let mut host = HostProcess::start(&sandbox, TestHub::options()).await;
    let ended = host.stop().await;
    assert!(ended.success(), "{ended}: {}", host.log());
    let keys = host.expect_run(&["keys", "list"]).await;
    assert!(keys.starts_with("test\t[tokens,proxy,admin]"), "{keys}");
}

async fn two_hubs_share(database: Option<TestDatabase>) {
    let Some(database) = database else { return };
    let sandbox = sandbox();
    let options = TestHub::options().database(database.url());
    let mut first = HostProcess::start(&sandbox, options).await;
    let second = first.beside(&sandbox).await;
    first.connect(&sandbox, "ada", GOOGLE, &Consent::of(ADA)).await;
    first.kill();
    let status = second.as_user("ada").get(STATUS).await.expect(200);
    assert_eq!(status.body["status"], "active");
    assert_eq!(second.rows().await.integrations().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_share_one_database_on_postgresql() {
    two_hubs_share(TestDatabase::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_share_one_database_on_mysql() {
    two_hubs_share(TestDatabase::mysql().await).await;
}
