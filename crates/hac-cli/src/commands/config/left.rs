//! Sessions that stay cached, and alive on the server, when their entry goes.

use hac_client::session::{LastKnown, SessionMetadata};

use super::entry::{ignores_certificates, url_of};
use crate::config::{EndpointConfig, EnvironmentConfig};
use crate::connection::manager;
use crate::job::Job;
use crate::os;

/// The sessions of an entry, found before it goes.
pub(super) struct Left(Vec<(SessionMetadata, String)>);

impl Left {
    /// Those of all endpoints.
    pub(super) fn of_environment(job: &Job<'_>, environment: &EnvironmentConfig) -> Self {
        Self::of(job, environment, |_| true)
    }

    pub(super) fn of_endpoint(job: &Job<'_>, environment: &EnvironmentConfig, endpoint: &str) -> Self {
        Self::of(job, environment, |its| its.name == endpoint)
    }

    fn of(job: &Job<'_>, environment: &EnvironmentConfig, is_meant: impl Fn(&EndpointConfig) -> bool) -> Self {
        let Ok(manager) = manager(job.settings) else { return Self(Vec::new()) };
        let mut sessions = manager.list_sessions().unwrap_or_default();
        sessions.retain(|session| !matches!(manager.last_known(session), Ok(LastKnown::EndedAt(_))));
        let endpoint_of = |session: &SessionMetadata| {
            let label = |its: &EndpointConfig| format!("{}/{}", environment.name, its.name);
            let is_of =
                |its: &EndpointConfig| session.environment == environment.name || session.environment == label(its);
            let is_there = |its: &EndpointConfig| url_of(its).trim_end_matches('/') == session.base_url;
            environment.endpoints.iter().find(|its| is_of(its) && is_there(its))
        };
        let left = sessions.into_iter().filter_map(|session| {
            let endpoint = endpoint_of(&session).filter(|its| is_meant(its))?;
            let trust = trust(endpoint);
            Some((session, trust))
        });
        Self(left.collect())
    }

    /// Says how to end them.
    pub(super) fn tell(&self, job: &mut Job<'_>) {
        job.printer.data.flush();
        for (session, trust) in &self.0 {
            let SessionMetadata { environment: label, username, base_url, .. } = session;
            let name = os::quoted(&format!("{label}:{username}@{base_url}"));
            job.printer.talk.note(&format!(
                "the session for '{label}' is still cached, and may be alive: `hac session end {name}{trust}` ends it"
            ));
        }
    }
}

/// The flags that trust the server, which no entry does any more.
fn trust(endpoint: &EndpointConfig) -> String {
    match (&endpoint.pin, &endpoint.cacert) {
        (Some(pin), _) => format!(" --pin {}", pin.value),
        (None, Some(file)) => format!(" --cacert {}", os::quoted(&file.value.display().to_string())),
        (None, None) if ignores_certificates(endpoint) => " --ignore-ssl".to_owned(),
        (None, None) => String::new(),
    }
}
