//! The control port: ledger and faults for other processes.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, HOST};
use http::{HeaderMap, Method, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::answer::Answer;
use crate::body::{self, AnswerBody};
use crate::fault::{Fault, On, RefusedBy};
use crate::knobs::{GatewayEnd, GatewayLimit, RateLimit, XssFilter};
use crate::request;
use crate::state::State;

const HELP: &str = "\
GET  /ledger                                   every request, as JSON
GET  /ledger/summary                           requests, logins, login_attempts, executed, in_progress
POST /ledger/clear
POST /faults/expire[?user=]                    end the sessions of users
POST /faults/rotate                            give every session a new token
POST /faults/forget                            forget all sessions, as a restart does
POST /faults/initializing?on=true|false        lead every page to the initialisation page
POST /faults/stop-update[?after=]              stop updates after so many steps; without a number they go on
POST /faults/kill-node?n=                      take a node down, counted from 1
POST /faults/revive-node?n=
POST /faults/delay?path=&ms=[&times=]          wait before requests whose path ends so
POST /faults/status?path=&status=[&times=][&execute=true]
POST /faults/refuse?path=&status=[&by=hac][&session=true][&times=][&execute=true]
                                               refuse as a firewall does, or as HAC; session: with a session cookie of its own
POST /faults/redirect?path=&location=[&times=][&execute=true]
POST /faults/reset?path=[&times=][&execute=true]
                                               reset the connection
POST /faults/hold?path=[&times=][&execute=true]
                                               answer only after /faults/release
POST /faults/lose-session?path=[&times=]       forget the session that the answer sets, or that the request came with
POST /faults/disable?endpoint=platform.init[&on=false]
                                               switch an endpoint off, or on again
POST /faults/limit-rate[?requests=&cool_ms=][&within_ms=][&retry_after=]
                                               429 after so many requests in a window; each one more begins the cool-down anew
POST /faults/limit-time[?ms=][&cut=true]       the gateway answers 504, or closes, after so long; the server goes on
POST /faults/filter-xss?action=off|strip|reject
POST /faults/starve?on=true|false              give scripts, queries and imports no threads
POST /faults/hold-import-jobs?on=true|false    let distributed imports wait in front of their work, or go on
POST /faults/release                           let held requests go on
POST /faults/clear
";

#[derive(Serialize)]
struct Summary {
    requests: usize,
    logins: usize,
    login_attempts: usize,
    executed: usize,
    in_progress: usize,
}

/// Serves the control port for as long as the simulator runs.
pub(crate) async fn serve(listener: Arc<TcpListener>, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<Incoming>| {
                let response = respond(&state, &request);
                async move { Ok::<_, Infallible>(response) }
            });
            // A client that goes away has what it wanted.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn respond(state: &State, request: &http::Request<Incoming>) -> Response<AnswerBody> {
    let answer = if is_ours(request.headers()) {
        route(state, request.method(), request.uri().path(), request.uri().query().unwrap_or_default())
    } else {
        plain(StatusCode::MISDIRECTED_REQUEST, "this host is not served here\n")
    };
    let mut response = Response::new(body::whole(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn is_ours(headers: &HeaderMap) -> bool {
    headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .is_some_and(|host| request::is_loopback(&request::host_name(host)))
}

fn route(state: &State, method: &Method, path: &str, query: &str) -> Answer {
    let ledger = &state.ledger;
    let reads = ["/", "/ledger", "/ledger/summary"];
    let wanted = if reads.contains(&path) { Method::GET } else { Method::POST };
    if *method != wanted {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "another method\n");
        answer.set(ALLOW, wanted.as_str());
        return answer;
    }
    match path {
        "/" => plain(StatusCode::OK, HELP),
        "/ledger" => Answer::json(&ledger.entries()),
        "/ledger/summary" => Answer::json(&Summary {
            requests: ledger.len(),
            logins: ledger.logins(),
            login_attempts: ledger.login_attempts(),
            executed: ledger.executed(),
            in_progress: ledger.in_progress(),
        }),
        _ => match change(state, path, query) {
            Ok(()) => plain(StatusCode::OK, "done\n"),
            Err(Refused::Unknown) => plain(StatusCode::NOT_FOUND, "GET / lists what there is\n"),
            Err(Refused::Parameter(name)) => {
                plain(StatusCode::BAD_REQUEST, &format!("the parameter {name} is missing or invalid\n"))
            }
        },
    }
}

enum Refused {
    Unknown,
    Parameter(&'static str),
}

fn change(state: &State, path: &str, query: &str) -> Result<(), Refused> {
    let parameters: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let number = |name: &'static str| -> Result<u64, Refused> {
        parameters.get(name).and_then(|text| text.parse().ok()).ok_or(Refused::Parameter(name))
    };
    let optional = |name: &'static str| parameters.contains_key(name).then(|| number(name)).transpose();
    let switch = |name: &'static str| match parameters.get(name).map(String::as_str) {
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        None => Ok(None),
        Some(_) => Err(Refused::Parameter(name)),
    };
    let count = |name| number(name).map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let suffix = || parameters.get("path").ok_or(Refused::Parameter("path")).map(On::path);
    let status = || {
        let status = u16::try_from(number("status")?).ok();
        status.filter(|status| (200..=599).contains(status)).ok_or(Refused::Parameter("status"))
    };
    let flag = |name| parameters.get(name).is_some_and(|text| text == "true");
    let execute = flag("execute");
    let faults = &state.faults;
    let register = |fault| -> Result<(), Refused> {
        if parameters.contains_key("times") {
            faults.times(count("times")?, suffix()?, fault);
        } else {
            faults.always(suffix()?, fault);
        }
        Ok(())
    };
    match path {
        "/ledger/clear" => state.ledger.clear(),
        "/faults/expire" => match parameters.get("user") {
            Some(user) => faults.expire_session_of(user),
            None => faults.expire_sessions(),
        },
        "/faults/rotate" => faults.rotate_tokens(),
        "/faults/forget" => faults.forget_everything(),
        "/faults/initializing" => faults.initializing(switch("on")?.ok_or(Refused::Parameter("on"))?),
        "/faults/stop-update" => {
            let after = if parameters.contains_key("after") { Some(count("after")?) } else { None };
            faults.stop_update_after(after);
        }
        "/faults/kill-node" => faults.kill_node(count("n")?),
        "/faults/revive-node" => faults.revive_node(count("n")?),
        "/faults/delay" => register(Fault::Delay(Duration::from_millis(number("ms")?)))?,
        "/faults/status" => {
            let status = status()?;
            register(Fault::Answer { status, headers: Vec::new(), body: String::new(), execute })?;
        }
        "/faults/refuse" => {
            let by = match parameters.get("by").map(String::as_str) {
                None => RefusedBy::Front,
                Some("hac") => RefusedBy::Hac,
                Some(_) => return Err(Refused::Parameter("by")),
            };
            register(Fault::Refuse { status: status()?, by, sets_session: flag("session"), executed: execute })?;
        }
        "/faults/redirect" => {
            let location = parameters.get("location").cloned().ok_or(Refused::Parameter("location"))?;
            register(if execute { Fault::RedirectAfter(location) } else { Fault::Redirect(location) })?;
        }
        "/faults/reset" => register(if execute { Fault::ResetAfter } else { Fault::ResetBefore })?,
        "/faults/hold" => register(if execute { Fault::HoldAnswer } else { Fault::Hold })?,
        "/faults/lose-session" => register(Fault::LoseSession)?,
        "/faults/disable" => {
            let endpoint = parameters.get("endpoint").ok_or(Refused::Parameter("endpoint"))?;
            faults.disable_endpoint(endpoint, switch("on")?.unwrap_or(true));
        }
        "/faults/limit-rate" => faults.limit_rate(if parameters.is_empty() {
            None
        } else {
            let cool_down = Duration::from_millis(number("cool_ms")?);
            Some(RateLimit {
                requests: count("requests")?,
                cool_down,
                within: optional("within_ms")?.map_or(cool_down, Duration::from_millis),
                retry_after: optional("retry_after")?,
            })
        }),
        "/faults/limit-time" => faults.limit_time(optional("ms")?.map(|ms| GatewayLimit {
            after: Duration::from_millis(ms),
            then: if flag("cut") { GatewayEnd::Cut } else { GatewayEnd::Status504 },
        })),
        "/faults/filter-xss" => faults.filter_xss(match parameters.get("action").map(String::as_str) {
            Some("off") => XssFilter::Off,
            Some("strip") => XssFilter::Strip,
            Some("reject") => XssFilter::Reject,
            _ => return Err(Refused::Parameter("action")),
        }),
        "/faults/starve" => faults.starve_threads(switch("on")?.ok_or(Refused::Parameter("on"))?),
        "/faults/hold-import-jobs" => state.import_jobs.hold(switch("on")?.ok_or(Refused::Parameter("on"))?),
        "/faults/release" => faults.release(),
        "/faults/clear" => {
            faults.clear();
            state.import_jobs.hold(false);
        }
        _ => return Err(Refused::Unknown),
    }
    Ok(())
}

fn plain(status: StatusCode, text: &str) -> Answer {
    Answer::text(status, "text/plain;charset=UTF-8", text.to_owned())
}
