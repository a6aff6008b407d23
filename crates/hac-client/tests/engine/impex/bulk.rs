//! Imports in chunks: each row once, whatever is lost on the way.

use std::fmt::Write as _;
use std::num::{NonZeroU16, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hac_client::audit::Audit;
use hac_client::console::{Assumption, BulkImport, BulkResult, BulkStart, ImpexSwitch};
use hac_client::protection::Protection;
use hac_client::{BasicAuthHandler, Error, ErrorKind, FlexibleSearch, HacClient, Hint};
use hac_simulator::{Fault, On, XssFilter};

use super::{IMPORT, UPLOAD};
use crate::support::{Hac, assert_kind};

/// Rows that the server refuses to import a second time.
pub(super) fn users(rows: usize) -> String {
    let mut script = String::from("# users\n$description=bulk\nINSERT Customer;uid;description\n");
    for row in 0..rows {
        writeln!(script, ";bulk{row};$description").expect("a string");
    }
    script
}

pub(super) struct Bulk {
    pub(super) hac: Hac,
    pub(super) client: HacClient,
    pub(super) directory: tempfile::TempDir,
    file: PathBuf,
}

impl Bulk {
    pub(super) async fn of(script: &str) -> Self {
        Self::with(Hac::start(), script).await
    }

    async fn with(hac: Hac, script: &str) -> Self {
        let client = hac.warm_client().await;
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("users.impex");
        std::fs::write(&file, script).expect("written");
        Self { hac, client, directory, file }
    }

    /// In chunks of ten rows.
    pub(super) fn import(&self) -> BulkImport {
        let state = self.directory.path().join("state");
        BulkImport::new(&self.file).state_directory(state).chunk_rows(NonZeroUsize::new(10).expect("ten"))
    }

    pub(super) async fn run(&self, import: BulkImport) -> Result<BulkResult, Error> {
        self.client.import_impex_bulk(import).await
    }

    pub(super) async fn users(&self) -> Vec<String> {
        let query =
            FlexibleSearch::new("SELECT {uid}, {description} FROM {User} WHERE {uid} LIKE 'bulk%' ORDER BY {pk}")
                .max_count(100_000);
        let found = self.client.execute_flexiblesearch(query).await.expect("rows");
        found
            .rows
            .into_iter()
            .map(|row| {
                assert_eq!(row[1].as_deref(), Some("bulk"));
                row[0].clone().expect("a uid")
            })
            .collect()
    }

    pub(super) async fn has_each_once(&self, rows: usize) {
        let expected: Vec<_> = (0..rows).map(|row| format!("bulk{row}")).collect();
        assert_eq!(self.users().await, expected);
    }

    /// The outcome files, by name.
    fn report(&self) -> Vec<(String, String)> {
        let mut files: Vec<_> = std::fs::read_dir(self.reports())
            .expect("a directory")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).expect("a file"))
            })
            .collect();
        files.sort();
        files
    }

    fn reports(&self) -> PathBuf {
        self.directory.path().join("report")
    }
}

fn counts(result: &BulkResult) -> [usize; 5] {
    [result.rows, result.imported, result.failed, result.not_processed, result.chunks]
}

fn failed(result: Result<BulkResult, Error>) -> BulkResult {
    let error = result.expect_err("rows failed");
    assert_kind(&error, ErrorKind::ImportFailed);
    error.into_outcome().expect("a result")
}

#[track_caller]
pub(super) fn undecided(result: Result<BulkResult, Error>) -> Vec<(usize, usize)> {
    let error = result.expect_err("unknown");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    match error.hint() {
        Some(Hint::DecideChunks { chunks }) => chunks.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_imported_in_chunks_each_row_once_and_in_order() {
    let bulk = Bulk::of(&users(95)).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let import = bulk.import().on_progress(move |progress| {
        assert_eq!((progress.total, progress.in_this_call), (95, progress.done));
        heard.lock().expect("unpoisoned").push(progress.done);
    });
    let result = bulk.run(import).await.expect("imported");
    assert_eq!(counts(&result), [95, 95, 0, 0, 10]);
    assert!(!result.was_done && result.not_split.is_none());
    assert_eq!(*told.lock().expect("unpoisoned"), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95]);
    assert_eq!((bulk.hac.ledger().count(IMPORT), bulk.hac.ledger().executed()), (10, 10));
    bulk.has_each_once(95).await;
}

#[tokio::test]
async fn a_chunk_whose_answer_is_lost_is_never_sent_again_unasked() {
    for (fault, assumption) in
        [(Fault::ResetAfter, Assumption::Imported), (Fault::ResetBefore, Assumption::NotImported)]
    {
        let bulk = Bulk::of(&users(50)).await;
        bulk.hac.simulator.faults().once(On::post(IMPORT).skip(2), fault);
        let import = bulk.import().report(bulk.reports());
        assert_eq!(undecided(bulk.run(import.clone()).await), [(24, 33)]);
        assert_eq!(bulk.hac.ledger().count(IMPORT), 3);
        let unknown = bulk.report().into_iter().find(|(name, _)| name == "unknown.impex").expect("a file").1;
        assert!(
            unknown.starts_with("$description=bulk\nINSERT Customer;uid;description\n;bulk20;")
                && unknown.lines().count() == 12,
            "{unknown}"
        );
        // Neither of these sends anything.
        let refused = bulk.run(import.clone()).await.expect_err("unfinished");
        assert_eq!((refused.kind(), refused.hint()), (ErrorKind::Usage, Some(&Hint::ResumeImport)));
        let resumed = import.start(BulkStart::Resume);
        assert_eq!(undecided(bulk.run(resumed.clone()).await), [(24, 33)]);
        let status = bulk.client.bulk_import_status(&resumed).await.expect("a status").expect("an import");
        assert_eq!((status.is_done, status.imported, status.undecided), (false, 20, vec![(24, 33)]));
        assert_eq!(bulk.hac.ledger().count(IMPORT), 3);

        let result = bulk.run(resumed.assume(assumption)).await.expect("imported");
        assert_eq!(counts(&result), [50, 50, 0, 0, 5]);
        bulk.has_each_once(50).await;
        assert!(bulk.report().iter().all(|(name, _)| name != "unknown.impex"));
    }
}

#[tokio::test]
async fn an_import_that_is_done_is_not_repeated_by_resuming_it() {
    let bulk = Bulk::of(&users(20)).await;
    bulk.run(bulk.import().start(BulkStart::Resume).assume(Assumption::NotImported)).await.expect("begun");
    bulk.hac.ledger().clear();
    let result = bulk.run(bulk.import().start(BulkStart::Resume)).await.expect("done");
    assert!(result.was_done && bulk.hac.ledger().is_empty());
    assert_eq!(counts(&result), [20, 20, 0, 0, 2]);
    // Without that word it is a new import.
    let again = failed(bulk.run(bulk.import()).await);
    assert_eq!(counts(&again), [20, 0, 10, 10, 1]);
    bulk.has_each_once(20).await;
}

#[tokio::test]
async fn an_import_stops_behind_the_first_chunk_with_failures_and_its_rows_are_reported() {
    let script = users(30).replace(";bulk15;", ";;").replace(";bulk25;", ";;");
    let bulk = Bulk::of(&script).await;
    let result = failed(bulk.run(bulk.import().report(bulk.reports())).await);
    assert_eq!(counts(&result), [30, 19, 1, 10, 2]);
    let lines: Vec<_> = result.report.failures.iter().map(|failure| failure.line).collect();
    assert_eq!(lines, [Some(19)]);
    let header = "$description=bulk\nINSERT Customer;uid;description\n";
    let rows = |rows: &mut dyn Iterator<Item = usize>| {
        rows.map(|row| format!(";bulk{row};$description\n")).collect::<Vec<_>>().concat()
    };
    let report = bulk.report();
    let expected = [
        (
            "failed.impex",
            format!(
                "# line 19: cannot create Customer with missing mandatory attributes [uid]\n{header};;$description\n"
            ),
        ),
        ("imported.impex", format!("{header}{}", rows(&mut (0..20).filter(|row| *row != 15)))),
        ("not-processed.impex", format!("{header}{}", rows(&mut (20..30)).replace(";bulk25;", ";;"))),
    ];
    assert_eq!(report, expected.map(|(name, text)| (name.to_owned(), text)));

    // A chunk that failed is not repeated.
    let resumed = failed(bulk.run(bulk.import().start(BulkStart::Resume).report(bulk.reports())).await);
    assert_eq!(counts(&resumed), [30, 28, 2, 0, 3]);
    // What failed before is listed with its text.
    let told: Vec<_> = resumed.report.failures.iter().map(|failure| (failure.line, failure.text.as_str())).collect();
    assert_eq!(told, [(Some(19), ";;$description"), (Some(29), ";;$description")]);
    assert_eq!(bulk.hac.ledger().count(IMPORT), 3);
    assert_eq!(bulk.report()[2].1, "");
    assert_eq!(bulk.users().await.len(), 28);

    // What failed can be mended and imported as it is.
    let mended = bulk.report()[0].1.replacen(";;", ";bulk15;", 1).replacen("\n;;", "\n;bulk25;", 1);
    assert!(bulk.client.import_impex(mended).await.expect("a result").success());
    assert_eq!(bulk.users().await.len(), 30);
}

#[tokio::test]
async fn of_rows_that_are_the_same_as_many_count_as_imported_as_were_imported() {
    let bulk = Bulk::of(&format!("INSERT Customer;uid;description\n{}", ";bulk0;bulk\n".repeat(300))).await;
    let import = bulk.import().chunk_rows(NonZeroUsize::MAX).report(bulk.reports());
    assert_eq!(counts(&failed(bulk.run(import).await)), [300, 1, 299, 0, 1]);
    bulk.has_each_once(1).await;
    let report = bulk.report();
    let rows = |text: &str| text.lines().filter(|line| *line == ";bulk0;bulk").count();
    assert_eq!((rows(&report[0].1), rows(&report[1].1)), (299, 1));
}

#[tokio::test]
async fn an_import_goes_on_after_failures_if_it_is_told_to() {
    let script = users(30).replace(";bulk15;", ";;").replace(";bulk25;", ";;");
    let bulk = Bulk::of(&script).await;
    let result = failed(bulk.run(bulk.import().continue_after_failures(true)).await);
    assert_eq!(counts(&result), [30, 28, 2, 0, 3]);
    let lines: Vec<_> = result.report.failures.iter().map(|failure| failure.line).collect();
    assert_eq!(lines, [Some(19), Some(29)]);
}

/// Rows that refer to what only the last rows create.
fn forward(exists: bool) -> String {
    let mut script = String::from("$version=catalogVersion(catalog(id),version)\nINSERT Product;code;$version\n");
    for row in 0..25 {
        writeln!(script, ";forward{row};later:Online").expect("a string");
    }
    script.push_str("INSERT Catalog;id\n;later\n");
    if exists {
        script.push_str("INSERT CatalogVersion;catalog(id);version\n;later;Online\n");
    }
    script
}

#[tokio::test]
async fn rows_that_refer_to_later_ones_are_imported_once_more_before_they_count_as_failed() {
    let bulk = Bulk::of(&forward(true)).await;
    let result = bulk.run(bulk.import().report(bulk.reports())).await.expect("imported");
    // Three chunks of the first round, and two with what the first two of them lacked.
    assert_eq!(counts(&result), [27, 27, 0, 0, 5]);
    assert_eq!(bulk.report()[0].1, "", "nothing failed");
    let query = FlexibleSearch::new("SELECT count(*) FROM {Product} WHERE {code} LIKE 'forward%'");
    assert_eq!(bulk.client.execute_flexiblesearch(query).await.expect("rows").rows, [[Some("25".to_owned())]]);

    let bulk = Bulk::of(&forward(false)).await;
    let result = failed(bulk.run(bulk.import().continue_after_failures(true)).await);
    assert_eq!(counts(&result), [26, 1, 25, 0, 6]);
}

#[tokio::test]
async fn a_lost_answer_in_the_second_round_is_unknown_too() {
    let bulk = Bulk::of(&forward(true)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT).skip(4), Fault::ResetAfter);
    let import = bulk.import().report(bulk.reports());
    assert_eq!(undecided(bulk.run(import.clone()).await), [(13, 22)]);
    let status = bulk.client.bulk_import_status(&import).await.expect("a status").expect("an import");
    assert_eq!((status.imported, status.failed), (17, 0));
    let result = bulk.run(import.start(BulkStart::Resume).assume(Assumption::Imported)).await.expect("imported");
    assert_eq!(counts(&result), [27, 27, 0, 0, 5]);
    let query = FlexibleSearch::new("SELECT count(*) FROM {Product} WHERE {code} LIKE 'forward%'");
    assert_eq!(bulk.client.execute_flexiblesearch(query).await.expect("rows").rows, [[Some("25".to_owned())]]);
}

#[tokio::test]
async fn a_chunk_that_never_left_is_not_undecided() {
    let bulk = Bulk::of(&users(20)).await;
    let state = bulk.directory.path().join("state");
    let wrong = bulk.hac.builder().auth_handler(BasicAuthHandler::new("admin", "wrong")).session_persistence(false);
    let error = wrong.build().expect("a client").import_impex_bulk(bulk.import()).await.expect_err("no login");
    assert_kind(&error, ErrorKind::BadCredentials);
    assert!(state.exists());
    // Nothing was sent, so that nothing has to be decided, and nothing to be resumed.
    assert_eq!(counts(&bulk.run(bulk.import()).await.expect("imported")), [20, 20, 0, 0, 2]);
    bulk.has_each_once(20).await;
}

#[tokio::test]
async fn a_protected_server_is_not_written_to_and_no_checkpoint_is_left() {
    let bulk = Bulk::of(&users(20)).await;
    let client = bulk.hac.builder().protection(Protection::ReadOnly).build().expect("a client");
    let error = client.import_impex_bulk(bulk.import()).await.expect_err("read-only");
    assert_kind(&error, ErrorKind::Protected);
    assert!(bulk.hac.ledger().is_empty() && !bulk.directory.path().join("state").exists());
}

#[tokio::test]
async fn each_chunk_is_in_the_audit_log() {
    let bulk = Bulk::of(&users(30)).await;
    let audit = Audit::in_file(bulk.hac.records.log("bulk.jsonl"));
    let client = bulk.hac.builder().audit(audit.clone()).build().expect("a client");
    client.import_impex_bulk(bulk.import()).await.expect("imported");
    assert_eq!(audit.entries(0, |_| true).expect("a log").entries.len(), 3);
}

#[tokio::test]
async fn only_one_process_imports_a_file() {
    let bulk = Bulk::of(&users(20)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::Hold);
    let (client, import) = (bulk.client.clone(), bulk.import());
    let first = tokio::spawn(async move { client.import_impex_bulk(import).await });
    while bulk.hac.simulator.faults().held() == 0 {
        tokio::task::yield_now().await;
    }
    for start in [BulkStart::New, BulkStart::Resume, BulkStart::Restart] {
        let error = bulk.run(bulk.import().start(start).assume(Assumption::NotImported)).await.expect_err("locked");
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.to_string().contains("another process is importing this file"), "{error}");
    }
    bulk.hac.simulator.faults().release();
    first.await.expect("no panic").expect("imported");
    bulk.has_each_once(20).await;
}

/// The checkpoint, whatever it is called.
pub(super) fn checkpoint(directory: &Path) -> PathBuf {
    let entries = std::fs::read_dir(directory.join("state")).expect("a directory");
    let mut found = entries.map(|entry| entry.expect("an entry").path());
    found.find(|path| path.extension().is_some_and(|extension| extension == "json")).expect("a checkpoint")
}

#[tokio::test]
async fn a_checkpoint_of_something_else_is_not_used() {
    let bulk = Bulk::of(&users(30)).await;
    let stopped = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&stopped);
    let import = bulk.import().stop_if(move || asked.fetch_add(1, Ordering::SeqCst) == 1);
    let result = bulk.run(import).await.expect("stopped");
    assert_eq!(counts(&result), [30, 10, 0, 20, 1]);
    let path = checkpoint(bulk.directory.path());
    let text = std::fs::read_to_string(&path).expect("a checkpoint");
    #[cfg(unix)] // Modes are Unix's.
    {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(path.parent().expect("a directory")).expect("a directory") {
            let mode = entry.expect("an entry").metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
    let resumed = || bulk.import().start(BulkStart::Resume);
    for (changed, why) in [
        (text.replace("\"version\":1", "\"version\":2"), "version 2"),
        (text.replace(bulk.client.base_url(), "https://other"), "it went to https://other"),
        (text.replace("\"encoding\":\"UTF-8\"", "\"encoding\":\"latin1\""), "it read the file as latin1"),
        (text[..text.len() / 2].to_owned(), "damaged"),
        // More than is read of a checkpoint.
        (" ".repeat(17 << 20) + &text, "damaged"),
    ] {
        std::fs::write(&path, changed).expect("written");
        let error = bulk.run(resumed()).await.expect_err(why);
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Usage, Some(&Hint::RestartImport)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    std::fs::write(&path, &text).expect("written");
    // What a process has left that was killed while it wrote.
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let left = path.with_file_name(format!(".tmp-{name}-x"));
    std::fs::write(&left, "half").expect("written");
    std::fs::write(&bulk.file, users(31)).expect("written");
    let error = bulk.run(resumed()).await.expect_err("another content");
    assert!(error.to_string().contains("the file had another content then"), "{error}");
    std::fs::write(&bulk.file, users(30)).expect("written");
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
    assert_eq!(counts(&bulk.run(resumed()).await.expect("resumed")), [30, 30, 0, 0, 3]);
    bulk.has_each_once(30).await;
    assert!(!left.exists());
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_imported_ends_the_import_before_the_next_chunk() {
    let bulk = Bulk::of(&users(30)).await;
    let file = bulk.file.clone();
    let import = bulk.import().on_progress(move |progress| {
        if progress.done == 10 {
            std::fs::write(&file, users(29)).expect("written");
        }
    });
    let error = bulk.run(import).await.expect_err("changed");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("the file was changed while it was being imported"), "{error}");
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
    std::fs::write(&bulk.file, users(30)).expect("written");
    bulk.run(bulk.import().start(BulkStart::Resume)).await.expect("imported");
    bulk.has_each_once(30).await;
}

#[tokio::test]
async fn text_that_a_filter_would_change_in_a_form_is_uploaded() {
    // One of each of the default rules, and those that need no more than space between their words.
    for cell in [
        "a<script>b</script>c",
        "a</script>c",
        "a<script type=x>c",
        "<img src='x'>",
        "<img src = 'x'>",
        "<img\nsrc\t=\n'x'>",
        "retrieval(x)",
        "expression(x)",
        "JavaScript:x",
        "vbscript:x",
        "<body onload = x>",
    ] {
        let hac = Hac::with(|simulator| simulator.xss_filter(XssFilter::Strip));
        let bulk = Bulk::with(hac, &format!("INSERT Customer;uid;description\n;a;\"{cell}\"\n")).await;
        bulk.run(bulk.import()).await.expect("imported");
        assert_eq!(bulk.hac.ledger().count(UPLOAD), 1, "{cell}");
        let query = FlexibleSearch::new("SELECT {description} FROM {User} WHERE {uid} = 'a'");
        let found = bulk.client.execute_flexiblesearch(query).await.expect("rows").rows;
        assert_eq!(found, [[Some(cell.to_owned())]]);
    }
}

#[tokio::test]
async fn what_cannot_be_split_is_sent_as_a_whole_or_refused_with_its_line() {
    let script = format!("{}#% if: false\nINSERT Customer;uid\n;never\n#% endif:\n", users(25));
    let bulk = Bulk::of(&script).await;
    let error = bulk.run(bulk.import()).await.expect_err("chunks were wanted");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("users.impex:30: the file cannot be split"), "{error}");
    assert!(bulk.hac.ledger().is_empty());
    let whole = BulkImport::new(&bulk.file)
        .state_directory(bulk.directory.path().join("state"))
        .switch_on(ImpexSwitch::CodeExecution);
    let result = bulk.run(whole).await.expect("imported");
    assert_eq!((result.rows, result.chunks, bulk.hac.ledger().executed()), (28, 1, 1));
    assert!(result.not_split.expect("a reason").contains("users.impex:30: "));
    bulk.has_each_once(25).await;
}

#[tokio::test]
async fn conditions_around_rows_are_kept_together_and_other_files_are_refused() {
    let script = "INSERT Customer;uid;description\n;bulk0;bulk\n#% if: false\n;bulk8;bulk\n;bulk9;bulk\n#% endif:\n;bulk1;bulk\n";
    let bulk = Bulk::of(script).await;
    let one = NonZeroUsize::MIN;
    let result = bulk.run(bulk.import().chunk_rows(one).switch_on(ImpexSwitch::CodeExecution)).await.expect("imported");
    assert_eq!(result.chunks, 3);
    bulk.has_each_once(2).await;
    bulk.hac.ledger().clear();
    for (content, why) in [
        (&b"INSERT Title;code\n;a\n;\"b\n;c\n"[..], "users.impex:3: a quote is never closed"),
        (b"INSERT Title;code\n;\xe4\n", "is not valid UTF-8 (line 2)"),
        (b"\xff\xfe\0\0I\0\0\0", "begins as UTF-32 text"),
        (b"PK\x03\x04rest", "it is an archive"),
        (b"", "is empty"),
    ] {
        std::fs::write(&bulk.file, content).expect("written");
        let error = bulk.run(bulk.import().start(BulkStart::Restart)).await.expect_err(why);
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.to_string().contains(why), "{error}");
    }
    assert!(bulk.hac.ledger().is_empty());
}

#[tokio::test]
async fn chunks_that_are_imported_at_the_same_time_are_each_imported_once() {
    let bulk = Bulk::of(&users(100)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT).skip(5), Fault::ResetAfter);
    let import = bulk.import().parallel(NonZeroU16::new(4).expect("four"));
    let chunks = undecided(bulk.run(import.clone()).await);
    assert_eq!(chunks.len(), 1);
    let result = bulk.run(import.start(BulkStart::Resume).assume(Assumption::Imported)).await.expect("imported");
    assert_eq!((result.imported, result.failed, result.not_processed), (100, 0, 0));
    assert_eq!(bulk.hac.ledger().executed(), 10);
    assert_eq!(bulk.users().await.len(), 100);
}
