//! What the process was given: captured once, passed down.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::env::Environment;
use crate::interrupt::Interrupt;

/// Which of the three streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Terminals {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
}

impl Terminals {
    /// Whether a person can be asked something: the question is seen and the answer is typed.
    pub(crate) fn can_ask(self) -> bool {
        self.stdin && self.stderr
    }
}

/// The surroundings of one run.
pub(crate) struct RunContext {
    pub environment: Environment,
    pub terminals: Terminals,
    pub interrupt: Interrupt,
    /// When the program started, in seconds since 1970.
    pub now: f64,
    /// This program, to start it again.
    pub program: PathBuf,
}

impl RunContext {
    pub(crate) fn capture() -> Self {
        Self {
            environment: Environment::capture(),
            terminals: crate::printer::terminals(),
            interrupt: Interrupt::default(),
            now: SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64()),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hac")),
        }
    }
}
