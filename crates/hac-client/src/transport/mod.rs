//! One request out, one answer in: headers, time limits, and how far a failed request came.
//!
//! Nothing here knows what a session is, follows a redirect or sends anything twice.

pub(crate) mod big;
pub(crate) mod download;
pub(crate) mod network;
pub(crate) mod resend;
pub(crate) mod tls;
mod upload;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use tracing::debug;

use crate::auth::AuthHandler;
use crate::error::{Error, ErrorKind, Result};
use crate::origin::Origin;
use big::{BIG, Ended, OnSending, Pieces, Sending};
use network::{Connection, Network};
use resend::Reached;
pub(crate) use upload::Upload;

/// The limit for a page that is no expected answer.
pub(crate) const PAGE_LIMIT: usize = 8 << 20;

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(Bytes),
    /// Anything else, with its content type.
    Raw(String, Bytes),
    /// `multipart/form-data`, read while it is sent.
    Upload(Upload),
}

impl Body {
    pub(crate) fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        Self::Form(Bytes::from(form.finish()))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Form(bytes) | Self::Raw(_, bytes) => bytes.len(),
            Self::Upload(upload) => usize::try_from(upload.len()).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn is_form(&self) -> bool {
        matches!(self, Self::Form(_))
    }
}

/// A request to the asked origin.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    /// Absolute path, with the context path and without a query.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// For the answer to begin, and for each further piece of it. `None`: no limit. While a body is still
    /// being read and sent, the time begins anew.
    pub(crate) timeout: Option<Duration>,
}

/// The way to one origin.
pub(crate) struct Transport {
    origin: Origin,
    connection: Connection,
    auth: Arc<dyn AuthHandler>,
    /// The gate's `Authorization` and the headers that the user wants on each request.
    headers: HeaderMap,
    /// Is told how far a big body is.
    on_sending: Option<OnSending>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Transport {
    pub(crate) fn open(
        origin: Origin,
        network: &Network,
        auth: Arc<dyn AuthHandler>,
        headers: HeaderMap,
    ) -> Result<Self> {
        let connection = Connection::open(network, &origin)?;
        Ok(Self { origin, connection, auth, headers, on_sending: None })
    }

    pub(crate) fn watched_by(mut self, on_sending: Option<OnSending>) -> Self {
        self.on_sending = on_sending;
        self
    }

    fn whole_or_in_pieces(&self, bytes: Bytes, sending: &mut Option<Sending>) -> reqwest::Body {
        if bytes.len() <= BIG {
            return bytes.into();
        }
        let (pieces, answering) = Pieces::of(bytes);
        *sending = Some(answering);
        reqwest::Body::wrap(pieces.watched_by(self.on_sending.as_ref()))
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether `Secure` cookies may be sent: over https, and to the machine itself where no proxy carries them there.
    pub(crate) fn sends_secure_cookies(&self) -> bool {
        self.origin.is_https() || self.origin.is_loopback() && self.connection.proxy().is_none()
    }

    /// Sends one request and returns when the head of the answer is there.
    pub(crate) async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, Fault> {
        let mut headers = self.headers.clone();
        self.auth.apply(&mut headers);
        headers.extend(outgoing.headers);
        let mut url = format!("{}{}", self.origin.as_url(), outgoing.path);
        if let Some(query) = outgoing.query {
            url.push('?');
            url.push_str(query);
        }
        let method = outgoing.method;
        let mut request = self.connection.client.request(method.clone(), url);
        let mut pieces = None;
        match outgoing.body {
            Body::Empty => {}
            Body::Form(bytes) => {
                headers.insert(
                    header::CONTENT_TYPE,
                    header::HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8"),
                );
                request = request.body(self.whole_or_in_pieces(bytes, &mut pieces));
            }
            Body::Raw(content_type, bytes) => {
                if let Ok(value) = header::HeaderValue::from_str(&content_type) {
                    headers.insert(header::CONTENT_TYPE, value);
                }
                request = request.body(self.whole_or_in_pieces(bytes, &mut pieces));
            }
            Body::Upload(upload) => {
                if let Ok(value) = header::HeaderValue::from_str(&upload.content_type()) {
                    headers.insert(header::CONTENT_TYPE, value);
                }
                let (body, answering) = Pieces::of(upload.content());
                pieces = Some(answering);
                request = request.body(reqwest::Body::wrap(body.watched_by(self.on_sending.as_ref())));
            }
        }
        notice_closed_connections().await;
        let began = Instant::now();
        let sending = request.headers(headers).send();
        let sent = match outgoing.timeout {
            Some(limit) => match in_time(limit, pieces.as_ref(), sending).await {
                Some(sent) => sent,
                None => return Err(Fault::lost(Reached::TimedOut, "no answer came in time", None)),
            },
            None => sending.await,
        };
        let response = sent.map_err(|error| self.fault(error))?;
        if let Some(sending) = &pieces
            && !response.status().is_success()
        {
            sending.stop();
        }
        debug!(%method, path = outgoing.path, status = response.status().as_u16(),
            millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), "answered");
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            path: outgoing.path.to_owned(),
            timeout: outgoing.timeout,
            response,
            _sending: pieces,
        })
    }

    fn fault(&self, error: reqwest::Error) -> Fault {
        const DOING: &str = "connect";
        let doing = format!("{DOING} to {}", self.origin);
        if let Some(tls) = self.connection.tls_error(&doing, &error) {
            return Fault::NotSent(tls);
        }
        if error.is_connect() {
            return Fault::NotSent(self.connection.connect_error(&doing, &self.origin, error));
        }
        if error.is_builder() {
            return Fault::NotSent(
                Error::new(ErrorKind::Usage, doing)
                    .because("the request cannot be built")
                    .with_source(error.without_url()),
            );
        }
        if chain(&error).any(|cause| matches!(cause.downcast_ref(), Some(Ended::Unreadable(_)))) {
            return Fault::NotSent(
                Error::new(ErrorKind::Usage, doing)
                    .because("what is to be sent cannot be read to its end")
                    .with_hint(
                        "has the file become shorter meanwhile? The server got a part of it only, and did nothing",
                    )
                    .with_source(error.without_url()),
            );
        }
        if chain(&error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled)) {
            return Fault::lost(Reached::NotStarted, "the kept connection was closed", Some(error));
        }
        if chain(&error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)) {
            return Fault::Garbled(
                Error::new(ErrorKind::NotHac, doing)
                    .because("what answered does not speak HTTP/1.1")
                    .with_hint(if self.origin.is_https() {
                        "is this the port of HAC?"
                    } else {
                        "does this port want https? Try the URL with https://"
                    })
                    .with_source(error.without_url()),
            );
        }
        if error.is_timeout() {
            return Fault::lost(Reached::TimedOut, "no answer came in time", Some(error));
        }
        Fault::lost(Reached::Reset, "the connection was closed before an answer came", Some(error))
    }
}

/// The head of an answer, its body still to come.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The path that was asked.
    pub(crate) path: String,
    timeout: Option<Duration>,
    response: reqwest::Response,
    /// A body that is perhaps still being sent.
    _sending: Option<Sending>,
}

impl Answer {
    /// How many bytes the body has, where the server says it and they arrive as they are.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    pub(crate) fn location(&self) -> Option<&str> {
        if !self.status.is_redirection() {
            return None;
        }
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok())
    }

    /// The next piece of the body, decompressed; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        let next = self.response.chunk();
        let chunk = match self.timeout {
            Some(limit) => match tokio::time::timeout(limit, next).await {
                Ok(chunk) => chunk,
                Err(_) => return Err(Fault::lost(Reached::TimedOut, "the answer did not go on in time", None)),
            },
            None => next.await,
        };
        chunk.map_err(|error| Fault::lost(Reached::CutBody, "the answer broke off", Some(error)))
    }

    /// The rest of the body as text, up to a limit after which the rest is left unread.
    pub(crate) async fn page(&mut self, begun: Vec<u8>) -> Result<String, Fault> {
        let mut bytes = begun;
        while bytes.len() < PAGE_LIMIT {
            match self.chunk().await? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => break,
            }
        }
        bytes.truncate(PAGE_LIMIT);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// No connection: nothing was sent.
    NotSent(Error),
    /// Something answered, but not in HTTP.
    Garbled(Error),
    /// Sent, or begun to be sent.
    Lost { reached: Reached, why: String, source: Option<reqwest::Error> },
}

impl Fault {
    fn lost(reached: Reached, why: &str, source: Option<reqwest::Error>) -> Self {
        Self::Lost { reached, why: why.to_owned(), source: source.map(reqwest::Error::without_url) }
    }

    /// As an error of something that may be done again: a login, a probe.
    pub(crate) fn into_error(self, doing: &str) -> Error {
        match self {
            Self::NotSent(error) | Self::Garbled(error) => error,
            Self::Lost { reached, why, source } => {
                let kind = if reached == Reached::TimedOut { ErrorKind::Timeout } else { ErrorKind::Connect };
                let hint = if reached == Reached::TimedOut {
                    "is the server overloaded or starting? Try again, or allow more time"
                } else {
                    "try again; if it goes on, look at the server and at what stands in front of it"
                };
                let error = Error::new(kind, doing).because(why).with_hint(hint);
                match source {
                    Some(source) => error.with_source(source),
                    None => error,
                }
            }
        }
    }
}

/// Lets the runtime look at the kept connections before one of them is used.
///
/// Nobody drives the runtime of a blocking client between two calls, so it does not know yet
/// that the server has closed a connection meanwhile. Written to, such a connection would leave
/// it unknown whether the request was executed. The first turn polls the sockets, the next ones
/// run the tasks that they woke.
async fn notice_closed_connections() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// Waits for the answer; the time begins anew as long as more of the body was sent meanwhile.
async fn in_time<T>(limit: Duration, body: Option<&Sending>, answer: impl Future<Output = T>) -> Option<T> {
    let sent = || body.map(Sending::sent);
    let mut answer = std::pin::pin!(answer);
    loop {
        let before = sent();
        if let Ok(answered) = tokio::time::timeout(limit, &mut answer).await {
            return Some(answered);
        }
        if before == sent() {
            return None;
        }
    }
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_body_that_still_travels_gets_more_time_and_one_that_stands_still_does_not() {
        let (mut body, sending) = Pieces::of(Bytes::from(vec![0; 2 << 20]));
        let travels = async {
            while let Some(frame) = body.frame().await {
                frame.expect("a piece");
                tokio::time::sleep(LIMIT / 2).await;
            }
        };
        let began = tokio::time::Instant::now();
        assert!(in_time(LIMIT, Some(&sending), travels).await.is_some());
        assert!(began.elapsed() > LIMIT * 3);
        let began = tokio::time::Instant::now();
        assert!(in_time(LIMIT, Some(&sending), std::future::pending::<()>()).await.is_none());
        assert!(in_time(LIMIT, None, std::future::pending::<()>()).await.is_none());
        assert_eq!(began.elapsed(), LIMIT * 2);
    }
}
