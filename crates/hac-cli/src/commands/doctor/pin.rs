//! The pin of a certificate that is not trusted: written after a question, or the command that writes it.

use hac_client::Result;
use hac_client::tls::Fingerprint;

use crate::commands::config;
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

    /// The command that keeps it.
    pub(super) fn command(&self) -> String {
        let Self { settings, context, fingerprint } = self;
        if let Some((environment, endpoint)) = config::own_endpoint(settings, context) {
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
        let Some((environment, endpoint)) = config::own_endpoint(self.settings, self.context) else { return Ok(false) };
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
