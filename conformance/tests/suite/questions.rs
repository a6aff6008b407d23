//! Questions that two clients are asked on the same servers, for the table in `docs/compatibility.md`.
//!
//! A finding is said in a few words that are the same in each run: there are no times in it, and no number that chance decides.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::balancer::{Front, TOO_LONG};
use crate::nodes::{number, runs, write};
use crate::peer::{Client, Kept, Outcome, Target, Who};
use crate::server::{Counts, Place, Server};

pub(crate) struct Question {
    /// As the table has it.
    pub(crate) text: &'static str,
    pub(crate) place: Place,
    pub(crate) ask: fn(Arc<Server>, Who) -> Asking,
}

type Asking = Pin<Box<dyn Future<Output = String> + Send>>;

macro_rules! questions {
    ($($place:ident $ask:ident $text:literal),+ $(,)?) => {
        &[$(Question { text: $text, place: Place::$place, ask: |server, who| Box::pin($ask(server, who)) }),+]
    };
}

/// A small write.
const ANSWER: &str = "return 6 * 7";

pub(crate) const QUESTIONS: &[Question] = questions![
    Usual cold "The first call, without a session",
    Usual warm "The next call",
    Usual stored_session "The first call, with a stored session",
    Usual stored_session_and_query "A query, with a stored session",
    Usual changed_token "A call after the token changed, then another call",
    Usual ended_session "A call after the session ended, then another call",
    Usual wrong_password "Two calls with a wrong password",
    Usual many_calls "32 calls at once on one session",
    Usual many_cold_calls "32 calls at once without a session",
    Usual large_form "A script of 1.9 MB",
    Usual too_large_form "A script of 5 MB, more than the server accepts",
    Elsewhere at_the_root "A HAC at the root, without a configured path",
    Balanced node_taken_out "A call after its node was taken out, then another call",
    Balanced impatient "A write that exceeds the balancer's time limit, then another call",
    Balanced tls_in_front "The first call, with TLS terminated in the balancer",
    Balanced killed_in_the_air "A node is killed while it runs a write, then another call",
];

/// `answered`, or the name of the error.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Ok(_) => "answered".to_owned(),
        Err(name) => format!("`{name}`"),
    }
}

fn then(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(told).collect::<Vec<_>>().join(", then ")
}

fn some(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn ran(times: usize) -> &'static str {
    match times {
        0 => "not run",
        1 => "run once",
        _ => TOO_OFTEN,
    }
}

/// What should be in no finding.
pub(crate) const TOO_OFTEN: &str = "RUN TOO OFTEN";

/// Says so, where more was run than was asked for.
fn no_more_than(asked: usize, counts: &Counts) -> String {
    if counts.executed > asked { format!(", {TOO_OFTEN}") } else { String::new() }
}

async fn client(server: &Server, who: &Who) -> Client {
    who.client(&target(&server.url)).await
}

fn target(url: &str) -> Target {
    Target { url: url.to_owned(), password: "nimda", kept: None }
}

/// A client that has made a call.
async fn warmed(server: &Server, who: &Who) -> Client {
    let client = client(server, who).await;
    client.run(ANSWER).await.expect("a first call that works");
    client
}

async fn since(server: &Server, before: &Counts) -> Counts {
    server.counts().await.since(before)
}

async fn cold(server: Arc<Server>, who: Who) -> String {
    let before = server.counts().await;
    let outcome = client(&server, &who).await.run(ANSWER).await;
    let counts = since(&server, &before).await;
    format!("{}, {}, {}", told(&outcome), some(counts.requests.len(), "request"), ran(counts.executed))
}

async fn warm(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    let before = server.counts().await;
    let outcome = client.run(ANSWER).await;
    let counts = since(&server, &before).await;
    format!("{}, {}, {}", told(&outcome), some(counts.requests.len(), "request"), ran(counts.executed))
}

/// A target whose session was stored by a client that is gone.
async fn visited(server: &Server, who: &Who) -> Target {
    let target = Target { kept: Some(Kept::anywhere()), ..target(&server.url) };
    who.client(&target).await.run(ANSWER).await.expect("a first call that works");
    target
}

async fn stored_session(server: Arc<Server>, who: Who) -> String {
    let target = visited(&server, &who).await;
    let client = who.client(&target).await;
    let before = server.counts().await;
    let outcome = client.run(ANSWER).await;
    let counts = since(&server, &before).await;
    format!("{}, {}, {}", told(&outcome), some(counts.requests.len(), "request"), some(counts.logins, "login"))
}

async fn stored_session_and_query(server: Arc<Server>, who: Who) -> String {
    let target = visited(&server, &who).await;
    told(&who.client(&target).await.query("SELECT {pk} FROM {Product}").await)
}

async fn changed_token(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    server.rotate_tokens().await;
    twice(&server, &client).await
}

async fn ended_session(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    server.expire_sessions().await;
    twice(&server, &client).await
}

async fn twice(server: &Server, client: &Client) -> String {
    let before = server.counts().await;
    let outcomes = [client.run(ANSWER).await, client.run(ANSWER).await];
    let counts = since(server, &before).await;
    format!("{}, {}{}", then(&outcomes), some(counts.logins, "login"), no_more_than(2, &counts))
}

async fn wrong_password(server: Arc<Server>, who: Who) -> String {
    let before = server.counts().await;
    let client = who.client(&Target { password: "wrong", ..target(&server.url) }).await;
    let outcomes = [client.run(ANSWER).await, client.run(ANSWER).await];
    let counts = since(&server, &before).await;
    format!("{}, posted {}", then(&outcomes), ["never", "once", "twice"][counts.login_posts()])
}

async fn many_calls(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    at_once(&server, &client).await
}

async fn many_cold_calls(server: Arc<Server>, who: Who) -> String {
    // Twice, for what goes wrong by chance only.
    let first = at_once(&server, &client(&server, &who).await).await;
    let second = at_once(&server, &client(&server, &who).await).await;
    if second.starts_with(SOME_FAILED) { second } else { first }
}

const SOME_FAILED: &str = "some failed";

async fn at_once(server: &Server, client: &Client) -> String {
    let before = server.counts().await;
    let outcomes = client.run_at_once(ANSWER, 32).await;
    let counts = since(server, &before).await;
    // Which of them, and after how many logins, is chance.
    if outcomes.iter().any(Result::is_err) {
        return format!("{SOME_FAILED}{}", no_more_than(32, &counts));
    }
    let logins = match counts.logins {
        0 => "no login",
        1 => "1 login",
        _ => "several logins",
    };
    format!("all answered, {logins}{}", no_more_than(32, &counts))
}

fn script_of(bytes: usize) -> String {
    format!("/*{}*/ {ANSWER}", "x".repeat(bytes))
}

async fn large_form(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    let before = server.counts().await;
    let outcome = client.run(&script_of(1_900_000)).await;
    format!("{}, {}", told(&outcome), ran(since(&server, &before).await.executed))
}

async fn too_large_form(server: Arc<Server>, who: Who) -> String {
    let client = warmed(&server, &who).await;
    let before = server.counts().await;
    // Tomcat may hang up before its 400 is read, so which error it is, is chance.
    let told = if client.run(&script_of(5_000_000)).await.is_ok() { "answered" } else { "an error" };
    format!("{told}, {}", ran(since(&server, &before).await.executed))
}

async fn at_the_root(server: Arc<Server>, who: Who) -> String {
    told(&client(&server, &who).await.run(ANSWER).await)
}

/// Where the session of a client is.
async fn home(client: &Client) -> String {
    client.run("return System.getProperty('conformance.node')").await.expect("the name of a node")
}

async fn node_taken_out(server: Arc<Server>, who: Who) -> String {
    let client = client(&server, &who).await;
    let home = number(&home(&client).await);
    server.cluster().balancer.take_out(home);
    then(&[client.run(ANSWER).await, client.run(ANSWER).await])
}

async fn killed_in_the_air(server: Arc<Server>, who: Who) -> String {
    let (client, note) = (client(&server, &who).await, note("in-the-air", &who));
    let home = home(&client).await;
    let script = write(&server, &note, "Thread.sleep(25_000)");
    let killing = {
        let (server, note, home) = (Arc::clone(&server), note.clone(), home.clone());
        async move {
            let began = Instant::now();
            while runs(&server, &note) == 0 {
                assert!(began.elapsed() < Duration::from_secs(60), "it does not begin");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            server.node(number(&home)).kill();
            server.cluster().balancer.miss(number(&home));
        }
    };
    let (outcome, ()) = tokio::join!(client.run(&script), killing);
    // Whether a dying connection ends in a 502 or without a word, is chance.
    let outcome = outcome.map_err(|name| name.split(" (").next().unwrap_or_default().to_owned());
    let outcomes = [outcome, client.run(ANSWER).await];
    format!("{}, {}", then(&outcomes), ran(runs(&server, &note)))
}

async fn impatient(server: Arc<Server>, who: Who) -> String {
    let client = who.client(&target(&server.cluster().balancer.url(Front::Impatient))).await;
    client.run(ANSWER).await.expect("a first call that works");
    let note = note("impatient", &who);
    let outcome = client.run(&write(&server, &note, &format!("Thread.sleep({})", TOO_LONG.as_millis()))).await;
    let outcomes = [outcome, client.run(ANSWER).await];
    format!("{}, {}", then(&outcomes), ran(runs(&server, &note)))
}

fn note(what: &str, who: &Who) -> String {
    format!("{what}-{}", if matches!(who, Who::Ours) { "ours" } else { "theirs" })
}

async fn tls_in_front(server: Arc<Server>, who: Who) -> String {
    told(&who.client(&target(&server.cluster().balancer.url(Front::Tls))).await.run(ANSWER).await)
}
