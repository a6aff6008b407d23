//! Distributed imports: HAC answers when one begins, and its cron job says how it ends.

use std::time::Duration;

use hac_client::console::{BulkImport, ImpexSwitch};
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, HacClient, ImpexImport, ImpexResult};
use hac_simulator::{Fault, On};

use super::{IMPORT, LANGUAGE, languages, lines};
use crate::support::{Hac, QUERY, assert_kind};

fn distributed(script: &str) -> ImpexImport {
    ImpexImport::new(script).switch_on(ImpexSwitch::DistributedMode).poll_interval(Duration::from_millis(1))
}

/// Begins a distributed import of which the cron job does nothing yet.
fn begin(
    hac: &Hac,
    client: &HacClient,
    import: ImpexImport,
) -> tokio::task::JoinHandle<hac_client::Result<ImpexResult>> {
    hac.simulator.hold_import_jobs(true);
    let client = client.clone();
    tokio::spawn(async move { client.import_impex(import).await })
}

/// Lets others work until so many requests of this path have arrived.
async fn until(hac: &Hac, path: &str, count: usize) {
    while hac.ledger().count(path) < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_import_is_over_when_its_cron_job_is() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let import = begin(&hac, &client, distributed(LANGUAGE));
    until(&hac, QUERY, 5).await;
    assert!(!import.is_finished());
    assert!(languages(&client, "xx").await.is_empty());
    hac.simulator.hold_import_jobs(false);
    let result = import.await.expect("no panic").expect("a result");
    assert!(result.success() && result.failures.is_empty(), "{result:?}");
    assert_eq!(result.summary, "Distributed import finished successfully (cron job ImpEx-Import-00000001)");
    assert_eq!(languages(&client, "xx").await, ["xx"]);
    assert_eq!(hac.ledger().count(IMPORT), 1);
}

#[tokio::test]
async fn failed_lines_are_those_that_the_cron_job_has_logged() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let script = "INSERT Language;isocode[unique=true]\n;xx\n;en\n";
    let error = client.import_impex(distributed(script)).await.expect_err("a line fails");
    assert_kind(&error, ErrorKind::ImportFailed);
    let result: ImpexResult = error.into_outcome().expect("a result");
    assert_eq!(lines(&result), [Some(3)], "{result:?}");
    assert!(result.summary.contains("status FINISHED, result ERROR"), "{}", result.summary);
    assert_eq!(languages(&client, "xx").await, ["xx"]);
}

#[tokio::test]
async fn a_cron_job_that_was_aborted_is_a_failure() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let import = begin(&hac, &client, distributed(LANGUAGE));
    until(&hac, QUERY, 3).await;
    let abort = "UPDATE ImpExImportCronJob;code[unique=true];status(code);result(code)\n;ImpEx-Import-00000001;ABORTED;SUCCESS\n";
    assert!(client.import_impex(abort).await.expect("a result").success());
    let error = import.await.expect("no panic").expect_err("it was aborted");
    assert_kind(&error, ErrorKind::ImportFailed);
    assert!(error.to_string().contains("status ABORTED"), "{error}");
}

/// Runs a distributed import, and meanwhile makes a cron job of this user.
async fn beside_a_job_of(hac: &Hac, user: &str) -> hac_client::Result<ImpexResult> {
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(IMPORT), Fault::HoldAnswer);
    let importing = client.clone();
    let import = tokio::spawn(async move { importing.import_impex(distributed(LANGUAGE)).await });
    while hac.simulator.faults().held() == 0 {
        tokio::task::yield_now().await;
    }
    let other = format!("INSERT ImpExImportCronJob;code[unique=true];sessionUser(uid)\n;other;{user}\n");
    assert!(client.import_impex(other).await.expect("a result").success());
    hac.simulator.faults().release();
    import.await.expect("no panic")
}

#[tokio::test]
async fn with_two_cron_jobs_of_this_user_the_outcome_is_unknown() {
    let hac = Hac::start();
    let error = beside_a_job_of(&hac, "admin").await.expect_err("one of two");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("other") && error.to_string().contains("ImpEx-Import-"), "{error}");
}

#[tokio::test]
async fn a_cron_job_of_another_user_is_no_candidate() {
    let hac = Hac::start();
    assert!(beside_a_job_of(&hac, "anonymous").await.expect("a result").success());
}

#[tokio::test]
async fn a_cron_job_that_outlives_the_limit_leaves_the_outcome_unknown_and_says_how_to_look() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let import = begin(&hac, &client, distributed(LANGUAGE).wait_limit(Duration::ZERO));
    let error = import.await.expect("no panic").expect_err("it goes on");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("ImpEx-Import-00000001 has not ended after 0 s (status RUNNING)"), "{error}");
    let hint = error.hint().expect("a hint").to_string();
    let query = hint.split_once("shows it: ").expect("a query").1;
    let found = client.execute_flexiblesearch(query).await.expect("the query runs");
    assert_eq!(found.rows.len(), 1, "{query}");
    hac.simulator.hold_import_jobs(false);
}

#[tokio::test]
async fn a_server_that_does_not_answer_for_a_while_is_asked_again() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let import = begin(&hac, &client, distributed(LANGUAGE));
    until(&hac, QUERY, 4).await;
    for _ in 0..5 {
        hac.simulator.faults().once(On::post(QUERY), Fault::CloseBefore);
    }
    let asked = hac.ledger().count(QUERY);
    until(&hac, QUERY, asked + 10).await;
    hac.simulator.hold_import_jobs(false);
    assert!(import.await.expect("no panic").expect("a result").success());
    assert_eq!(hac.ledger().count(IMPORT), 1);
}

#[tokio::test]
async fn without_a_look_at_the_cron_jobs_nothing_is_imported() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let fault = Fault::Answer { status: 500, headers: vec![], body: "broken".into(), execute: false };
    for _ in 0..3 {
        hac.simulator.faults().once(On::post(QUERY), fault.clone());
    }
    let error = client.import_impex(distributed(LANGUAGE)).await.expect_err("no look");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("nothing was imported")), "{error:?}");
    assert_eq!(hac.ledger().count(IMPORT), 0);
}

#[tokio::test]
async fn what_distributed_mode_cannot_import_is_not_sent() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let archive = ImpexImport::from_bytes("a.zip", b"PK\x03\x04 and so on".to_vec());
    let error = client.import_impex(archive.switch_on(ImpexSwitch::DistributedMode)).await.expect_err("an archive");
    assert_kind(&error, ErrorKind::Usage);
    for (condition, line) in [("#% if: true\n", 2), ("\n\"#% endif: \"\n", 3), (" #%if: false", 2)] {
        let error =
            client.import_impex(distributed(&format!("# a comment\n{condition}"))).await.expect_err("a condition");
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.to_string().contains(&format!("on line {line},")), "{error}");
    }
    assert_eq!(hac.requests(), [""; 0]);
    // Other code and other modes are no business of it.
    assert!(
        client
            .import_impex(distributed("# if: no code\nINSERT_UPDATE Language;isocode[unique=true]\n;xx\n"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_import_that_protection_refuses_sends_no_query_either() {
    let hac = Hac::start();
    let client = hac.builder().protection(Protection::ReadOnly).build().expect("a client");
    let error: Error = client.import_impex(distributed(LANGUAGE)).await.expect_err("read-only");
    assert_kind(&error, ErrorKind::Protected);
    assert_eq!(hac.requests(), [""; 0]);
}

#[tokio::test]
async fn an_import_in_chunks_is_never_distributed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("languages.impex");
    std::fs::write(&file, LANGUAGE).expect("written");
    let state = directory.path().join("state");
    let import = BulkImport::new(&file).state_directory(&state).switch_on(ImpexSwitch::DistributedMode);
    let error = client.import_impex_bulk(import).await.expect_err("it could not be resumed");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("a distributed import answers before it has imported anything"), "{error}");
    assert!(hac.ledger().is_empty() && !state.exists());
}
