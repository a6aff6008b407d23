//! `hac wait`: looks at the server again and again, until it is as it should be.

use std::time::Duration;

use hac_client::platform::UpdateStatus;
use hac_client::{Error, ErrorKind, HacClient, Result};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use crate::args::{Goal, WaitArgs};
use crate::connection::{Connection, Key, connect_without_password};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::settings::Settings;

/// How long to wait in all, if nobody says.
const LIMIT: Duration = Duration::from_secs(600);

/// How long one look may take, and how long it may take in any case, even if the wait is over then.
const LOOK: Duration = Duration::from_secs(30);
const LAST_LOOK: Duration = Duration::from_secs(10);

/// What `wait` says as JSON.
#[derive(Serialize)]
struct WaitJson<'a> {
    success: bool,
    url: &'a str,
    until: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    node: Option<&'a str>,
    waited_seconds: f64,
}

/// What a look at the server showed.
enum Seen {
    Reached,
    /// It answers, but is not as it should be.
    NotYet(String),
    /// It does not answer as it should; this may pass.
    Failed(Error),
}

pub(crate) async fn run(job: Job<'_>, args: &WaitArgs) -> CommandResult {
    let doing = "wait for the server";
    let goal =
        args.goal().map_err(|why| usage(doing, why, "hac wait --until up, --until idle, or --until node NODE"))?;
    let Connection { client, host, .. } = connect(&job, job.settings, &goal)?;
    let anywhere = match goal {
        Goal::Node(_) => Some(connect(&job, &job.settings.at_any_node(), &goal)?.client),
        Goal::Up | Goal::Idle => None,
    };
    let Job { settings, printer, .. } = job;
    let limit = settings.limit_of_a_wait(LIMIT);
    let (began, interval) = (Instant::now(), Duration::from_secs_f64(args.interval));
    let left = || limit.map(|limit| limit.saturating_sub(began.elapsed()));
    let mut told = String::new();
    loop {
        let seen =
            look(&client, anywhere.as_ref(), &goal, left().map_or(LOOK, |left| left.clamp(LAST_LOOK, LOOK))).await?;
        let (failure, state) = match seen {
            Seen::Reached => break,
            Seen::NotYet(state) => (None, state),
            Seen::Failed(error) => (Some(error.clone()), error.why().to_owned()),
        };
        if left().is_some_and(|left| left.is_zero()) {
            return Err(too_late(&goal, &host, limit.unwrap_or_default(), &state, failure).into());
        }
        if state != told {
            printer.talk.say(&format!("{host}: {state}"));
            told = state;
        }
        sleep(left().map_or(interval, |left| left.min(interval))).await;
    }
    let waited = began.elapsed().as_secs_f64();
    if settings.json {
        let (until, node) = match &goal {
            Goal::Up => ("up", None),
            Goal::Idle => ("idle", None),
            Goal::Node(node) => ("node", Some(node.as_str())),
        };
        printer.data.json(&WaitJson { success: true, url: client.base_url(), until, node, waited_seconds: waited });
    } else if !settings.volume.quiet {
        let state = match &goal {
            Goal::Node(node) => format!("node {node} of {host} is up"),
            goal => format!("{host} is {goal}"),
        };
        printer.data.line(&state);
    }
    Ok(Outcome::Done(Effect::Read))
}

/// A client; only whoever wants to know of updates needs credentials.
fn connect(job: &Job<'_>, settings: &Settings, goal: &Goal) -> Result<Connection> {
    if *goal == Goal::Idle {
        return job.connect();
    }
    let username = settings.username_given().map_or_else(String::new, |name| name.value.clone());
    let key = Key { base_url: settings.base_url()?.as_str().to_owned(), username, label: settings.label() };
    connect_without_password(settings, job.context, &job.printer.talk, &key)
}

/// Looks once; `anywhere` is a client that asks for no node. An error is one that does not pass by waiting.
async fn look(client: &HacClient, anywhere: Option<&HacClient>, goal: &Goal, limit: Duration) -> Result<Seen> {
    let looking = async {
        match goal {
            Goal::Up => client.find_hac().await.map(|_| Seen::Reached),
            Goal::Idle => client.update_status().await.map(|status| match status {
                UpdateStatus::Idle => Seen::Reached,
                _ => Seen::NotYet("an update or an initialisation is running".to_owned()),
            }),
            Goal::Node(node) => match client.find_hac().await?.node {
                Some(other) if other.trim_start_matches('.') != node.trim_start_matches('.') => {
                    Ok(Seen::NotYet(format!("the load balancer leads to {other}, not to {node}")))
                }
                _ => found_at_node(anywhere, node).await,
            },
        }
    };
    match timeout(limit, looking).await {
        Ok(Ok(seen)) => Ok(seen),
        Ok(Err(error)) if error.kind() == ErrorKind::Initializing && *goal == Goal::Up => Ok(Seen::Reached),
        Ok(Err(error)) if error.kind() == ErrorKind::Initializing => {
            Ok(Seen::NotYet("an update or an initialisation is running".to_owned()))
        }
        Ok(Err(error)) if may_pass(error.kind()) => Ok(Seen::Failed(error)),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(Seen::NotYet("no answer in time".to_owned())),
    }
}

/// A balancer does not send the cookie again that it was sent, and a server without one ignores it: they differ for whoever sends none.
async fn found_at_node(anywhere: Option<&HacClient>, node: &str) -> Result<Seen> {
    if let Some(anywhere) = anywhere {
        let found = anywhere.find_hac().await?;
        if found.node.is_none() {
            return Err(usage(
                &format!("wait for node {node}"),
                "this server names no nodes: it sends no cookie ROUTE",
                "use the URL of the load balancer; for a server that stands alone, hac wait --until up",
            ));
        }
    }
    Ok(Seen::Reached)
}

/// Whether a server that starts may answer so for a while.
fn may_pass(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Connect
            | ErrorKind::ConnectionLost
            | ErrorKind::NotHac
            | ErrorKind::Protocol
            | ErrorKind::Rejected
            | ErrorKind::Timeout
    )
}

/// The limit has passed. If the server could not be reached last, that is the error.
fn too_late(goal: &Goal, host: &str, limit: Duration, state: &str, failure: Option<Error>) -> Error {
    let doing = match goal {
        Goal::Node(node) => format!("wait for node {node} of {host}"),
        goal => format!("wait until {host} is {goal}"),
    };
    let kind = failure.as_ref().map_or(ErrorKind::Timeout, |error| match error.kind() {
        ErrorKind::Rejected => ErrorKind::Timeout,
        kind => kind,
    });
    let late = Error::new(kind, doing).because(format!("after {} s: {state}", limit.as_secs_f64()));
    match failure.and_then(|error| error.hint().cloned()) {
        Some(hint) => late.with_hint(hint),
        None => late.with_hint("wait longer with --timeout SECONDS, or look at the server's log"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_starting_server_may_say_is_waited_out_and_nothing_else_is() {
        let lasting: Vec<&str> =
            ErrorKind::ALL.iter().filter(|kind| !may_pass(**kind)).map(|kind| kind.code()).collect();
        for kind in ["usage", "config", "tls", "bad_credentials", "forbidden", "session_ended", "protected", "cache"] {
            assert!(lasting.contains(&kind), "{kind}");
        }
        assert_eq!(lasting.len(), ErrorKind::ALL.len() - 6);
    }

    #[test]
    fn the_last_look_decides_what_is_told_at_the_limit() {
        let late = |failure: Option<ErrorKind>| {
            let failure = failure.map(|kind| Error::new(kind, "find HAC").because("why").with_hint("a hint"));
            too_late(&Goal::Idle, "https://h", Duration::from_secs(9), "the state", failure)
        };
        assert_eq!(late(None).kind(), ErrorKind::Timeout);
        assert_eq!(late(None).to_string(), "cannot wait until https://h is idle: after 9 s: the state");
        assert_eq!(late(Some(ErrorKind::Connect)).kind(), ErrorKind::Connect);
        assert_eq!(late(Some(ErrorKind::Rejected)).kind(), ErrorKind::Timeout);
        assert_eq!(late(Some(ErrorKind::NotHac)).hint().map(ToString::to_string).as_deref(), Some("a hint"));
    }
}
