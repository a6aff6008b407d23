//! The audit log: what is recorded of a write, when, and what happens if it cannot be.

use std::path::{Path, PathBuf};

use hac_client::audit::{Audit, AuditEntry};
use hac_client::console::BulkImport;
use hac_client::platform::LogLevel;
use hac_client::{Commit, ErrorKind, FlexibleSearch, HacClientBuilder, ImpexImport};
use hac_simulator::{Fault, On};

use super::support::{EXECUTE, Hac, Notices, assert_kind, script};

const IMPEX: &str = "INSERT_UPDATE Language;isocode[unique=true];active\n;xx;true\n";

fn log_of(hac: &Hac) -> PathBuf {
    hac.records.log("state/audit.jsonl")
}

fn audited(hac: &Hac) -> HacClientBuilder {
    hac.builder().environment("stage").audit(Audit::in_file(log_of(hac)).run("run-1"))
}

fn entries(path: &Path) -> Vec<AuditEntry> {
    let log = Audit::in_file(path).entries(0, |_| true).expect("read");
    assert_eq!(log.unreadable, 0);
    log.entries
}

fn outcome(hac: &Hac) -> Option<String> {
    entries(&log_of(hac)).pop().expect("an entry").outcome
}

/// SHA-256 of `return 1`, by `sha256sum`.
const RETURN_1: &str = "486d9affb60dbb0063b03d8e23a6ccf6364ce203dc3a9f56f20e750eb41ecade";

#[tokio::test]
async fn an_entry_says_when_who_where_and_what() {
    let hac = Hac::with(|simulator| simulator.nodes(2));
    let client = audited(&hac).build().expect("a client");
    client.execute_script(script("\n  7 // seven\n").commit(Commit::Yes)).await.expect("it ran");
    client.change_log_level("root", LogLevel::Warn).await.expect("it was set");
    client.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("a read is not recorded");
    let recorded = entries(&log_of(&hac));
    assert_eq!(recorded.len(), 2);
    let entry = &recorded[0];
    assert_eq!((entry.id.as_str(), entry.run.as_str(), entry.pid), ("run-1-1", "run-1", std::process::id()));
    assert_eq!((entry.hac_user.as_str(), entry.environment.as_str()), ("admin", "stage"));
    assert_eq!((&*entry.url, entry.class.as_str()), (hac.simulator.url().as_str(), "write"));
    assert_eq!((entry.operation.as_str(), entry.path.as_str()), ("run the script", EXECUTE));
    assert_eq!((entry.first_line.as_deref(), entry.bytes), (Some("7 // seven"), 14));
    assert_eq!((entry.outcome.as_deref(), entry.ms.is_some()), (Some("ok"), true));
    assert!(entry.node.as_deref().is_some_and(|node| node.starts_with(".n")), "{entry:?}");
    assert!((entry.seconds() - 1.7e9) > 0.0 && entry.at.ends_with('Z') && entry.at.len() == 24, "{}", entry.at);
    assert_eq!(recorded[1].first_line.as_deref(), Some("root WARN"));
    assert_eq!(recorded[1].id, "run-1-2");
}

#[tokio::test]
async fn the_hash_is_that_of_what_is_sent_and_no_value_of_a_parameter_is_kept() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.execute_script(script("return 1")).await.or_else(hac_client::Error::into_outcome).expect("an outcome");
    let plain = entries(&log_of(&hac)).remove(0);
    assert_eq!(plain.sha256.as_deref(), Some(RETURN_1));
    let with_value = script("token.length").param("token", "VALUE-OF-A-PARAMETER").expect("a parameter");
    client.execute_script(with_value).await.expect("it ran");
    client.set_property("some.password", "VALUE-OF-A-PROPERTY").await.expect("it was set");
    let query = FlexibleSearch::sql("SELECT ?secret").param("secret", "VALUE-IN-SQL").expect("a parameter");
    let _ = client.execute_flexiblesearch(query).await;
    client.import_impex(IMPEX).await.expect("imported");
    let file = hac.cache.path().join("large.impex");
    std::fs::write(&file, IMPEX.to_owned() + &"# VALUE-IN-A-COMMENT\n".repeat(100_000)).expect("written");
    client.import_impex(ImpexImport::from_file(&file).expect("a file")).await.expect("imported");
    let recorded = entries(&log_of(&hac));
    let lines: Vec<_> = recorded.iter().map(|entry| entry.first_line.as_deref().unwrap_or_default()).collect();
    let header = "INSERT_UPDATE Language;isocode[unique=true];active";
    assert_eq!(lines, ["return 1", "token.length", "some.password", "SELECT ?secret", header, header]);
    let hashed: Vec<_> = recorded.iter().map(|entry| entry.sha256.as_ref().map_or(0, String::len)).collect();
    assert_eq!(hashed, [64, 64, 0, 64, 64, 64], "a hash would give a short value away");
    let text = std::fs::read_to_string(log_of(&hac)).expect("a log");
    assert!(!text.contains("VALUE-"), "{text}");
}

#[tokio::test]
async fn the_value_that_a_property_had_is_kept_unless_it_may_be_a_secret() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    let long = "x".repeat(5000);
    let new = client.replace_property("some.new.key", "1").await.expect("it was set");
    assert_eq!((new.previous, new.is_new), (None, true));
    let blind = client.set_property("another.new.key", "1").await.expect("it was set");
    assert!(!blind.is_new, "nobody looked");
    for (key, previous, kept) in [
        ("mail.smtp.server", "old host", true),
        ("mail.smtp.server", "", true),
        ("some.token.file", "/hidden", false),
        ("mail.smtp.server", "the password is nimda", false),
        ("mail.smtp.server", long.as_str(), false),
    ] {
        client.set_property(key, previous).await.expect("it was set");
        let change = client.replace_property(key, "new").await.expect("it was set");
        assert_eq!((change.previous.as_deref(), change.is_new), (Some(previous), false), "{key}");
        let entry = entries(&log_of(&hac)).pop().expect("an entry");
        let recorded = entry.before.as_deref();
        let is_secret = key.contains("token");
        assert_eq!(entry.after.as_deref(), (!is_secret).then_some("new"), "{key}");
        assert_eq!((entry.first_line.as_deref(), recorded), (Some(key), kept.then_some(previous)), "{previous:.20}");
    }
}

#[tokio::test]
async fn what_the_server_did_not_show_before_is_recorded_as_created() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.replace_property("some.new.key", "1").await.expect("it was set");
    client.replace_property("some.new.key", "2").await.expect("it was set");
    client.set_property("another.new.key", "1").await.expect("it was set");
    client.replace_log_level("com.example.New", LogLevel::Warn).await.expect("it was set");
    client.replace_log_level("com.example.New", LogLevel::Info).await.expect("it was set");
    let created: Vec<bool> = entries(&log_of(&hac)).iter().map(|entry| entry.created).collect();
    assert_eq!(created, [true, false, false, true, false]);
    let text = std::fs::read_to_string(log_of(&hac)).expect("a log");
    assert_eq!(text.matches("created").count(), 2, "{text}");
}

#[tokio::test]
async fn the_level_that_a_logger_had_is_recorded_with_the_new_one() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    for (name, before) in [("com.example.shop", "DEBUG"), ("com.example.shop.token", "WARN"), ("org.new", "INFO")] {
        let change = client.replace_log_level(name, LogLevel::Warn).await.expect("it was set");
        assert!(change.success() && change.previous.as_deref() == Some(before), "{change:?}");
        assert_eq!(change.is_new, name != "com.example.shop", "{name}");
        let entry = entries(&log_of(&hac)).pop().expect("an entry");
        let line = format!("{name} WARN");
        assert_eq!(
            (entry.first_line, entry.before, entry.after),
            (Some(line), Some(before.to_owned()), Some("WARN".to_owned()))
        );
    }
    let blind = client.change_log_level("com.example.shop", LogLevel::Info).await.expect("it was set");
    let entry = entries(&log_of(&hac)).pop().expect("an entry");
    assert_eq!((blind.previous, entry.before, entry.after), (None, None, None), "nobody looked");
}

#[tokio::test]
async fn the_value_that_a_property_gets_is_kept_only_as_it_is_and_not_if_the_one_before_is_hidden() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    let long = "x".repeat(5000);
    for (key, value, kept) in [
        ("mail.smtp.server", "new host", true),
        ("mail.smtp.server", "", true),
        ("mail.smtp.server", "the password is nimda", false),
        ("mail.smtp.server", "two\nlines", false),
        ("mail.smtp.server", long.as_str(), false),
        ("some.new.name", "a first value", true),
        ("some.new.token", "a first value", false),
        // Named like no secret, and masked by the server.
        ("db.url", "jdbc:x", true),
    ] {
        client.replace_property(key, value).await.expect("it was set");
        let entry = entries(&log_of(&hac)).pop().expect("an entry");
        assert_eq!(
            (entry.first_line.as_deref(), entry.after.as_deref()),
            (Some(key), kept.then_some(value)),
            "{value:.20}"
        );
    }
    client.set_property("mail.smtp.server", "blind").await.expect("it was set");
    assert_eq!(entries(&log_of(&hac)).pop().expect("an entry").after, None, "nobody looked");
}

#[tokio::test]
async fn an_entry_has_the_file_that_was_sent_if_it_was_one() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    let file = hac.cache.path().join("shop.impex");
    std::fs::write(&file, IMPEX).expect("written");
    client.import_impex(ImpexImport::from_file(&file).expect("a file")).await.expect("imported");
    client.import_impex_bulk(BulkImport::new(&file)).await.expect("imported");
    client.import_impex(IMPEX).await.expect("imported");
    client.execute_script(script("6 * 7").read_from("fix.js")).await.expect("it ran");
    let files: Vec<_> = entries(&log_of(&hac)).into_iter().map(|entry| entry.file).collect();
    let shown = Some(file.display().to_string());
    assert_eq!(files, [shown.clone(), shown, None, Some("fix.js".to_owned())]);
}

#[tokio::test]
async fn the_outcome_is_that_of_the_operation_and_not_only_of_its_request() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.execute_script(script("throw 1")).await.expect_err("it threw");
    assert_eq!(outcome(&hac).as_deref(), Some("script_failed"));
    client.import_impex("INSERT_UPDATE Nonsense;code[unique=true]\n;mr\n").await.expect_err("no such type");
    assert_eq!(outcome(&hac).as_deref(), Some("import_failed"));
    client.execute_flexiblesearch(FlexibleSearch::sql("SELECT nothing FROM nowhere")).await.expect_err("no table");
    assert_eq!(outcome(&hac).as_deref(), Some("query_failed"));
    let gateway = Fault::Answer { status: 504, headers: vec![], body: String::new(), execute: true };
    hac.simulator.faults().once(On::post(EXECUTE), gateway);
    client.execute_script(script("1")).await.expect_err("no answer");
    assert_eq!(outcome(&hac).as_deref(), Some("outcome_unknown"));
    let answer = Fault::Answer { status: 200, headers: vec![], body: r#"{"error":"no"}"#.into(), execute: false };
    hac.simulator.faults().once(On::post("/monitoring/cache/regionCache/clear"), answer);
    assert!(!client.clear_region_cache().await.expect("an answer").success());
    assert_eq!(outcome(&hac).as_deref(), Some("failed"));
}

#[tokio::test]
async fn a_call_is_recorded_before_it_is_sent_and_one_that_was_given_up_was_interrupted() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.login().await.expect("a login");
    hac.simulator.faults().once(On::post(EXECUTE), Fault::Hold);
    let held = async {
        while hac.simulator.faults().held() == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    // Kept while the log is read: a call that is dropped has an outcome.
    let mut call = Box::pin(client.execute_script(script("1")));
    tokio::select! {
        _ = &mut call => panic!("the server holds the answer"),
        () = held => assert_eq!(outcome(&hac), None, "it is running"),
    }
    drop(call);
    assert_eq!(outcome(&hac).as_deref(), Some("interrupted"));
}

#[tokio::test]
async fn a_write_that_is_sent_again_after_a_refusal_is_recorded_once_and_one_that_was_never_sent_not_at_all() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.login().await.expect("a login");
    hac.simulator.faults().expire_sessions();
    client.execute_script(script("1")).await.expect("sent again");
    assert_eq!(entries(&log_of(&hac)).len(), 1);
    let wrong = audited(&hac).auth_handler(hac_client::BasicAuthHandler::new("other", "wrong")).build();
    let error = wrong.expect("a client").execute_script(script("1")).await.expect_err("no login");
    assert_kind(&error, ErrorKind::BadCredentials);
    assert_eq!(entries(&log_of(&hac)).len(), 1);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_one_warning_and_if_it_is_required_nothing_is_executed() {
    let hac = Hac::start();
    std::fs::write(hac.records.log("state"), "no directory").expect("written");
    hac.records.lack(3, EXECUTE, "this log cannot be written, and is not required");
    let notices = Notices::default();
    let client = notices.of(audited(&hac)).build().expect("a client");
    for _ in 0..3 {
        client.execute_script(script("1")).await.expect("it ran all the same");
    }
    let warnings = notices.all();
    let told: Vec<_> = warnings.iter().filter(|notice| notice.contains("audit log is not complete")).collect();
    assert_eq!(told.len(), 1, "{warnings:?}");
    hac.ledger().clear();
    let strict = hac.builder().audit(Audit::in_file(log_of(&hac)).required()).build().expect("a client");
    let error = strict.execute_script(script("1")).await.expect_err("it must be recorded");
    assert_kind(&error, ErrorKind::Protected);
    assert!(error.why().contains("it must be recorded"), "{error}");
    strict.execute_flexiblesearch("SELECT {code} FROM {Product}").await.expect("a read is not recorded");
    assert_eq!(hac.ledger().count(EXECUTE), 0);
}

#[tokio::test]
async fn no_secret_of_a_client_is_in_its_log_wherever_it_was_written() {
    let hac = Hac::start();
    let client = audited(&hac).build().expect("a client");
    client.login().await.expect("a login");
    let session = client.export_session().expect("a session");
    let (id, token) =
        (session.metadata().session_id.expose().to_owned(), session.metadata().csrf_token.expose().to_owned());
    for secret in ["nimda", &id, &token] {
        client.execute_script(script(&format!("'{secret}'"))).await.expect("it ran");
        client.change_log_level(secret, LogLevel::Warn).await.expect("it was set");
        let _ = client.set_property(secret, secret).await;
        client
            .import_impex(format!("INSERT_UPDATE Title;code[unique=true] # {secret}\n;mr\n"))
            .await
            .map(drop)
            .unwrap_or_default();
    }
    let text = std::fs::read_to_string(log_of(&hac)).expect("a log");
    assert_eq!(text.lines().count(), 24);
    for secret in ["nimda", &id, &token] {
        assert!(!text.contains(secret), "{text}");
    }
}
