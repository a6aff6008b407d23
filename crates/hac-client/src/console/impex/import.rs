//! Import and validation: the request and its result.

use std::num::NonZeroU16;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use encoding_rs::{Encoding, UTF_8};

use super::away::{SMALL, away};
use super::filter;
use super::options::{ImpexSwitch, ValidationMode, Waiting};
use super::source::Source;
use super::{ImpexFailure, ImpexResult, locate};
use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::page::PageAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::checked;
use crate::page::Page;
use crate::page::impex::{ImpexPage, Verdict};
use crate::progress::{OnProgress, Progress};
use crate::protection::{Admission, Class};
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::transport::{Body, Upload, UploadFile as _};
use crate::writes::Witness;

/// Larger forms are uploaded: Tomcat silently drops the fields of forms over 2 MiB.
pub(super) const FORM_LIMIT: usize = 3 << 19;

/// The limit of a page, in bytes: a report may quote a whole file.
const REPORT_LIMIT: usize = 64 << 20;

/// The limit of a script that is searched for failed lines, in bytes: searching takes its size in memory.
pub(super) const LOCATED_LIMIT: u64 = 512 << 20;

/// An import or a validation: a script, or an archive with a script and media.
///
/// Text of up to 1.5 MiB (encoded) is sent as a form. Larger texts, other encodings than UTF-8 and ZIP archives are uploaded, and so is
/// text from which a server's filter for cross-site scripting would silently remove something; files are then sent from disk, not from
/// memory.
#[derive(Debug, Clone)]
pub struct ImpexImport {
    pub(super) source: Source,
    /// The name of the uploaded file.
    name: String,
    /// The name in errors.
    pub(super) shown: String,
    /// The file on this machine, as it was named.
    file: Option<String>,
    validation: ValidationMode,
    threads: NonZeroU16,
    encoding: String,
    pub(super) switches: Vec<ImpexSwitch>,
    pub(super) waiting: Waiting,
    progress: OnProgress,
    witness: Option<Arc<dyn Witness>>,
}

impl ImpexImport {
    /// Returns an import of this text.
    pub fn new(script: impl AsRef<str>) -> Self {
        Self { shown: "the script".into(), ..Self::of(Source::text(script.as_ref()), "script.impex".to_owned()) }
    }

    /// Returns an import of a script or an archive in memory. `name` is the name of the uploaded file.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::of(Source::bytes(bytes.into()), name.into())
    }

    /// Returns an import of a script or an archive on disk. The file is opened now and read when it is sent. A pipe is read
    /// now; so is a script in UTF-16, which is converted. Blocks while it opens or reads.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the file cannot be opened or read.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.file_name().map_or_else(|| "script.impex".into(), |name| name.to_string_lossy().into_owned());
        let shown = path.display().to_string();
        Ok(Self { file: Some(shown.clone()), shown, ..Self::of(Source::open(path)?, name) })
    }

    /// Returns an import of a part of a file.
    pub(super) fn part(file: &Path, name: &str, script: &str) -> Self {
        Self { file: Some(file.display().to_string()), ..Self::of(Source::text(script), name.to_owned()) }
    }

    fn of(source: Source, name: String) -> Self {
        Self {
            source,
            shown: name.clone(),
            file: None,
            name,
            validation: ValidationMode::default(),
            threads: NonZeroU16::MIN,
            encoding: UTF_8.name().to_owned(),
            switches: Vec::new(),
            waiting: Waiting::default(),
            progress: OnProgress::default(),
            witness: None,
        }
    }

    /// Sets how strictly rows are validated. Default: strict.
    #[must_use]
    pub fn validation(mut self, mode: ValidationMode) -> Self {
        self.validation = mode;
        self
    }

    /// Sets the number of threads that the server imports with. Default: 1, which keeps the order of the lines.
    #[must_use]
    pub fn threads(mut self, threads: NonZeroU16) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the encoding of the file by name, such as `ISO-8859-1`. Default: `UTF-8`.
    #[must_use]
    pub fn encoding(mut self, name: impl Into<String>) -> Self {
        self.encoding = name.into();
        self
    }

    /// Turns an option on. By default all are off.
    #[must_use]
    pub fn switch_on(mut self, switch: ImpexSwitch) -> Self {
        if !self.switches.contains(&switch) {
            self.switches.push(switch);
        }
        self
    }

    /// Registers a callback for the progress of sending this import.
    ///
    /// Called for every uploaded file or archive, and for text of 1 MiB and more.
    ///
    /// The callback runs on the task that sends; it must not block.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = OnProgress::call(callback);
        self
    }

    /// Sets who takes note of the import before its request leaves.
    pub(super) fn witnessed_by(self, witness: Arc<dyn Witness>) -> Self {
        Self { witness: Some(witness), ..self }
    }

    pub(super) fn known_encoding(&self) -> Result<&'static Encoding> {
        Encoding::for_label(self.encoding.as_bytes()).ok_or_else(|| {
            Error::new(ErrorKind::Usage, "set the encoding")
                .because(format!("{} is not a known encoding", self.encoding))
                .with_hint("name the encoding of the file: UTF-8, ISO-8859-1, windows-1252, …")
        })
    }

    /// Returns the form's fields other than the script.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("validationEnum", self.validation.as_str().to_owned()),
            ("encoding", self.encoding.clone()),
            ("maxThreads", self.threads.to_string()),
        ];
        fields
            .extend(ImpexSwitch::ALL.iter().map(|switch| (switch.field(), self.switches.contains(switch).to_string())));
        fields
    }

    fn form(&self, script: &str) -> Body {
        let fields = self.fields();
        let rest = fields.iter().map(|(name, value)| (*name, value.as_str()));
        Body::form([("scriptContent", script)].into_iter().chain(rest))
    }

    fn upload(&self) -> Body {
        // No encoding of names outside of ASCII is understood by all servers.
        let plain = |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/') { c } else { '_' };
        let mut fields = self.fields();
        if matches!(self.source, Source::Text(_)) {
            // Text gets its encoding when it is sent.
            fields.iter_mut().filter(|(name, _)| *name == "encoding").for_each(|(_, value)| *value = "UTF-8".into());
        }
        let name: String = self.name.chars().map(plain).collect();
        Body::Upload(Upload::new(&fields, &name, self.source.clone()))
    }

    /// Returns the body and the path of an import.
    fn import_request(&self, kind: Kind) -> (Body, &'static str) {
        const FORM: &str = "/console/impex/import";
        if let Kind::Script(encoding) = kind
            && self.source.len() <= FORM_LIMIT as u64
            && (encoding == UTF_8 || matches!(self.source, Source::Text(_)))
            && let Ok(script) = self.source.decoded(encoding)
            && !filter::may_change(&script)
        {
            let form = self.form(&script);
            if form.len() <= FORM_LIMIT {
                return (form, FORM);
            }
        }
        (self.upload(), "/console/impex/import/upload")
    }

    /// Returns whether to process the script in place.
    fn is_small(&self) -> bool {
        self.source.len() <= SMALL as u64
    }

    /// Like [`verify`](Self::verify), off the executor if the script is large.
    async fn checked_away(self: &Arc<Self>, doing: &'static str) -> Result<Kind> {
        if self.is_small() {
            return self.checked(doing);
        }
        let import = Arc::clone(self);
        away(doing, move || import.checked(doing)).await?
    }

    /// Returns what the audit log records: the hash of the script or archive, and its first line or its name.
    async fn subject(self: &Arc<Self>, kind: Kind) -> Result<Subject> {
        let of = move |import: &Self| {
            let hash = import.source.sha256().ok();
            let line = match kind {
                Kind::Archive => Some(import.name.clone()),
                Kind::Script(encoding) => import.source.first_line(encoding),
            };
            let (bytes, file) = (import.source.len(), import.file.clone());
            Subject { sha256: hash, bytes, first_line: line, file, ..Subject::default() }
        };
        if self.is_small() {
            return Ok(of(self));
        }
        let import = Arc::clone(self);
        away("import", move || of(&import)).await
    }

    /// Returns the failures with their lines in the script.
    fn failures(&self, output: &str, summary: &str, kind: Kind) -> Vec<ImpexFailure> {
        let script = match kind {
            Kind::Script(encoding) if self.source.len() <= LOCATED_LIMIT => self.source.decoded(encoding).ok(),
            _ => None,
        };
        let failures = locate::failures(output, script.as_deref());
        // Line numbers next to a dump count the lines of an earlier dump.
        match script {
            Some(script) if failures.is_empty() => {
                [output, summary].into_iter().find_map(|text| locate::named(text, &script)).into_iter().collect()
            }
            _ => failures,
        }
    }

    /// Reads the result from a page.
    pub(super) async fn result(
        self: &Arc<Self>,
        doing: &str,
        page: ImpexPage,
        verdict: Verdict,
        kind: Kind,
        elapsed: Duration,
    ) -> Result<ImpexResult> {
        let mut result = ImpexResult {
            level: verdict.level,
            summary: verdict.text,
            failures: Vec::new(),
            output: page.dump.unwrap_or_default(),
            elapsed,
        };
        if !result.success() {
            result.failures = if self.is_small() && result.output.len() <= SMALL {
                self.failures(&result.output, &result.summary, kind)
            } else {
                let (import, output, summary) = (Arc::clone(self), result.output.clone(), result.summary.clone());
                away(doing, move || import.failures(&output, &summary, kind)).await?
            };
        }
        if result.output.trim().is_empty() {
            result.output.clone_from(&result.summary);
        }
        Ok(result)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Archive,
    Script(&'static Encoding),
}

impl HacClient {
    /// Imports a script.
    ///
    /// With [`DistributedMode`](ImpexSwitch::DistributedMode), HAC answers when the import has begun. The call then looks at the
    /// import's cron job with FlexibleSearch until it has ended, and returns what the job has logged. A job that is still
    /// running after [`wait_limit`](ImpexImport::wait_limit), and one that cannot be told from another, are
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown).
    ///
    /// The call is a write: it is never sent again once it may have been executed. It returns when the server has finished.
    /// If that takes longer than the client's [`timeout`](crate::HacClientBuilder::timeout) (30 seconds by default), the call fails with
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) and the import continues on the server. The time limit does not run
    /// while the file is being sent.
    ///
    /// # Errors
    /// [`ImportFailed`](ErrorKind::ImportFailed) if the import ends with errors; [`Error::into_outcome`] has its result, with
    /// the lines that failed. [`Rejected`](ErrorKind::Rejected) if HAC refuses the form itself (such as an unknown encoding);
    /// nothing was imported then. Those of [every call](crate::guide::errors#every-call).
    pub async fn import_impex(&self, import: impl Into<ImpexImport>) -> Result<ImpexResult> {
        const DOING: &str = "import";
        let import = Arc::new(import.into());
        let kind = import.checked_away(DOING).await?;
        let (body, path) = import.import_request(kind);
        let began = Instant::now();
        let subject = if self.engine().audit.is_some() { Some(import.subject(kind).await?) } else { None };
        let call = call(DOING, path, body, Class::Write)
            .reporting_to(&import.progress)
            .recorded_as(subject)
            .witnessed_by(import.witness.clone());
        if import.is_distributed() {
            // Apart from the future of an import, which mostly needs no more.
            return Box::pin(self.import_distributed(&import, &call, kind, began)).await;
        }
        let (page, verdict) = self.report(&call, |page| page.result.clone(), None).await?;
        call.concluded(checked(DOING, import.result(DOING, page, verdict, kind, began.elapsed()).await?))
    }

    /// Asks HAC to validate a script without importing it.
    ///
    /// HAC checks headers, quotes and brackets, but not the content of rows (observed on 2211-jdk21). It validates text only:
    /// an archive is a usage error, and a script that is too large for a form is [`Rejected`](ErrorKind::Rejected).
    ///
    /// # Errors
    /// [`ImportFailed`](ErrorKind::ImportFailed) if HAC finds errors; [`Error::into_outcome`] has its result.
    pub async fn validate_impex(&self, script: impl Into<ImpexImport>) -> Result<ImpexResult> {
        const DOING: &str = "validate";
        let script = Arc::new(script.into());
        let kind = script.checked_away(DOING).await?;
        let Kind::Script(encoding) = kind else {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because(format!("{} is an archive, and HAC validates only text", script.shown))
                .with_hint("validate the importscript.impex in it"));
        };
        let form = move |script: &ImpexImport| script.source.decoded(encoding).map(|text| script.form(&text));
        let read = if script.is_small() {
            form(&script)
        } else {
            let there = Arc::clone(&script);
            away(DOING, move || form(&there)).await?
        };
        let body = read.map_err(|cause| {
            Error::new(ErrorKind::Usage, DOING).because(format!("{} cannot be read", script.shown)).with_source(cause)
        })?;
        let call = call(DOING, "/console/impex/import/validate", body, Class::Read).reporting_to(&script.progress);
        let began = Instant::now();
        let (page, verdict) = self.report(&call, |page| page.validation.clone().or(page.result.clone()), None).await?;
        checked(DOING, script.result(DOING, page, verdict, kind, began.elapsed()).await?)
            .map_err(|error| error.with_hint("fix the lines that failed; nothing was imported"))
    }

    /// Sends a call that HAC answers with a page of the `ImpEx` consoles, and reads its verdict.
    pub(super) async fn report(
        &self,
        call: &Call,
        verdict: fn(&ImpexPage) -> Option<Verdict>,
        admission: Option<Admission>,
    ) -> Result<(ImpexPage, Verdict)> {
        let mut expected = PageAnswer::new(REPORT_LIMIT, |html| reported(html, verdict));
        let limit = self.engine().answer_timeout;
        let reported = self.engine().perform_admitted(call, &mut expected, limit, admission).await?;
        call.concluded(match reported {
            Reported::Verdict(mut page, mut verdict) => {
                let secrets = self.engine().transport.secrets();
                secrets.cut(&mut verdict.text);
                page.dump.iter_mut().for_each(|dump| secrets.cut(dump));
                Ok((page, verdict))
            }
            Reported::Refused(errors) => {
                let secrets = self.engine().transport.secrets();
                let shown: Vec<_> = errors.iter().map(|error| secrets.show(error, EXCERPT_CHARS)).collect();
                let size = call.body.len();
                let hint = if call.body.is_form() && size > FORM_LIMIT {
                    "the form is larger than servers usually take (Tomcat: maxPostSize, 2 MiB by default)"
                } else {
                    "mend what it names and run it again"
                };
                Err(Error::new(ErrorKind::Rejected, call.doing.clone())
                    .because(format!("HAC refused the form, and did nothing: {}", shown.join("; ")))
                    .with_hint(hint))
            }
        })
    }
}

pub(super) fn call(doing: &str, path: &str, body: Body, class: Class) -> Call {
    Call::post(path, doing, class, body)
}

enum Reported {
    Verdict(ImpexPage, Verdict),
    /// HAC shows the form again, with its errors.
    Refused(Vec<ServerText>),
}

/// Returns the verdict or the errors on a page of HAC, if it has any. No other text counts: a report may quote anything.
fn reported(html: &str, verdict: fn(&ImpexPage) -> Option<Verdict>) -> Option<Reported> {
    let page = ImpexPage::read(html);
    if let Some(verdict) = verdict(&page) {
        return Some(Reported::Verdict(page, verdict));
    }
    if page.errors.is_empty() || page.is_undecided {
        return None;
    }
    let whole = Page::read(html);
    (whole.has_hac_title() && whole.login_form.is_none()).then_some(Reported::Refused(page.errors))
}

#[cfg(test)]
mod tests {
    use super::super::away::tests::turns_beside;
    use super::*;

    /// Large, and no UTF-8 at its end.
    fn large() -> Arc<ImpexImport> {
        let mut script = b"INSERT Title;code\n".to_vec();
        script.extend(b";a;b;c;d;e;f;g\n".repeat(20_000));
        script.push(0xff);
        Arc::new(ImpexImport::from_bytes("large.impex", script))
    }

    /// The thread may be done before anybody has looked for it. On the executor nobody else has a turn in any attempt.
    async fn gives_turns<F: Future<Output = bool>>(work: impl Fn() -> F) -> bool {
        for _ in 0..20 {
            let (turns, as_expected) = turns_beside(work()).await;
            assert!(as_expected);
            if turns > 0 {
                return true;
            }
        }
        false
    }

    #[tokio::test]
    async fn others_get_their_turns_while_a_large_script_is_checked() {
        let import = large();
        assert!(gives_turns(async || import.checked_away("import").await.is_err()).await);
    }

    #[tokio::test]
    async fn others_get_their_turns_while_failed_lines_are_looked_for() {
        let import = large();
        let failed = async || {
            let page = ImpexPage { dump: Some("INSERT Title;code\n,,,,why;b;b".into()), ..ImpexPage::default() };
            let verdict = Verdict { level: "error".into(), text: "no".into() };
            let kind = Kind::Script(encoding_rs::WINDOWS_1252);
            let result = import.result("import", page, verdict, kind, Duration::ZERO).await.expect("a result");
            result.failures.len() == 1
        };
        assert!(gives_turns(failed).await);
    }
}
