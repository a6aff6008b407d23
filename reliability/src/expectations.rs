//! What is allowed to come of a fault: written once for each class, and what an operation does.

use std::ops::RangeInclusive;

use crate::operations::{CHUNKS, DISTRIBUTED, Nature, PAGES};
use crate::server::Place;

/// How a cell ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Success,
    /// An answer came, and it says that the operation failed.
    Failure,
    /// An error of this kind.
    Error(&'static str),
}

impl Outcome {
    /// The exit codes of the program, as the contract has them.
    pub(crate) fn exit_codes(self, nature: Nature) -> &'static [i32] {
        match self {
            Self::Success => &[0],
            Self::Failure if nature == Nature::Check => &[1, 4],
            Self::Failure => &[1],
            Self::Error(kind) => match kind {
                "rejected" | "initializing" => &[1],
                "usage" | "config" | "cache" => &[2],
                "connect" | "connection_lost" | "tls" | "not_hac" | "protocol" => &[3],
                "bad_credentials" | "session_ended" | "forbidden" => &[4],
                "timeout" | "outcome_unknown" | "too_large" => &[5],
                _ => &[70],
            },
        }
    }
}

/// What is allowed in a cell.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    /// Two at most.
    pub(crate) outcomes: Vec<Outcome>,
    /// How often the request arrived at the place of the fault.
    pub(crate) sent: RangeInclusive<usize>,
    /// How often the operation was executed.
    pub(crate) executions: RangeInclusive<usize>,
    /// How often the password was posted.
    pub(crate) posts: RangeInclusive<usize>,
}

/// What a fault looks like to a client, which is all that it can go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Unusual, but the right answer.
    Answered,
    /// Nothing listens.
    NoConnection,
    /// The connection is closed before anything was read from it.
    ClosedAtOnce,
    /// A certificate that is not trusted.
    NotTrusted,
    /// The TLS handshake breaks, or something else than TLS answers.
    HandshakeBroken,
    /// The server does not answer the TLS handshake.
    HandshakeSilent,
    /// The connection breaks after the request has left and before the answer's body.
    Lost,
    /// The connection breaks in the answer's body.
    LostInBody,
    /// A TLS alert that speaks of certificates, after the request has left.
    LateAlert,
    /// The answer does not come, or not to its end, in the time allowed.
    Late,
    /// What answers does not speak HTTP.
    Garbled,
    /// An answer larger than the limit.
    TooLarge,
    /// A page or text that is not the answer.
    Foreign,
    /// A page of another status than 200 that is not the answer.
    OddStatus,
    /// The answer has the wrong shape.
    WrongShape,
    /// Rows in number or shape other than the answer says of itself.
    WrongRows,
    /// The answer says that the operation failed.
    BadNews,
    /// A redirect to another host.
    RedirectElsewhere,
    /// A redirect to a page of this host that is not the login page.
    RedirectHere,
    /// A redirect to https where http was asked.
    RedirectToHttps,
    /// A redirect to the page of the initialisation.
    Initializing,
    /// A 4xx that says nothing of the session.
    Rejected,
    /// 429: a cool-down.
    TooManyRequests,
    /// 500, 504 and their like.
    ServerError,
    /// 502 and 503.
    GatewayError,
    /// 401, 403 or 405 of something in front of HAC, while the session is alive.
    Refused,
    /// The same with a `JSESSIONID` of its own.
    RefusedWithCookie,
    /// A 405 of HAC's own kind with a new `JSESSIONID`, before the request was executed.
    RefusedBySpring,
    /// The same after the request was executed: the one case that nobody can tell.
    RefusedAfterExecution,
    /// The session is dead, and HAC says so.
    SessionDead,
    /// The token has changed, and HAC says so.
    TokenChanged,
    /// HAC's login page, or a redirect to it, in place of the answer.
    LoginPage,
    /// On the way to the login form: something that is not HAC's login page.
    NoLoginPage,
    /// On the way to the login form: an address or a form that wants https.
    WantsHttps,
    /// A page of HAC's with a token, and without a form that is one of a login.
    NoForm,
    /// The login form of something else than HAC.
    ShopLogin,
    /// The login was accepted, and its session is lost once.
    LoginLostOnce,
    /// Each login is accepted, and its session is lost.
    LoginLostAlways,
    /// The password is wrong.
    WrongPassword,
    /// Something else answers the login form.
    LoginAnsweredOddly,
}

impl Class {
    /// Completes "the server …" or names what is met, for the document.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Answered => "an unusual but valid answer",
            Self::NoConnection => "nothing listens on the port",
            Self::ClosedAtOnce => "the connection is closed before anything is read",
            Self::NotTrusted => "the certificate is not trusted",
            Self::HandshakeBroken => "the TLS handshake fails",
            Self::HandshakeSilent => "the TLS handshake is not answered",
            Self::Lost => "the connection breaks after the request was sent",
            Self::LostInBody => "the connection breaks in the answer's body",
            Self::LateAlert => "a TLS alert about certificates after the request was sent",
            Self::Late => "the answer does not arrive in time, or not completely",
            Self::Garbled => "the answer is not valid HTTP",
            Self::TooLarge => "the answer is larger than the limit",
            Self::Foreign => "a page or a text that is not from HAC",
            Self::OddStatus => "an unexpected status, or a redirect without a target",
            Self::WrongShape => "an answer with an unexpected structure",
            Self::WrongRows => "fewer rows than the answer counts, or invalid rows",
            Self::BadNews => "an answer that reports a failure",
            Self::RedirectElsewhere => "a redirect to another host, or to an invalid address",
            Self::RedirectHere => "a redirect to another page of the same host",
            Self::RedirectToHttps => "a redirect from http to https",
            Self::Initializing => "a redirect to the initialisation page",
            Self::Rejected => "a 4xx that is not about the session",
            Self::TooManyRequests => "429: too many requests",
            Self::ServerError => "500, 504 and other 5xx",
            Self::GatewayError => "502 and 503",
            Self::Refused => "401, 403 or 405 although the session is alive",
            Self::RefusedWithCookie => "401 or 403 from something in front of HAC, with its own session cookie",
            Self::RefusedBySpring => "a refusal by HAC with a new session cookie, before execution",
            Self::RefusedAfterExecution => "a refusal by HAC with a new session cookie, **after** execution",
            Self::SessionDead => "the session has ended",
            Self::TokenChanged => "the CSRF token has changed",
            Self::LoginPage => "the login page instead of the answer",
            Self::NoLoginPage => "something other than the login page",
            Self::WantsHttps => "a redirect or a login form that requires https instead of http",
            Self::NoForm => "a page of HAC with a token but without a login form",
            Self::ShopLogin => "a login form that is not HAC's",
            Self::LoginLostOnce => "the login is accepted, but its session is lost once",
            Self::LoginLostAlways => "the login is accepted, but its session is lost each time",
            Self::WrongPassword => "the login is rejected",
            Self::LoginAnsweredOddly => "something other than HAC answers the login",
        }
    }
}

/// One cell, as far as its expectation goes.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) class: Class,
    pub(crate) nature: Nature,
    /// The place of the fault.
    pub(crate) place: Place,
    /// Whether the client has no session yet.
    pub(crate) cold: bool,
    /// Whether the fault happens only once.
    pub(crate) once: bool,
    /// Whether the server executes the request before the fault.
    pub(crate) executes: bool,
    /// The name of the operation, for the few that have a way of their own.
    pub(crate) operation: &'static str,
}

impl Case {
    /// What is allowed.
    pub(crate) fn expected(&self) -> Expected {
        let (outcomes, sent, posts) = match self.place {
            Place::Call | Place::Probe | Place::Logout => self.of_a_call(),
            // It begins with a query.
            Place::Connection if !self.cold && self.operation == DISTRIBUTED => {
                Self { nature: Nature::Read, ..*self }.of_a_call()
            }
            Place::Connection if !self.cold => self.of_a_call(),
            Place::LoginPost if self.nature == Nature::Login => self.of_a_login(),
            _ => self.on_the_way_to_a_login(),
        };
        let (outcomes, sent) = self.of_several_requests(outcomes, sent);
        let reached = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Success | Outcome::Failure));
        let executions = match self.class {
            // The case that nobody can tell: section 10 of the contract.
            Class::RefusedAfterExecution => 2..=2,
            _ if self.nature != Nature::Write => 0..=usize::MAX,
            _ if !reached && !self.executes => 0..=0,
            Class::Late => 0..=1,
            _ => usize::from(reached || (self.executes && self.place == Place::Call))..=1,
        };
        Expected { outcomes, sent, executions, posts }
    }

    /// What is different where an operation takes more requests than one.
    fn of_several_requests(
        &self,
        mut outcomes: Vec<Outcome>,
        sent: RangeInclusive<usize>,
    ) -> (Vec<Outcome>, RangeInclusive<usize>) {
        let at_its_own = self.place == Place::Call || (self.place == Place::Connection && !self.cold);
        match self.operation {
            // A page is read again with fewer rows, five times at most, and a further one shows that it was the last.
            PAGES if at_its_own => {
                let most = sent.end() * 6 + usize::from(*sent.end() > 0);
                (outcomes, *sent.start()..=most)
            }
            // Whatever was sent and not answered may have been imported.
            CHUNKS if at_its_own => {
                let known = ["connect", "tls", "config", "initializing", "timeout"];
                for outcome in &mut outcomes {
                    if matches!(outcome, Outcome::Error(kind) if !known.contains(kind)) {
                        *outcome = Outcome::Error("outcome_unknown");
                    }
                }
                outcomes.dedup();
                (outcomes, sent)
            }
            // It was executed twice, and nobody knows which of two cron jobs is that of the answer.
            DISTRIBUTED if self.class == Class::RefusedAfterExecution => {
                (vec![Outcome::Error("outcome_unknown")], sent)
            }
            // The query before it finds that out.
            DISTRIBUTED if self.class == Class::SessionDead => (outcomes, 1..=1),
            _ => (outcomes, sent),
        }
    }

    /// A fault on the way to a session: the operation itself is never begun.
    fn on_the_way_to_a_login(&self) -> (Vec<Outcome>, RangeInclusive<usize>, RangeInclusive<usize>) {
        use Outcome::{Error, Success};
        let posted = usize::from(matches!(self.place, Place::LoginPost | Place::PageAfterLogin));
        let posts = posted..=posted;
        // Both context paths are tried, and each has five redirects.
        let sent = if posted == 0 { 1..=12 } else { 1..=1 };
        let one = |kind| (vec![Error(kind)], sent.clone(), posts.clone());
        match self.class {
            Class::Answered => (vec![Success], 1..=1, 1..=1),
            Class::Lost | Class::LostInBody | Class::LateAlert => one("connection_lost"),
            Class::Late => one("timeout"),
            Class::Initializing => one("initializing"),
            Class::WantsHttps | Class::RedirectToHttps => one("config"),
            // It looks as if HAC had taken the credentials of a gate.
            Class::NoForm => (vec![Error("config"), Error("not_hac")], sent, 0..=0),
            Class::NoLoginPage | Class::ShopLogin => (vec![Error("not_hac")], sent, 0..=0),
            Class::WrongPassword => (vec![Error("bad_credentials")], 1..=1, 1..=1),
            Class::LoginLostOnce => (vec![Success], 1..=2, 2..=2),
            Class::LoginLostAlways => (vec![Error("session_ended")], 1..=2, 2..=2),
            Class::NoConnection => (vec![Error("connect")], 0..=0, 0..=0),
            Class::ClosedAtOnce => (vec![Error("connection_lost"), Error("connect")], 1..=3, 0..=0),
            Class::NotTrusted => (vec![Error("tls")], 0..=3, 0..=0),
            Class::HandshakeBroken => (vec![Error("tls"), Error("connect")], 0..=3, 0..=0),
            Class::HandshakeSilent => (vec![Error("connect"), Error("timeout")], 0..=3, 0..=0),
            _ => one("not_hac"),
        }
    }

    /// The answer to the login form, asked for by `login()`.
    fn of_a_login(&self) -> (Vec<Outcome>, RangeInclusive<usize>, RangeInclusive<usize>) {
        use Outcome::{Error, Success};
        let lost = if self.once { vec![Success] } else { vec![Error("session_ended")] };
        match self.class {
            Class::LoginPage => (vec![Error("bad_credentials")], 1..=1, 1..=1),
            // It looks like an accepted login whose session was lost on the way.
            Class::RedirectHere => (lost, 1..=2, 1..=2),
            Class::Foreign | Class::LoginAnsweredOddly | Class::OddStatus | Class::WrongShape => {
                (vec![Error("not_hac"), Error("session_ended")], 1..=2, 1..=2)
            }
            _ => self.on_the_way_to_a_login(),
        }
    }

    /// A fault at the operation's own request, sent with a session that is alive unless the class says otherwise.
    #[expect(clippy::match_same_arms, clippy::too_many_lines, reason = "a table: a line for each class, in its order")]
    fn of_a_call(&self) -> (Vec<Outcome>, RangeInclusive<usize>, RangeInclusive<usize>) {
        use Outcome::{Error, Failure, Success};
        let writes = self.nature == Nature::Write;
        let none = 0..=0;
        let once = |kind| (vec![Error(kind)], 1..=1, none.clone());
        let either = |one, other| (vec![Error(one), Error(other)], 1..=1, none.clone());
        match (self.class, self.nature) {
            (Class::Answered, _) => (vec![Success], 1..=1, none),
            (Class::NoConnection, _) => (vec![Error("connect")], 0..=0, none),
            (Class::NotTrusted, _) => (vec![Error("tls")], 0..=3, none),
            (Class::HandshakeBroken, _) => (vec![Error("tls"), Error("connect")], 0..=3, none),
            (Class::HandshakeSilent, _) => (vec![Error("connect"), Error("timeout")], 0..=3, none),
            (Class::Lost | Class::LostInBody, Nature::Check | Nature::Login) => once("connection_lost"),
            (Class::Lost | Class::LostInBody | Class::ClosedAtOnce, Nature::Logout) => {
                (vec![Error("connection_lost"), Error("connect")], 1..=3, none)
            }
            (Class::ClosedAtOnce, _) => {
                let kind = if writes { "outcome_unknown" } else { "connection_lost" };
                (vec![Error(kind), Error("connect")], 1..=3, none)
            }
            (Class::LateAlert, Nature::Write) => once("outcome_unknown"),
            // A server that wants another certificate says so after the handshake: that is what helps.
            (Class::LateAlert, _) => (vec![Error("tls"), Error("connection_lost")], 1..=3, none),
            (Class::LostInBody, Nature::Stream) => once("connection_lost"),
            (Class::Lost | Class::LostInBody, Nature::Read | Nature::Stream) => {
                if self.once {
                    (vec![Success], 2..=2, none)
                } else {
                    (vec![Error("connection_lost")], 3..=3, none)
                }
            }
            (Class::Lost | Class::LostInBody | Class::Garbled, Nature::Write) => once("outcome_unknown"),
            // On a busy machine the time may be up before the request has arrived.
            (Class::Late, Nature::Write) => (vec![Error("outcome_unknown"), Error("connect")], 0..=1, none),
            (Class::Late, Nature::Logout) => (vec![Error("timeout"), Error("outcome_unknown")], 0..=1, none),
            (Class::Late, _) => (vec![Error("timeout")], 0..=1, none),
            (Class::Garbled, Nature::Logout) => either("not_hac", "outcome_unknown"),
            (Class::Garbled, _) => once("not_hac"),
            (Class::TooLarge, _) => once("too_large"),
            (Class::BadNews, _) => (vec![Failure], 1..=1, none),
            (Class::WrongRows, _) => (vec![Error("protocol"), Failure], 1..=1, none),
            (Class::Foreign | Class::WrongShape | Class::OddStatus, _) => either("not_hac", "protocol"),
            (Class::RedirectElsewhere | Class::RedirectHere, Nature::Logout) => either("not_hac", "protocol"),
            (Class::RedirectElsewhere | Class::RedirectHere, _) => once("not_hac"),
            (Class::RedirectToHttps, Nature::Logout) => either("protocol", "config"),
            (Class::RedirectToHttps, _) => either("not_hac", "config"),
            (Class::Initializing, Nature::Write) => once("outcome_unknown"),
            (Class::Initializing, Nature::Check) => (vec![Failure], 1..=1, none),
            (Class::Initializing, Nature::Logout) => either("initializing", "protocol"),
            (Class::Initializing, _) if self.operation == "state of an update" => (vec![Success], 1..=1, none),
            (Class::Initializing, _) if self.operation == "log of an update" => {
                (vec![Success, Error("initializing")], 1..=2, none)
            }
            (Class::Initializing, _) => once("initializing"),
            (Class::Rejected | Class::TooManyRequests | Class::ServerError | Class::GatewayError, Nature::Check) => {
                (vec![Error("not_hac")], 1..=1, none)
            }
            (Class::Rejected | Class::TooManyRequests, Nature::Logout) => either("rejected", "protocol"),
            (Class::ServerError | Class::GatewayError, Nature::Logout) => either("outcome_unknown", "protocol"),
            (Class::Rejected, _) => once("rejected"),
            (Class::TooManyRequests, _) if writes => once("outcome_unknown"),
            (Class::TooManyRequests, _) if self.once => (vec![Success], 2..=2, none),
            (Class::TooManyRequests, _) => (vec![Error("rejected")], 2..=2, none),
            (Class::ServerError, _) if writes => once("outcome_unknown"),
            (Class::ServerError, _) => once("protocol"),
            (Class::GatewayError, _) if writes => once("outcome_unknown"),
            (Class::GatewayError, _) if self.once => (vec![Success], 2..=2, none),
            (Class::GatewayError, _) => (vec![Error("protocol")], 3..=3, none),
            (Class::Refused | Class::RefusedWithCookie | Class::RefusedBySpring, Nature::Check) => {
                (vec![Error("not_hac")], 1..=1, none)
            }
            // The session is over, and the look at it finds that out.
            (Class::Refused | Class::RefusedWithCookie, Nature::Logout) if self.executes => {
                (vec![Success], 1..=1, none)
            }
            (Class::Refused | Class::RefusedWithCookie | Class::RefusedBySpring, Nature::Logout) => {
                (vec![Error("forbidden"), Error("protocol")], 1..=2, none)
            }
            (Class::Refused | Class::RefusedWithCookie, _) if self.operation == "state of an update" => {
                (vec![Success], 1..=2, none)
            }
            (Class::Refused, _) => once("forbidden"),
            (Class::RefusedWithCookie, Nature::Write) => once("forbidden"),
            (Class::RefusedWithCookie | Class::RefusedBySpring, _) if self.once => (vec![Success], 2..=2, none),
            (Class::RefusedWithCookie | Class::RefusedBySpring, _) => (vec![Error("forbidden")], 2..=2, none),
            (Class::RefusedAfterExecution, _) => (vec![Success], 2..=2, none),
            (Class::SessionDead, Nature::Check) => (vec![Failure], 1..=1, none),
            (Class::SessionDead, Nature::Logout) => (vec![Success, Failure], 1..=1, none),
            (Class::SessionDead, _) => (vec![Success], 2..=2, 1..=1),
            (Class::TokenChanged, Nature::Check) => (vec![Success], 1..=1, none),
            // A GET needs no token.
            (Class::TokenChanged, _) => (vec![Success], 1..=2, none),
            (Class::LoginPage, Nature::Check) => (vec![Failure], 1..=1, none),
            (Class::LoginPage, Nature::Logout) => either("protocol", "not_hac"),
            // It asks the first page whether an update runs, and that says no.
            (Class::LoginPage, _) if self.operation == "state of an update" => (vec![Success], 2..=2, 1..=1),
            (Class::LoginPage, _) if self.once => (vec![Success], 2..=2, 1..=1),
            (Class::LoginPage, _) => (vec![Error("forbidden")], 2..=2, 1..=1),
            (
                Class::NoLoginPage
                | Class::WantsHttps
                | Class::NoForm
                | Class::ShopLogin
                | Class::LoginLostOnce
                | Class::LoginLostAlways
                | Class::WrongPassword
                | Class::LoginAnsweredOddly,
                _,
            ) => unreachable!("these are met on the way to a login only"),
        }
    }
}
