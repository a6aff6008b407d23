//! Export: a script that HAC runs, a page with a link, an archive.

use std::fmt;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::archive::ImpexArchive;
use super::away::away;
use super::import;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::download::{ByteSink, Download, Kind};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::origin::{Target, resolve};
use crate::outcome::sealed::Sealed;
use crate::outcome::{Outcome, checked};
use crate::page::impex::{Link, is_success};
use crate::serialized::millis;
use crate::server_text::{REASON_CHARS, ServerText, one_line};
use crate::transport::Body;
use crate::transport::resend::Effect;
use crate::unfinished::{Overwrite, UnfinishedFile};

const CONSOLE: &str = "/console/impex/export";
const DOING: &str = "export";

/// What the exported script is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExportMode {
    /// `EXPORT_ONLY`: to look at.
    ExportOnly,
    /// `EXPORT_REIMPORT_STRICT`: to import it again, strictly.
    #[default]
    ReimportStrict,
    /// `EXPORT_REIMPORT_RELAXED`: to import it again, relaxed.
    ReimportRelaxed,
}

impl ExportMode {
    /// Every mode.
    pub const ALL: &'static [Self] = &[Self::ExportOnly, Self::ReimportStrict, Self::ReimportRelaxed];

    /// The value of HAC's field `validationEnum`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExportOnly => "EXPORT_ONLY",
            Self::ReimportStrict => "EXPORT_REIMPORT_STRICT",
            Self::ReimportRelaxed => "EXPORT_REIMPORT_RELAXED",
        }
    }
}

impl fmt::Display for ExportMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ExportMode {
    type Err = Error;

    /// Reads `export-only`, `reimport-strict`, `reimport-relaxed` and HAC's own names, in any case.
    fn from_str(text: &str) -> Result<Self> {
        let name = text.to_ascii_uppercase().replace('-', "_");
        let own = |mode: &&Self| mode.as_str() == name || mode.as_str().strip_prefix("EXPORT_") == Some(&name);
        Self::ALL.iter().find(own).copied().ok_or_else(|| {
            Error::new(ErrorKind::Usage, "choose the mode of the export")
                .because(format!("{text} is none that HAC knows"))
                .with_hint("export-only, reimport-strict or reimport-relaxed")
        })
    }
}

/// A script that says what is exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpexExport {
    script: String,
    mode: ExportMode,
    encoding: String,
}

impl ImpexExport {
    /// A script: a header and a line of code that exports, as HAC's page describes it.
    pub fn new(script: impl Into<String>) -> Self {
        Self { script: script.into(), mode: ExportMode::default(), encoding: "UTF-8".into() }
    }

    /// What the result is for; [`ExportMode::ReimportStrict`] unless told.
    #[must_use]
    pub fn mode(mut self, mode: ExportMode) -> Self {
        self.mode = mode;
        self
    }

    /// The encoding of the exported files; UTF-8 unless told.
    #[must_use]
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = name.into();
        self
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
/// A call returns that of an export whose archive is there; that of one which failed is in the error, see
/// [`Error::into_outcome`].
///
/// Serialized, [`elapsed`](Self::elapsed) is `execution_time_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ImpexExportResult {
    /// `notice` or `error`, as HAC says it.
    pub level: String,
    /// HAC's sentence.
    pub summary: String,
    /// What HAC shows below its sentence; may be empty.
    pub output: String,
    /// What was downloaded, and stands in the file. `None` after a failure.
    pub archive: Option<ImpexArchive>,
    /// Further files that HAC offered and that were not downloaded, by their names.
    pub further_downloads: Vec<String>,
    /// From sending to the end of the download, measured here.
    #[serde(rename = "execution_time_ms", serialize_with = "millis")]
    pub elapsed: Duration,
}

impl ImpexExportResult {
    /// Whether the server reports a success, as of an [import](super::ImpexResult::success), and the archive is there.
    pub fn success(&self) -> bool {
        is_success(&self.level) && self.archive.is_some()
    }
}

impl Sealed for ImpexExportResult {
    fn to_error(&self, doing: &str) -> Error {
        let nothing = if is_success(&self.level) { "; HAC offers no archive" } else { "" };
        Error::new(ErrorKind::ImportFailed, doing)
            .because(format!("{}{nothing}", one_line(&self.summary, REASON_CHARS)))
            .with_hint("no file was written; does a line of code below the header export anything?")
    }
}

impl Outcome for ImpexExportResult {
    fn success(&self) -> bool {
        self.success()
    }
}

impl HacClient {
    /// Runs an export and downloads its archive into a file, which is whole afterwards or not there.
    ///
    /// # Errors
    /// [`ImportFailed`](ErrorKind::ImportFailed) if the export fails; [`Error::into_outcome`] has its result.
    ///
    /// An export reads, but the script may hold code, so the call counts as a write: it is not sent again
    /// once it may have run. The file is readable for its
    /// owner only.
    pub async fn export_impex(
        &self,
        export: impl Into<ImpexExport>,
        target: impl AsRef<Path>,
        overwrite: Overwrite,
    ) -> Result<ImpexExportResult> {
        self.export_impex_watched(export, target, overwrite, &mut Unwatched).await
    }

    /// The same, and shows the archive to a watcher while it arrives: for a progress bar.
    ///
    /// A watcher that breaks off ends the download, and nothing is written.
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
        // Before the server works: a file that cannot be written is found now.
        let file = Beside::of(target, overwrite)?;
        let began = Instant::now();
        let form = Body::form([
            ("scriptContent", export.script.as_str()),
            ("validationEnum", export.mode.as_str()),
            ("encoding", export.encoding.as_str()),
        ]);
        let call = import::call(DOING, CONSOLE, form, Effect::Write);
        let (page, verdict) = self.report(&call, |page| page.result.clone()).await?;
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
            result.archive = Some(self.download(&download, file, watcher).await?);
            result.further_downloads = downloads.map(|download| download.name.trim().to_owned()).collect();
        }
        result.elapsed = began.elapsed();
        checked(DOING, result)
    }

    async fn download(&self, link: &Link, file: Beside, watcher: &mut dyn ByteSink) -> Result<ImpexArchive> {
        const DOING: &str = "download the export";
        let (path, query) = self.below_context(&link.href).ok_or_else(|| {
            Error::new(ErrorKind::NotHac, DOING)
                .because(format!(
                    "its link leads elsewhere: {}",
                    self.engine().transport.secrets().show_address(&ServerText::new(link.href.as_str()))
                ))
                .with_hint("nothing was asked of there; a proxy in front of HAC that rewrites its pages?")
        })?;
        let call = Call { query, ..Call::get(path, DOING) };
        let Beside { temporary, target, overwrite } = file;
        let mut written = Written { file: temporary, failure: None, watcher };
        let downloaded = self.engine().perform(&call, &mut Download::new(Kind::Zip, &mut written)).await;
        downloaded.map_err(|error| match error.kind() {
            ErrorKind::Rejected | ErrorKind::Connect | ErrorKind::ConnectionLost | ErrorKind::Timeout => {
                error.with_hint("nothing was written; HAC may offer an archive only once: export again")
            }
            _ => error,
        })?;
        match written.failure {
            Some(cause) => Err(not_written(&target, cause)),
            None => Beside { temporary: written.file, target, overwrite }.finish().await,
        }
    }

    /// Path and query of a link on the console's page, without the context path. `None`: not of this HAC.
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

/// A file that grows beside its place and is moved there when it is whole.
struct Beside {
    temporary: UnfinishedFile,
    target: PathBuf,
    overwrite: Overwrite,
}

impl Beside {
    fn of(target: &Path, overwrite: Overwrite) -> Result<Self> {
        let refused = |why: &str, hint: Hint| {
            Error::new(ErrorKind::Usage, format!("write {}", target.display())).because(why).with_hint(hint)
        };
        if target.is_dir() {
            return Err(refused("it is a directory", "name a file, such as export.zip".into()));
        }
        if overwrite == Overwrite::No && target.symlink_metadata().is_ok() {
            return Err(refused("it is there already, and nothing was exported", Hint::Overwrite));
        }
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let temporary = UnfinishedFile::create(".export-", directory).map_err(|cause| {
            refused("no file can be made there", "is the directory there, and may you write in it?".into())
                .with_source(cause)
        })?;
        Ok(Self { temporary, target: target.to_owned(), overwrite })
    }

    /// Reads what was written, and moves it to its place.
    async fn finish(self) -> Result<ImpexArchive> {
        const DOING: &str = "download the export";
        let Self { temporary, target, overwrite } = self;
        let file = temporary.reopen().map_err(|cause| not_written(&target, cause))?;
        let archive = away(DOING, move || ImpexArchive::of(&file)).await?.map_err(|cause| {
            Error::new(ErrorKind::Protocol, DOING)
                .because("what came is no whole ZIP archive")
                .with_hint("nothing was written; export again")
                .with_source(cause)
        })?;
        temporary.persist(&target, overwrite).map_err(|cause| not_written(&target, cause))?;
        Ok(archive)
    }
}

fn not_written(target: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("write to {}", target.display()))
        .because(format!("{cause}; the export was executed, and no file was left"))
        .with_hint("make room, or name another file; if the script changes something, look before you export again")
        .with_source(cause)
}

/// Writes what arrives, and keeps the error of the disk for afterwards.
struct Written<'a> {
    file: UnfinishedFile,
    failure: Option<io::Error>,
    watcher: &'a mut dyn ByteSink,
}

/// Nobody watches.
struct Unwatched;

impl ByteSink for Unwatched {
    fn piece(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl ByteSink for Written<'_> {
    fn begin(&mut self, length: Option<u64>) {
        self.watcher.begin(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        match self.file.as_file().and_then(|mut file| file.write_all(bytes)) {
            Ok(()) if self.watcher.piece(bytes).is_break() => {
                self.failure = Some(io::Error::other("whoever watched broke it off"));
                ControlFlow::Break(())
            }
            Ok(()) => ControlFlow::Continue(()),
            Err(cause) => {
                self.failure = Some(cause);
                ControlFlow::Break(())
            }
        }
    }
}
