//! The server of a label that is in no configuration: that of its cached session.

use hac_client::Result;

use super::origin::{Origin, Setting};
use super::target::NoUrl;
use super::{Settings, guard};
use crate::config::Config;

impl Settings {
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
        self.guard = guard::of(url, Some(&self.environment.value), files)?;
        self.url = Ok(Setting { value: url.clone(), origin: Origin::Session });
        Ok(self)
    }
}
