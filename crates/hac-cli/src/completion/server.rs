//! Names that only the server knows, asked with the cached session: one request, a second at most, and never a login.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args as _, FromArgMatches as _};
use hac_client::session::SessionMetadata;

use super::Candidate;
use super::configured::files;
use super::place::Place;
use crate::args::{GlobalArgs, Output};
use crate::connection::{self, Key};
use crate::context::RunContext;
use crate::printer::Talk;
use crate::settings::Settings;

/// A person waits for it in the middle of a line.
const LIMIT: Duration = Duration::from_secs(1);

/// What can be listed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listed {
    Loggers,
    Properties,
    Types,
}

/// The names on the server; none if it does not answer in time or the session has ended.
pub(super) fn names(listed: Listed, place: &Place<'_>, context: &RunContext) -> Vec<Candidate> {
    asked(listed, place, context).unwrap_or_default().into_iter().map(Candidate::new).collect()
}

fn asked(listed: Listed, place: &Place<'_>, context: &RunContext) -> Option<Vec<String>> {
    let settings = settings(place, context)?;
    let key = stored(&settings)?;
    let connection = connection::connect_without_password(&settings, context, &Talk::silent(), &key).ok()?;
    let client = &connection.client;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let answer = runtime.block_on(async {
        tokio::time::timeout(LIMIT, async {
            Some(match listed {
                Listed::Loggers => client.loggers().await.ok()?.into_iter().map(|logger| logger.name).collect(),
                Listed::Properties => {
                    client.properties().await.ok()?.into_iter().map(|property| property.key).collect()
                }
                Listed::Types => client.types().await.ok()?,
            })
        })
        .await
    });
    runtime.shutdown_background();
    answer.ok()?
}

/// The labels of the stored sessions.
pub(super) fn labels(place: &Place<'_>, context: &RunContext) -> Vec<Candidate> {
    let sessions = settings(place, context).and_then(|settings| sessions(&settings)).unwrap_or_default();
    sessions.into_iter().map(|session| Candidate::new(session.environment).meaning(session.base_url)).collect()
}

fn sessions(settings: &Settings) -> Option<Vec<SessionMetadata>> {
    connection::manager(settings).ok()?.list_sessions().ok()
}

/// The session that the command would use.
fn stored(settings: &Settings) -> Option<Key> {
    let url = settings.base_url().ok()?;
    let (label, username) = (settings.label(), settings.username_given().map(|name| name.value.clone()));
    let mut found = sessions(settings)?;
    found.retain(|session| {
        let is_users = username.as_ref().is_none_or(|name| name.is_empty() || *name == session.username);
        session.is_authenticated && session.environment == label && session.base_url == url.as_str() && is_users
    });
    match <[SessionMetadata; 1]>::try_from(found) {
        Ok([only]) => Some(Key { base_url: only.base_url, username: only.username, label }),
        Err(_) => None,
    }
}

/// What the flags on the line, the variables and the configuration say.
fn settings(place: &Place<'_>, context: &RunContext) -> Option<Settings> {
    let mut flags: Vec<OsString> = Vec::new();
    for (argument, value) in place.given.iter().filter(|(argument, _)| argument.is_global_set()) {
        let Some(long) = argument.get_long().filter(|long| !long.starts_with("password")) else { continue };
        flags.push(value.as_ref().map_or_else(|| format!("--{long}"), |value| format!("--{long}={value}")).into());
    }
    let parser = GlobalArgs::augment_args(clap::Command::new("hac").no_binary_name(true));
    let args = GlobalArgs::from_arg_matches(&parser.try_get_matches_from(flags).ok()?).ok()?;
    Settings::new(args, None, Output::default(), &files(context), context).ok()
}
