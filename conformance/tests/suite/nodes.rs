//! Several nodes behind a balancer: a session lives on one of them, and any of them may go.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hac_client::{Commit, Error, ErrorKind, HacClient, Script};
use tokio::task::JoinSet;

use crate::balancer::route;
use crate::behaviours;
use crate::browser::Browser;
use crate::program;
use crate::server::Server;
use crate::wire::{expected, refusal};

pub(crate) const BEHAVIOURS: &[crate::Behaviour] = behaviours![Balanced:
    a_session_is_valid_on_its_node_only,
    new_sessions_are_spread_over_the_nodes,
    a_session_stays_on_its_node,
    concurrent_calls_stay_on_the_node_of_their_session,
    requests_reach_the_chosen_node,
    the_program_reaches_the_chosen_node,
    a_route_to_an_unknown_node_is_replaced_with_a_warning,
    a_drained_node_keeps_its_sessions_and_gets_no_new_ones,
    a_session_is_renewed_on_another_node_when_its_node_is_removed,
    a_session_is_renewed_when_its_node_was_restarted,
    writes_run_once_each_when_a_node_is_known_to_be_dead,
    writes_on_a_killed_node_run_at_most_once_each,
    a_write_on_a_killed_node_has_an_unknown_outcome_and_the_next_one_works,
    concurrent_writes_on_a_killed_node_run_at_most_once_each,
    without_a_node_the_error_has_a_hint_and_nothing_runs,
];

/// Runs a script and returns what it returns.
async fn run(server: &Server, client: &HacClient, script: &str) -> Result<String, Error> {
    let script = Script::new(server.expected.script_type, script).commit(Commit::Yes);
    let result = client.execute_script(script).await?;
    assert!(result.success(), "{result:?}");
    Ok(result.execution_result.unwrap_or_default())
}

/// Asks for the node that answers.
const WHERE: &str = "return System.getProperty('conformance.node')";

async fn node_of(server: &Server, client: &HacClient) -> String {
    run(server, client, WHERE).await.expect("the name of a node")
}

/// A write that leaves a line each time it runs, whatever becomes of its node, and says which node that was.
pub(crate) fn write(server: &Server, name: &str, then: &str) -> String {
    let note = server.cluster().notes.path().join(name);
    format!("new File('{}').append('ran\\n'); {then}; {WHERE}", note.display())
}

/// How often that write ran.
pub(crate) fn runs(server: &Server, name: &str) -> usize {
    fs::read_to_string(server.cluster().notes.path().join(name)).map_or(0, |text| text.lines().count())
}

pub(crate) fn number(node: &str) -> usize {
    node.strip_prefix("node").and_then(|number| number.parse().ok()).expect("the name of a node")
}

/// The other one.
fn other(node: &str) -> String {
    format!("node{}", 3 - number(node))
}

/// Kills the node and has it back; the balancer knows of both.
fn restart(server: &Server, node: &str) {
    server.node(number(node)).kill();
    server.cluster().balancer.miss(number(node));
    server.node(number(node)).start();
    server.cluster().balancer.put_back(number(node));
}

fn outcome_is_unknown(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("not sent again")), "{error:?}");
}

async fn a_session_is_valid_on_its_node_only(server: Arc<Server>) {
    let mut browser = Browser::at(&server);
    let token = browser.admin().await;
    assert_eq!(browser.run_script(&token).await.status, 200);
    let home = browser.cookies["ROUTE"].clone();
    let elsewhere = if home == route(1) { route(2) } else { route(1) };
    browser.cookies.insert("ROUTE".to_owned(), elsewhere);
    let session = browser.cookies["JSESSIONID"].clone();
    let refused = browser.run_script(&token).await;
    assert_eq!(refusal(&refused), expected(server.expected.bad_token));
    browser.cookies.insert("ROUTE".to_owned(), home);
    browser.cookies.insert("JSESSIONID".to_owned(), session);
    assert_eq!(browser.run_script(&token).await.status, 200);
}

async fn new_sessions_are_spread_over_the_nodes(server: Arc<Server>) {
    let mut nodes = Vec::new();
    for _ in 0..6 {
        nodes.push(node_of(&server, &server.admin()).await);
    }
    for node in ["node1", "node2"] {
        assert!(nodes.iter().any(|found| found == node), "{nodes:?}");
    }
}

async fn a_session_stays_on_its_node(server: Arc<Server>) {
    for _ in 0..2 {
        let client = server.admin();
        let home = node_of(&server, &client).await;
        let before = server.counts().await;
        for _ in 0..5 {
            assert_eq!(node_of(&server, &client).await, home);
        }
        let counts = server.counts().await.since(&before);
        assert_eq!((counts.executed, counts.logins, counts.requests.len()), (5, 0, 5), "{counts:?}");
    }
}

async fn concurrent_calls_stay_on_the_node_of_their_session(server: Arc<Server>) {
    let client = server.builder("admin", "nimda").session_persistence(false).max_in_flight(32).build();
    let client = client.expect("a client");
    let before = server.counts().await;
    let mut running = JoinSet::new();
    for _ in 0..32 {
        let (server, client) = (Arc::clone(&server), client.clone());
        running.spawn(async move { node_of(&server, &client).await });
    }
    let nodes = running.join_all().await;
    assert!(nodes.iter().all(|node| *node == nodes[0]), "{nodes:?}");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (32, 1), "{counts:?}");
}

async fn requests_reach_the_chosen_node(server: Arc<Server>) {
    for node in [1, 2, 1] {
        let builder = server.builder("admin", "nimda").session_persistence(false);
        let client = builder.route(route(node)).build().expect("a client");
        let before = server.counts().await;
        assert_eq!(node_of(&server, &client).await, format!("node{node}"));
        let counts = server.counts().await.since(&before);
        assert_eq!((counts.arrived[node - 1], counts.executed, counts.logins), (5, 1, 1), "{counts:?}");
        server.expire_sessions().await;
        assert_eq!(node_of(&server, &client).await, format!("node{node}"), "after a renewal");
    }
}

async fn the_program_reaches_the_chosen_node(server: Arc<Server>) {
    let home = tempfile::tempdir().expect("a directory");
    // The second time round, the session of the one must not be taken for the other.
    for node in ["node1", "node2", "node2", "node1"] {
        let arguments = ["--route", &route(number(node)), "groovy", "-q", WHERE];
        let ran = program::hac(&server.url, home.path(), &arguments).await;
        assert!(ran.ok && ran.stdout.contains(node) && ran.stderr.is_empty(), "{ran:?}");
    }
    let ran = program::hac(&server.url, home.path(), &["--route", ".gone", "groovy", WHERE]).await;
    assert!(ran.ok && ran.stderr.contains("did not use node .gone"), "{ran:?}");
}

async fn a_route_to_an_unknown_node_is_replaced_with_a_warning(server: Arc<Server>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&told);
    let builder = server.builder("admin", "nimda").session_persistence(false).route(".gone").on_notice(move |notice| {
        if notice.is_warning() {
            listener.lock().expect("no panic").push(notice.to_string());
        }
    });
    let client = builder.build().expect("a client");
    let before = server.counts().await;
    let home = node_of(&server, &client).await;
    assert_eq!(node_of(&server, &client).await, home);
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (2, 1), "{counts:?}");
    let told = told.lock().expect("no panic").join("\n");
    assert!(told.contains(".gone") && told.contains(&home), "{told}");
}

async fn a_drained_node_keeps_its_sessions_and_gets_no_new_ones(server: Arc<Server>) {
    let client = server.admin();
    let home = node_of(&server, &client).await;
    server.cluster().balancer.drain(number(&home));
    for _ in 0..3 {
        assert_eq!(node_of(&server, &server.admin()).await, other(&home));
        assert_eq!(node_of(&server, &client).await, home);
    }
}

async fn a_session_is_renewed_on_another_node_when_its_node_is_removed(server: Arc<Server>) {
    let client = server.admin();
    let home = node_of(&server, &client).await;
    server.cluster().balancer.take_out(number(&home));
    let before = server.counts().await;
    let answered = run(&server, &client, &write(&server, "taken-out", "")).await.expect("a result");
    assert_eq!((answered, runs(&server, "taken-out")), (other(&home), 1));
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins), (1, 1), "{counts:?}");
    server.cluster().balancer.put_back(number(&home));
    // Its session is on the other node now, and so is it.
    assert_eq!(node_of(&server, &client).await, other(&home));
}

async fn a_session_is_renewed_when_its_node_was_restarted(server: Arc<Server>) {
    let client = server.admin();
    let home = node_of(&server, &client).await;
    restart(&server, &home);
    let before = server.counts().await;
    run(&server, &client, &write(&server, "restarted", "")).await.expect("a result");
    let counts = server.counts().await.since(&before);
    assert_eq!((counts.executed, counts.logins, runs(&server, "restarted")), (1, 1, 1), "{counts:?}");
}

async fn writes_run_once_each_when_a_node_is_known_to_be_dead(server: Arc<Server>) {
    let client = server.admin();
    let home = node_of(&server, &client).await;
    let mut nodes = Vec::new();
    for at in 0..10 {
        if at == 4 {
            server.node(number(&home)).kill();
            server.cluster().balancer.miss(number(&home));
        }
        nodes.push(run(&server, &client, &write(&server, &format!("known-{at}"), "")).await.expect("a result"));
        assert_eq!(runs(&server, &format!("known-{at}")), 1);
    }
    assert_eq!(nodes, [vec![home.clone(); 4], vec![other(&home); 6]].concat());
}

/// The first write after the kill may find that `HAProxy` has not noticed yet. It then passes the write on over the connection
/// that it has to the dead node, and closes the client's without an answer, as proxies do where a connection was used before:
/// from outside that looks like a node that died while it ran the write.
async fn writes_on_a_killed_node_run_at_most_once_each(server: Arc<Server>) {
    const KILLED: usize = 4;
    let client = server.admin();
    let home = node_of(&server, &client).await;
    for at in 0..10 {
        if at == KILLED {
            server.node(number(&home)).kill();
        }
        let name = format!("killed-{at}");
        match run(&server, &client, &write(&server, &name, "")).await {
            Ok(node) => {
                assert_eq!(node, if at < KILLED { home.clone() } else { other(&home) }, "{name}");
                assert_eq!(runs(&server, &name), 1, "{name}");
            }
            Err(error) => {
                outcome_is_unknown(&error);
                assert_eq!(at, KILLED, "only that one can meet a connection to the dead node: {error:?}");
                assert_eq!(runs(&server, &name), 0, "{name}: its node was dead before it was sent");
            }
        }
    }
}

async fn a_write_on_a_killed_node_has_an_unknown_outcome_and_the_next_one_works(server: Arc<Server>) {
    let client = server.admin();
    let home = node_of(&server, &client).await;
    let in_the_air = {
        let (server, client) = (Arc::clone(&server), client.clone());
        let script = write(&server, "in-the-air", "Thread.sleep(120_000)");
        tokio::spawn(async move { run(&server, &client, &script).await })
    };
    let began = Instant::now();
    while runs(&server, "in-the-air") == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not begin");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.node(number(&home)).kill();
    let error = in_the_air.await.expect("no panic").expect_err("no answer");
    outcome_is_unknown(&error);
    assert!(error.to_string().contains(&home), "the node is named: {error}");
    let next = run(&server, &client, &write(&server, "next", "")).await.expect("a result");
    assert_eq!((next, runs(&server, "next"), runs(&server, "in-the-air")), (other(&home), 1, 1));
}

async fn concurrent_writes_on_a_killed_node_run_at_most_once_each(server: Arc<Server>) {
    const WRITES: usize = 32;
    let client = server.builder("admin", "nimda").session_persistence(false).build().expect("a client");
    let home = node_of(&server, &client).await;
    let mut running = JoinSet::new();
    for at in 0..WRITES {
        let (server, client) = (Arc::clone(&server), client.clone());
        let name = format!("crowd-{at}");
        running.spawn(async move {
            let answer = run(&server, &client, &write(&server, &name, "Thread.sleep(100)")).await;
            (name, answer)
        });
    }
    // Some are done, some are at work, and most have to come yet.
    let began = Instant::now();
    let mut ended = Vec::new();
    while ended.len() < 10 {
        assert!(began.elapsed() < Duration::from_secs(60), "{ended:?}");
        ended.extend(running.join_next().await);
    }
    server.node(number(&home)).kill();
    while let Some(next) = running.join_next().await {
        ended.push(next);
    }
    let (mut answered, mut lost) = (0, 0);
    for one in ended {
        let (name, answer) = one.expect("no panic");
        match answer {
            Ok(_) => {
                answered += 1;
                assert_eq!(runs(&server, &name), 1, "{name}");
            }
            Err(error) => {
                lost += 1;
                outcome_is_unknown(&error);
                assert!(runs(&server, &name) <= 1, "{name}");
            }
        }
    }
    // No more can be lost than were on their way: max_in_flight.
    assert!(lost <= 8 && answered + lost == WRITES, "{answered} answered, {lost} lost");
    assert_eq!(node_of(&server, &client).await, other(&home));
}

async fn without_a_node_the_error_has_a_hint_and_nothing_runs(server: Arc<Server>) {
    let client = server.admin();
    node_of(&server, &client).await;
    let balancer = &server.cluster().balancer;
    for node in [1, 2] {
        balancer.take_out(node);
    }
    let before = server.counts().await;
    // A balancer without nodes answers 503, as one does whose node fell over: it does not say which.
    outcome_is_unknown(&run(&server, &client, WHERE).await.expect_err("no node"));
    let error = server.admin().login().await.expect_err("no node");
    assert!(error.to_string().contains("503") && error.hint().is_some(), "{error:?}");
    assert_eq!(server.counts().await.since(&before).requests, [""; 0]);
    for node in [1, 2] {
        balancer.put_back(node);
    }
    let before = server.counts().await;
    node_of(&server, &client).await;
    assert_eq!(server.counts().await.since(&before).logins, 0, "the session was kept");
}
