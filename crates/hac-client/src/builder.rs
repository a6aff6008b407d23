//! The builder of a client.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use base64::Engine as _;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::audit::{Audit, AuditLog};
use crate::auth::{AuthHandler, is_cookie_value, is_token};
use crate::client::HacClient;
use crate::engine::Engine;
use crate::engine::places::Places;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::ANSWER_TIMEOUT;
use crate::notice::Notice;
use crate::origin::{BaseUrl, ContextPath};
use crate::protection::{ConfirmHandler, Guard, Protection, Rules};
use crate::secret::{Password, sensitive};
use crate::server_text::Secrets;
use crate::session::login::LoginOptions;
use crate::session::store::{FileStore, MemoryStore, SessionStore};
use crate::session::{Sessions, SessionsConfig, Validation};
use crate::transport::Transport;
use crate::transport::network::{Network, Proxy};
use crate::transport::tls::{ClientCertificate, Trust};
use crate::writes::Writes;

const DOING: &str = "build the client";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Builds a [`HacClient`]; see [`HacClient::builder`].
///
/// Building does not contact the server: the first call logs in.
#[must_use]
pub struct HacClientBuilder {
    base_url: String,
    auth: Option<Arc<dyn AuthHandler>>,
    environment: String,
    persistence: bool,
    cache_dir: Option<PathBuf>,
    validation: Validation,
    trust: Trust,
    client_certificate: Option<ClientCertificate>,
    proxy: Proxy,
    gate: Option<(String, Password)>,
    headers: Vec<(String, String)>,
    session_cookie: String,
    context_path: Option<String>,
    route: Option<String>,
    timeout: Option<Duration>,
    max_in_flight: usize,
    rules: Rules,
    data_source: Option<String>,
    audit: Option<Audit>,
    notify: Arc<dyn Fn(&Notice) + Send + Sync>,
}

impl HacClient {
    /// Returns a builder for a client of the HAC at a base URL, such as `https://localhost:9002`.
    ///
    /// A path in the URL is HAC's context path. Without a path, `/hac` is tried first, then the root.
    pub fn builder(base_url: impl Into<String>) -> HacClientBuilder {
        HacClientBuilder::new(base_url.into())
    }
}

impl fmt::Debug for HacClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HacClientBuilder").field("environment", &self.environment).finish_non_exhaustive()
    }
}

impl HacClientBuilder {
    pub(crate) fn new(base_url: String) -> Self {
        Self {
            base_url,
            auth: None,
            environment: "local".into(),
            persistence: true,
            cache_dir: None,
            validation: Validation::default(),
            trust: Trust::default(),
            client_certificate: None,
            proxy: Proxy::default(),
            gate: None,
            headers: Vec::new(),
            session_cookie: "JSESSIONID".into(),
            context_path: None,
            route: None,
            timeout: Some(ANSWER_TIMEOUT),
            max_in_flight: 8,
            rules: Rules::default(),
            data_source: None,
            audit: None,
            notify: Arc::new(|_| {}),
        }
    }

    /// Sets the handler that provides the username and the credentials. Required.
    pub fn auth_handler(mut self, handler: impl AuthHandler + 'static) -> Self {
        self.auth = Some(Arc::new(handler));
        self
    }

    /// Sets the environment: a label of your choice that is a part of the session's key. Clients with different labels use
    /// different sessions. Default: `local`.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = environment.into();
        self
    }

    /// Sets whether sessions are stored on disk for other processes and later runs. Default: `true`.
    ///
    /// With `false`, nothing is read or written and no directory is created.
    pub fn session_persistence(mut self, persistence: bool) -> Self {
        self.persistence = persistence;
        self
    }

    /// Sets the directory for sessions. Default: the environment variable `HAC_CACHE_DIR`, then `$XDG_CACHE_HOME/hac-client`, then
    /// `~/.cache/hac-client`.
    pub fn cache_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(directory.into());
        self
    }

    /// Sets what to do with a stored session before its first use. Default: [`Validation::Probe`].
    pub fn validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// Sets which server certificates are trusted. Default: [`Trust::System`].
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Sets the client certificate, for servers that require one (mTLS). Default: none. Its files are read by
    /// [`build`](Self::build).
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// Sets the proxy. Default: the proxy of the environment, read as curl does; never for loopback addresses.
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Sets the username and password for HTTP Basic authentication in front of HAC, sent with every request.
    /// Default: none.
    pub fn gate(mut self, username: impl Into<String>, password: impl Into<Password>) -> Self {
        self.gate = Some((username.into(), password.into()));
        self
    }

    /// Adds a header to every request. May be called several times.
    ///
    /// `Cookie`, `Host`, `Content-Type`, `Content-Length` and `Transfer-Encoding` are set by the client:
    /// [`build`](Self::build) rejects them.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the name of the session cookie. Default: `JSESSIONID`.
    pub fn session_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.session_cookie = name.into();
        self
    }

    /// Sets HAC's context path: `/hac`, `/hac_admin`, or `/` for the root. Default: the path of the base URL; if it has none,
    /// the path is detected.
    pub fn context_path(mut self, path: impl Into<String>) -> Self {
        self.context_path = Some(path.into());
        self
    }

    /// Sets the node to use: the value of the load balancer's cookie `ROUTE`, such as `.r1`.
    /// Default: the load balancer chooses.
    ///
    /// A stored session of another node is replaced. To keep both, give each node its own environment.
    pub fn route(mut self, route: impl Into<String>) -> Self {
        self.route = Some(route.into());
        self
    }

    /// Sets the time limit of an answer: from the request to the last byte, or for each pause of a stream or a download.
    ///
    /// Default: 30 seconds; `None`: no limit. Connecting counts, and takes at most 10 seconds.
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many calls may be in flight at once, at least 1; further calls wait. Default: 8.
    ///
    /// A [`RowStream`](crate::console::RowStream) counts until it ends or is dropped. If no call in flight ends or reads on for the
    /// [`timeout`](Self::timeout), a call that waits fails with [`Timeout`](ErrorKind::Timeout); nothing was sent.
    ///
    /// The conformance suite ran up to 32 calls at once on one session, on Spring Security 5.8 and 6 (not on HAC itself). The
    /// limit protects the server, where each call occupies a thread and a database connection.
    pub fn max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = calls;
        self
    }

    /// Sets how the server is protected against changes. Default: [`Protection::Open`].
    ///
    /// Calls that are refused fail with [`Protected`](ErrorKind::Protected): nothing is sent, not even a login.
    pub fn protection(mut self, protection: Protection) -> Self {
        self.rules.protection = protection;
        self
    }

    /// Sets whether scripts may run with [`Protection::ReadOnly`], if they are rolled back. Default: `false`.
    ///
    /// A rollback undoes only the transaction: files, mails, log levels, properties, caches and started jobs are not part of it, and a
    /// script can commit by itself.
    pub fn allow_scripts(mut self, allow: bool) -> Self {
        self.rules.allow_scripts = allow;
        self
    }

    /// Sets who confirms calls that write or destroy, with [`Protection::Confirm`]. Default: nobody, and they are refused.
    ///
    /// A closure, a [`ConfirmAs`](crate::protection::ConfirmAs) or your own handler. It is asked for each call.
    pub fn confirmed_by(mut self, handler: impl ConfirmHandler + 'static) -> Self {
        self.rules.confirm = Some(Arc::new(handler));
        self
    }

    /// Sets where writes are recorded, see [`audit`](crate::audit). Default: nowhere.
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Sets the data source of queries that do not [name one](crate::FlexibleSearch::data_source), such as a read-only replica. Default:
    /// that of the server. Supported since release 2211.
    pub fn data_source(mut self, data_source: impl Into<String>) -> Self {
        self.data_source = Some(data_source.into());
        self
    }

    /// Registers a callback for session events: waiting, renewal, a cache that cannot be written. Default: none.
    ///
    /// The callback must not block. All notices are also logged with `tracing`, at
    /// the level debug.
    pub fn on_notice(mut self, take: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.notify = Arc::new(take);
        self
    }

    /// Builds the asynchronous client. Calls need a tokio runtime; building does not.
    ///
    /// Does not contact the server, but blocks while it reads certificates from disk.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for an invalid base URL, context path, header, route, cookie name, proxy, CA bundle or
    /// certificate, and if no [`auth_handler`](Self::auth_handler) was set.
    pub fn build(self) -> Result<HacClient> {
        let wrong = |why: String| Error::new(ErrorKind::Config, DOING).because(why);
        let base_url = BaseUrl::parse(&self.base_url)?;
        let auth = self.auth.ok_or_else(|| {
            wrong("no auth handler was set".into())
                .with_hint("set one: .auth_handler(BasicAuthHandler::new(user, password))")
        })?;
        if self.max_in_flight == 0 {
            return Err(wrong("max_in_flight must be at least 1".into()));
        }
        if !is_token(&self.session_cookie) {
            return Err(wrong(format!("{:?} is not a valid cookie name", self.session_cookie))
                .with_hint("HAC's own is JSESSIONID; another one is set in the server's configuration"));
        }
        if self.route.as_deref().is_some_and(|route| !is_cookie_value(route)) {
            return Err(wrong("the route is not a valid cookie value".into())
                .with_hint("it is the value of the cookie ROUTE that the load balancer sends, such as .node1"));
        }
        let named = match &self.context_path {
            Some(text) => Some(ContextPath::new(text).ok_or_else(|| {
                wrong(format!("{text:?} is not a valid context path"))
                    .with_hint("write it as /hac, or as / for the root")
            })?),
            None => None,
        };
        if let (Some(named), Some(in_url)) = (&named, base_url.context_path())
            && named != in_url
        {
            return Err(wrong(format!("the base URL has the context path {in_url}, but the setting has {named}"))
                .with_hint("name the context path once, in the base URL or in the setting"));
        }
        let trust = self.trust.clone();
        let headers = headers(self.gate.as_ref(), &self.headers)?;
        // Sooner than the whole, so that "no connection" and "no answer" stay apart.
        let connect_timeout =
            self.timeout.map_or(CONNECT_TIMEOUT, |limit| limit.saturating_sub(limit / 10).min(CONNECT_TIMEOUT));
        let network = Network {
            trust: self.trust,
            client_certificate: self.client_certificate,
            proxy: self.proxy,
            connect_timeout,
        };
        let secrets = Secrets::new(&self.session_cookie);
        if let Some((_, password)) = &self.gate {
            secrets.note_password(password);
        }
        auth.known_passwords().iter().for_each(|password| secrets.note_password(password));
        let transport = Transport::open(base_url.origin().clone(), &network, Arc::clone(&auth), headers, secrets)?;
        let transport = Arc::new(transport);
        let mut homeless = None;
        let store: Arc<dyn SessionStore> = match (self.persistence, self.cache_dir) {
            (false, _) => Arc::new(MemoryStore),
            (true, Some(directory)) => Arc::new(FileStore::new(directory, false).trusting(&trust)),
            (true, None) => match FileStore::in_default_dir() {
                Ok(store) => Arc::new(store.trusting(&trust)),
                Err(error) => {
                    homeless = Some(error);
                    Arc::new(MemoryStore)
                }
            },
        };
        let config = SessionsConfig {
            options: LoginOptions {
                context_path: named.or_else(|| base_url.context_path().cloned()),
                session_cookie: self.session_cookie,
                route: self.route,
                answer_timeout: self.timeout,
                brought: None,
            },
            base_url,
            environment: self.environment,
            validation: self.validation,
        };
        let audit = self.audit.map(|audit| Arc::new(AuditLog::new(audit, Arc::clone(&self.notify))));
        let sessions = Sessions::new(config, auth, store, Arc::clone(&transport), self.notify);
        if let Some(error) = homeless {
            sessions.notify(&Notice::NotKept(error));
        }
        Ok(HacClient::of(Engine {
            sessions,
            transport,
            in_flight: Places::new(self.max_in_flight),
            writes: Writes::default(),
            guard: Guard::new(self.rules),
            audit,
            data_source: self.data_source,
            answer_timeout: self.timeout,
            initializing: AtomicBool::new(false),
            cooling_down: tokio::sync::Mutex::default(),
            process: std::process::id(),
        }))
    }
}

pub(crate) fn headers(gate: Option<&(String, Password)>, extra: &[(String, String)]) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some((username, password)) = gate {
        if username.contains(':') {
            return Err(Error::new(ErrorKind::Config, DOING)
                .because("the username of the gate contains a colon")
                .with_hint("HTTP Basic authentication ends a username there: use one without a colon"));
        }
        let pair = zeroize::Zeroizing::new(format!("{username}:{}", password.expose()));
        let encoded = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        if let Some(value) = sensitive(&format!("Basic {encoded}")) {
            headers.insert(header::AUTHORIZATION, value);
        }
    }
    for (name, value) in extra {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Config, DOING)
                .because(format!("the header {name:?} {why}"))
                .with_hint("write it as NAME: VALUE")
        };
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("has an invalid name"))?;
        if [header::COOKIE, header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONTENT_TYPE]
            .contains(&parsed)
        {
            return Err(wrong("is set by the client itself"));
        }
        let mut parsed_value = HeaderValue::from_str(value).map_err(|_| wrong("has an invalid value"))?;
        parsed_value.set_sensitive(true);
        headers.append(parsed, parsed_value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_duration_is_a_time_limit_like_any_other() {
        for limit in
            [Duration::MAX, Duration::from_secs_f64(1e19), Duration::from_secs(u64::MAX), Duration::from_nanos(1)]
        {
            // Nothing listens on port 1, and no thread is needed to find that out.
            let client = HacClientBuilder::new("http://127.0.0.1:1".into())
                .auth_handler(crate::BasicAuthHandler::new("admin", "nimda"))
                .session_persistence(false)
                .timeout(Some(limit))
                .build()
                .expect("a client");
            let error = client.login().await.expect_err("nothing listens there");
            assert!(matches!(error.kind(), ErrorKind::Connect | ErrorKind::Timeout), "{limit:?}: {error:?}");
        }
    }

    #[test]
    fn values_of_headers_and_of_the_gate_are_kept_out_of_the_logs_of_the_http_library() {
        let gate = ("door".to_owned(), Password::from("sesame"));
        let headers = headers(Some(&gate), &[("X-Key".into(), "SECRET".into())]).expect("headers");
        assert_eq!(headers.len(), 2);
        assert!(headers.values().all(HeaderValue::is_sensitive), "{headers:?}");
    }
}
