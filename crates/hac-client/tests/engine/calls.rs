//! What every call of the platform and monitoring tabs has from the engine: one request on a warm session, one execution
//! whatever happens, and words for somebody without the right.

use std::future::Future;
use std::pin::Pin;

use hac_client::monitoring::Switch;
use hac_client::platform::LogLevel;
use hac_client::{BasicAuthHandler, ErrorKind, HacClient, Result};
use hac_simulator::{Fault, On, Refusal};

use super::support::{Hac, assert_kind};

type Sent<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A call, and the end of the path that it asks for.
pub(crate) struct Case {
    pub(crate) path: &'static str,
    pub(crate) send: for<'a> fn(&'a HacClient) -> Sent<'a>,
}

macro_rules! case {
    ($path:literal, $client:ident => $call:expr) => {
        Case { path: $path, send: |$client| Box::pin(async move { $call.await.map(drop) }) }
    };
}

fn writes() -> Vec<Case> {
    vec![
        case!("/platform/log4j/changeLevel", client => client.change_log_level("root", LogLevel::Warn)),
        case!("/platform/config/configstore", client => client.set_property("mail.smtp.server", "mail")),
        case!("/monitoring/cache/regionCache/clear", client => client.clear_region_cache()),
        case!("/monitoring/database/logs/true", client => client.switch_jdbc_log(Switch::On)),
        case!("/monitoring/database/stacktrace/false", client => client.switch_jdbc_log_stacktrace(Switch::Off)),
        case!("/monitoring/database/params/true", client => client.switch_jdbc_log_params(Switch::On)),
        case!("/monitoring/database/clearlog", client => client.clear_jdbc_log()),
        case!("/platform/support/zip", client => client.prepare_support_zip(&["config/local.properties"])),
    ]
}

fn reads() -> Vec<Case> {
    vec![
        case!("/platform/log4j", client => client.loggers()),
        case!("/platform/config", client => client.properties()),
        case!("/platform/pkanalyzer/analyze", client => client.analyze_pk("8796093054977")),
        case!("/console/impex/allTypes", client => client.types()),
        case!("/console/impex/typeAndAttributes", client => client.type_attributes("Product")),
        case!("/monitoring/cronjobs/data", client => client.cron_jobs()),
        case!("/platform/about", client => client.about()),
        case!("/platform/support/data", client => client.support_files()),
        case!("/monitoring/database/logs/download", client => client.download_jdbc_log(&mut Vec::new())),
    ]
}

#[tokio::test]
async fn a_call_on_a_warm_session_is_one_request() {
    for Case { path, send } in writes().into_iter().chain(reads()) {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        send(&client).await.expect(path);
        assert_eq!((hac.ledger().len(), hac.ledger().count(path)), (1, 1), "{path}: {:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_call_that_was_refused_is_made_once_on_a_new_session() {
    for Case { path, send } in writes() {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().expire_sessions();
        send(&client).await.expect(path);
        assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 1), "{path}: {:?}", hac.requests());
    }
    for Case { path, send } in reads() {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().expire_sessions();
        send(&client).await.expect(path);
        assert_eq!((hac.ledger().logins(), hac.ledger().count(path)), (1, 2), "{path}: {:?}", hac.requests());
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_of_unknown_outcome_and_is_not_made_again() {
    for fault in [Fault::ResetAfter, Fault::CutBody, status(500), status(502), status(503), status(504)] {
        for Case { path, send } in writes() {
            let hac = Hac::start();
            let client = hac.warm_client().await;
            hac.simulator.faults().once(On::post(path), fault.clone());
            let error = send(&client).await.expect_err(path);
            assert_kind(&error, ErrorKind::OutcomeUnknown);
            assert_eq!(hac.ledger().executed(), 1, "{path} after {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_listing_whose_answer_is_lost_is_asked_for_again() {
    for Case { path, send } in reads() {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        hac.simulator.faults().once(On::path(path), Fault::ResetAfter);
        send(&client).await.expect(path);
        assert_eq!(hac.ledger().count(path), 2, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_is_not_hacs_is_never_taken_for_the_answer() {
    let portal = "<title>Portal</title><p>{\"loggerName\":1} [1] Please accept the terms";
    for Case { path, send } in writes().into_iter().chain(reads()) {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        let page = Fault::Answer { status: 200, headers: Vec::new(), body: portal.into(), execute: false };
        hac.simulator.faults().once(On::path(path), page);
        let error = send(&client).await.expect_err(path);
        assert_kind(&error, ErrorKind::NotHac);
        assert!(error.to_string().contains("Please accept"), "{path}: {error}");
    }
}

#[tokio::test]
async fn a_login_page_in_place_of_the_answer_is_a_refusal() {
    let login = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>\
                 <input name=j_username></form>";
    for Case { path, send } in writes().into_iter().chain(reads()) {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        let page = Fault::Answer { status: 200, headers: Vec::new(), body: login.into(), execute: false };
        hac.simulator.faults().once(On::path(path), page);
        send(&client).await.expect(path);
        assert_eq!(hac.ledger().count(path), 2, "{path}");
    }
}

#[tokio::test]
async fn a_user_without_the_right_gets_an_error_and_changes_nothing() {
    for refusal in [Refusal::Forbidden403, Refusal::MethodNotAllowed405] {
        for Case { path, send } in writes().into_iter().chain(reads()) {
            let hac = Hac::with(|simulator| {
                simulator.user("clerk", "clerk", &[]).knobs(move |knobs| knobs.role_refusal = refusal)
            });
            let client = hac.builder().auth_handler(BasicAuthHandler::new("clerk", "clerk")).build().expect("a client");
            let error = send(&client).await.expect_err(path);
            assert_kind(&error, ErrorKind::Forbidden);
            assert!(error.hint().expect("a hint").to_string().contains("right"), "{path}: {error:?}");
            assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (0, 1), "{path}");
        }
    }
}

fn status(status: u16) -> Fault {
    Fault::Answer { status, headers: Vec::new(), body: String::new(), execute: true }
}
