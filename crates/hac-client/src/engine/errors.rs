//! The errors of a call, and what they advise.

use http::{StatusCode, header};

use super::call::Call;
use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::session::ActiveSession;
use crate::transport::Answer;
use crate::transport::resend::Effect;

/// Tomcat's default limit for a form, over which it drops the fields without a word.
const USUAL_FORM_LIMIT: usize = 2 << 20;

pub(super) fn rejected(call: &Call, described: String) -> Error {
    let size = call.body.len();
    let hint = if call.body.is_form() && size > USUAL_FORM_LIMIT {
        format!(
            "the form has {} MiB, and servers drop the fields of forms over their limit \
             (Tomcat: maxPostSize, 2 MiB by default)",
            mebibytes(size)
        )
    } else {
        "the server's log may say more".to_owned()
    };
    Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
}

/// The path is one of HAC's, and HAC does not have it.
pub(super) fn switched_off(call: &Call, described: String) -> Error {
    let hint = if call.path.starts_with("/platform/init") || call.path.starts_with("/platform/update") {
        "on SAP's cloud updates and initialisations are switched off by default (properties endpoint.hac.….disabled); \
         a service property of the environment switches them on"
    } else {
        "is this console switched off on the server (properties endpoint.hac.….disabled)? Releases also differ in what \
         they have"
    };
    Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
}

pub(super) fn too_many(call: &Call, described: String) -> Error {
    Error::new(ErrorKind::Rejected, call.doing.clone())
        .because(described)
        .with_hint("too many requests: wait a while before the next one, because each of them may prolong the wait")
}

pub(super) fn protocol(call: &Call, why: String) -> Error {
    let error = Error::new(ErrorKind::Protocol, call.doing.clone()).because(why);
    match call.effect {
        Effect::Write => error.with_hint("it may have been executed; it was not sent again"),
        Effect::Read => error.with_hint("a release of HAC that is not known yet? The answer is above"),
    }
}

/// Something else answered. Whether it did so before HAC executed a write or after it, nobody can tell.
pub(super) fn not_hac(call: &Call, described: String, hint: &str) -> Error {
    let error = Error::new(ErrorKind::NotHac, call.doing.clone());
    match call.effect {
        Effect::Read => error.because(described).with_hint(hint.to_owned()),
        Effect::Write => error
            .because(format!("{described}; it may have been executed"))
            .with_hint(format!("{hint}; check what it changed before you run it again")),
    }
}

pub(super) fn forbidden(call: &Call, answer: &Answer, described: &str) -> Error {
    let server = answer.shown_header(&header::SERVER);
    let server = server.map(|name| format!(" (answered by {name})")).unwrap_or_default();
    Error::new(ErrorKind::Forbidden, call.doing.clone())
        .because(format!("{described}{server}; the session itself is alive"))
        .with_hint(
            "the user lacks the right to this console, or something in front of HAC swallowed the answer \
             or the header X-CSRF-TOKEN; it was not sent again, because it may have been executed",
        )
}

pub(super) fn refused_again(call: &Call, session: &ActiveSession) -> Error {
    if session.known_alive {
        Error::new(ErrorKind::Forbidden, call.doing.clone())
            .because("the server refused it again, on a session that it has just confirmed")
            .with_hint("does the user have the right to this console? Does the load balancer keep its ROUTE?")
    } else {
        Error::new(ErrorKind::SessionEnded, call.doing.clone())
            .because("the server refused the session, and the one that took its place")
            .with_hint(Hint::LogIn)
    }
}

/// With one decimal place.
fn mebibytes(bytes: usize) -> String {
    format!("{}.{}", bytes >> 20, ((bytes & ((1 << 20) - 1)) * 10) >> 20)
}

/// A renewal that failed is told as what was being done for the user.
pub(super) fn renewing(call: &Call, error: &Error) -> Error {
    match error.kind() {
        ErrorKind::Initializing | ErrorKind::SessionEnded => error.clone().while_doing(call.doing.clone()),
        _ => error.clone(),
    }
}

pub(super) fn undecided(call: &Call, status: StatusCode, error: &Error) -> Error {
    Error::new(ErrorKind::Forbidden, call.doing.clone())
        .because(format!("answered {status}, and whether the session is alive could not be found out: {}", error.why()))
        .with_hint("it was not sent again, because it may have been executed; try again when the server answers")
        .with_source(error.clone())
}
