//! Exports: archives that are whole, or no file at all.

use std::ops::ControlFlow;
use std::path::PathBuf;

use hac_client::console::{ExportMode, ImpexExport};
use hac_client::files::ByteSink;
use hac_client::{BoxFuture, Error, ErrorKind, Overwrite};
use hac_simulator::{Fault, On};

use super::{CATEGORIES, EXPORT, page};
use crate::support::{Hac, assert_kind};

/// Where exports go in a test.
struct Place {
    directory: tempfile::TempDir,
    target: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let target = directory.path().join("out.zip");
        Self { directory, target }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).expect("the directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

#[tokio::test]
async fn an_export_leaves_a_whole_archive_and_says_what_is_in_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let export = ImpexExport::new(CATEGORIES).mode(ExportMode::ExportOnly).encoding("UTF-8");
    let result = client.export_impex(export, &place.target, Overwrite::No).await.expect("a result");
    assert!(result.success());
    let archive = result.archive.expect("an archive");
    assert_eq!(archive.size, std::fs::metadata(&place.target).expect("a file").len());
    let entries: Vec<_> = archive.entries.iter().map(|entry| (entry.name.as_str(), entry.rows)).collect();
    assert_eq!(entries, [("importscript.impex", None), ("Category.csv", Some(12))]);
    assert_eq!(place.names(), ["out.zip"]);
    let sent = hac.ledger().entries();
    assert_eq!((sent.len(), sent[0].path.as_str()), (2, "/hac/console/impex/export"));
    assert_eq!(sent[0].field("validationEnum"), Some("EXPORT_ONLY"));
    assert!(sent[1].path.starts_with("/hac/console/impex/export/data/"), "{}", sent[1].path);
}

/// What a progress bar would be told, and when it breaks off.
#[derive(Default)]
struct Watcher {
    length: Option<u64>,
    seen: u64,
    breaks_off: bool,
    /// Where the file is to appear, and whether it was there when the end was told.
    target: Option<PathBuf>,
    was_there: Option<bool>,
    breaks_off_at_the_end: bool,
}

fn goes_on(breaks_off: bool) -> ControlFlow<()> {
    if breaks_off { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl ByteSink for Watcher {
    fn begin(&mut self, length: Option<u64>) {
        self.length = length;
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.seen += bytes.len() as u64;
        goes_on(self.breaks_off)
    }

    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.was_there = self.target.as_ref().map(|target| target.exists());
            goes_on(self.breaks_off_at_the_end)
        })
    }
}

#[tokio::test]
async fn whoever_watches_an_export_is_told_its_length_and_may_break_it_off() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let mut watcher = Watcher { breaks_off: true, ..Watcher::default() };
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    assert_kind(&export.expect_err("broken off"), ErrorKind::Io);
    assert!(place.names().is_empty());
    watcher = Watcher::default();
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    let size = export.expect("a result").archive.expect("an archive").size;
    assert_eq!((watcher.length, watcher.seen), (Some(size), size));
}

#[tokio::test]
async fn the_file_of_an_export_appears_when_its_watcher_has_come_to_the_end() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let watched = || Watcher { target: Some(place.target.clone()), ..Watcher::default() };
    let mut watcher = Watcher { breaks_off_at_the_end: true, ..watched() };
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    assert_kind(&export.expect_err("broken off at the end"), ErrorKind::Io);
    assert_eq!(watcher.was_there, Some(false));
    assert!(place.names().is_empty());
    watcher = watched();
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    assert_eq!(Some(watcher.seen), export.expect("a result").archive.map(|archive| archive.size));
    assert_eq!((watcher.was_there, place.names().len()), (Some(false), 1));
}

#[tokio::test]
async fn an_existing_file_is_kept_by_default() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    std::fs::write(&place.target, "mine").expect("written");
    let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("there already");
    assert_kind(&error, ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
    assert_eq!(std::fs::read(&place.target).expect("read"), b"mine");
    client.export_impex(CATEGORIES, &place.target, Overwrite::Yes).await.expect("a result");
    assert!(std::fs::read(&place.target).expect("read").starts_with(b"PK"));
    let nowhere = place.directory.path().join("none").join("x.zip");
    for target in [nowhere, place.directory.path().to_owned()] {
        let error = client.export_impex(CATEGORIES, target, Overwrite::Yes).await.expect_err("no place");
        assert_kind(&error, ErrorKind::Usage);
    }
    assert_eq!((hac.ledger().executed(), place.names().len()), (1, 1));
}

#[tokio::test]
async fn an_export_that_fails_is_a_result_and_leaves_no_file() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let result = client
        .export_impex("INSERT Foo;a", &place.target, Overwrite::No)
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert!(!result.success() && result.archive.is_none());
    assert!(result.output.contains("unknown type 'Foo'"), "{result:?}");
    let notice = "<span id=impexResult data-level=notice data-result=done></span>";
    hac.simulator.faults().once(On::post(EXPORT), page(notice, true));
    let result = client
        .export_impex(CATEGORIES, &place.target, Overwrite::No)
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert!(!result.success(), "without an archive it is none");
    assert!(place.names().is_empty());
    for level in ["fatal", "err", "error ", "warning"] {
        let failed = format!(
            "<span id=impexResult data-level='{level}' data-result='has encountered problems'></span>
             <div id=downloadExportResultData><a href='export/data/x.zip'>x.zip</a></div>"
        );
        hac.simulator.faults().once(On::post(EXPORT), page(&failed, true));
        hac.ledger().clear();
        let result = client
            .export_impex(CATEGORIES, &place.target, Overwrite::No)
            .await
            .or_else(Error::into_outcome)
            .expect("a result");
        assert!(!result.success() && result.archive.is_none(), "{level}");
        assert_eq!(hac.ledger().len(), 1, "nothing is downloaded");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_or_is_no_archive_leaves_no_file() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let link = "<span id=impexResult data-level=notice data-result=done></span>
        <div id=downloadExportResultData><a href='export/data/x.zip'>x.zip</a></div>";
    let answers = |body: &str| Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: false };
    let archive = On::path("/console/impex/export/data/x.zip");
    for (fault, kind) in [
        (answers("PK\x03\x04 and then nothing more"), ErrorKind::Protocol),
        (answers(""), ErrorKind::NotHac),
        (answers("<title>Portal</title>"), ErrorKind::NotHac),
        (Fault::Answer { status: 404, headers: vec![], body: String::new(), execute: false }, ErrorKind::Rejected),
    ] {
        hac.simulator.faults().once(On::post(EXPORT), page(link, true));
        hac.simulator.faults().once(archive.clone(), fault);
        let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("no archive");
        assert_kind(&error, kind);
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
    // The connection breaks off under a real archive, which is given away only once.
    hac.simulator.faults().clear();
    hac.simulator.faults().once(On::get(".zip"), Fault::CutBody);
    let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("cut");
    assert_kind(&error, ErrorKind::ConnectionLost);
    assert!(error.hint().expect("a hint").to_string().contains("export again"), "{error:?}");
    assert!(place.names().is_empty());
}

#[tokio::test]
async fn a_session_that_ends_before_the_download_is_renewed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let login = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>
        <input name=j_username></form>";
    let link = "<span id=impexResult data-level=notice data-result=done></span>
        <div id=downloadExportResultData><a href='/hac/console/impex/export/data/x.zip?a=b'>x.zip</a>
        <a href='export/data/media.zip'>media.zip</a></div>";
    let archive = "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let answers = |body: &str| Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: false };
    hac.simulator.faults().once(On::post(EXPORT), page(link, true));
    hac.simulator.faults().once(On::path("/console/impex/export/data/x.zip"), answers(login));
    hac.simulator.faults().once(On::path("/console/impex/export/data/x.zip"), answers(archive));
    let result = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect("a result");
    assert!(result.success());
    assert_eq!(result.further_downloads, ["media.zip"]);
    assert_eq!((hac.ledger().logins(), place.names()), (1, vec!["out.zip".to_owned()]));
    let asked = hac.ledger().entries();
    assert_eq!(asked.last().expect("a download").query.as_deref(), Some("a=b"));
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_not_followed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    for href in ["https://evil.example.com/x.zip?token=SECRET", "/other/x.zip", "javascript:alert(1)"] {
        let body = format!(
            "<span id=impexResult data-level=notice data-result=done></span>
             <div id=downloadExportResultData><a href='{href}'>x</a></div>"
        );
        hac.simulator.faults().once(On::post(EXPORT), page(&body, true));
        hac.ledger().clear();
        let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err(href);
        assert_kind(&error, ErrorKind::NotHac);
        assert!(!format!("{error:?}").contains("SECRET"));
        assert_eq!((hac.ledger().len(), place.names().len()), (1, 0), "{href}");
    }
}
