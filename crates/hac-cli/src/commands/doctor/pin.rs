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
        config::PinPlace::of(self.settings, self.context).command(&self.fingerprint.to_string())
    }

    /// Asks on the terminal whether to write it, where there is one and a place for it; returns whether it was written.
    pub(super) fn offer(&self, what: &str, talk: &Talk) -> Result<bool> {
        let is_own = |its: &(&str, &str)| config::own_endpoint(*its, &self.context.environment);
        let Some((environment, endpoint)) = self.settings.configured().filter(is_own) else { return Ok(false) };
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
