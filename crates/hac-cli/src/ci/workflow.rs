//! Workflow commands of GitHub Actions: each line that failed becomes an annotation in the pull request.

use std::fmt::Write as _;

use super::{Check, path};

/// More annotations of a step are not shown.
const MOST: usize = 10;

/// One command a line.
pub(super) fn commands(checks: &[Check]) -> String {
    let problems = checks.iter().flat_map(|check| check.problems().iter().map(move |problem| (&check.file, problem)));
    let mut commands = String::new();
    for (file, problem) in problems.take(MOST) {
        let line = problem.line.map(|line| format!(",line={line}")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            commands,
            "::error file={}{line},title={}::{}",
            property(&path(file)),
            property(&problem.kind),
            data(&problem.message)
        );
    }
    commands
}

/// What a server sent must not become another command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
