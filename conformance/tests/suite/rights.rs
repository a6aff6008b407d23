//! A user who may log in, and see no console.

use std::sync::Arc;

use hac_client::request::{Effect, HacRequest};
use hac_client::session::SessionState;
use hac_client::{ErrorKind, Script};

use crate::behaviours;
use crate::browser::Browser;
use crate::expectations::FORWARDED;
use crate::server::Server;
use crate::wire::{expected, refusal};

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Usual:
    a_missing_right_on_the_wire,
    a_script_without_the_right_is_forbidden_and_does_not_run,
    a_page_without_the_right_is_forbidden,
];

async fn a_missing_right_on_the_wire(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    browser.log_in("viewer", "viewer").await;
    let home = browser.get("/").await;
    assert_eq!(home.status, 200);
    let seen = browser.run_script(&home.token()).await;
    assert_eq!(refusal(&seen), expected(server.expected.post_without_right));
    let absent = browser.post("/console/absent", &home.token(), &[]).await;
    assert_eq!(refusal(&absent), expected(server.expected.post_without_right));
    let seen = browser.get("/console/scripting").await;
    assert_eq!(refusal(&seen), expected(FORWARDED));
    assert_eq!(browser.get("/").await.status, 200, "the session is alive");
}

async fn a_script_without_the_right_is_forbidden_and_does_not_run(server: Arc<Server>) {
    let client = server.client("viewer", "viewer");
    client.login().await.expect("a login");
    let before = server.counts().await;
    let script = Script::new(server.expected.script_type, server.expected.scripts.answer);
    let error = client.execute_script(script).await.expect_err("no right");
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error:?}");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (0, 0), "{counts:?}");
    assert_eq!(counts.requests, ["POST /hac/console/scripting/execute", "GET /hac/"]);
    assert_eq!(client.check().await.expect("an answer"), SessionState::Alive);
}

async fn a_page_without_the_right_is_forbidden(server: Arc<Server>) {
    let client = server.client("viewer", "viewer");
    client.login().await.expect("a login");
    let before = server.counts().await;
    let page = HacRequest::get("/console/scripting").expect_element(["console"]);
    let error = client.send(&page).await.expect_err("no right");
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error:?}");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.logins, counts.login_posts()), (0, 0), "{counts:?}");
    let post = HacRequest::post("/console/scripting/execute", Effect::Read).expect_json(["executionResult"]);
    assert_eq!(client.send(&post).await.expect_err("no right").kind(), ErrorKind::Forbidden);
}
