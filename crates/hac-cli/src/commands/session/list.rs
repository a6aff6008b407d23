//! `hac session list`: the sessions of this machine.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use hac_client::session::{LastKnown, SessionMetadata, SessionState};
use hac_client::{HacClient, Result};
use serde::Serialize;
use tokio::task::JoinSet;

use super::stored::{SessionJson, duration, time, utc};
use crate::args::{GlobalArgs, Output, RowFormat, SessionListArgs};
use crate::config::Config;
use crate::connection::{Key, connect_without_password, manager};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::{InPipe, Listing, Picked};
use crate::settings::Settings;

/// What is known of a session on its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Alive,
    Dead,
    Unknown,
}

/// A state, and when it was found out; `None` for just now.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    state: State,
    at: Option<f64>,
}

impl Known {
    const NOTHING: Self = Self { state: State::Unknown, at: None };

    /// What the record of its last answer says.
    fn of(known: LastKnown) -> Self {
        match known {
            LastKnown::AliveAt(at) => Self { state: State::Alive, at: Some(at) },
            LastKnown::EndedAt(at) => Self { state: State::Dead, at: Some(at) },
            _ => Self::NOTHING,
        }
    }

    fn text(self) -> String {
        match (self.state, self.at) {
            (State::Alive, None) => "alive".to_owned(),
            (State::Alive, Some(at)) => format!("alive at {}", time(at)),
            (State::Dead, None) => "dead".to_owned(),
            (State::Dead, Some(at)) => format!("dead at {}", time(at)),
            (State::Unknown, _) => "unknown".to_owned(),
        }
    }
}

/// What is known of a session, with the keys of hac-client-cli.
const FIELDS: [&str; 13] = [
    "environment",
    "url",
    "username",
    "session_id",
    "created_at",
    "last_used_at",
    "age_seconds",
    "idle_seconds",
    "is_authenticated",
    "created_at_utc",
    "last_used_at_utc",
    "state",
    "state_at",
];

/// What a table shows where not all columns fit the terminal, the widest first.
const NARROWER: [&[&str]; 3] = [
    &["environment", "username", "url", "idle", "state"],
    &["environment", "username", "url", "state"],
    &["environment", "url", "state"],
];

/// A session of the list.
#[derive(Serialize)]
struct ListedJson {
    #[serde(flatten)]
    session: SessionJson,
    state: State,
    /// When that was found out: now with `--check`, else with the last answer of the server. Null if nothing is known.
    state_at: Option<String>,
}

pub(super) async fn list(job: Job<'_>, args: &SessionListArgs) -> CommandResult {
    let mut sessions = manager(job.settings)?.list_sessions()?;
    sessions.retain(|session| is_meant(session, job.settings));
    let states = if args.check { ask(&job, &sessions).await? } else { recorded(&job, &sessions) };
    let Job { settings, printer, .. } = job;
    let wants_names = settings.output.wants_names(settings.volume.quiet);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    let listed: Vec<ListedJson> = sessions
        .iter()
        .zip(&states)
        .map(|(session, known)| ListedJson {
            session: SessionJson::new(session, false, false),
            state: known.state,
            state_at: (known.state != State::Unknown).then(|| utc(known.at.unwrap_or(now))),
        })
        .collect();
    if wants_names {
        for name in names(&sessions) {
            printer.data.line(&name);
        }
    } else if settings.output.is(RowFormat::Json) {
        printer.data.json_whole(&Picked::of(&listed, &settings.output.columns)?);
    } else if sessions.is_empty() && !settings.output.is_for_programs() {
        // A name that no session has is no failure: one that has ended is the usual reason.
        match settings.has_typed_label().then(|| settings.label()) {
            Some(label) => printer.talk.say(&format!("No active session for environment '{label}'")),
            None if settings.has_typed_target() => printer.talk.say("No active session for this URL and user"),
            None => printer.talk.say("No active sessions"),
        }
        printer.talk.say("\nCreate a session: hac login ENVIRONMENT --url URL --username USER");
    } else {
        let mut for_people = Listing::new(&["environment", "username", "url", "age", "idle", "state"]);
        for (session, state) in sessions.iter().zip(&states) {
            for_people.push(row(session, *state));
        }
        for columns in NARROWER {
            let narrower = for_people.clone().usually(columns);
            for_people = for_people.or_narrower(narrower);
        }
        for_people = for_people.whole();
        let in_pipe = InPipe::Columns(&["ENVIRONMENT", "USERNAME", "URL", "AGE", "IDLE", "STATE"]);
        Listing::of_records(&FIELDS, &listed).print_compatibly(&for_people, in_pipe, settings, printer)?;
    }
    Ok(Outcome::Done(if args.check { Effect::Read } else { Effect::None }))
}

fn row(session: &SessionMetadata, known: Known) -> [String; 6] {
    [
        session.environment.clone(),
        session.username.clone(),
        session.base_url.clone(),
        duration(session.age_seconds()),
        duration(session.idle_seconds()),
        known.text(),
    ]
}

/// Whether it is one of those that the flags name.
fn is_meant(session: &SessionMetadata, settings: &Settings) -> bool {
    let label = settings.label();
    let of_the_environment =
        session.environment.strip_prefix(&label).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let url = settings.url_given().filter(|url| url.is_explicit());
    let user = settings.username_given().filter(|user| user.is_explicit());
    (!settings.has_typed_label() || of_the_environment)
        && url.is_none_or(|url| url.value.trim_end_matches('/') == session.base_url)
        && user.is_none_or(|user| user.value == session.username)
}

/// One name for each, by which the other commands find it: the label, and where that is not enough, whose it is and where.
fn names(sessions: &[SessionMetadata]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for session in sessions {
        *count.entry(&session.environment).or_default() += 1;
    }
    let name = |session: &SessionMetadata| match count.get(session.environment.as_str()) {
        Some(1) => session.environment.clone(),
        _ => super::full_name(session),
    };
    sessions.iter().map(name).collect()
}

/// What the files say of the sessions. No server is asked.
fn recorded(job: &Job<'_>, sessions: &[SessionMetadata]) -> Vec<Known> {
    let Ok(manager) = manager(job.settings) else { return vec![Known::NOTHING; sessions.len()] };
    let known = |session| manager.last_known(session).map_or(Known::NOTHING, Known::of);
    sessions.iter().map(known).collect()
}

/// Asks all servers at once, each session with the trust that the configuration has for it.
async fn ask(job: &Job<'_>, sessions: &[SessionMetadata]) -> Result<Vec<Known>> {
    let files = Config::all(&job.context.environment, job.context.directory.as_deref())?;
    let mut asked = JoinSet::new();
    for (at, session) in sessions.iter().enumerate() {
        match client(job, session, &files) {
            Ok(client) => {
                asked.spawn(async move { (at, client.check().await) });
            }
            Err(error) => job.printer.talk.detail(&format!("{}: {error}", super::full_name(session))),
        }
    }
    let mut states = vec![Known::NOTHING; sessions.len()];
    while let Some(answer) = asked.join_next().await {
        let Ok((at, answer)) = answer else { continue };
        let state = match answer {
            Ok(SessionState::Alive | SessionState::AliveWithoutRight | SessionState::Initializing) => State::Alive,
            Ok(_) => State::Dead,
            Err(error) => {
                job.printer.talk.detail(&format!("{}: {error}", super::full_name(&sessions[at])));
                State::Unknown
            }
        };
        states[at] = Known { state, at: None };
    }
    Ok(states)
}

fn client(job: &Job<'_>, session: &SessionMetadata, files: &[Config]) -> Result<HacClient> {
    let args = GlobalArgs {
        url: Some(session.base_url.clone()),
        username: Some(session.username.clone()),
        cache_dir: job.settings.cache_dir().cloned(),
        ..GlobalArgs::default()
    };
    let mut settings = Settings::new(args, Some(&session.environment), Output::default(), files, job.context)?;
    settings.connect_like(job.settings);
    let key = Key {
        base_url: session.base_url.clone(),
        username: session.username.clone(),
        label: session.environment.clone(),
    };
    Ok(connect_without_password(&settings, job.context, &job.printer.talk, &key)?.client)
}
