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

/// A place that a password comes from.
#[derive(Debug)]
pub(crate) enum PasswordSource {
    /// `--password-stdin`.
    Stdin,
    /// A variable, by its name.
    Variable(String, Password),
    /// `password_command` of the endpoint.
    Command(PasswordProgram),
    /// Standard input, if there is something on it.
    Piped,
    /// A question on the terminal.
    Prompt,
}

impl PasswordSource {
    /// The places that have a password for a login, in the order in which they are used. Nothing is run, read or asked.
    pub(crate) fn all(settings: &Settings, context: &RunContext, stdin: StdinUse) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        if settings.password_stdin {
            all.push(Self::Stdin);
        }
        if let Some(password) = settings.variable(env::PASSWORD, context)? {
            all.push(Self::Variable(password.origin.to_string(), Password::from(password.value)));
        }
        if let Some(command) = &settings.password_command {
            all.push(Self::Command(PasswordProgram::new(command)));
        }
        if stdin == StdinUse::PasswordIfPiped && !context.terminals.stdin {
            all.push(Self::Piped);
        } else if context.terminals.can_ask() {
            all.push(Self::Prompt);
        }
        Ok(all)
    }

    /// What it is, and what names it. Never the password.
    pub(crate) fn described(&self) -> (&'static str, String) {
        match self {
            Self::Stdin => ("standard input", "--password-stdin".to_owned()),
            Self::Variable(name, _) => ("a variable", name.clone()),
            Self::Command(program) => ("password_command", program.origin().to_owned()),
            Self::Piped => ("standard input", "a pipe".to_owned()),
            Self::Prompt => ("a prompt", "the terminal".to_owned()),
        }
    }
}

/// Knows the user, and finds the password when a login needs one.
pub(crate) struct ProgramAuth {
    username: String,
    source: Option<PasswordSource>,
    known: Mutex<Option<Password>>,
    /// The server, for a question.
    host: String,
    /// Shows nothing while a question is asked.
    screen: Screen,
    /// The variable for its password, for hints.
    variable: String,
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
        Ok(Self {
            username,
            source: PasswordSource::all(settings, context, stdin)?.into_iter().next(),
            known: Mutex::new(None),
            host,
            screen: screen.clone(),
            variable: settings.password_variable(),
        })
    }

    /// Knows the user and nothing else: for commands that never log in.
    pub(crate) fn without_password(username: String) -> Self {
        Self {
            username,
            source: None,
            known: Mutex::new(None),
            host: String::new(),
            screen: Screen::default(),
            variable: env::PASSWORD.to_owned(),
        }
    }

    fn found(&self) -> Result<Option<Password>> {
        match &self.source {
            Some(PasswordSource::Variable(_, password)) => Ok(Some(password.clone())),
            Some(PasswordSource::Stdin) => from_stdin().map(Some),
            Some(PasswordSource::Piped) => Ok(line_of_stdin()?.map(Password::from)),
            Some(PasswordSource::Command(program)) => program.run().map(Some),
            Some(PasswordSource::Prompt) => {
                let _hold = self.screen.hold();
                ask(&self.username, &self.host).map(Some)
            }
            None => Ok(None),
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
            Some(PasswordSource::Variable(_, password)) => vec![password.clone()],
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
