//! Export: a script that HAC runs, a page with a link, an archive.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::archive::ImpexArchive;
use super::away::away;
use super::import;
use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::download::{ByteSink, Download, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::named::{is_named, named};
use crate::origin::{Target, resolve};
use crate::outcome::sealed::Sealed;
use crate::outcome::{Outcome, checked};
use crate::page::impex::{Link, is_success};
use crate::protection::Class;
use crate::serialized::millis;
use crate::server_text::{REASON_CHARS, ServerText, one_line};
use crate::transport::Body;
use crate::unfinished::{NewFile, Overwrite};

const CONSOLE: &str = "/console/impex/export";
const DOING: &str = "export";

/// What an exported archive is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ExportMode {
    /// `EXPORT_ONLY`: for reading.
    ExportOnly,
    /// `EXPORT_REIMPORT_STRICT`: for a strict import.
    #[default]
    ReimportStrict,
    /// `EXPORT_REIMPORT_RELAXED`: for a relaxed import.
    ReimportRelaxed,
}

named! {
    ExportMode is "an export mode", "set the export mode";
    /// Every mode.
    ALL
    /// The value of HAC's field `validationEnum`.
    as_str {
        ExportOnly => "EXPORT_ONLY",
        ReimportStrict => "EXPORT_REIMPORT_STRICT",
        ReimportRelaxed => "EXPORT_REIMPORT_RELAXED",
    }
    /// Parses `export-only`, `reimport-strict`, `reimport-relaxed` and HAC's own names, case-insensitively.
    from_str(text, name) { is_named(&text.replace('-', "_"), name, "EXPORT_") }
        or "choose export-only, reimport-strict or reimport-relaxed"
}

/// An export: a script that selects what to export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpexExport {
    script: String,
    mode: ExportMode,
    encoding: String,
    file: Option<String>,
}

impl ImpexExport {
    /// Returns an export with this script: a header and a line of code that exports, as HAC's page describes it.
    pub fn new(script: impl Into<String>) -> Self {
        Self { script: script.into(), mode: ExportMode::default(), encoding: "UTF-8".into(), file: None }
    }

    /// Sets the export mode. Default: [`ExportMode::ReimportStrict`].
    #[must_use]
    pub fn mode(mut self, mode: ExportMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the encoding of the exported files by name. Default: `UTF-8`.
    #[must_use]
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = name.into();
        self
    }

    /// Names the file that the script was read from, for the [audit log](crate::audit). Default: none.
    #[must_use]
    pub fn read_from(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}

impl From<&ImpexExport> for ImpexExport {
    fn from(export: &ImpexExport) -> Self {
        export.clone()
    }
}

impl From<&str> for ImpexExport {
    fn from(script: &str) -> Self {
        Self::new(script)
    }
}

impl From<String> for ImpexExport {
    fn from(script: String) -> Self {
        Self::new(script)
    }
}

/// The result of an export.
///
/// A call returns it for an export that succeeded. For a failed export it is in the error: see [`Error::into_outcome`].
///
/// Serialized, [`elapsed`](Self::elapsed) is `execution_time_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpexExportResult {
    /// HAC's level: `notice` or `error`.
    pub level: String,
    /// HAC's message.
    pub summary: String,
    /// What HAC shows below its message; may be empty.
    pub output: String,
    /// The archive that was written to the file. `None` after a failure.
    pub archive: Option<ImpexArchive>,
    /// The names of further files that HAC offered and that were not downloaded.
    pub further_downloads: Vec<String>,
    /// The time from sending to the end of the download, measured by the client.
    #[serde(rename = "execution_time_ms", serialize_with = "millis")]
    pub elapsed: Duration,
}

impl ImpexExportResult {
    /// Returns whether the server reports success, as for an [import](super::ImpexResult::success), and the archive was
    /// downloaded.
    pub fn success(&self) -> bool {
        is_success(&self.level) && self.archive.is_some()
    }
}

impl Sealed for ImpexExportResult {
    fn to_error(&self, doing: &str) -> Error {
        let nothing = if is_success(&self.level) { "; HAC offers no archive" } else { "" };
        Error::new(ErrorKind::ImportFailed, doing)
            .because(format!("{}{nothing}", one_line(&self.summary, REASON_CHARS)))
            .with_hint("no file was written; check that a line of code below the header exports something")
    }
}

impl Outcome for ImpexExportResult {
    fn success(&self) -> bool {
        self.success()
    }
}

impl HacClient {
    /// Runs an export and downloads its archive into a file. The file is complete afterwards, or absent.
    ///
    /// An export reads, but its script may contain code, so the call is a write: it is not sent again once it may have run.
    /// Only the owner can read the file.
    ///
    /// # Errors
    /// [`ImportFailed`](ErrorKind::ImportFailed) if the export fails; [`Error::into_outcome`] has its result.
    /// [`Usage`](ErrorKind::Usage) if the script is empty or the file cannot be created: nothing was sent.
    /// [`Io`](ErrorKind::Io) if the file cannot be written later: the export was executed. Those of
    /// [every call](crate::guide::errors#every-call).
    pub async fn export_impex(
        &self,
        export: impl Into<ImpexExport>,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<ImpexExportResult> {
        self.export_impex_watched(export, target, overwrite, &mut Unwatched).await
    }

    /// Runs an export as [`export_impex`](Self::export_impex) does, and passes the archive to a watcher while it arrives, for
    /// a progress bar.
    ///
    /// If the watcher returns `Break`, the download is cancelled and no file is written. The file appears when its
    /// [`end`](ByteSink::end) has come.
    ///
    /// # Errors
    /// Those of [`export_impex`](Self::export_impex); a cancelled download is [`Io`](ErrorKind::Io).
    pub async fn export_impex_watched(
        &self,
        export: impl Into<ImpexExport>,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
        watcher: &mut dyn ByteSink,
    ) -> Result<ImpexExportResult> {
        let (export, target) = (export.into(), target.as_ref());
        if export.script.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the script is empty")
                .with_hint("nothing was sent"));
        }
        // Before the server does anything: find out now if the file cannot be written.
        let file = NewFile::create(target, overwrite)?;
        let began = Instant::now();
        let form = Body::form([
            ("scriptContent", export.script.as_str()),
            ("validationEnum", export.mode.as_str()),
            ("encoding", export.encoding.as_str()),
        ]);
        let call = import::call(DOING, CONSOLE, form, Class::Write).recorded_as(
            self.engine().subject(|| Subject::text(&export.script, &export.script).of_file(export.file.as_deref())),
        );
        let (page, verdict) = self.report(&call, |page| page.result.clone(), None).await?;
        let mut result = ImpexExportResult {
            level: verdict.level,
            summary: verdict.text,
            output: page.dump.unwrap_or_default(),
            archive: None,
            further_downloads: Vec::new(),
            elapsed: Duration::ZERO,
        };
        let mut downloads = page.downloads.into_iter();
        if is_success(&result.level)
            && let Some(download) = downloads.next()
        {
            result.archive = Some(call.concluded(self.download(&download, file, watcher).await)?);
            result.further_downloads = downloads.map(|download| download.name.trim().to_owned()).collect();
        }
        result.elapsed = began.elapsed();
        call.concluded(checked(DOING, result))
    }

    async fn download(&self, link: &Link, file: NewFile, watcher: &mut dyn ByteSink) -> Result<ImpexArchive> {
        const DOING: &str = "download the export";
        let (path, query) = self.below_context(&link.href).ok_or_else(|| {
            Error::new(ErrorKind::NotHac, DOING)
                .because(format!(
                    "its link points to another site: {}",
                    self.engine().transport.secrets().show_address(&ServerText::new(link.href.as_str()))
                ))
                .with_hint("nothing was sent there; does a proxy in front of HAC rewrite its pages?")
        })?;
        let call = Call { query, ..Call::get(path, DOING) };
        let mut watched = Watched { file, watcher, broken_off: false };
        let downloaded = self.engine().perform(&call, &mut Download::new(Kind::Zip, &mut watched)).await;
        downloaded.map_err(|error| match error.kind() {
            ErrorKind::Rejected | ErrorKind::Connect | ErrorKind::ConnectionLost | ErrorKind::Timeout => {
                error.with_hint("nothing was written; HAC may offer an archive only once: export again")
            }
            _ => error,
        })?;
        if watched.broken_off || watched.watcher.end().await.is_break() {
            return Err(not_written(watched.file.target(), io::Error::other("the download was cancelled")));
        }
        put_in_place(watched.file).await
    }

    /// Returns path and query of a link on the console's page, without the context path; `None` if it is not of this HAC.
    fn below_context(&self, href: &str) -> Option<(String, Option<String>)> {
        let context = self.session_info()?.context_path;
        let page = format!("{}{CONSOLE}", context.as_str());
        let Target::Here { path, query, .. } = resolve(self.engine().transport.origin(), &page, href) else {
            return None;
        };
        let below = path.strip_prefix(context.as_str())?;
        below.starts_with('/').then(|| (below.to_owned(), query))
    }
}

/// Verifies the downloaded archive, and moves it to its destination.
async fn put_in_place(mut file: NewFile) -> Result<ImpexArchive> {
    const DOING: &str = "download the export";
    let target = file.target().to_owned();
    let written = file.reopen().map_err(|cause| not_written(&target, cause))?;
    let archive = away(DOING, move || ImpexArchive::of(&written)).await?.map_err(|cause| {
        Error::new(ErrorKind::Protocol, DOING)
            .because("the download is not a complete ZIP archive")
            .with_hint("nothing was written; export again")
            .with_source(cause)
    })?;
    file.finish().map_err(|cause| not_written(&target, cause))?;
    Ok(archive)
}

fn not_written(target: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("write to {}", target.display()))
        .because(format!("{cause}; the export was executed, but no file was written"))
        .with_hint(
            "free disk space or choose another file; if the script changes data, check what it changed before \
             you export again",
        )
        .with_source(cause)
}

/// Writes what arrives to a file, and passes it to a watcher.
struct Watched<'a> {
    file: NewFile,
    watcher: &'a mut dyn ByteSink,
    broken_off: bool,
}

/// A watcher that ignores everything.
struct Unwatched;

impl ByteSink for Unwatched {
    fn piece(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ByteSink for Watched<'_> {
    fn begin(&mut self, length: Option<u64>) {
        self.watcher.begin(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.file.piece(bytes)?;
        self.broken_off = self.watcher.piece(bytes).is_break();
        if self.broken_off { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
