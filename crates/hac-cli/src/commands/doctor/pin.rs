//! The pin of a certificate that is not trusted: written after a question, or the command that writes it.

use hac_client::Result;
use hac_client::tls::Fingerprint;

use crate::commands::config;
use crate::config::Config;
use crate::context::RunContext;
use crate::printer::Talk;
use crate::settings::Settings;

/// Where a pin would be kept.
pub(super) struct Pin<'a> {
    settings: &'a Settings,
    context: &'a RunContext,
    fingerprint: Fingerprint,
}

impl<'a> Pin<'a> {
    pub(super) fn new(settings: &'a Settings, context: &'a RunContext, fingerprint: Fingerprint) -> Self {
        Self { settings, context, fingerprint }
    }

    /// The endpoint of the user's own file, if the call is for one.
    fn endpoint(&self) -> Option<(&'a str, &'a str)> {
        let (environment, endpoint) = self.settings.configured()?;
        let config = Config::load(&self.context.environment).ok()?;
        config.environment(environment)?.endpoint(endpoint)?;
        Some((environment, endpoint))
    }

    /// The command that keeps it.
    pub(super) fn command(&self) -> String {
        let Self { settings, fingerprint, .. } = self;
        if let Some((environment, endpoint)) = self.endpoint() {
            return format!("hac endpoint update {environment} {endpoint} --pin {fingerprint}");
        }
        if let Some((environment, endpoint)) = settings.configured() {
            return format!("set pin = \"{fingerprint}\" in [environments.{environment}.endpoints.{endpoint}]");
        }
        let name = settings.typed_environment().unwrap_or("NAME");
        let url = settings.url_given().map_or("URL", |url| url.value.as_str());
        format!("hac session start {name} --url {url} --pin {fingerprint} --save")
    }

    /// Asks on the terminal whether to write it, where there is one and a place for it; returns whether it was written.
    pub(super) fn offer(&self, what: &str, talk: &Talk) -> Result<bool> {
        let Some((environment, endpoint)) = self.endpoint() else { return Ok(false) };
        if self.settings.json || !self.context.terminals.can_ask() {
            return Ok(false);
        }
        let question = format!(
            "{what}\nCompare the fingerprint with what the operator of the server says. Trust only this certificate, as the pin of \
             {environment}/{endpoint}? [y/N] "
        );
        if !talk.confirm(&question) {
            return Ok(false);
        }
        config::pin(environment, endpoint, self.fingerprint, self.context)?;
        Ok(true)
    }
}
