//! One request from its arrival to its answer: gateway, faults, gate, balancer, and in the middle the filter chain.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::header::{DATE, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use crate::answer::Answer;
use crate::cluster::Node;
use crate::fault::Fault;
use crate::knobs::{GatewayEnd, RoutePolicy};
use crate::ledger::Ticket;
use crate::line::LineControl;
use crate::outcome::{Hangup, Outcome};
use crate::request::{self, Request};
use crate::security::Chain;
use crate::spoil::{Spoiler, send};
use crate::state::State;

/// Answers a request. It goes on to its end when the client has gone, as it does in a servlet container.
pub(crate) async fn answer(
    state: Arc<State>,
    control: Arc<LineControl>,
    connection: u64,
    request: http::Request<Incoming>,
) -> Outcome {
    let work = control.work();
    let (parts, incoming) = request.into_parts();
    let ticket = Arc::new(state.ledger.enter(request::entry(&parts, connection)));
    state.ledger.hide(|| request::secrets(&parts.headers));
    let request = Arc::new(Request::new(&parts, incoming, state.front.xss_filter()));
    // A long body waits until somebody wants it. Whatever is short would be read in any case, before or after the answer.
    if request.unread_length().is_none_or(|length| length <= state.knobs.max_swallow_bytes) {
        arrive(&state, &request, &ticket).await?;
    }

    let handling = tokio::spawn(async move {
        let outcome = handle(&state, &request, &ticket).await;
        if request.is_broken() {
            return (Err(Hangup::Close), ticket);
        }
        if let Some(unread) = request.take_unread() {
            tokio::spawn(swallow(unread, state.knobs.max_swallow_bytes));
        }
        (outcome, ticket)
    });
    let (outcome, ticket) = handling.await.map_err(|_| Hangup::Close)?;
    drop(work);
    if outcome.as_ref().err() == Some(&Hangup::Reset) {
        control.reset();
    }
    let response = outcome?;
    ticket.answered(response.status().as_u16());
    Ok(response)
}

/// Reads the body. One that breaks off is a request that never was.
async fn arrive(state: &State, request: &Request, ticket: &Ticket) -> Result<(), Hangup> {
    if !request.arrive(state.knobs.max_form_bytes).await {
        return Err(Hangup::Close);
    }
    ticket.form(request.form_for_ledger());
    ticket.json(request.json());
    state.ledger.hide(|| request.secrets());
    Ok(())
}

/// Reads a part of a body that nobody wants, so that the client has time to read the answer. If that was not all of it, the
/// connection is closed under a client that still writes.
async fn swallow(mut body: Incoming, max_bytes: usize) {
    let mut swallowed = 0;
    while swallowed < max_bytes
        && let Some(Ok(frame)) = body.frame().await
    {
        swallowed += frame.data_ref().map_or(0, Bytes::len);
    }
}

/// The gateway: it counts requests, and does not wait for ever.
async fn handle(state: &Arc<State>, request: &Arc<Request>, ticket: &Arc<Ticket>) -> Outcome {
    if let Some(answer) = misdirected(state, request) {
        return Ok(send(answer));
    }
    if let Some(limit) = state.front.exceeded(Instant::now()) {
        return Ok(send(Answer::too_many(limit.retry_after)));
    }
    let Some(limit) = state.front.time_limit() else {
        return behind_gateway(state, request, ticket).await;
    };
    let server = tokio::spawn({
        let (state, request, ticket) = (Arc::clone(state), Arc::clone(request), Arc::clone(ticket));
        async move { behind_gateway(&state, &request, &ticket).await }
    });
    // The server is not told when the gateway gives up.
    match (tokio::time::timeout(limit.after, server).await, limit.then) {
        (Ok(outcome), _) => outcome.unwrap_or(Err(Hangup::Close)),
        (Err(_), GatewayEnd::Status504) => Ok(send(Answer::gateway_timeout())),
        (Err(_), GatewayEnd::Cut) => Err(Hangup::Close),
    }
}

async fn behind_gateway(state: &Arc<State>, request: &Request, ticket: &Ticket) -> Outcome {
    let fault = state.faults.take(request.method.as_str(), &request.path);
    if fault.is_some() {
        arrive(state, request, ticket).await?;
    }
    match &fault {
        Some(Fault::Delay(time)) => tokio::time::sleep(*time).await,
        Some(Fault::Hold) => state.faults.hold().await,
        _ => {}
    }
    let spoiler = Spoiler { state, request };
    if let Some(fault) = fault.as_ref().filter(|fault| fault.prevents_execution()) {
        return spoiler.spoil(Answer::empty(), fault).await;
    }
    let real = balanced(state, request, ticket, fault == Some(Fault::RefuseToken)).await;
    match fault {
        Some(fault) => spoiler.spoil(real, &fault).await,
        None => Ok(send(real)),
    }
}

/// Only names of this machine are served: a page in a browser may have its own name point here.
fn misdirected(state: &State, request: &Request) -> Option<Answer> {
    match request.host() {
        None => Some(Answer::error(StatusCode::BAD_REQUEST, "The request has no Host.")),
        Some(host) if request::is_loopback(&host) || state.hosts.contains(&host) => None,
        Some(_) => Some(Answer::error(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.")),
    }
}

/// The gate in front, then the balancer, then a node.
async fn balanced(state: &Arc<State>, request: &Request, ticket: &Ticket, refuse_token: bool) -> Answer {
    if let Some(gate) = &state.gate
        && request.basic().as_ref() != Some(gate)
    {
        return Answer::unauthorized("gate");
    }
    let routes = request.cookies("ROUTE");
    if routes.iter().any(|route| route.contains('=')) {
        return Answer::error(StatusCode::BAD_REQUEST, "The cookie ROUTE is malformed.");
    }
    let Some((node, sets_route)) = choose(state, &routes) else {
        return Answer::error(StatusCode::SERVICE_UNAVAILABLE, "No node is available.");
    };
    ticket.node(node.number());
    let chain = Chain { state, node, request, ticket, refuse_token };
    let mut answer = chain.pass().await;
    if state.knobs.clock_ahead != 0 {
        answer.set(DATE, &httpdate::fmt_http_date(shifted(SystemTime::now(), state.knobs.clock_ahead)));
    }
    if sets_route && let Ok(value) = HeaderValue::from_str(&format!("ROUTE=.n{}; Path=/", node.number())) {
        // In front of the session's cookie: who reads one cookie only gets the wrong one.
        let others: Vec<_> = answer.headers.get_all(SET_COOKIE).iter().cloned().collect();
        answer.headers.insert(SET_COOKIE, value);
        for other in others {
            answer.headers.append(SET_COOKIE, other);
        }
    }
    answer
}

fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds > 0 { time + by } else { time - by }
}

/// The node, and whether the answer names it to the client.
fn choose<'a>(state: &'a State, routes: &[String]) -> Option<(&'a Node, bool)> {
    let cluster = &state.cluster;
    let sticky = match state.knobs.route {
        RoutePolicy::Never => false,
        RoutePolicy::WithSeveralNodes => cluster.len() > 1,
        RoutePolicy::Always => true,
    };
    if let Some(node) = cluster.forced() {
        return node.is_up().then_some((node, sticky && routes.is_empty()));
    }
    if sticky && let Some(node) = routes.iter().find_map(|route| cluster.routed(route)) {
        return Some((node, false));
    }
    Some((cluster.next()?, sticky))
}
