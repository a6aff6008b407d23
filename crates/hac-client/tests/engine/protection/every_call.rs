//! Every call of the client against every protection. The list of calls is that of the public API, so none can be missing.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use hac_client::audit::Audit;
use hac_client::console::{BulkImport, CopyPlan, ImpexCopy, ImpexExport, PageSink, RowSink, RowStream};
use hac_client::files::ByteSink;
use hac_client::monitoring::Switch;
use hac_client::platform::{Initialization, InitializationPlan, LogLevel, LogLine, Schema, Update, UpdatePlan, Watch};
use hac_client::protection::{CallClass, Confirmation, PlannedCall, Protection};
use hac_client::request::{Effect, HacRequest};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Overwrite, Result};

use crate::support::{Hac, assert_kind, script};

type Sent<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// What calls need that is made beforehand.
struct Prepared {
    update: UpdatePlan,
    dropping: UpdatePlan,
    initialization: InitializationPlan,
    copy: CopyPlan,
    directory: tempfile::TempDir,
}

struct Case {
    /// The name of the method.
    method: &'static str,
    class: Option<CallClass>,
    send: for<'a> fn(&'a HacClient, &'a Prepared) -> Sent<'a>,
}

macro_rules! case {
    // Without the block: what is lent to the call has to live as long as it.
    ($method:literal, $class:expr, |$client:ident, $made:ident| { $call:expr }) => {
        case!($method, $class, |$client, $made| $call)
    };
    ($method:literal, $class:expr, |$client:ident, $made:ident| $call:expr) => {
        Case { method: $method, class: $class, send: |$client, $made| Box::pin(async move { $call.await.map(drop) }) }
    };
}

const READ: Option<CallClass> = Some(CallClass::Read);
const WRITE: Option<CallClass> = Some(CallClass::Write);
const DESTROY: Option<CallClass> = Some(CallClass::Destroy);

/// Methods that send nothing.
const SILENT: &[&str] = &[
    "base_url",
    "builder",
    "diagnosis",
    "export_session",
    "forget_session",
    "protection",
    "session_info",
    "use_session",
    "writes",
];

const SELECT: &str = "SELECT {code} FROM {Product}";
const ALL: &str = "SELECT {pk}, {code} FROM {Product}";
const IMPEX: &str = "INSERT_UPDATE Title;code[unique=true]\n;mr\n";

fn committed() -> FlexibleSearch {
    FlexibleSearch::new(SELECT).commit(Commit::Yes)
}

fn sql() -> FlexibleSearch {
    FlexibleSearch::sql("SELECT 1")
}

fn quiet() -> impl FnMut(&LogLine) + Send {
    |_: &LogLine| ()
}

struct Nowhere;

impl RowSink for Nowhere {
    fn row(&mut self, _: &[Option<std::borrow::Cow<'_, str>>]) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }
}

impl PageSink for Nowhere {}

impl ByteSink for Nowhere {
    fn piece(&mut self, _: &[u8]) -> std::ops::ControlFlow<()> {
        std::ops::ControlFlow::Continue(())
    }
}

async fn streamed(client: &HacClient, query: impl Into<FlexibleSearch>) -> Result<()> {
    first(client.stream_rows::<Vec<String>>(query)).await
}

async fn first(mut rows: RowStream<Vec<String>>) -> Result<()> {
    rows.next().await.map_or(Ok(()), |row| row.map(drop))
}

/// What a page of HAC sends to run an update.
fn request(drop_tables: bool) -> serde_json::Map<String, serde_json::Value> {
    let request = serde_json::json!({"dropTables": drop_tables, "initMethod": "UPDATE"});
    request.as_object().cloned().unwrap_or_default()
}

fn exported() -> ImpexExport {
    ImpexExport::new("INSERT_UPDATE Title;code[unique=true]")
}

fn cases() -> Vec<Case> {
    vec![
        case!("login", None, |client, _made| client.login()),
        case!("check", None, |client, _made| client.check()),
        case!("find_hac", None, |client, _made| client.find_hac()),
        case!("bulk_import_status", None, |client, made| client.bulk_import_status(made.bulk())),
        case!("bulk_import_elsewhere", None, |client, made| client.bulk_import_elsewhere(made.bulk())),
        case!("forget_bulk_import", None, |client, made| client.forget_bulk_import(made.bulk())),
        case!("about", READ, |client, _made| client.about()),
        case!("analyze_pk", READ, |client, _made| client.analyze_pk("8796093054977")),
        case!("cron_jobs", READ, |client, _made| client.cron_jobs()),
        case!("download_jdbc_log", READ, |client, _made| client.download_jdbc_log(&mut Nowhere)),
        case!("download_support_zip", READ, |client, _made| client.download_support_zip(&mut Nowhere)),
        case!("dump_configuration", READ, |client, made| client.dump_configuration(&made.update)),
        case!("execute_flexiblesearch", READ, |client, _made| client.execute_flexiblesearch(SELECT)),
        case!("follow_update_log", READ, |client, _made| client.follow_update_log(Watch::default(), &mut quiet())),
        case!("languages", READ, |client, _made| client.languages()),
        case!("loggers", READ, |client, _made| client.loggers()),
        case!("pending_patches", READ, |client, _made| client.pending_patches()),
        case!("plan_copy", READ, |client, _made| client.plan_copy(ImpexCopy::of_type("Language"))),
        case!("plan_initialization", READ, |client, _made| client.plan_initialization(&Initialization::new())),
        case!("plan_update", READ, |client, _made| client.plan_update(&Update::new(Schema::Update))),
        case!("properties", READ, |client, _made| client.properties()),
        case!("rows", READ, |client, _made| client.rows::<String>(SELECT)),
        case!("send", READ, |client, _made| {
            client.send(&HacRequest::get("/monitoring/cronjobs/data").expect_json_list())
        }),
        case!("snapshot_extensions", READ, |client, _made| client.snapshot_extensions()),
        case!("snapshot_loggers", READ, |client, _made| client.snapshot_loggers()),
        case!("snapshot_properties", READ, |client, _made| client.snapshot_properties()),
        case!("snapshot_rows", READ, |client, _made| client.snapshot_rows(SELECT, &["code"])),
        case!("snapshot_types", READ, |client, _made| client.snapshot_types(&["Product"])),
        case!("stream_copy", READ, |client, made| client.stream_copy(&made.copy, &mut String::new())),
        case!("stream_flexiblesearch", READ, |client, _made| client.stream_flexiblesearch(SELECT, &mut Nowhere)),
        case!("stream_rows", READ, |client, _made| streamed(client, SELECT)),
        case!("stream_pages", READ, |client, _made| client.stream_pages(ALL, &mut Nowhere)),
        case!("stream_all_rows", READ, |client, _made| first(client.stream_all_rows::<Vec<String>>(ALL))),
        case!("support_files", READ, |client, _made| client.support_files()),
        case!("type_attributes", READ, |client, _made| client.type_attributes("Product")),
        case!("types", READ, |client, _made| client.types()),
        case!("unique_attributes", READ, |client, _made| client.unique_attributes("Language")),
        case!("update_data", READ, |client, _made| client.update_data()),
        case!("update_log", READ, |client, _made| client.update_log()),
        case!("update_status", READ, |client, _made| client.update_status()),
        case!("lint_impex", READ, |client, _made| client.lint_impex(IMPEX)),
        case!("validate_impex", READ, |client, _made| client.validate_impex(IMPEX)),
        case!("write_copy", READ, |client, made| client.write_copy(&made.copy, made.target(), Overwrite::Yes)),
        case!("write_copy_watched", READ, |client, made| {
            client.write_copy_watched(&made.copy, made.target(), Overwrite::Yes, &mut String::new())
        }),
        case!("write_csv", READ, |client, _made| client.write_csv(SELECT, Vec::new())),
        case!("change_log_level", WRITE, |client, _made| client.change_log_level("root", LogLevel::Warn)),
        case!("clear_jdbc_log", WRITE, |client, _made| client.clear_jdbc_log()),
        case!("clear_region_cache", WRITE, |client, _made| client.clear_region_cache()),
        case!("execute_flexiblesearch", WRITE, |client, _made| client.execute_flexiblesearch(committed())),
        case!("execute_flexiblesearch", WRITE, |client, _made| client.execute_flexiblesearch(sql())),
        case!("execute_groovy", WRITE, |client, _made| client.execute_groovy("1", Commit::No)),
        case!("execute_groovy", WRITE, |client, _made| client.execute_groovy("1", Commit::Yes)),
        case!("execute_script", WRITE, |client, _made| client.execute_script(script("1"))),
        case!("execute_script", WRITE, |client, _made| client.execute_script(script("1").commit(Commit::Yes))),
        case!("execute_update", WRITE, |client, made| client.execute_update(&made.update)),
        case!("execute_update_request", WRITE, |client, _made| client.execute_update_request(&request(false))),
        case!("export_impex", WRITE, |client, made| client.export_impex(exported(), made.target(), Overwrite::Yes)),
        case!("export_impex_watched", WRITE, |client, made| {
            client.export_impex_watched(exported(), made.target(), Overwrite::Yes, &mut Nowhere)
        }),
        case!("import_impex", WRITE, |client, _made| client.import_impex(IMPEX)),
        case!("import_impex_at_once", WRITE, |client, made| client.import_impex_at_once(IMPEX, made.bulk())),
        case!("import_impex_bulk", WRITE, |client, made| client.import_impex_bulk(made.bulk())),
        case!("prepare_support_zip", WRITE, |client, _made| client.prepare_support_zip(&["local.properties"])),
        case!("rows", WRITE, |client, _made| client.rows::<String>(sql())),
        case!("rows", WRITE, |client, _made| client.rows::<String>(committed())),
        case!("run_update", WRITE, |client, made| client.run_update(&made.update, Watch::default(), &mut quiet())),
        case!("send", WRITE, |client, _made| {
            client.send(&HacRequest::post("/console/scripting/execute", Effect::Read))
        }),
        case!("send", WRITE, |client, _made| client.send(&HacRequest::post("/some/page", Effect::Write))),
        case!("replace_log_level", WRITE, |client, _made| client.replace_log_level("root", LogLevel::Warn)),
        case!("replace_property", WRITE, |client, _made| client.replace_property("mail.smtp.server", "mail")),
        case!("set_property", WRITE, |client, _made| client.set_property("mail.smtp.server", "mail")),
        case!("stream_flexiblesearch", WRITE, |client, _made| client.stream_flexiblesearch(sql(), &mut Nowhere)),
        case!("stream_rows", WRITE, |client, _made| streamed(client, sql())),
        case!("stream_rows", WRITE, |client, _made| streamed(client, committed())),
        case!("switch_jdbc_log", WRITE, |client, _made| client.switch_jdbc_log(Switch::On)),
        case!("switch_jdbc_log_params", WRITE, |client, _made| client.switch_jdbc_log_params(Switch::On)),
        case!("switch_jdbc_log_stacktrace", WRITE, |client, _made| client.switch_jdbc_log_stacktrace(Switch::On)),
        case!("write_csv", WRITE, |client, _made| client.write_csv(sql(), Vec::new())),
        case!("execute_initialization", DESTROY, |client, made| client.execute_initialization(&made.initialization)),
        case!("execute_update", DESTROY, |client, made| client.execute_update(&made.dropping)),
        case!("execute_update_request", DESTROY, |client, _made| client.execute_update_request(&request(true))),
        case!("run_initialization", DESTROY, |client, made| {
            client.run_initialization(&made.initialization, Watch::default(), &mut quiet())
        }),
        case!("run_update", DESTROY, |client, made| client.run_update(&made.dropping, Watch::default(), &mut quiet())),
        case!("send", DESTROY, |client, _made| {
            client.send(&HacRequest::post("/platform/init/execute", Effect::Read))
        }),
        case!("logout", None, |client, _made| client.logout()),
    ]
}

impl Prepared {
    fn target(&self) -> PathBuf {
        self.directory.path().join("export.zip")
    }

    fn bulk(&self) -> BulkImport {
        let file = self.directory.path().join("bulk.impex");
        std::fs::write(&file, IMPEX).expect("written");
        BulkImport::new(file).state_directory(self.directory.path().join("imports"))
    }
}

async fn prepared(hac: &Hac) -> Prepared {
    let client = hac.warm_client().await;
    let update = client.plan_update(&Update::new(Schema::LeaveAlone)).await.expect("a plan");
    let dropping = client.plan_update(&Update::new(Schema::Update).drop_tables()).await.expect("a plan");
    let initialization = client.plan_initialization(&Initialization::new()).await.expect("a plan");
    let copy = client.plan_copy(ImpexCopy::of_type("Language")).await.expect("a plan");
    client.logout().await.expect("logged out");
    hac.ledger().clear();
    Prepared { update, dropping, initialization, copy, directory: tempfile::TempDir::new().expect("a directory") }
}

/// The methods of a type in the record of the public API.
fn methods_of(client: &str) -> BTreeSet<&'static str> {
    let prefix = format!("{client}: pub ");
    include_str!("../../../api.txt")
        .lines()
        .filter_map(|line| line.strip_prefix(&prefix))
        .filter_map(|item| item.strip_prefix("async fn ").or_else(|| item.strip_prefix("fn ")))
        .filter_map(|item| item.split(['(', '<']).next())
        .collect()
}

#[test]
fn no_method_of_the_public_api_is_missing_here() {
    let tried: BTreeSet<_> = cases().iter().map(|case| case.method).chain(SILENT.iter().copied()).collect();
    assert_eq!(tried, methods_of("hac_client::HacClient"));
    // The blocking client has the same methods, and each waits for that of the other.
    let blocking: BTreeSet<_> = methods_of("hac_client::blocking::HacClient");
    let extra: Vec<_> = blocking.difference(&tried).collect();
    assert_eq!(extra, [&""; 0], "not tried");
}

#[tokio::test]
async fn in_read_only_no_call_that_writes_or_destroys_reaches_the_server() {
    let hac = Hac::start();
    let made = prepared(&hac).await;
    for Case { method, class, send } in cases() {
        // Each on a client of its own, without a session: a refusal comes before the login.
        let client =
            hac.builder().session_persistence(false).protection(Protection::ReadOnly).build().expect("a client");
        hac.ledger().clear();
        let sent = send(&client, &made).await;
        match class {
            Some(CallClass::Write | CallClass::Destroy) => {
                assert_kind(&sent.expect_err(method), ErrorKind::Protected);
                assert!(hac.ledger().is_empty(), "{method}: {:?}", hac.requests());
            }
            _ => assert!(!is_protected(&sent), "{method}: {sent:?}"),
        }
        let changed: Vec<_> = hac.ledger().entries().into_iter().filter(|entry| entry.executed).collect();
        let queries = changed.iter().all(|entry| {
            entry.path.ends_with("/console/flexsearch/execute")
                && entry.field("commit") == Some("false")
                && entry.field("sqlQuery") == Some("")
                || entry.path.ends_with("/console/impex/import/validate")
        });
        assert!(queries, "{method}: {changed:?}");
    }
}

#[tokio::test]
async fn each_call_has_the_class_that_is_asked_about() {
    let hac = Hac::start();
    let made = prepared(&hac).await;
    for Case { method, class, send } in cases() {
        let (asked, heard) = std::sync::mpsc::channel();
        let handler = move |call: &PlannedCall| {
            let _ = asked.send(call.class);
            Ok(Confirmation::No)
        };
        let builder = hac.builder().session_persistence(false).protection(Protection::Confirm);
        let client = builder.confirmed_by(handler).build().expect("a client");
        let sent = send(&client, &made).await;
        let classes: Vec<_> = heard.try_iter().collect();
        match class {
            Some(class @ (CallClass::Write | CallClass::Destroy)) => {
                assert_eq!(classes, [class], "{method}");
                assert!(is_protected(&sent), "{method}: {sent:?}");
            }
            _ => assert_eq!(classes, [], "{method}"),
        }
    }
}

#[tokio::test]
async fn each_write_is_recorded_once_with_its_outcome_and_no_read_is() {
    let hac = Hac::start();
    let made = prepared(&hac).await;
    let audit = Audit::in_file(hac.records.log("calls.jsonl"));
    let mut before = 0;
    for Case { method, class, send } in cases() {
        let client = hac.builder().session_persistence(false).audit(audit.clone()).build().expect("a client");
        let _ = send(&client, &made).await;
        let log = audit.entries(0, |_| true).expect("a log");
        let new: Vec<_> = log.entries[before..].iter().map(|entry| (entry.class, entry.outcome.is_some())).collect();
        before = log.entries.len();
        match class {
            Some(class @ (CallClass::Write | CallClass::Destroy)) => assert_eq!(new, [(class, true)], "{method}"),
            _ => assert_eq!(new, [], "{method}"),
        }
        assert_eq!(log.unreadable, 0);
    }
}

fn is_protected(sent: &Result<()>) -> bool {
    sent.as_ref().is_err_and(|error: &Error| error.kind() == ErrorKind::Protected)
}
