//! From where to where, and who says that it may be.

use std::time::Duration;

use hac_client::network::BaseUrl;
use hac_client::protection::{CallClass, Protection};
use hac_client::{Error, ErrorKind, Hint, Result};

use crate::args::CopyArgs;
use crate::confirmation::ByName;
use crate::connection::Connection;
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::job::Job;
use crate::printer::Talk;
use crate::settings::Settings;

/// The limit for an answer to an import, as that of `hac impex`.
const IMPORT: Duration = Duration::from_secs(600);

/// The two servers.
pub(super) struct Route {
    pub(super) from: End,
    pub(super) to: End,
    settings: Settings,
    /// Whether somebody typed the name of the environment that is imported into.
    pub(super) is_confirmed: bool,
}

/// One of them.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct End {
    /// The environment as the user named it.
    pub(super) environment: String,
    pub(super) url: String,
}

impl End {
    fn of(settings: &Settings, url: &BaseUrl) -> Self {
        Self { environment: settings.environment_given(), url: url.origin().to_url() }
    }

    /// "staging (<https://…>)"
    pub(super) fn told(&self) -> String {
        format!("{} ({})", self.environment, self.url)
    }
}

impl Route {
    /// Finds both ends. Fails if nothing may be written to the second, or if they are the same; nothing was sent then.
    pub(super) fn of(job: &Job<'_>, args: &CopyArgs) -> Result<Self> {
        let Some(settings) = job.settings.counterpart.as_deref() else {
            return Err(usage("copy", "two environments are needed", "name both: --from ONE --to OTHER"));
        };
        let settings = settings.clone().patient(Some(IMPORT));
        let urls = [job.settings.base_url()?, settings.base_url()?];
        settings.check_meant(&urls[1], &settings.label())?;
        let route = Self {
            from: End::of(job.settings, &urls[0]),
            to: End::of(&settings, &urls[1]),
            settings,
            is_confirmed: false,
        };
        if route.is_read_only() && !args.dry_run {
            let why = format!("{} is read-only; nothing was sent", route.to.told());
            let error = Error::new(ErrorKind::Protected, route.doing(args)).because(why).with_hint(Hint::ReadOnly);
            return Err(route.settings.naming_the_guard(error));
        }
        if is_same(&urls) {
            let why = format!(
                "{} and {} are the same server, {}",
                route.from.environment,
                route.to.environment,
                urls[1].as_str()
            );
            return Err(usage("copy", why, "name two environments, as `hac env list` shows them; nothing was sent"));
        }
        Ok(route)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.settings.guard.protection.value == Protection::ReadOnly
    }

    /// What is done, as it completes "cannot …".
    fn doing(&self, args: &CopyArgs) -> String {
        let what = args.what.trim();
        let what = if what.contains(char::is_whitespace) { "the rows" } else { what };
        format!("copy {what} into {}", self.to.environment)
    }

    fn by_name(&self, context: &RunContext, talk: &Talk) -> Result<Option<ByName>> {
        let url = self.settings.base_url()?;
        Ok(ByName::of(&self.settings, &url, &self.settings.label(), context, talk))
    }

    /// Refuses the name of another environment before anything is read.
    pub(super) fn refuse_another(&self, args: &CopyArgs, context: &RunContext, talk: &Talk) -> Result<()> {
        if self.settings.yes_i_mean.is_none() {
            return Ok(());
        }
        self.confirm_unattended(args, context, talk)
    }

    /// Asks for a confirmation that needs nobody at a terminal: it is there before rows are read, or missing.
    pub(super) fn confirm_unattended(&self, args: &CopyArgs, context: &RunContext, talk: &Talk) -> Result<()> {
        if context.terminals.can_ask() && self.settings.yes_i_mean.is_none() {
            return Ok(());
        }
        self.confirm(&self.doing(args), context, talk).map(drop)
    }

    /// Asks for a confirmation of a protected environment. `false` if none is needed.
    fn confirm(&self, doing: &str, context: &RunContext, talk: &Talk) -> Result<bool> {
        let Some(by_name) = self.by_name(context, talk)? else { return Ok(false) };
        let asked = by_name.ask(CallClass::Write, doing, &self.to.url);
        asked.map(|_| true).map_err(|error| self.settings.naming_the_guard(error))
    }

    /// Asks at a terminal whether so many rows are to be copied.
    pub(super) fn ask(&mut self, what: &str, context: &RunContext, talk: &Talk) -> Result<bool> {
        if !context.terminals.can_ask() {
            return Ok(true);
        }
        if self.confirm(&format!("copy {what} into it"), context, talk)? {
            // The import need not ask once more.
            self.settings.yes_i_mean.clone_from(&self.settings.guard.environment);
            self.is_confirmed = true;
            return Ok(true);
        }
        let named = self.settings.yes_i_mean.as_deref();
        Ok(named == Some(self.to.environment.as_str())
            || talk.confirm(&format!("Copy {what} into {}? [y/N] ", self.to.told())))
    }

    /// Connects to the server that is imported into.
    pub(super) fn connect(&self, job: &Job<'_>) -> Result<Connection> {
        job.connect_to(&self.settings)
    }

    /// How the environment that is imported into is named on a command line.
    pub(super) fn target(&self) -> String {
        self.settings.typed_target()
    }
}

/// Whether two URLs are of one server. A context path that only one of them names is no difference.
fn is_same([one, other]: &[BaseUrl; 2]) -> bool {
    one.origin() == other.origin()
        && (one.context_path() == other.context_path()
            || one.context_path().is_none()
            || other.context_path().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_path_that_only_one_url_names_is_no_other_server() {
        for (one, other, same) in [
            ("https://a", "https://a", true),
            ("https://a/hac", "https://a", true),
            ("https://a", "https://a/hac", true),
            ("https://a/hac", "https://a/hac", true),
            ("https://a/one", "https://a/two", false),
            ("https://a", "https://b", false),
            ("https://a:9002/hac", "https://a/hac", false),
        ] {
            let urls = [one, other].map(|url| BaseUrl::parse(url).expect(url));
            assert_eq!(is_same(&urls), same, "{one} {other}");
        }
    }
}
