//! How to trust a certificate by its fingerprint: the command that keeps it as the pin of the server of the call.

use super::entry::own_endpoint;
use crate::context::RunContext;
use crate::env::Environment;
use crate::os;
use crate::settings::Settings;

/// Where a pin would be kept.
pub(crate) struct PinPlace {
    environment: Environment,
    configured: Option<(String, String)>,
    typed: Option<String>,
    url: Option<String>,
}

impl PinPlace {
    pub(crate) fn of(settings: &Settings, context: &RunContext) -> Self {
        let owned = |(environment, endpoint): (&str, &str)| (environment.to_owned(), endpoint.to_owned());
        Self {
            environment: context.environment.clone(),
            configured: settings.configured().map(owned),
            typed: settings.typed_environment().map(str::to_owned),
            url: settings.url_given().map(|url| url.value.clone()),
        }
    }

    /// The command, or what to write into a file that no command changes.
    pub(crate) fn command(&self, fingerprint: &str) -> String {
        let Some((environment, endpoint)) = &self.configured else {
            let name = self.typed.as_deref().map_or_else(|| "NAME".to_owned(), os::quoted);
            let url = self.url.as_deref().map_or_else(|| "URL".to_owned(), os::quoted);
            return format!("hac session start {name} --url {url} --pin {fingerprint} --save");
        };
        if own_endpoint((environment, endpoint), &self.environment) {
            let (environment, endpoint) = (os::quoted(environment), os::quoted(endpoint));
            return format!("hac endpoint update {environment} {endpoint} --pin {fingerprint}");
        }
        format!("set pin = \"{fingerprint}\" in [environments.{environment}.endpoints.{endpoint}]")
    }
}
