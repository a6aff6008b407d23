//! The scripting console: what runs a script, by its type.

mod groovy;
mod javascript;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use crate::database::Database;

/// What the simulator runs scripts with.
#[derive(Debug)]
pub(crate) struct Scripts {
    groovy: Option<PathBuf>,
    database: Arc<Database>,
}

/// The three texts that the console shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ScriptOutcome {
    pub(crate) execution_result: String,
    pub(crate) output_text: String,
    /// Empty, unless the script failed.
    pub(crate) stacktrace_text: String,
}

impl Scripts {
    /// `groovy` is the program that runs scripts of that type, with all that it may do on this machine.
    pub(crate) fn new(groovy: Option<PathBuf>, database: Arc<Database>) -> Self {
        Self { groovy, database }
    }

    /// The `groovy` on the `PATH`.
    pub(crate) fn find_groovy() -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .flat_map(|directory| ["groovy", "groovy.bat"].map(|name| directory.join(name)))
            .find(|program| program.is_file())
    }

    /// Runs a script to its end. Blocks.
    ///
    /// `commit` decides about what a JavaScript changed through `db`; a Groovy script has no part in the database.
    pub(crate) fn run(&self, script_type: &str, script: &str, commit: bool) -> ScriptOutcome {
        match (script_type, &self.groovy) {
            ("javascript", _) => javascript::run(script, commit, &self.database),
            ("groovy", Some(program)) => groovy::run(program, script),
            ("groovy", None) => ScriptOutcome::failed(
                "this simulator has no Groovy: install groovy and start `hac simulator --groovy`, or use `--type javascript`",
            ),
            (other, _) => ScriptOutcome::failed(format!("scripts of type {other} are not supported by the simulator")),
        }
    }
}

impl ScriptOutcome {
    fn failed(trace: impl Into<String>) -> Self {
        Self { stacktrace_text: trace.into(), ..Self::default() }
    }
}
