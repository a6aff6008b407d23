//! The report of imports and validations: sentences and failed lines, or JSON.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use hac_client::console::BulkResult;
use hac_client::{Error, ErrorKind, ImpexResult};
use serde::Serialize;

use crate::ci::Problem;
use crate::connection::Connection;
use crate::diagnostics::{CommandResult, Effect, Failure, Report};
use crate::hints::ImportCommand;
use crate::kind;
use crate::os;
use crate::printer::Printer;
use crate::progress::grouped;
use crate::settings::Settings;

/// How many failed lines a person is shown. JSON holds all of them.
const MOST_SHOWN: usize = 100;
/// How much of a failed line is shown.
const WIDTH: usize = 120;

/// The kind of a failed import in JSON and in reports.
const KIND: &str = "impex_failed";

/// What is done with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Import,
    Validate,
}

impl Task {
    /// What a file that was sent has changed.
    pub(super) fn effect(self) -> Effect {
        match self {
            Self::Import => Effect::Write,
            Self::Validate => Effect::Read,
        }
    }

    /// The command, as reports name it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Import => "hac impex import",
            Self::Validate => "hac impex validate",
        }
    }

    /// What could not be done with a file: `doing` may be the task itself, or a step of it.
    fn of_file(self, name: &str, doing: &str) -> String {
        let task = match self {
            Self::Import => "import",
            Self::Validate => "validate",
        };
        if doing == task || doing.contains(name) {
            return format!("{task} {name}");
        }
        format!("{task} {name}: cannot {doing}")
    }

    /// An error of what both tasks begin with, in the name of this one.
    pub(super) fn named(self, error: Error) -> Error {
        match (self, error.doing().strip_prefix("import")) {
            (Self::Validate, Some(rest)) => {
                let doing = format!("validate{rest}");
                error.while_doing(doing)
            }
            _ => error,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Import => "imported",
            Self::Validate => "validated",
        }
    }
}

/// The command that goes on with the import of a file into the same server.
pub(in crate::commands) fn go_on(name: &str, target: &str) -> String {
    format!("hac impex import {}{target} --resume", os::quoted(name))
}

/// The command that goes on with the import of what was named.
pub(super) fn command_for(named: &[PathBuf], settings: &Settings, options: String) -> ImportCommand {
    let named: Vec<String> = named.iter().map(|name| os::quoted(&name.display().to_string())).collect();
    let begin = format!("hac impex import {}", named.join(" "));
    ImportCommand { begin, server: settings.typed_target(), url: settings.typed_url(), options }
}

/// The name of a file in the report.
pub(super) fn name_of(file: &Path) -> String {
    if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() }
}

/// The report, file after file; JSON is printed at the end.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(super) struct ImportReport {
    task: Task,
    several: bool,
    /// Whether a success names its file, though it is one of its own.
    names: bool,
    /// Whether a person is told how many rows a file had that was sent at once: scripts know the lines of an import.
    counts: bool,
    json: bool,
    server: Server,
    results: Vec<ResultJson>,
}

/// Where the files are sent.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Server {
    environment: String,
    url: String,
}

impl Server {
    pub(super) fn new(settings: &Settings, connection: &Connection) -> Self {
        Self { environment: settings.label(), url: connection.client.base_url().to_owned() }
    }
}

/// The keys of hac-client-cli, and what it does not know.
#[derive(Serialize)]
struct ResultJson {
    success: bool,
    /// Of one file: several have it in common.
    #[serde(flatten)]
    server: Option<Server>,
    file: String,
    #[serde(flatten)]
    result: ImpexResult,
    #[serde(flatten)]
    rows: RowsJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

/// What became of the rows.
#[derive(Serialize)]
#[serde(untagged)]
enum RowsJson {
    Counted {
        rows: usize,
        imported: usize,
        failed: usize,
        not_processed: usize,
        chunks: usize,
    },
    /// Of a file that was sent at once, HAC reports only what failed; null if it does not say that either. Its rows are those of the
    /// file; null if they were not counted, or if some of them failed.
    Reported {
        rows: Option<usize>,
        imported: Option<usize>,
        failed: Option<usize>,
    },
    Validated {
        failed: Option<usize>,
    },
}

impl RowsJson {
    fn reported(task: Task, result: &ImpexResult, rows: Option<usize>) -> Self {
        let is_known = result.success() || !result.failures.is_empty();
        let failed = is_known.then_some(result.failures.len());
        match task {
            Task::Import => Self::Reported { rows, imported: rows.filter(|_| result.success()), failed },
            Task::Validate => Self::Validated { failed },
        }
    }
}

/// Several files.
#[derive(Serialize)]
struct ResultsJson<'a> {
    success: bool,
    #[serde(flatten)]
    server: &'a Server,
    results: &'a [ResultJson],
    not_sent: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<FileErrorJson>,
}

/// The error of the first file that failed.
#[derive(Serialize)]
struct FileErrorJson {
    file: String,
    #[serde(flatten)]
    report: Report,
}

impl ImportReport {
    pub(super) fn new(task: Task, files: usize, json: bool, server: Server) -> Self {
        Self { task, several: files > 1, names: false, counts: false, json, server, results: Vec::new() }
    }

    /// The report of an import that nobody has typed.
    pub(super) fn of_saved_file(json: bool, server: Server) -> Self {
        Self { names: true, ..Self::new(Task::Import, 1, json, server) }
    }

    /// The same, for a person who is to be told how many rows there were.
    pub(super) fn counting(self, counts: bool) -> Self {
        Self { counts, ..self }
    }

    /// Reports one file, and how many rows it had.
    pub(super) fn result(&mut self, name: &str, result: ImpexResult, rows: Option<usize>, printer: &mut Printer) {
        let report = (!result.success()).then(|| self.report(name, &result));
        match &report {
            None if self.json => {}
            None if self.several || self.names => printer.data.line(&format!("{name}: {}", result.summary)),
            None => printer.data.line(&result.summary),
            Some(report) => {
                printer.data.flush();
                printer.talk.error(&report.message);
                if !self.json {
                    printer.talk.listed(&lines(name, &result));
                }
                if let Some(hint) = &report.hint {
                    printer.talk.hint(hint);
                }
            }
        }
        if let Some(rows) = rows.filter(|_| self.counts && result.success()) {
            printer.data.flush();
            printer.talk.say(&format!("{} imported", counted(rows, "row")));
        }
        printer.talk.detail(&format!("{name}: {} ms", result.elapsed.as_millis()));
        let success = result.success();
        let rows = RowsJson::reported(self.task, &result, rows);
        self.push(ResultJson { success, server: None, file: name.to_owned(), result, rows, error: report });
    }

    /// Reports one file that was imported in chunks.
    pub(super) fn bulk(&mut self, name: &str, bulk: BulkResult, go_on: &str, printer: &mut Printer) {
        let BulkResult { rows, imported, failed, not_processed, chunks, .. } = bulk;
        if let Some(why) = &bulk.not_split {
            printer.talk.note(&format!("the file was sent as a whole: {why}"));
        }
        let success = bulk.success();
        let unwritten = bulk.unwritten.as_ref().map(|why| {
            let message = format!("{why}; what was imported stays");
            let hint = format!("write them with `{go_on} --report DIR`, to a directory with enough space");
            Report { kind: kind::printed(ErrorKind::Io).to_owned(), message, hint: Some(hint) }
        });
        let report = (!bulk.report.success() || failed > 0).then(|| {
            let hint = if not_processed > 0 {
                format!("the chunk with the failures is not repeated; go on behind it with `{go_on}`")
            } else {
                let others = if imported == 0 { "no row was imported" } else { "all others were imported" };
                format!("fix the rows that failed and import them; {others} (--report DIR separates them)")
            };
            let message = format!("{name}: {} ({} failed)", bulk.report.summary, counted(failed, "row"));
            Report { kind: KIND.to_owned(), message, hint: Some(hint) }
        });
        match &report {
            None if self.json => {}
            None if self.several || self.names => printer.data.line(&format!("{name}: {}", bulk.report.summary)),
            None => printer.data.line(&bulk.report.summary),
            Some(report) => {
                printer.data.flush();
                printer.talk.error(&report.message);
                if !self.json {
                    printer.talk.listed(&lines(name, &bulk.report));
                }
            }
        }
        printer.data.flush();
        printer.talk.say(&format!(
            "{} imported in {}, {failed} failed, {not_processed} not processed",
            counted(imported, "row"),
            counted(chunks, "chunk"),
        ));
        if let Some(hint) = report.as_ref().and_then(|report| report.hint.as_ref()) {
            printer.talk.hint(hint);
        }
        if let Some(unwritten) = &unwritten {
            printer.talk.error(&unwritten.message);
            unwritten.hint.iter().for_each(|hint| printer.talk.hint(hint));
        }
        let (rows, error) = (RowsJson::Counted { rows, imported, failed, not_processed, chunks }, report.or(unwritten));
        let (file, result) = (name.to_owned(), bulk.report);
        self.push(ResultJson { success, server: None, file, result, rows, error });
    }

    fn push(&mut self, result: ResultJson) {
        let server = (!self.several).then(|| self.server.clone());
        self.results.push(ResultJson { server, ..result });
    }

    fn report(&self, name: &str, result: &ImpexResult) -> Report {
        let count = match result.failures.len() {
            0 => String::new(),
            1 => " (1 line failed)".to_owned(),
            more => format!(" ({more} lines failed)"),
        };
        let runs_code = result.failures.iter().any(|failure| failure.text.trim_start().starts_with("#%"));
        let code = if runs_code { "; lines that begin with #% run only with --code-execution" } else { "" };
        let hint = match self.task {
            Task::Import if result.failures.is_empty() => {
                "check what was imported before you run it again; see also the server's log"
            }
            Task::Import => {
                "fix the listed lines; others may have been imported, so check before you import the whole file again"
            }
            Task::Validate => "fix the listed lines and validate again",
        };
        Report {
            kind: KIND.to_owned(),
            message: format!("{name}: {}{count}", result.summary),
            hint: Some(format!("{hint}{code}")),
        }
    }

    /// Reports a file without a result: accounts for the other files, and returns the error.
    pub(super) fn broken(
        self,
        name: String,
        unsent: Vec<String>,
        error: Error,
        printer: &mut Printer,
    ) -> CommandResult {
        let error =
            if self.several { error.clone().while_doing(self.task.of_file(&name, error.doing())) } else { error };
        self.account(&unsent, printer);
        if self.json && self.several {
            let report = Report::from(&error);
            printer.data.json(&ResultsJson {
                success: false,
                server: &self.server,
                results: &self.results,
                not_sent: unsent,
                error: Some(FileErrorJson { file: name, report }),
            });
        }
        Err(Failure::Error(error))
    }

    /// Tells how it ended.
    pub(super) fn end(self, unsent: Vec<String>, printer: &mut Printer) {
        if !unsent.is_empty() {
            self.account(&unsent, printer);
        }
        match &self.results[..] {
            _ if !self.json => {}
            [one] if !self.several => printer.data.json(one),
            results => printer.data.json(&ResultsJson {
                success: unsent.is_empty() && results.iter().all(|result| result.success),
                server: &self.server,
                results,
                not_sent: unsent,
                error: results.iter().find_map(|result| {
                    Some(FileErrorJson { file: result.file.clone(), report: result.error.clone()? })
                }),
            }),
        }
    }

    /// Which files were done, and which were not.
    fn account(&self, unsent: &[String], printer: &Printer) {
        if !self.several {
            return;
        }
        let done: Vec<&str> =
            self.results.iter().filter(|result| result.success).map(|result| result.file.as_str()).collect();
        let listed = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let unsent: Vec<&str> = unsent.iter().map(String::as_str).collect();
        printer.talk.warn(&format!(
            "{} without a failure: {}; not sent: {}",
            self.task.done(),
            listed(&done),
            listed(&unsent)
        ));
    }
}

/// The lines that failed, for a pipeline; the whole file if none is known.
pub(super) fn problems(result: &ImpexResult) -> Vec<Problem> {
    let problem = |line, message: &str, detail: &str| Problem {
        kind: KIND.to_owned(),
        line,
        message: one_line(message, usize::MAX),
        detail: detail.to_owned(),
    };
    if result.failures.is_empty() {
        let detail = if result.output == result.summary { "" } else { &*result.output };
        return vec![problem(None, &result.summary, detail)];
    }
    result.failures.iter().map(|failure| problem(failure.line, &failure.reason, &failure.text)).collect()
}

/// "1 row", "2,345 rows".
pub(in crate::commands) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number as u64))
}

/// `FILE:LINE: reason` for each line that failed, and below it the line.
pub(in crate::commands) fn lines(name: &str, result: &ImpexResult) -> String {
    if result.failures.is_empty() {
        // The sentence has been printed.
        return if result.output == result.summary { String::new() } else { result.output.clone() };
    }
    let mut shown = String::new();
    for failure in result.failures.iter().take(MOST_SHOWN) {
        let place = match (&failure.line, &failure.candidate_lines[..]) {
            (Some(line), _) => format!("{name}:{line}"),
            // No line of the file has this text: HAC made it of several, or took it for something else.
            (None, []) => name.to_owned(),
            (None, lines) => {
                let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
                format!("{name}: one of the lines {}", lines.join(", "))
            }
        };
        // Writing to a String cannot fail.
        let _ = writeln!(shown, "{place}: {}", one_line(&failure.reason, usize::MAX));
        // That of an earlier run is not always known any more.
        if !failure.text.is_empty() {
            let _ = writeln!(shown, "    {}", one_line(&failure.text, WIDTH));
        }
    }
    if result.failures.len() > MOST_SHOWN {
        let _ = writeln!(shown, "… and {} more: --json lists all of them", result.failures.len() - MOST_SHOWN);
    }
    shown
}

/// Line breaks shown as such, and cut.
fn one_line(text: &str, width: usize) -> String {
    let text = text.trim().replace("\r\n", "\\n").replace(['\n', '\r'], "\\n");
    if text.chars().count() <= width {
        return text;
    }
    let mut cut: String = text.chars().take(width).collect();
    cut.push('…');
    cut
}
