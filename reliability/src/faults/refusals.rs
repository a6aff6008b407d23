//! Refusals: HAC's own, and those of something in front that may come after the execution.

use super::{Fault, has_call};
use crate::expectations::Class;
use crate::operations::{Form, Nature, Operation};
use crate::server::answer::Answer;
use crate::server::hac::{Mischief, session_cookie};
use crate::server::{Act, pages};

/// HAC answers a GET with a redirect, never with a refusal.
fn posts(operation: &Operation) -> bool {
    operation.request.0 == "POST" && operation.form != Form::Session
}

fn has_session(operation: &Operation) -> bool {
    operation.nature != Nature::Login
}

/// The export itself comes before its download.
fn is_first(operation: &Operation) -> bool {
    has_session(operation) && operation.name != "download of an export"
}

fn foreign(code: u16) -> Answer {
    Answer::html(code, pages::foreign("Request blocked", "Incident 4711")).header("Server", "waf/2.0")
}

fn answering(class: Class, name: String, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Fault {
    Fault::new(class, name, move |_| vec![Act::Send(answer().bytes())])
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for code in [401, 403, 405] {
        let refused = answering(Class::Refused, format!("status {code} of something in front"), move || foreign(code));
        let refused = refused.only(has_session);
        faults.push(refused.clone());
        faults.push(Fault {
            name: format!("{}, not executed", refused.name),
            ..refused.clone().unexecuted().of_each_form()
        });
        let name = format!("status {code} of something in front, while each page shows another token");
        let changing = Fault { name, ..refused.clone().with(Mischief::TokenOnEachPage) };
        faults.push(changing.only(|operation| has_call(operation) && operation.changes()));
        let name = format!("status {code} of something in front, while pages mask the token");
        faults.push(Fault { name, ..refused.clone().with(Mischief::MaskTokens) }.only(has_call).of_each_form());
        let empty = answering(Class::Refused, format!("status {code} without a body"), move || Answer::new(code));
        faults.push(empty.only(has_session).of_each_form());
        let page = answering(Class::Refused, format!("status {code} with a page of HAC"), move || {
            Answer::html(code, pages::hac("Forbidden", "", "You have no right to this page"))
        });
        // The first page with HAC's title and 403: alive, without the right to it.
        faults.push(page.only(has_call).of_each_form());
        let basic = answering(Class::Refused, format!("status {code} that wants Basic authentication"), move || {
            foreign(code).header("WWW-Authenticate", "Basic realm=\"gate\"")
        });
        faults.push(basic.only(has_call).of_each_form());
    }
    for code in [401, 403] {
        for executes in [true, false] {
            let name = format!(
                "status {code} of something in front with a session cookie, {}",
                if executes { "after execution" } else { "before execution" }
            );
            let fault = answering(Class::RefusedWithCookie, name, move || {
                foreign(code).header("Set-Cookie", session_cookie("F00DF00DF00DF00D"))
            });
            let fault = Fault { executes, ..fault.only(has_session) };
            faults.push(fault.clone());
            faults.push(fault.once().only(|operation| has_call(operation) && !operation.changes()));
        }
    }
    faults.extend(of_hac());
    faults
}

/// What HAC and Spring Security answer themselves.
fn of_hac() -> Vec<Fault> {
    let spring = |class| {
        answering(class, "status 405 of Spring with a new session cookie".into(), || {
            Answer::html(405, pages::refusal())
                .header("Allow", "GET")
                .header("Set-Cookie", session_cookie("F00DF00DF00DF00D"))
        })
    };
    let before = spring(Class::RefusedBySpring).unexecuted().only(posts);
    let after = Fault {
        name: "status 405 of Spring with a new session cookie, after execution".into(),
        ..spring(Class::RefusedAfterExecution)
    };
    let dead = Fault::of_the_session(Class::SessionDead, "the session has ended", Mischief::ForgetSessions);
    let token = Fault::of_the_session(Class::TokenChanged, "the token has changed", Mischief::ChangeTokens);
    let masked = Fault::of_the_session(Class::Answered, "pages mask the token", Mischief::MaskTokens);
    vec![
        before.clone(),
        before.once(),
        // The case that the contract's section 10 names: nobody can tell it from a refusal.
        after.once().only(|operation| posts(operation) && operation.changes()),
        dead.clone().only(is_first),
        Fault { name: "the session has ended, on a client that made it".into(), ..dead.warm().only(is_first) },
        token.only(has_session),
        masked.only(has_session),
    ]
}
