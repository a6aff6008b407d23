//! Protection: which calls reach the server, which are asked for, and which are refused before anything is sent.

mod every_call;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hac_client::platform::{Initialization, LogLevel, LogLine, Schema, Update, UpdateOutcome, Watch};
use hac_client::protection::{CallClass, ConfirmAs, Confirmation, PlannedCall, Protection};
use hac_client::request::{Effect, HacRequest};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Hint};

use super::support::{EXECUTE, Hac, QUERY, assert_kind, script};

#[tokio::test]
async fn a_refused_call_sends_nothing_not_even_a_login() {
    let hac = Hac::start();
    for protection in [Protection::ReadOnly, Protection::Confirm] {
        let client = hac.builder().environment("prod").protection(protection).build().expect("a client");
        let error = client.execute_script(script("1")).await.expect_err("it is protected");
        assert_kind(&error, ErrorKind::Protected);
        assert!(error.why().starts_with("the environment prod (http://127.0.0.1:"), "{error}");
        assert!(error.why().ends_with("nothing was sent"), "{error}");
        assert!(error.kind().may_be_resent());
    }
    assert_eq!(hac.requests(), [""; 0]);
    assert_eq!(hac.simulator.ledger().connections(), 0);
}

#[tokio::test]
async fn a_script_that_is_rolled_back_runs_in_read_only_if_scripts_are_allowed() {
    let hac = Hac::start();
    let builder = || hac.builder().protection(Protection::ReadOnly);
    let strict = builder().build().expect("a client");
    let error = strict.execute_script(script("1")).await.expect_err("it is read-only");
    assert_eq!(error.hint(), Some(&Hint::AllowScripts), "{error:?}");
    let lenient = builder().allow_scripts(true).build().expect("a client");
    lenient.execute_script(script("1")).await.expect("it is rolled back");
    let error = lenient.execute_script(script("1").commit(Commit::Yes)).await.expect_err("it commits");
    assert_eq!(error.hint(), Some(&Hint::ReadOnly), "{error:?}");
    let error = lenient.execute_flexiblesearch(FlexibleSearch::sql("SELECT 1")).await.expect_err("it is SQL");
    assert_kind(&error, ErrorKind::Protected);
    assert_eq!((hac.ledger().count(EXECUTE), hac.ledger().count(QUERY)), (1, 0));
}

/// A client that asks for each change, and counts how often.
fn asking(
    hac: &Hac,
    answer: impl Fn(&PlannedCall) -> hac_client::Result<Confirmation> + Send + Sync + 'static,
) -> (HacClient, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let handler = move |call: &PlannedCall| {
        counted.fetch_add(1, Ordering::SeqCst);
        answer(call)
    };
    let builder = hac.builder().environment("stage").protection(Protection::Confirm).confirmed_by(handler);
    (builder.build().expect("a client"), asked)
}

#[tokio::test]
async fn who_confirms_is_told_what_would_be_done_where_and_what_is_confirmed_is_sent_once() {
    let hac = Hac::start();
    let url = hac.simulator.url().clone();
    let (client, asked) = asking(&hac, move |call| {
        assert_eq!((call.class, call.doing.as_str()), (CallClass::Write, "set the log level"));
        assert_eq!(
            (call.environment.as_str(), call.username.as_str(), call.base_url.as_str()),
            ("stage", "admin", &*url)
        );
        Ok(Confirmation::Yes)
    });
    client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("a read needs no confirmation");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    client.change_log_level("root", LogLevel::Warn).await.expect("it was confirmed");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Refused by the server because of its session, and sent again: nobody is asked a second time.
    hac.simulator.faults().expire_sessions();
    client.change_log_level("root", LogLevel::Info).await.expect("it was confirmed");
    assert_eq!((asked.load(Ordering::SeqCst), hac.ledger().executed()), (2, 3));
}

#[tokio::test]
async fn what_is_not_confirmed_is_not_sent_and_an_error_of_the_handler_is_returned_as_it_is() {
    let hac = Hac::start();
    let (client, _) = asking(&hac, |_| Ok(Confirmation::No));
    let error = client.clear_region_cache().await.expect_err("nobody confirmed it");
    assert_kind(&error, ErrorKind::Protected);
    assert_eq!(error.hint(), Some(&Hint::Confirm { environment: "stage".into() }));
    let (client, _) = asking(&hac, |_| Err(Error::new(ErrorKind::Interrupted, "ask").because("Ctrl-C")));
    let error = client.clear_region_cache().await.expect_err("the question was given up");
    assert_eq!((error.kind(), error.why()), (ErrorKind::Interrupted, "Ctrl-C"));
    assert!(hac.ledger().is_empty(), "{:?}", hac.requests());
}

#[tokio::test]
async fn a_name_confirms_the_environment_of_that_name_and_no_other() {
    let hac = Hac::start();
    let named = |name: &str| {
        let builder = hac.builder().environment("stage").protection(Protection::Confirm);
        builder.confirmed_by(ConfirmAs::new(name)).build().expect("a client")
    };
    let error = named("prod").clear_region_cache().await.expect_err("another name");
    assert_kind(&error, ErrorKind::Protected);
    assert!(error.why().contains("the environment stage (") && error.why().contains("\"prod\""), "{error}");
    assert!(hac.ledger().is_empty(), "{:?}", hac.requests());
    named("stage").clear_region_cache().await.expect("confirmed");
    assert_eq!(hac.ledger().executed(), 1);
}

#[tokio::test]
async fn callers_at_the_same_time_are_asked_one_after_the_other() {
    let hac = Hac::start();
    let at_once = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&at_once);
    let (client, asked) = asking(&hac, move |_| {
        assert_eq!(counted.fetch_add(1, Ordering::SeqCst), 0, "somebody else is being asked");
        std::thread::yield_now();
        counted.fetch_sub(1, Ordering::SeqCst);
        Ok(Confirmation::Yes)
    });
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.execute_script(script("1")).await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("it ran");
    }
    assert_eq!((asked.load(Ordering::SeqCst), hac.ledger().count(EXECUTE)), (8, 8));
}

#[tokio::test]
async fn an_update_is_confirmed_once_before_its_log_is_read_and_one_that_drops_tables_destroys() {
    let hac = Hac::start();
    let plans = {
        let client = hac.warm_client().await;
        let update = client.plan_update(&Update::new(Schema::LeaveAlone)).await.expect("a plan");
        let drops = client.plan_update(&Update::new(Schema::Update).drop_tables()).await.expect("a plan");
        let init = client.plan_initialization(&Initialization::new()).await.expect("a plan");
        [(update, CallClass::Write), (drops, CallClass::Destroy), (init.steps().clone(), CallClass::Destroy)]
    };
    for (plan, class) in plans {
        hac.ledger().clear();
        let ledger = hac.ledger().clone();
        let (client, asked) = asking(&hac, move |call| {
            assert_eq!((call.class, ledger.len()), (class, 0));
            Ok(Confirmation::Yes)
        });
        let run = client.run_update(&plan, Watch::default(), &mut |_: &LogLine| ()).await.expect("a run");
        assert_eq!((run.outcome, asked.load(Ordering::SeqCst)), (UpdateOutcome::Finished, 1));
    }
}

#[tokio::test]
async fn a_raw_request_to_a_known_write_is_refused_in_read_only_whatever_its_caller_declares() {
    let hac = Hac::start();
    let client = hac.builder().protection(Protection::ReadOnly).build().expect("a client");
    let form = [("script", "1"), ("scriptType", "javascript"), ("commit", "true")];
    for path in [
        EXECUTE,
        "/console/scripting/Execute",
        "/console//scripting/execute",
        "/console/scripting/execute;x",
        "/console/scripting/%65xecute",
    ] {
        let request = HacRequest::post(path, Effect::Read).form(form);
        let error = client.send(&request).await.expect_err(path);
        assert_kind(&error, ErrorKind::Protected);
    }
    let run =
        HacRequest::post("/platform/init/execute", Effect::Read).body("application/json", "{\"initMethod\":\"INIT\"}");
    let error = client.send(&run).await.expect_err("an initialisation");
    assert!(error.why().contains("drops all tables"), "{error}");
    assert!(hac.ledger().is_empty(), "{:?}", hac.requests());
}

#[tokio::test]
async fn queries_use_the_data_source_of_the_client_unless_they_name_one() {
    let hac = Hac::start();
    let client = hac.builder().data_source("readonly").build().expect("a client");
    let query = FlexibleSearch::new("SELECT {code} FROM {Product}");
    client.execute_flexiblesearch(&query).await.expect("rows");
    client.execute_flexiblesearch(query.clone().data_source("master")).await.expect("rows");
    client
        .rows::<String>(FlexibleSearch::sql("SELECT 1"))
        .await
        .map(drop)
        .or_else(|error| match error.kind() {
            ErrorKind::QueryFailed | ErrorKind::Protocol => Ok(()),
            _ => Err(error),
        })
        .expect("it was sent");
    hac.client().execute_flexiblesearch(&query).await.expect("rows");
    let entries = hac.ledger().entries();
    let sent: Vec<_> =
        entries.iter().filter(|entry| entry.path.ends_with(QUERY)).map(|entry| entry.field("dataSource")).collect();
    assert_eq!(sent, [Some("readonly"), Some("master"), Some("readonly"), None]);
}
