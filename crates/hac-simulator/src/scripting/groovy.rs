//! Groovy scripts, in a real Groovy.
use super::ScriptOutcome;
use std::path::Path;
pub(super) fn run(_program: &Path, _script: &str) -> ScriptOutcome {
    ScriptOutcome::failed("groovy is not supported by the simulator yet")
}
