//! What a fault leaves of the real answer.

use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::answer::Answer;
use crate::body::{self, AnswerBody};
use crate::content::Content;
use crate::fault::{Fault, RefusedBy};
use crate::html::front_page;
use crate::outcome::{Hangup, Outcome};
use crate::pages;
use crate::request::Request;
use crate::security;
use crate::state::State;
use crate::token;

/// What a fault needs to know of the exchange that it spoils.
pub(crate) struct Spoiler<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) request: &'a Request,
}

impl Spoiler<'_> {
    /// The answer that the client gets. `real` is empty where the fault prevents the execution.
    pub(crate) async fn spoil(&self, mut real: Answer, fault: &Fault) -> Outcome {
        match fault {
            Fault::DelayAnswer(time) => tokio::time::sleep(*time).await,
            Fault::HoldAnswer => self.state.faults.hold().await,
            Fault::ResetBefore | Fault::ResetAfter => return Err(Hangup::Reset),
            Fault::CloseBefore | Fault::CloseAfter => return Err(Hangup::Close),
            Fault::CutBody => {
                let mut response = without_body(&real);
                response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(real.body.len().max(1)));
                *response.body_mut() = body::cut(real.body);
                return Ok(response);
            }
            Fault::CutChunked => {
                let mut response = without_body(&real);
                *response.body_mut() = body::cut(real.body);
                return Ok(response);
            }
            Fault::Answer { status, headers, body, .. } => real = instead(*status, headers, body),
            Fault::Redirect(location) | Fault::RedirectAfter(location) => real = Answer::redirect(location),
            Fault::Refuse { status, by, sets_session, .. } => real = self.refusal(*status, *by, *sets_session),
            Fault::GatewayTimeout => real = Answer::gateway_timeout(),
            Fault::LoseSession => self.lose_session(&real),
            Fault::LoseCookies => {
                real.headers.remove(SET_COOKIE);
            }
            Fault::SetCookie(cookie) => real.add_cookie(cookie),
            Fault::Body(text) => real.body = text.clone().into(),
            Fault::BigBody { bytes } => {
                let mut response = without_body(&real);
                let length = HeaderValue::from(body::big_length(*bytes));
                response.headers_mut().insert(CONTENT_LENGTH, length);
                *response.body_mut() = body::big(*bytes);
                return Ok(response);
            }
            Fault::GzipBomb { decoded_bytes } => {
                let mut response = without_body(&real);
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(CONTENT_ENCODING, gzip);
                *response.body_mut() = body::gzip(*decoded_bytes);
                return Ok(response);
            }
            Fault::Delay(_) | Fault::Hold | Fault::RefuseToken => {}
        }
        Ok(send(real))
    }

    fn refusal(&self, status: u16, by: RefusedBy, sets_session: bool) -> Answer {
        let knobs = &self.state.knobs;
        let status = status_of(status);
        let mut answer = match by {
            RefusedBy::Front => Answer::html(status, front_page(status)),
            RefusedBy::Hac if status == StatusCode::METHOD_NOT_ALLOWED => Answer::not_allowed("GET"),
            RefusedBy::Hac => {
                let session = self.state.cluster.find(&self.request.cookies(&knobs.session_cookie_name));
                let token = session.map(|session| token::shown(&session.token, knobs.token_style));
                Answer { status, ..pages::denied(knobs, &token.unwrap_or_default()) }
            }
        };
        if sets_session {
            let known = self.state.cluster.next().filter(|_| by == RefusedBy::Hac).map(|node| node.create(None).id);
            answer.add_cookie(&security::cookie(knobs, &known.unwrap_or_else(|| token::hex(16))));
        }
        answer
    }

    fn lose_session(&self, real: &Answer) {
        let name = &self.state.knobs.session_cookie_name;
        let set = real.headers.get_all(SET_COOKIE).iter().filter_map(|cookie| {
            let (key, rest) = cookie.to_str().ok()?.split_once('=')?;
            (key == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        });
        let mut lost: Vec<_> = set.collect();
        if lost.is_empty() {
            lost = self.request.cookies(name);
        }
        self.state.cluster.forget(|session| lost.contains(&session.id));
    }
}

pub(crate) fn send(answer: Answer) -> Response<AnswerBody> {
    let mut response = Response::new(body::whole(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}

fn without_body(real: &Answer) -> Response<AnswerBody> {
    send(Answer { status: real.status, headers: real.headers.clone(), body: Content::default() })
}

fn instead(status: u16, headers: &[(String, String)], text: &str) -> Answer {
    let mut answer = Answer { status: status_of(status), body: Content::from(text.to_owned()), ..Answer::empty() };
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            answer.headers.append(name, value);
        }
    }
    answer
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
