//! What `hac env add` takes without a URL: what the variables name, or the session of that name.

use hac_client::Result;
use hac_client::tls::Trust;

use super::entry::{trusted, typed, used_from_surroundings};
use crate::config::Change;
use crate::connection::manager;
use crate::diagnostics::usage;
use crate::job::Job;
use crate::os;
use crate::settings::Setting;

/// An endpoint that was just used.
pub(super) struct Taken {
    pub(super) changes: Vec<Change>,
    /// What was taken, and from where.
    pub(super) told: String,
}

impl Taken {
    /// The server that was just used; `None` if there is none. Flags go before it.
    pub(super) fn find(job: &Job<'_>, environment: &str) -> Result<Option<Self>> {
        let settings = job.settings;
        let typed = typed(settings)?;
        let user = settings.username_given().filter(|name| !name.value.is_empty());
        if let Some(url) = settings.url_given().filter(|url| url.is_of_a_variable()) {
            let changes = used_from_surroundings(settings)?;
            let told = format!("the URL {} is that of {}", settings.base_url()?, url.origin);
            let told = match user.filter(|user| user.is_of_a_variable()) {
                Some(user) => format!("{told}, the username {} that of {}", user.value, user.origin),
                None => told,
            };
            return Ok(Some(Self { changes, told }));
        }
        if settings.no_cache {
            return Ok(None);
        }
        let label = match settings.typed_endpoint() {
            Some(endpoint) => format!("{environment}/{endpoint}"),
            None => environment.to_owned(),
        };
        let manager = manager(settings)?;
        let mut sessions = manager.list_sessions()?;
        sessions.retain(|session| session.environment == label);
        let Some(last) = sessions.first() else { return Ok(None) };
        let (url, username) = (&last.base_url, &last.username);
        if let Some(other) = sessions.iter().find(|other| other.base_url != *url) {
            return Err(usage(
                &format!("add the environment '{environment}'"),
                format!("'{label}' has cached sessions on {url} and on {}", other.base_url),
                format!("choose one: hac env add {} --url {url}", os::quoted(environment)),
            ));
        }
        let mut changes = vec![("url", Some(url.as_str().into()))];
        let is_one = sessions.iter().all(|other| other.username == *username);
        let mut told = if is_one && !user.is_some_and(Setting::is_explicit) {
            changes.push(("username", Some(username.as_str().into())));
            format!("the URL {url} and the username {username} are those of the session '{label}'")
        } else {
            format!("the URL {url} is that of the session '{label}'")
        };
        if !settings.trust.is_explicit()
            && let Some(trust) = manager.trust(last)?
        {
            changes.extend(trusted(&trust)?);
            told.push_str(match trust {
                Trust::Nothing => ", which trusted any certificate: so does the environment",
                Trust::Pin(_) => ", and so is the pin of its certificate",
                _ => ", and so is the file with its certificates",
            });
        }
        changes.extend(typed);
        Ok(Some(Self { changes, told }))
    }
}
