//! What was found, and where.

use std::ops::Range;

use serde::Serialize;

use super::super::script::Statement;

/// The maximum number of findings: a file of another kind has one in every line.
pub(super) const MOST_FINDINGS: usize = 10_000;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LintSeverity {
    /// An import would not do what the file says.
    Error,
    /// An import may do something else than what was meant.
    Warning,
}

/// A mistake in ImpEx, or what looks like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LintFinding {
    /// How bad it is.
    pub severity: LintSeverity,
    /// What kind of finding it is, for programs: `too-many-cells`.
    pub code: &'static str,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// Where it is in the text, in bytes.
    #[serde(skip)]
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The findings so far, and the text that they are about.
pub(super) struct Findings<'a> {
    pub(super) text: &'a str,
    pub(super) found: Vec<LintFinding>,
}

impl Findings<'_> {
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST_FINDINGS
    }

    /// Adds a finding about a part of a statement, by its place in the statement's text.
    pub(super) fn add(
        &mut self,
        statement: &Statement<'_>,
        part: Range<usize>,
        severity: LintSeverity,
        code: &'static str,
        message: String,
        help: Option<String>,
    ) {
        if self.is_full() {
            return;
        }
        let start = self.place_of(statement);
        let before = &statement.text[..part.start];
        let line_start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let lines = before.replace("\r\n", "\n").matches(['\n', '\r']).count();
        self.found.push(LintFinding {
            severity,
            code,
            line: statement.line + lines,
            column: before[line_start..].chars().count() + 1,
            span: start + part.start..start + part.end,
            message,
            help,
        });
    }

    /// Where the statement begins in the text, which it is a part of.
    fn place_of(&self, statement: &Statement<'_>) -> usize {
        statement.text.as_ptr().addr() - self.text.as_ptr().addr()
    }
}
