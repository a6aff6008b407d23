//! What may go wrong with one request, and which requests it is for.

use std::time::Duration;

/// What goes wrong with one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Waits before the request is handled.
    Delay(Duration),
    /// Handles the request at once, and answers later.
    DelayAnswer(Duration),
    /// Reads the request, does not execute it, and resets the connection.
    ResetBefore,
    /// Executes the request and resets the connection without an answer.
    ResetAfter,
    /// Reads the request, does not execute it, and closes the connection.
    CloseBefore,
    /// Executes the request and closes the connection without an answer.
    CloseAfter,
    /// Executes the request, announces the whole length of the answer, and closes the connection after half of it.
    CutBody,
    /// Executes the request, and closes the connection in the middle of a chunked answer.
    CutChunked,
    /// Answers this instead of the real answer.
    Answer {
        /// The status; one that cannot be is sent as 500.
        status: u16,
        /// The headers, `Set-Cookie` included; those that cannot be are left out.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// Whether the request is really executed first.
        execute: bool,
    },
    /// Answers 302 with this `Location`. Not executed.
    Redirect(String),
    /// Gives the real answer, and this `Set-Cookie` with it.
    SetCookie(String),
    /// Answers as to a bad CSRF token. Not executed; session and token stay as they are.
    RefuseToken,
    /// Executes the request and answers 302 with this `Location`, such as `/hac/platform/init` after a write that began an update.
    RedirectAfter(String),
    /// Refuses the request, in HAC's words or in those of something in front of it, before or after it is executed.
    ///
    /// Session and token stay as they are: a logout that is refused leaves the session alive, unless it is executed.
    Refuse {
        /// The status; one that cannot be is sent as 500.
        status: u16,
        /// Whose page the answer bears.
        by: RefusedBy,
        /// Whether the answer sets the session cookie to a session of nobody's. Only HAC knows the session that it sets.
        sets_session: bool,
        /// Whether the request is really executed first.
        executed: bool,
    },
    /// Executes the request and answers 504 with a gateway's page.
    GatewayTimeout,
    /// Executes the request, and parks the answer until [`Faults::release`](crate::Faults::release): to the client, the server hangs.
    HoldAnswer,
    /// Gives the real answer, and forgets the session that the answer sets, or else the one that the request came with: a login
    /// is accepted, and its session is lost before the first page.
    LoseSession,
    /// Gives the real answer without its cookies.
    LoseCookies,
    /// Executes the request and answers with this body: the real status and headers stay.
    Body(String),
    /// Executes the request and answers with a script's result whose `executionResult` has this length.
    BigBody {
        /// The length of the `executionResult`.
        bytes: u64,
    },
    /// The same compressed with gzip, whatever the client accepts: a thousandth of it on the wire.
    GzipBomb {
        /// The length of the `executionResult`.
        decoded_bytes: u64,
    },
    /// Parks the request before it is handled, until [`Faults::release`](crate::Faults::release).
    Hold,
}

impl Fault {
    /// A firewall in front that answers after HAC has executed the request, and sets a session cookie of its own.
    #[must_use]
    pub fn refused_after(status: u16) -> Self {
        Self::Refuse { status, by: RefusedBy::Front, sets_session: true, executed: true }
    }

    /// Whether the request is answered without being executed.
    pub(crate) fn prevents_execution(&self) -> bool {
        match self {
            Self::ResetBefore | Self::CloseBefore | Self::Redirect(_) => true,
            Self::Answer { execute, .. } => !execute,
            Self::Refuse { executed, .. } => !executed,
            _ => false,
        }
    }
}

/// Whose page a refusal bears.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusedBy {
    /// Something in front of HAC: a page without HAC's title.
    Front,
    /// HAC: 405 is Spring's page with `Allow: GET`, and every other status bears HAC's page for those who may not.
    Hac,
}

/// Which requests a fault is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct On {
    method: Option<&'static str>,
    suffix: String,
    skip: usize,
}

impl On {
    /// Requests whose path ends in `suffix`; the empty text is every request.
    #[must_use]
    pub fn path(suffix: impl Into<String>) -> Self {
        Self { method: None, suffix: suffix.into(), skip: 0 }
    }

    /// GET requests whose path ends in `suffix`.
    #[must_use]
    pub fn get(suffix: impl Into<String>) -> Self {
        Self { method: Some("GET"), ..Self::path(suffix) }
    }

    /// POST requests whose path ends in `suffix`.
    #[must_use]
    pub fn post(suffix: impl Into<String>) -> Self {
        Self { method: Some("POST"), ..Self::path(suffix) }
    }

    /// Lets the first `requests` that match pass unharmed.
    #[must_use]
    pub fn skip(self, requests: usize) -> Self {
        Self { skip: requests, ..self }
    }

    /// Whether this request meets the fault: it matches, and was not let pass.
    pub(crate) fn meets(&mut self, method: &str, path: &str) -> bool {
        if !self.matches(method, path) {
            return false;
        }
        let passes = self.skip > 0;
        self.skip = self.skip.saturating_sub(1);
        !passes
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.is_none_or(|own| own == method) && path.ends_with(&self.suffix)
    }
}
