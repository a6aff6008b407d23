//! Passwords in the keyring of the system: the Secret Service of Linux, the Keychain of macOS, the Credential Manager of Windows.
//!
//! A keyring may ask a person to unlock it, or never answer: it is asked on a thread of its own, for a limited time.

#[cfg(feature = "keyring")]
mod system;
#[cfg(not(feature = "keyring"))]
#[path = "absent.rs"]
mod system;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use hac_client::network::BaseUrl;
use hac_client::{Error, ErrorKind, Password, Result};

use crate::ending::blocking;

/// How long a login waits that would ask for the password otherwise.
const UNASKED: Duration = Duration::from_secs(5);
/// How long somebody may take to unlock it who wants something kept there.
const ASKED: Duration = Duration::from_secs(120);

/// Whose password it is, and for which server. Another server never gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    url: String,
    username: String,
}

/// Why the keyring gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is none, or it cannot be used.
    Failed(String),
    TooSlow(Duration),
}

impl Trouble {
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Failed(why) => why.clone(),
            Self::TooSlow(limit) => format!("it did not answer within {} s", limit.as_secs()),
        }
    }

    fn error(&self, doing: &str) -> Error {
        Error::new(ErrorKind::Config, doing).because(self.why()).with_hint(
            "without a keyring, set HAC_PASSWORD, or let password_command in the configuration print the password",
        )
    }
}

impl Account {
    /// The account of a user on the server with this base URL.
    pub(crate) fn new(url: &BaseUrl, username: &str) -> Self {
        Self { url: url.as_str().to_owned(), username: username.to_owned() }
    }

    /// What the keyring calls it.
    fn name(&self) -> String {
        format!("{} {}", self.username, self.url)
    }

    /// The password, if it was kept.
    pub(crate) fn password(&self) -> Result<Option<Password>, Trouble> {
        self.ask(UNASKED, |name| system::read(&name))
    }

    /// Fails where no password could be kept.
    pub(crate) fn check(&self) -> Result<()> {
        let found = self.ask(ASKED, |name| system::read(&name));
        found.map(drop).map_err(|trouble| trouble.error(&self.keeping()))
    }

    /// Keeps the password, in place of another one.
    pub(crate) fn keep(&self, password: &Password) -> Result<()> {
        let password = password.clone();
        let kept = self.ask(ASKED, move |name| system::write(&name, &password));
        kept.map_err(|trouble| trouble.error(&self.keeping()))
    }

    /// Removes the password. Returns whether there was one.
    pub(crate) fn forget(&self) -> Result<bool> {
        let removed = self.ask(ASKED, |name| system::remove(&name));
        removed.map_err(|trouble| {
            trouble.error(&format!("remove the password of {} from the system's keyring", self.username))
        })
    }

    fn keeping(&self) -> String {
        format!("save the password of {} in the system's keyring", self.username)
    }

    fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(String) -> Result<T, String> + Send + 'static,
    ) -> Result<T, Trouble> {
        let name = self.name();
        in_time(limit, move || work(name))
    }
}

/// Whether the password came from the keyring: an error about it should say so.
#[derive(Debug, Clone, Default)]
pub(crate) struct FromKeyring(Arc<AtomicBool>);

impl FromKeyring {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// The same error; one about a rejected password says where the password came from.
    pub(crate) fn explain(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::BadCredentials || !self.0.load(Ordering::SeqCst) {
            return error;
        }
        error.with_hint(
            "the password came from the system's keyring: replace it with `hac login --save`, or remove it with \
             `hac logout --forget`. It is posted at each login, and failed logins lock accounts",
        )
    }
}

/// Runs the work on another thread, and gives it up when the time is over.
fn in_time<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, Trouble> {
    let (sender, answer) = mpsc::channel();
    let thread = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        let _ = sender.send(work());
    });
    if let Err(cause) = thread {
        return Err(Trouble::Failed(format!("no thread can be started: {cause}")));
    }
    match blocking(|| answer.recv_timeout(limit)) {
        Ok(answer) => answer.map_err(Trouble::Failed),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Trouble::TooSlow(limit)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Trouble::Failed("it ended without an answer".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_never_answers_is_given_up() {
        let (hold, wait) = mpsc::channel::<()>();
        let asked = in_time(Duration::from_millis(1), move || wait.recv().map_err(|_| "let go".to_owned()));
        assert_eq!(asked, Err(Trouble::TooSlow(Duration::from_millis(1))));
        drop(hold);
    }

    #[test]
    fn an_answer_and_a_failure_are_passed_on() {
        assert_eq!(in_time(ASKED, || Ok(7)), Ok(7));
        assert_eq!(in_time(ASKED, || Err::<(), _>("locked".to_owned())), Err(Trouble::Failed("locked".to_owned())));
    }

    #[test]
    fn another_server_and_another_user_have_another_password() {
        let account = |url: &str, user: &str| Account::new(&BaseUrl::parse(url).expect("a URL"), user).name();
        let all = [
            account("https://a:9002", "admin"),
            account("https://a", "admin"),
            account("http://a:9002", "admin"),
            account("https://b:9002", "admin"),
            account("https://a:9002", "editor"),
        ];
        for (at, name) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(name), "{name}");
        }
        assert_eq!(account("https://a:9002/", "admin"), all[0]);
    }
}
