//! Files that are sent in one request: never twice unasked either.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hac_client::console::{Assumption, BulkImport, BulkStart, ImpexSwitch};
use hac_client::{BasicAuthHandler, Error, ErrorKind, HacClient, Hint, ImpexImport, ImpexResult, Notice, Result};
use hac_simulator::{Fault, On};

use super::{IMPORT, UPLOAD, languages};
use crate::support::{Hac, assert_kind};

/// A row that the server refuses to import a second time.
const SCRIPT: &str = "INSERT Language;isocode[unique=true]\n;xx\n";

struct AtOnce {
    hac: Hac,
    client: HacClient,
    directory: tempfile::TempDir,
    path: PathBuf,
}

impl AtOnce {
    async fn of(content: &[u8]) -> Self {
        let hac = Hac::start();
        let client = hac.warm_client().await;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("languages.impex");
        std::fs::write(&path, content).expect("written");
        Self { hac, client, directory, path }
    }

    fn file(&self) -> BulkImport {
        BulkImport::new(&self.path).state_directory(self.directory.path().join("state"))
    }

    async fn import(&self, file: BulkImport) -> Result<ImpexResult> {
        self.client.import_impex_at_once(ImpexImport::from_file(&self.path).expect("a file"), file).await
    }

    /// The names of all files that the imports have left.
    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path().join("state")).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    async fn count(&self) -> usize {
        languages(&self.client, "xx").await.len()
    }
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(content).expect("packed");
    packed.finish().expect("packed")
}

#[track_caller]
fn is_unknown(result: Result<ImpexResult>) -> Error {
    let error = result.expect_err("unknown");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let decides = |hint: &Hint| matches!(hint, Hint::DecideChunks { chunks } if *chunks == [(0, 0)]);
    let told = match error.hint() {
        Some(Hint::All(all)) => all.iter().any(decides),
        Some(hint) => decides(hint),
        None => false,
    };
    assert!(told, "{:?}", error.hint());
    error
}

#[tokio::test]
async fn an_import_whose_outcome_is_known_takes_one_request_and_leaves_nothing() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    assert!(at_once.import(at_once.file()).await.expect("imported").success());
    assert!(at_once.left().is_empty(), "{:?}", at_once.left());
    let failed = at_once.import(at_once.file()).await.expect_err("it is there");
    assert_kind(&failed, ErrorKind::ImportFailed);
    assert_eq!(failed.into_outcome::<ImpexResult>().expect("a result").failures[0].line, Some(2));
    assert!(at_once.left().is_empty(), "{:?}", at_once.left());
    assert_eq!(at_once.hac.ledger().entries().len(), 2);

    let client = at_once.hac.builder().auth_handler(BasicAuthHandler::new("admin", "wrong"));
    let client = client.session_persistence(false).build().expect("a client");
    let error = client.import_impex_at_once(SCRIPT, at_once.file()).await.expect_err("no login");
    assert_kind(&error, ErrorKind::BadCredentials);
    assert!(at_once.left().is_empty(), "{:?}", at_once.left());
}

#[tokio::test]
async fn a_file_whose_answer_is_lost_is_never_sent_again_unasked() {
    for content in [SCRIPT.as_bytes().to_vec(), gzip(SCRIPT.as_bytes())] {
        for (fault, assumption, requests) in
            [(Fault::ResetAfter, Assumption::Imported, 1), (Fault::ResetBefore, Assumption::NotImported, 2)]
        {
            let at_once = AtOnce::of(&content).await;
            at_once.hac.simulator.faults().once(On::post(IMPORT), fault.clone());
            at_once.hac.simulator.faults().once(On::post(UPLOAD), fault);
            is_unknown(at_once.import(at_once.file()).await);
            let refused = at_once.import(at_once.file()).await.expect_err("undecided");
            assert_eq!((refused.kind(), refused.hint()), (ErrorKind::Usage, Some(&Hint::ResumeImport)), "{refused}");
            let resumed = || at_once.file().start(BulkStart::Resume);
            let error = is_unknown(at_once.import(resumed()).await);
            assert!(error.to_string().ends_with("it is unknown whether the file was imported"), "{error}");
            let status = at_once.client.bulk_import_status(resumed()).await.expect("a status").expect("an import");
            assert_eq!((status.is_done, status.imported, status.undecided), (false, 0, vec![(0, 0)]));

            let result = at_once.import(resumed().assume(assumption)).await.expect("decided");
            assert!(result.success(), "{result:?}");
            assert_eq!(at_once.count().await, 1);
            // And it is done: nothing is sent.
            let result = at_once.import(resumed()).await.expect("done");
            assert_eq!((result.success(), result.summary.as_str()), (true, "The import was finished before"));
            let ledger = at_once.hac.ledger();
            assert_eq!(ledger.count(IMPORT) + ledger.count(UPLOAD), requests);
        }
    }
}

#[tokio::test]
async fn what_was_sent_at_once_can_be_resumed_in_chunks() {
    for (fault, assumption) in
        [(Fault::ResetAfter, Assumption::Imported), (Fault::ResetBefore, Assumption::NotImported)]
    {
        let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
        at_once.hac.simulator.faults().once(On::post(IMPORT), fault);
        is_unknown(at_once.import(at_once.file()).await);
        let resumed = || at_once.file().start(BulkStart::Resume);
        let error = at_once.client.import_impex_bulk(resumed()).await.expect_err("undecided");
        assert_eq!(error.hint(), Some(&Hint::DecideChunks { chunks: vec![(0, 0)] }));
        let result = at_once.client.import_impex_bulk(resumed().assume(assumption)).await.expect("decided");
        assert_eq!((result.rows, result.imported, result.failed, result.chunks), (1, 1, 0, 1));
        assert_eq!(at_once.count().await, 1);
    }
}

#[tokio::test]
async fn what_is_resumed_in_chunks_is_not_sent_at_once_from_then_on() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    at_once.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    is_unknown(at_once.import(at_once.file()).await);
    at_once.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    let resumed = || at_once.file().start(BulkStart::Resume).assume(Assumption::NotImported);
    let error = at_once.client.import_impex_bulk(resumed()).await.expect_err("unknown");
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    let refused = at_once.import(resumed()).await.expect_err("in chunks");
    assert!(refused.to_string().contains("was begun in chunks"), "{refused}");
    assert_eq!(at_once.hac.ledger().count(IMPORT), 2);
}

#[tokio::test]
async fn a_client_that_ends_meanwhile_leaves_a_file_that_is_undecided() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    at_once.hac.simulator.faults().once(On::post(IMPORT), Fault::Hold);
    let (client, file) = (at_once.client.clone(), at_once.file());
    let running = tokio::spawn(async move { client.import_impex_at_once(SCRIPT, file).await });
    while at_once.hac.simulator.faults().held() == 0 {
        tokio::task::yield_now().await;
    }
    // Beside it nobody else imports the file.
    let error = at_once.import(at_once.file().start(BulkStart::Restart)).await.expect_err("locked");
    assert!(error.to_string().contains("another process is importing this file"), "{error}");
    running.abort();
    let _ = running.await;
    at_once.hac.simulator.faults().release();
    let refused = at_once.import(at_once.file()).await.expect_err("undecided");
    assert_eq!(refused.hint(), Some(&Hint::ResumeImport), "{refused}");
    assert_eq!(at_once.hac.ledger().count(IMPORT), 1);
}

#[tokio::test]
async fn a_distributed_import_of_unknown_outcome_is_not_begun_again_unasked() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    at_once.hac.simulator.hold_import_jobs(true);
    let import = || {
        ImpexImport::new(SCRIPT)
            .switch_on(ImpexSwitch::DistributedMode)
            .poll_interval(Duration::from_millis(1))
            .wait_limit(Duration::ZERO)
    };
    is_unknown(at_once.client.import_impex_at_once(import(), at_once.file()).await);
    for start in [BulkStart::New, BulkStart::Resume] {
        let file = at_once.file().start(start);
        at_once.client.import_impex_at_once(import(), file).await.expect_err("undecided");
    }
    assert_eq!(at_once.hac.ledger().count(IMPORT), 1);
    let decided = at_once.file().start(BulkStart::Resume).assume(Assumption::Imported);
    assert!(at_once.client.import_impex_at_once(import(), decided).await.expect("decided").success());
    assert_eq!(at_once.hac.ledger().count(IMPORT), 1);
}

#[tokio::test]
async fn what_was_begun_in_chunks_is_not_sent_at_once() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    at_once.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    at_once.client.import_impex_bulk(at_once.file()).await.expect_err("unknown");
    let refused = at_once.import(at_once.file()).await.expect_err("unfinished");
    assert_eq!(refused.hint(), Some(&Hint::ResumeImport), "{refused}");
    for assumption in [Assumption::Imported, Assumption::NotImported] {
        let file = at_once.file().start(BulkStart::Resume).assume(assumption);
        let refused = at_once.import(file).await.expect_err("in chunks");
        assert!(refused.to_string().contains("was begun in chunks"), "{refused}");
    }
    assert_eq!(at_once.hac.ledger().count(IMPORT), 1);
}

#[tokio::test]
async fn where_no_checkpoint_can_be_written_a_new_import_goes_on_without_one() {
    let at_once = AtOnce::of(SCRIPT.as_bytes()).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let builder = at_once.hac.builder().on_notice(move |notice| {
        if let Notice::NotResumable(error) = notice {
            heard.lock().expect("unpoisoned").push(error.kind());
        }
    });
    let client = builder.build().expect("a client");
    // A file is no directory.
    let nowhere = || BulkImport::new(&at_once.path).state_directory(at_once.path.join("state"));
    let error =
        client.import_impex_at_once(SCRIPT, nowhere().start(BulkStart::Resume)).await.expect_err("it has to be");
    assert_kind(&error, ErrorKind::Config);
    assert!(at_once.hac.ledger().is_empty());
    assert!(client.import_impex_at_once(SCRIPT, nowhere()).await.expect("imported").success());
    assert_eq!(*told.lock().expect("unpoisoned"), [ErrorKind::Config]);
}
