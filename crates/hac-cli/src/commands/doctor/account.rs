//! The login and what the user may do, the session file, the two clocks, and how long a session lasts.

use std::path::PathBuf;
use std::time::Duration;

use hac_client::diagnosis::{ConsoleTab, FoundConsole, ServerFacts, TabAccess};
use hac_client::session::SessionSource;
use hac_client::{Error, ErrorKind, HacClient, Result};

use super::report::{Report, Status, Step};
use crate::connection::manager;
use crate::printer::Printer;
use crate::settings::Settings;

/// Two clocks that differ by more are worth a word.
const SAME_TIME: f64 = 60.0;
/// A session that ends sooner costs logins.
const SHORT: Duration = Duration::from_secs(300);
/// The steps of the way.
const WAY: [&str; 5] = ["dns", "tcp", "proxy", "tls", "context path"];

/// What the steps behind the way need.
pub(super) struct Account<'a> {
    pub(super) settings: &'a Settings,
    pub(super) client: &'a HacClient,
    /// Why nobody can log in.
    pub(super) no_user: Option<Error>,
}

/// The properties of the server, if they could be asked for.
enum Properties {
    Known(ServerFacts),
    /// The user may not see them.
    Denied,
    Failed(Error),
    NotAsked,
}

impl Account<'_> {
    pub(super) async fn walk(
        &self,
        found: Option<FoundConsole>,
        report: &mut Report,
        printer: &mut Printer,
    ) -> Result<()> {
        let blocked = report.first_failed(&WAY).map(|failed| format!("{failed} failed"));
        let login = match &blocked {
            Some(why) => Step::skipped("login", why),
            None => self.login().await?,
        };
        let logged_in = login.status() == Status::Ok;
        let properties = if logged_in { self.properties().await? } else { Properties::NotAsked };
        report.add(release(found.as_ref(), &properties, blocked.as_deref()), printer);
        report.add(login, printer);
        let no_login = blocked.clone().unwrap_or_else(|| "login failed".to_owned());
        let rights = if logged_in { self.rights().await? } else { Step::skipped("rights", &no_login) };
        report.add(rights, printer);
        report.add(self.session_file(logged_in), printer);
        report.add(clock(found.as_ref(), blocked.as_deref()), printer);
        report.add(session_timeout(&properties, &no_login), printer);
        Ok(())
    }

    async fn login(&self) -> Result<Step> {
        const NAME: &str = "login";
        if let Some(error) = &self.no_user {
            return Ok(Step::failed(NAME, error));
        }
        match self.client.login().await {
            Ok(info) => {
                let step = if info.source == SessionSource::LoggedIn {
                    Step::ok(NAME, format!("logged in, as {}", info.username)).with("password_tried", true)
                } else {
                    let message =
                        format!("the cached session is alive, as {}; the password was not tried", info.username);
                    let target = self.settings.typed_target();
                    Step::ok(NAME, message)
                        .with_hint(format!("`hac doctor --no-cache{target}` logs in with it"))
                        .with("password_tried", false)
                };
                Ok(step.with("username", info.username))
            }
            Err(error) => failed(NAME, error),
        }
    }

    async fn properties(&self) -> Result<Properties> {
        match self.client.properties().await {
            Ok(properties) => Ok(Properties::Known(ServerFacts::of(&properties))),
            Err(error) if error.kind() == ErrorKind::Forbidden => Ok(Properties::Denied),
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => Ok(Properties::Failed(error)),
        }
    }

    async fn rights(&self) -> Result<Step> {
        const NAME: &str = "rights";
        let (mut open, mut denied, mut absent) = (Vec::new(), Vec::new(), Vec::new());
        for tab in ConsoleTab::ALL {
            match self.client.diagnosis().open_tab(*tab).await {
                Ok(TabAccess::Open) => open.push(*tab),
                Ok(_) => denied.push(*tab),
                Err(error) if error.kind() == ErrorKind::Rejected => absent.push(*tab),
                Err(error) => return failed(NAME, error),
            }
        }
        let groups: Vec<&str> = denied.iter().map(|tab| group(*tab)).collect();
        let hint = format!("ask for a user group with the right: {}", groups.join(", "));
        let mut message = match (open.as_slice(), denied.as_slice()) {
            (open, []) => format!("the consoles {}", names(open)),
            ([], denied) => format!("no right to the consoles {}", names(denied)),
            (open, denied) => format!("the consoles {}; no right to {}", names(open), names(denied)),
        };
        if !absent.is_empty() {
            message = format!("{message}; the server does not have {}", names(&absent));
        }
        Ok(if denied.is_empty() {
            Step::ok(NAME, message)
        } else if open.is_empty() {
            let error = Error::new(ErrorKind::Forbidden, "open the consoles").because(message).with_hint(hint);
            Step::failed(NAME, &error)
        } else {
            Step::warning(NAME, message, hint)
        })
    }

    fn session_file(&self, logged_in: bool) -> Step {
        const NAME: &str = "session file";
        if self.settings.no_cache {
            return Step::skipped(NAME, "--no-cache: sessions are not kept");
        }
        let looked = || -> Result<(PathBuf, Option<String>)> {
            let manager = manager(self.settings)?;
            manager.check_cache_dir()?;
            let directory = manager.cache_dir().to_owned();
            let Some(info) = self.client.session_info() else { return Ok((directory, None)) };
            let stored = manager.load_session(&info.base_url, &info.username, &info.environment)?;
            Ok((directory, stored.map(|session| session.created_at_formatted())))
        };
        match looked() {
            Err(error) => Step::failed(NAME, &error),
            Ok((directory, Some(created))) => Step::ok(NAME, format!("in {}, of {created}", directory.display()))
                .with("directory", directory.display().to_string()),
            Ok((directory, None)) if logged_in => Step::warning(
                NAME,
                format!("the session is not in {}", directory.display()),
                "commands at the same time may remove it (hac session clear); the next login stores another one",
            ),
            Ok((directory, None)) => Step::ok(NAME, format!("sessions can be stored in {}", directory.display()))
                .with("directory", directory.display().to_string()),
        }
    }
}

/// A step that failed, unless somebody interrupted it.
fn failed(name: &'static str, error: Error) -> Result<Step> {
    if error.kind() == ErrorKind::Interrupted { Err(error) } else { Ok(Step::failed(name, &error)) }
}

fn names(tabs: &[ConsoleTab]) -> String {
    tabs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The group whose members have the right, as SAP's documentation names it.
fn group(tab: ConsoleTab) -> &'static str {
    match tab {
        ConsoleTab::Scripting => "HAC_CONSOLE_SCRIPTINGLANGUAGES",
        ConsoleTab::FlexibleSearch => "HAC_CONSOLE_FLEXIBLESEARCH",
        _ => "HAC_CONSOLE_IMPEXIMPORT",
    }
}

fn release(found: Option<&FoundConsole>, properties: &Properties, blocked: Option<&str>) -> Step {
    const NAME: &str = "release";
    if let Properties::Known(ServerFacts { version: Some(version), .. }) = properties {
        return Step::ok(NAME, format!("{version} (property build.version)")).with("version", version.clone());
    }
    match found {
        Some(found) => {
            Step::ok(NAME, format!("{}, as the login page looks", found.release)).with("guess", found.release.as_str())
        }
        None => Step::skipped(NAME, blocked.unwrap_or("the login page was not found")),
    }
}

fn clock(found: Option<&FoundConsole>, blocked: Option<&str>) -> Step {
    const NAME: &str = "clock";
    let Some(found) = found else { return Step::skipped(NAME, blocked.unwrap_or("no answer came")) };
    let Some(ahead) = found.clock_ahead else { return Step::skipped(NAME, "the server does not say what time it is") };
    let step = if ahead.abs() <= SAME_TIME {
        Step::ok(NAME, "as on this machine")
    } else {
        let (by, how) = (ahead.abs().round(), if ahead > 0.0 { "ahead of" } else { "behind" });
        Step::warning(
            NAME,
            format!("the server's clock is {by} s {how} that of this machine"),
            "set the clock that is wrong (NTP): certificates and one-time passwords depend on it",
        )
    };
    step.with("server_ahead_seconds", ahead.round())
}

fn session_timeout(properties: &Properties, no_login: &str) -> Step {
    const NAME: &str = "session timeout";
    let facts = match properties {
        Properties::Known(facts) => facts,
        Properties::Denied => return Step::skipped(NAME, "the user has no right to see the properties"),
        Properties::Failed(error) => return Step::failed(NAME, error),
        Properties::NotAsked => return Step::skipped(NAME, no_login),
    };
    let Some(timeout) = facts.session_timeout else {
        return Step::skipped(NAME, "the server shows no property default.session.timeout");
    };
    let seconds = timeout.as_secs();
    let message = format!("a session ends after {seconds} s without a request (default.session.timeout)");
    let step = if timeout < SHORT {
        Step::warning(NAME, message, "commands log in again after each longer pause, so keep a password at hand")
    } else {
        Step::ok(NAME, message)
    };
    step.with("seconds", seconds)
}
