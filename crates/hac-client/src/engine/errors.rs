//! The errors of a call, and their hints.

use http::{StatusCode, header};

use super::call::Call;
use crate::error::{Error, ErrorKind};
use crate::hint::Hint;
use crate::session::ActiveSession;
use crate::transport::Answer;
use crate::transport::resend::Effect;

/// Tomcat's default limit for a form. Beyond it, Tomcat silently drops the fields.
const USUAL_FORM_LIMIT: usize = 2 << 20;

pub(super) fn rejected(call: &Call, described: String) -> Error {
    let size = call.body.len();
    let hint = if call.body.is_form() && size > USUAL_FORM_LIMIT {
        format!(
            "the form is {} MiB, and servers drop the fields of forms over their limit \
             (Tomcat: maxPostSize, 2 MiB by default)",
            mebibytes(size)
        )
    } else {
        "the server's log may say more".to_owned()
    };
    Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
}

/// A 404 for a path of HAC.
pub(super) fn switched_off(call: &Call, described: String) -> Error {
    let hint = if call.path.starts_with("/platform/init") || call.path.starts_with("/platform/update") {
        "SAP Commerce Cloud disables updates and initialisations by default (properties endpoint.hac.….disabled); a \
         service property of the environment enables them"
    } else {
        "is this console disabled on the server (properties endpoint.hac.….disabled)? Some releases do not have it"
    };
    Error::new(ErrorKind::Rejected, call.doing.clone()).because(described).with_hint(hint)
}

pub(super) fn too_many(call: &Call, described: String) -> Error {
    Error::new(ErrorKind::Rejected, call.doing.clone())
        .because(described)
        .with_hint("too many requests: wait before you try again, because each request may prolong the wait")
}

pub(super) fn protocol(call: &Call, why: String) -> Error {
    let error = Error::new(ErrorKind::Protocol, call.doing.clone()).because(why);
    match call.effect() {
        Effect::Write => error.with_hint("the request may have been executed; it was not sent again"),
        Effect::Read => {
            error.with_hint("this may be a release of HAC that is not supported yet; its answer is shown above")
        }
    }
}

/// Something other than HAC answered. It may have done so before or after HAC executed a write.
pub(super) fn not_hac(call: &Call, described: String, hint: &str) -> Error {
    let error = Error::new(ErrorKind::NotHac, call.doing.clone());
    match call.effect() {
        Effect::Read => error.because(described).with_hint(hint.to_owned()),
        Effect::Write => error
            .because(format!("{described}; the request may have been executed"))
            .with_hint(format!("{hint}; check what the request changed before you send it again")),
    }
}

/// A 401, 403 or 405 that was not followed by a second attempt; the caller adds what is known of the session.
pub(super) fn forbidden(call: &Call, answer: &Answer, described: &str) -> Error {
    let server = answer.shown_header(&header::SERVER);
    let server = server.map(|name| format!(" (answered by {name})")).unwrap_or_default();
    Error::new(ErrorKind::Forbidden, call.doing.clone()).because(format!("{described}{server}")).with_hint(
        "the user lacks the right to this console, or something in front of HAC dropped the answer or the header \
             X-CSRF-TOKEN; the request was not sent again, because it may have been executed",
    )
}

pub(super) fn on_a_valid_session(forbidden: Error) -> Error {
    let why = format!("{}; the session is still valid", forbidden.why());
    forbidden.because(why)
}

/// The second refusal of a call. Whether its session has ended meanwhile, nobody asked.
pub(super) fn on_a_confirmed_session(forbidden: Error) -> Error {
    let why = format!(
        "{}; the request was refused twice, now on a session that the server had just confirmed",
        forbidden.why()
    );
    forbidden.because(why).with_hint(
        "the user lacks the right to this console, something in front of HAC dropped the answer or the header X-CSRF-TOKEN, \
         or sessions end within moments; the request was not sent again, because it may have been executed",
    )
}

pub(super) fn refused_again(call: &Call, session: &ActiveSession) -> Error {
    if session.known_alive {
        Error::new(ErrorKind::Forbidden, call.doing.clone())
            .because("the server refused the request again, on a session that it had just confirmed")
            .with_hint(
                "check that the user has the right to this console, that the load balancer respects its cookie \
                 ROUTE, and that sessions last longer than a moment",
            )
    } else {
        Error::new(ErrorKind::SessionEnded, call.doing.clone())
            .because("the server refused the session, and then the new one")
            .with_hint(Hint::LogIn)
    }
}

/// With one decimal place.
fn mebibytes(bytes: usize) -> String {
    format!("{}.{}", bytes >> 20, ((bytes & ((1 << 20) - 1)) * 10) >> 20)
}

/// Words a failed renewal as a failure of what the user wanted.
pub(super) fn renewing(call: &Call, error: &Error) -> Error {
    match error.kind() {
        ErrorKind::Initializing | ErrorKind::SessionEnded => error.clone().while_doing(call.doing.clone()),
        _ => error.clone(),
    }
}

pub(super) fn undecided(call: &Call, status: StatusCode, error: &Error) -> Error {
    Error::new(ErrorKind::Forbidden, call.doing.clone())
        .because(format!("the server answered {status}, and the session could not be checked: {}", error.why()))
        .with_hint(
            "the request was not sent again, because it may have been executed; check that the server answers \
             before you try again",
        )
        .with_source(error.clone())
}
