//! Sends one request and receives one answer: headers, time limits, and how far a failed request came.
//!
//! Nothing here knows what a session is, follows a redirect or sends anything twice.

pub(crate) mod answer;
pub(crate) mod big;
mod causes;
mod deadline;
mod departure;
mod fault;
pub(crate) mod network;
pub(crate) mod resend;
pub(crate) mod tls;
mod upload;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use tracing::debug;

use crate::auth::{AuthHandler, OutgoingRequest};
use crate::error::Result;
use crate::origin::Origin;
use crate::progress::OnProgress;
use crate::secret::sensitive;
use crate::server_text::{Secrets, ServerText};
use crate::writes::Departure;
pub(crate) use answer::Answer;
use big::{BIG, Pieces, Sending};
pub(crate) use deadline::Pace;
use deadline::{Deadline, in_time};
pub(crate) use fault::Fault;
use network::{Connection, Network};
use resend::FailurePoint;
pub(crate) use upload::{Upload, UploadFile};

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

    fn content_type(&self) -> Option<HeaderValue> {
        match self {
            Self::Empty => None,
            Self::Form(_) => Some(HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8")),
            Self::Raw(content_type, _) => HeaderValue::from_str(content_type).ok(),
            Self::Upload(upload) => HeaderValue::from_str(&upload.content_type()).ok(),
        }
    }

    fn in_memory(&self) -> Option<Bytes> {
        match self {
            Self::Form(bytes) | Self::Raw(_, bytes) => Some(bytes.clone()),
            Self::Empty | Self::Upload(_) => None,
        }
    }

    pub(crate) fn is_form(&self) -> bool {
        matches!(self, Self::Form(_))
    }
}

/// A request to HAC's origin.
pub(crate) struct Outgoing<'a> {
    pub(crate) method: Method,
    /// Absolute path, with the context path and without a query.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The time limit for the whole answer or for each piece, see [`Pace`]. `None`: no limit. It restarts while a body is
    /// still being read and sent.
    pub(crate) timeout: Option<Duration>,
    pub(crate) pace: Pace,
}

/// The connection to one origin.
pub(crate) struct Transport {
    origin: Origin,
    connection: Connection,
    auth: Arc<dyn AuthHandler>,
    /// The gate's `Authorization`, and the headers that the user adds to each request.
    headers: HeaderMap,
    /// The secrets that must be removed from the server's text.
    secrets: Arc<Secrets>,
    /// Whether a connection may have been kept.
    has_sent: AtomicBool,
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
        secrets: Secrets,
    ) -> Result<Self> {
        let connection = Connection::open(network, &origin)?;
        headers.values().for_each(|value| secrets.note_credential(value));
        Ok(Self { origin, connection, auth, headers, secrets: Arc::new(secrets), has_sent: AtomicBool::new(false) })
    }

    /// The only way to show text of the server.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn whole_or_in_pieces(bytes: Bytes, progress: &OnProgress, sending: &mut Option<Sending>) -> reqwest::Body {
        if bytes.len() <= BIG {
            return bytes.into();
        }
        let (pieces, answering) = Pieces::of(bytes);
        *sending = Some(answering);
        reqwest::Body::wrap(pieces.reporting_to(progress))
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The connection, for a diagnosis: nothing is sent by it.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether `Secure` cookies may be sent: over https, and to the machine itself where no proxy carries them there.
    pub(crate) fn sends_secure_cookies(&self) -> bool {
        self.origin.is_https() || self.origin.is_loopback() && self.connection.proxy().is_none()
    }

    /// Sends one request and returns when the head of the answer has arrived.
    pub(crate) async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, Fault> {
        self.send_noting(outgoing, None, &OnProgress::default()).await
    }

    /// Like `send`, and reports when the request is sent and its progress.
    pub(crate) async fn send_noting(
        &self,
        outgoing: Outgoing<'_>,
        departure: Option<Departure>,
        progress: &OnProgress,
    ) -> Result<Answer, Fault> {
        let mut headers = self.with_common_headers(outgoing.headers);
        let mut url = format!("{}{}", self.origin.to_url(), outgoing.path);
        if let Some(query) = outgoing.query {
            url.push('?');
            url.push_str(query);
        }
        let method = outgoing.method;
        if let Some(content_type) = outgoing.body.content_type() {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        let body = outgoing.body.in_memory();
        self.authorize(OutgoingRequest { method: &method, url: &url, headers: &mut headers, body }).await?;
        if let Some(departure) = &departure {
            departure.is_noted().await.map_err(Fault::NotSent)?;
        }
        let mut request = self.connection.client.request(method.clone(), url);
        let mut pieces = None;
        match outgoing.body {
            Body::Empty => {}
            Body::Form(bytes) | Body::Raw(_, bytes) => {
                request = request.body(Self::whole_or_in_pieces(bytes, progress, &mut pieces));
            }
            Body::Upload(upload) => {
                let (body, answering) = Pieces::of(upload.content());
                pieces = Some(answering);
                request = request.body(reqwest::Body::wrap(body.reporting_to(progress)));
            }
        }
        if self.has_sent.swap(true, Ordering::Relaxed) {
            notice_closed_connections().await;
        }
        let began = Instant::now();
        let sending = async {
            let (client, request) = request.headers(headers).build_split();
            let mut request = request?;
            if let Some(departure) = departure {
                departure::note(&mut request, departure);
            }
            client.execute(request).await
        };
        let (sent, deadline) = match outgoing.timeout {
            Some(limit) => match in_time(limit, pieces.as_ref(), sending).await {
                Some((sent, since)) => (sent, Deadline::of(outgoing.pace, limit, since)),
                None => return Err(Fault::lost(FailurePoint::TimedOut, "no answer came in time", None)),
            },
            None => (sending.await, Deadline::Never),
        };
        let response = sent.map_err(|error| self.fault(error))?;
        for name in [header::COOKIE, header::SET_COOKIE] {
            response.headers().get_all(name).iter().for_each(|value| self.secrets.note(value));
        }
        if let Some(sending) = &pieces
            && !response.status().is_success()
        {
            sending.stop();
        }
        debug!(%method, path = self.secrets.show_address(&ServerText::new(outgoing.path)), status = response.status().as_u16(),
            millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), "answered");
        Ok(Answer::new(response, outgoing.path, deadline, Arc::clone(&self.secrets), pieces))
    }

    /// Lets the user's handler see the request as it leaves, and change its headers.
    async fn authorize(&self, mut request: OutgoingRequest<'_>) -> Result<(), Fault> {
        self.auth.authorize(&mut request).await.map_err(Fault::NotSent)?;
        let headers = request.headers;
        // These are decided by where the request goes and by its body.
        for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            headers.remove(name);
        }
        for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION] {
            headers.get_all(name).iter().for_each(|value| self.secrets.note_credential(value));
        }
        for name in [header::COOKIE.as_str(), "x-csrf-token"] {
            headers.get_all(name).iter().for_each(|value| self.secrets.note(value));
        }
        Ok(())
    }

    /// The headers of every request, overridden by those of this one; cookies of both are merged.
    fn with_common_headers(&self, own: HeaderMap) -> HeaderMap {
        let mut headers = self.headers.clone();
        self.auth.apply(&mut headers);
        let brought = headers.remove(header::COOKIE);
        headers.extend(own);
        if let Some(brought) = brought {
            let both = match headers.get(header::COOKIE) {
                Some(own) => with_cookies(&brought, own),
                None => Some(brought),
            };
            both.map(|cookies| headers.insert(header::COOKIE, cookies));
        }
        headers
    }
}

/// Lets the runtime notice closed kept-alive connections before one of them is used.
///
/// A runtime of one thread, as the program's is, is not driven while that thread works or prints between two calls, so it does not
/// know yet that the server has closed a connection meanwhile. Written to, such a connection would leave
/// it unknown whether the request was executed. The first turn polls the sockets, the next ones
/// run the tasks that they woke.
pub(crate) async fn notice_closed_connections() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// Merges the cookies of the user's handler with those of the session, which take precedence.
fn with_cookies(brought: &HeaderValue, own: &HeaderValue) -> Option<HeaderValue> {
    let (brought, own) = (brought.to_str().ok()?, own.to_str().ok()?);
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().trim().to_owned();
    let ours: Vec<_> = own.split(';').map(name).collect();
    let kept = brought.split(';').map(str::trim).filter(|pair| !pair.is_empty() && !ours.contains(&name(pair)));
    let both: Vec<_> = kept.chain([own]).collect();
    sensitive(&both.join("; "))
}
