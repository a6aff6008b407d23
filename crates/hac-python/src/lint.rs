//! Mistakes in ImpEx, found without importing it.

use hac_client::console::{self, LintFinding, LintSeverity};
use hac_client::request::Effect;
use pyo3::prelude::*;

use crate::call::Call;
use crate::client::{Client, value};
use crate::errors::guarded;

/// Severity, code, line, column, where it begins and ends in characters, message, help.
type Parts = (&'static str, &'static str, usize, usize, usize, usize, String, Option<String>);

fn parts(text: &str, findings: Vec<LintFinding>) -> Vec<Parts> {
    let places = Places::of(text, &findings);
    let parts = |finding: LintFinding| {
        let severity = if finding.severity == LintSeverity::Error { "error" } else { "warning" };
        let (start, end) = (places.characters(finding.span.start), places.characters(finding.span.end));
        (severity, finding.code, finding.line, finding.column, start, end, finding.message, finding.help)
    };
    findings.into_iter().map(parts).collect()
}

/// How many characters are before the bytes that findings name: Python counts characters.
struct Places(Vec<(usize, usize)>);

impl Places {
    /// Goes over the text once, however many findings there are.
    fn of(text: &str, findings: &[LintFinding]) -> Self {
        let mut bytes: Vec<usize> = findings.iter().flat_map(|found| [found.span.start, found.span.end]).collect();
        bytes.sort_unstable();
        bytes.dedup();
        let (mut before, mut characters) = (0, 0);
        let counted = bytes.into_iter().map(|byte| {
            characters += text.get(before..byte).unwrap_or_default().chars().count();
            before = byte;
            (byte, characters)
        });
        Self(counted.collect())
    }

    fn characters(&self, byte: usize) -> usize {
        self.0.binary_search_by_key(&byte, |place| place.0).map_or(0, |index| self.0[index].1)
    }
}

/// What is found without a server.
#[pyfunction]
pub(crate) fn lint_impex(py: Python<'_>, text: &str) -> PyResult<Vec<Parts>> {
    guarded(py, || Ok(py.detach(|| parts(text, console::lint_impex(text)))))
}

#[pymethods]
impl Client {
    /// What is found with the types of the server.
    #[pyo3(name = "lint_impex")]
    fn lint_impex_online(&self, py: Python<'_>, text: String) -> Call {
        self.call(py, Effect::Read, |client| async move {
            let findings = client.lint_impex(&text).await?;
            Ok(value(parts(&text, findings)))
        })
    }
}
