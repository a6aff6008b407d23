//! What a pipeline reads of a result: `JUnit` XML, GitLab's code quality report, annotations of GitHub.

mod code_quality;
mod junit;
mod workflow;

use std::path::{Path, PathBuf};
use std::time::Duration;

use hac_client::files::NewFile;
use hac_client::{Error, Overwrite, Result};

use crate::args::{AnnotationsArg, CiArgs};
use crate::diagnostics::{Effect, Failure, Report, usage};
use crate::talk::Talk;

/// Something that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The kind of error: `impex_failed`.
    pub kind: String,
    /// The line in the file, counted from 1, if it is known.
    pub line: Option<usize>,
    /// Why, in one line.
    pub message: String,
    /// What there is beyond that: the failed line, a stack trace.
    pub detail: String,
}

impl Problem {
    /// The server was not reached, or its answer was lost.
    pub(crate) fn without_result(error: &Error) -> Self {
        let report = Report::from(error);
        Self { kind: report.kind, line: None, message: report.message, detail: report.hint.unwrap_or_default() }
    }
}

/// How one file, or one script, was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    /// The file as the user named it.
    pub file: String,
    pub state: State,
    pub elapsed: Duration,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Passed,
    /// The server said no.
    Failed(Vec<Problem>),
    /// There is no result: the server was not reached, or its answer was lost.
    Broken(Problem),
    /// It was not sent.
    Skipped,
}

impl Check {
    fn problems(&self) -> &[Problem] {
        match &self.state {
            State::Failed(problems) => problems,
            State::Broken(problem) => std::slice::from_ref(problem),
            State::Passed | State::Skipped => &[],
        }
    }
}

/// The reports that were asked for. Their files are created at once, so that nothing is sent if one of them cannot be.
pub(crate) struct CiReports {
    /// The command: `hac impex import`.
    name: &'static str,
    junit: Option<NewFile>,
    code_quality: Option<NewFile>,
    annotations: Option<AnnotationsArg>,
    checks: Vec<Check>,
}

impl CiReports {
    /// `read` are the files that the command reads, which no report may replace.
    pub(crate) fn create(args: &CiArgs, name: &'static str, read: &[PathBuf]) -> Result<Self> {
        for path in [&args.junit, &args.code_quality].into_iter().flatten() {
            let Ok(report) = path.canonicalize() else { continue };
            if let Some(file) = read.iter().find(|file| file.canonicalize().is_ok_and(|file| file == report)) {
                let why = format!("{} is read by this command, and would be replaced", file.display());
                let hint = "choose another file for the report; nothing was sent";
                return Err(usage(&format!("write {}", path.display()), why, hint));
            }
        }
        let file = |path: &Option<_>| path.as_ref().map(|path| NewFile::create(path, Overwrite::Yes)).transpose();
        Ok(Self {
            name,
            junit: file(&args.junit)?,
            code_quality: file(&args.code_quality)?,
            annotations: args.annotations,
            checks: Vec::new(),
        })
    }

    /// Takes what became of a file.
    pub(crate) fn add(&mut self, file: &str, state: State, elapsed: Duration) {
        self.checks.push(Check { file: file.to_owned(), state, elapsed });
    }

    /// Writes them. `effect` is what the command has done by then.
    pub(crate) fn finish(self, effect: Effect, talk: &Talk) -> Result<(), Failure> {
        if self.annotations == Some(AnnotationsArg::Github) {
            talk.output(&workflow::commands(&self.checks));
        }
        if let Some(file) = self.junit {
            written(file, &junit::document(self.name, &self.checks), effect)?;
        }
        if let Some(file) = self.code_quality {
            written(file, &code_quality::document(&self.checks), effect)?;
        }
        Ok(())
    }
}

fn written(mut file: NewFile, bytes: &[u8], effect: Effect) -> Result<(), Failure> {
    use hac_client::files::ByteSink as _;

    let place = file.target().display().to_string();
    // What cannot be written is an error of `finish`.
    let _ = file.piece(bytes);
    file.finish().map_err(|error| Failure::unwritten(&place, &error, effect))
}

/// The path as services match it with the files of a repository: with `/`, without `./`.
fn path(file: &str) -> String {
    let path = Path::new(file);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
