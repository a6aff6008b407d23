//! What `hac env add` takes without a URL: what the variables name, or the session of that name.

use hac_client::Result;

use super::entry::{typed, used_from_surroundings};
use crate::config::Change;
use crate::connection::servers_of;
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
        let sessions = servers_of(settings, &label);
        let Some((url, username)) = sessions.first() else { return Ok(None) };
        if let Some((other, _)) = sessions.iter().find(|(other, _)| other != url) {
            return Err(usage(
                &format!("add the environment '{environment}'"),
                format!("'{label}' has cached sessions on {url} and on {other}"),
                format!("choose one: hac env add {} --url {url}", os::quoted(environment)),
            ));
        }
        let mut changes = vec![("url", Some(url.as_str().into()))];
        let is_one = sessions.iter().all(|(_, other)| other == username);
        let told = if is_one && !user.is_some_and(Setting::is_explicit) {
            changes.push(("username", Some(username.as_str().into())));
            format!("the URL {url} and the username {username} are those of the session '{label}'")
        } else {
            format!("the URL {url} is that of the session '{label}'")
        };
        changes.extend(typed);
        Ok(Some(Self { changes, told }))
    }
}
