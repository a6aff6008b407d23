//! The server of a label that is in no configuration: that of its cached session.

use hac_client::Result;

use super::meant::Meant;
use super::origin::{Origin, Setting};
use super::target::{self, NoUrl};
use super::{Settings, guard};
use crate::config::Config;
use crate::os;

impl Settings {
    /// The same, with a hint for who gave a URL where the command takes the name of an environment.
    pub(crate) fn explaining_url_of(mut self, command: Option<&str>) -> Self {
        let given = &self.environment.value;
        let is_of_another = self.url.as_ref().is_ok_and(|url| !url.is_explicit() && url.value != *given);
        if target::is_url(given) && self.environment.is_explicit() && is_of_another {
            let hint = format!(
                "pass it with --url, or add an environment for it: hac env add NAME --url {}",
                os::quoted(given)
            );
            self.url = Err(NoUrl::new(format!("{given} is a URL, and no name of an environment"), hint));
        }
        if let (Some(command), Err(no_url), true) = (command, &mut self.url, target::is_url(given)) {
            no_url.hint = format!("name the server with --url: hac {command} --url {}", os::quoted(given));
        }
        self
    }

    /// The label that was typed, if nothing says which server it stands for.
    pub(crate) fn label_without_server(&self) -> Option<String> {
        (self.url.is_err() && self.environment.is_explicit() && !self.no_cache).then(|| self.label())
    }

    /// The same with the server of the cached sessions of the label, each with its URL and user.
    pub(crate) fn with_server_of(mut self, sessions: &[(String, String)], files: &[Config]) -> Result<Self> {
        let Some((url, username)) = sessions.first() else { return Ok(self) };
        if let Some((other, _)) = sessions.iter().find(|(other, _)| other != url) {
            self.url = Err(NoUrl::new(
                format!("'{}' has cached sessions on {url} and on {other}", self.label()),
                "choose one with --url",
            ));
            return Ok(self);
        }
        if self.username.is_none() && sessions.len() == 1 {
            self.username = Some(Setting { value: username.clone(), origin: Origin::Session });
        }
        self.meant = Meant::of(self.yes_i_mean.as_deref(), url, files);
        self.guard = guard::of(url, Some(&self.environment.value), files)?;
        self.url = Ok(Setting { value: url.clone(), origin: Origin::Session });
        Ok(self)
    }
}
