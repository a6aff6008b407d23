//! The program of `password_command`: it prints the password as its first line.

use std::io::{self, IsTerminal as _};
use std::process::{Command, Stdio};

use hac_client::{Error, ErrorKind, Password, Result};

use crate::config::PasswordCommand;
use crate::ending::blocking;
use crate::os;
use crate::settings::Setting;

/// What prints a password, and which line of the configuration names it.
#[derive(Debug)]
pub(crate) struct PasswordProgram {
    command: PasswordCommand,
    origin: String,
}

impl PasswordProgram {
    pub(crate) fn new(setting: &Setting<PasswordCommand>) -> Self {
        Self { command: setting.value.clone(), origin: setting.origin.to_string() }
    }

    /// The line of the configuration.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Runs it. It may ask on the terminal: standard error is ours, and standard input if it is one.
    pub(crate) fn run(&self) -> Result<Password> {
        let failed = |why: String| {
            Error::new(ErrorKind::Config, format!("get the password from password_command of {}", self.origin))
                .because(why)
        };
        let mut command = match &self.command {
            PasswordCommand::Line(line) => os::shell(line),
            PasswordCommand::Program(words) => {
                let mut command = Command::new(words.first().map_or("", String::as_str));
                command.args(words.iter().skip(1));
                command
            }
        };
        // What is piped in is for us.
        let input = if io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() };
        command.stdout(Stdio::piped()).stdin(input).stderr(Stdio::inherit());
        let output = blocking(|| command.output()).map_err(|cause| {
            failed(format!("it cannot be started: {cause}")).with_hint("run it in a shell to see what is wrong")
        })?;
        // Nothing of what it printed is repeated: it may be the password.
        if !output.status.success() {
            return Err(
                failed(format!("it failed ({})", output.status)).with_hint("run it in a shell to see what is wrong")
            );
        }
        let text = String::from_utf8(output.stdout).map_err(|_| failed("what it printed is not valid UTF-8".into()))?;
        match text.lines().next() {
            Some(password) if !password.is_empty() => Ok(Password::from(password.to_owned())),
            _ => Err(failed("it printed nothing".into()).with_hint("it should print the password as its first line")),
        }
    }
}
