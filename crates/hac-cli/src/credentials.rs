//! Where the password comes from: standard input, `HAC_PASSWORD`, or a question on the terminal.

use std::io::BufRead as _;
use std::sync::{Mutex, PoisonError};

use hac_client::{AuthHandler, Credentials, Error, ErrorKind, Hint, Password, Result};

use crate::context::RunContext;
use crate::env;
use crate::password_program::PasswordProgram;
use crate::progress::Screen;
use crate::settings::Settings;
use crate::terminal;

/// What standard input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StdinUse {
    /// Whatever the command reads.
    Other,
    /// A password, if something is piped in and no other source has one.
    PasswordIfPiped,
}

/// Knows the user, and finds the password when a login needs one.
pub(crate) struct ProgramAuth {
    username: String,
    source: Source,
    known: Mutex<Option<Password>>,
    /// The variable for its password, for hints.
    variable: String,
}

enum Source {
    Stdin,
    /// Standard input, if there is something on it.
    Piped,
    Variable(Password),
    Command(PasswordProgram),
    Prompt {
        host: String,
        screen: Screen,
    },
    Nowhere,
}

impl ProgramAuth {
    /// Finds the source of a password without prompting.
    pub(crate) fn new(
        username: String,
        host: String,
        settings: &Settings,
        context: &RunContext,
        screen: &Screen,
        stdin: StdinUse,
    ) -> Result<Self> {
        let source = if settings.password_stdin {
            Source::Stdin
        } else if let Some(password) = settings.variable(env::PASSWORD, context)? {
            Source::Variable(Password::from(password.value))
        } else if let Some(command) = &settings.password_command {
            Source::Command(PasswordProgram::new(command))
        } else if stdin == StdinUse::PasswordIfPiped && !context.terminals.stdin {
            Source::Piped
        } else if context.terminals.can_ask() {
            Source::Prompt { host, screen: screen.clone() }
        } else {
            Source::Nowhere
        };
        Ok(Self { username, source, known: Mutex::new(None), variable: settings.password_variable() })
    }

    /// Knows the user and nothing else: for commands that never log in.
    pub(crate) fn without_password(username: String) -> Self {
        Self { username, source: Source::Nowhere, known: Mutex::new(None), variable: env::PASSWORD.to_owned() }
    }

    fn found(&self) -> Result<Option<Password>> {
        match &self.source {
            Source::Variable(password) => Ok(Some(password.clone())),
            Source::Stdin => from_stdin().map(Some),
            Source::Piped => Ok(line_of_stdin()?.map(Password::from)),
            Source::Command(program) => program.run().map(Some),
            Source::Prompt { host, screen } => {
                let _hold = screen.hold();
                ask(&self.username, host).map(Some)
            }
            Source::Nowhere => Ok(None),
        }
    }
}

impl AuthHandler for ProgramAuth {
    fn username(&self) -> &str {
        &self.username
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        // Asked for twice in one run, it is read once: standard input has it only once.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = self.found()?;
        }
        let credentials = |password| Credentials::new(self.username.clone(), password);
        Ok(known.clone().map(credentials))
    }

    fn known_passwords(&self) -> Vec<Password> {
        match &self.source {
            Source::Variable(password) => vec![password.clone()],
            _ => Vec::new(),
        }
    }

    fn no_credentials_hint(&self) -> Hint {
        format!(
            "set {}, pass --password-stdin, or run hac on a terminal to be prompted; \
             `hac session import` imports a session from elsewhere",
            self.variable
        )
        .into()
    }
}

fn from_stdin() -> Result<Password> {
    match line_of_stdin()? {
        Some(password) => Ok(Password::from(password)),
        None => Err(unread("the first line is empty".into())),
    }
}

fn unread(why: String) -> Error {
    Error::new(ErrorKind::Config, "read the password from standard input")
        .because(why)
        .with_hint("pipe it in as one line, for example from a password store")
}

/// The first line, if there is something in it.
fn line_of_stdin() -> Result<Option<String>> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|cause| unread(cause.to_string()))?;
    let password = line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok((!password.is_empty()).then(|| password.to_owned()))
}

fn ask(username: &str, host: &str) -> Result<Password> {
    let question = format!("Password of {username} on {host}: ");
    let question = crate::foreign::visible(&question);
    let password = terminal::ask_hidden(&question).map_err(|cause| {
        let kind =
            if cause.kind() == std::io::ErrorKind::Interrupted { ErrorKind::Interrupted } else { ErrorKind::Config };
        Error::new(kind, "ask for the password").because(cause.to_string()).with_hint("set HAC_PASSWORD instead")
    })?;
    if password.is_empty() {
        return Err(Error::new(ErrorKind::Config, "log in").because("no password was entered"));
    }
    Ok(Password::from(password))
}
