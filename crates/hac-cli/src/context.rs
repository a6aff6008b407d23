//! What the process was given: captured once, passed down.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use crate::env::Environment;
use crate::interrupt::Interrupt;
use crate::keyring::FromKeyring;

/// Which of the three streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Terminals {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
}

impl Terminals {
    fn of_this_process() -> Self {
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
        }
    }

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
    pub from_keyring: FromKeyring,
    /// Where it was started; `None` if that is gone.
    pub directory: Option<PathBuf>,
    /// This program, to start it again and to tell it from others of its name.
    pub program: PathBuf,
}

impl RunContext {
    pub(crate) fn capture() -> Self {
        Self {
            environment: Environment::of_this_process(),
            terminals: Terminals::of_this_process(),
            interrupt: Interrupt::default(),
            from_keyring: FromKeyring::default(),
            directory: std::env::current_dir().ok(),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("hac")),
        }
    }
}
