//! Where the password comes from: standard input, `HAC_PASSWORD`, a program, the system's keyring, or a question on the terminal.

use std::io::BufRead as _;
use std::sync::{Arc, Mutex, PoisonError};

use hac_client::network::BaseUrl;
use hac_client::{AuthHandler, Credentials, Error, ErrorKind, Hint, Password, Result};

use crate::context::RunContext;
use crate::ending;
use crate::env;
use crate::keyring::{Account, FromKeyring, Trouble};
use crate::password_program::PasswordProgram;
use crate::password_ways::ways;
use crate::printer::Talk;
use crate::progress::Screen;
use crate::settings::Settings;
use crate::terminal;
use crate::wrap::wrapped;

/// What standard input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StdinUse {
    /// Whatever the command reads.
    Other,
    /// A password, if something is piped in and no other source has one.
    PasswordIfPiped,
}

/// What the keyring is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyringUse {
    /// A password, if it has one and nothing else has.
    Source,
    /// The password is to be put there: another one may be there.
    Destination,
}

/// Knows the user, and finds the password when a login needs one. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ProgramAuth(Arc<Knowledge>);

struct Knowledge {
    username: String,
    source: Option<PasswordSource>,
    /// Asked where the source has nothing, before a person is asked.
    keyring: Option<(Account, Talk)>,
    known: Mutex<Option<Password>>,
    /// The server, for a question.
    host: String,
    /// Shows nothing while a question is asked.
    screen: Screen,
    /// The variable for its password, for hints.
    variable: String,
    from_keyring: FromKeyring,
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

impl ProgramAuth {
    /// Finds the source of a password without prompting.
    pub(crate) fn new(
        account: (String, &BaseUrl),
        settings: &Settings,
        context: &RunContext,
        talk: &Talk,
        stdin: StdinUse,
        keyring: KeyringUse,
    ) -> Result<Self> {
        let (username, url) = account;
        let source = PasswordSource::all(settings, context, stdin)?.into_iter().next();
        let asks_the_keyring = keyring == KeyringUse::Source
            && matches!(source, None | Some(PasswordSource::Piped | PasswordSource::Prompt));
        Ok(Self(Arc::new(Knowledge {
            keyring: asks_the_keyring.then(|| (Account::new(url, &username), talk.clone())),
            host: url.origin().to_url(),
            screen: talk.screen().clone(),
            username,
            source,
            known: Mutex::new(None),
            variable: settings.password_variable(),
            from_keyring: context.from_keyring.clone(),
        })))
    }

    /// Knows the user and nothing else: for commands that never log in.
    pub(crate) fn without_password(username: String) -> Self {
        Self(Arc::new(Knowledge {
            username,
            source: None,
            keyring: None,
            host: String::new(),
            screen: Screen::default(),
            known: Mutex::new(None),
            variable: env::PASSWORD.to_owned(),
            from_keyring: FromKeyring::default(),
        }))
    }

    pub(crate) fn username(&self) -> &str {
        &self.0.username
    }

    /// Whether a password is there that nobody has to type: on standard input, in a variable or from a program.
    pub(crate) fn is_given_a_password(&self) -> bool {
        use PasswordSource::{Command, Stdin, Variable};
        matches!(self.0.source, Some(Stdin | Variable(..) | Command(_)))
    }

    /// The password, which is asked for if it must be.
    pub(crate) fn password(&self) -> Result<Option<Password>> {
        Ok(self.credentials()?.map(|credentials| credentials.password))
    }

    /// The ways to give a password.
    pub(crate) fn ways(&self) -> String {
        ways(&self.0.variable, "run hac on a terminal to be prompted")
    }
}

impl Knowledge {
    fn found(&self) -> Result<Option<Password>> {
        match &self.source {
            Some(PasswordSource::Variable(_, password)) => Ok(Some(password.clone())),
            Some(PasswordSource::Stdin) => from_stdin().map(Some),
            Some(PasswordSource::Piped) => Ok(match line_of_stdin()? {
                Some(password) => Some(Password::from(password)),
                None => self.kept(),
            }),
            Some(PasswordSource::Command(program)) => program.run().map(Some),
            Some(PasswordSource::Prompt) => {
                if let Some(password) = self.kept() {
                    return Ok(Some(password));
                }
                let _hold = self.screen.hold();
                ask(&self.username, &self.host).map(Some)
            }
            None => Ok(self.kept()),
        }
    }

    /// What the keyring has. One that is not there is no error: who has kept nothing there need not have one.
    fn kept(&self) -> Option<Password> {
        let (account, talk) = self.keyring.as_ref()?;
        match account.password() {
            Ok(Some(password)) => {
                talk.detail("the password comes from the system's keyring");
                self.from_keyring.set();
                Some(password)
            }
            Ok(None) => None,
            Err(trouble @ Trouble::TooSlow(_)) => {
                talk.say(&format!("the system's keyring was asked for the password, but {}", trouble.why()));
                None
            }
            Err(trouble) => {
                talk.detail(&format!("the system's keyring cannot be asked for the password: {}", trouble.why()));
                None
            }
        }
    }
}

impl AuthHandler for ProgramAuth {
    fn username(&self) -> &str {
        &self.0.username
    }

    fn may_prompt(&self) -> bool {
        matches!(self.0.source, Some(PasswordSource::Prompt))
    }

    fn credentials(&self) -> Result<Option<Credentials>> {
        // Asked for twice in one run, it is read once: standard input has it only once.
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = self.0.found()?;
        }
        let credentials = |password| Credentials::new(self.0.username.clone(), password);
        Ok(known.clone().map(credentials))
    }

    fn known_passwords(&self) -> Vec<Password> {
        match &self.0.source {
            Some(PasswordSource::Variable(_, password)) => vec![password.clone()],
            _ => Vec::new(),
        }
    }

    fn no_credentials_hint(&self) -> Hint {
        format!("{}; `hac session import` imports a session from elsewhere", self.ways()).into()
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
    let room = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
    let question = crate::foreign::visible(&question);
    let question = wrapped(&question, room, 0);
    let password = ending::asking(|| terminal::ask_hidden(&question)).map_err(|cause| {
        let kind =
            if cause.kind() == std::io::ErrorKind::Interrupted { ErrorKind::Interrupted } else { ErrorKind::Config };
        Error::new(kind, "ask for the password").because(cause.to_string()).with_hint("set HAC_PASSWORD instead")
    })?;
    if password.is_empty() {
        return Err(Error::new(ErrorKind::Config, "log in").because("no password was entered"));
    }
    Ok(Password::from(password))
}
