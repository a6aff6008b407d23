//! Building and starting a simulator.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::cluster::Cluster;
use crate::database::{Contents, Database, DatabaseError};
use crate::exports::Exports;
use crate::faults::Faults;
use crate::front::Front;
use crate::handle::{Certificate, SimulatorHandle};
use crate::knobs::{GatewayLimit, Knobs, RateLimit, XssFilter};
use crate::ledger::Ledger;
use crate::release::Release;
use crate::scripting::Scripts;
use crate::server::{self, Doors};
use crate::state::{State, User};
use crate::system::System;
use crate::system::cron_jobs::CronJobs;
use crate::updates::Updates;
use crate::workers::Workers;

type Adjustment = Box<dyn FnOnce(&mut Knobs) + Send>;

/// A HAC that runs anywhere. See [`SimulatorBuilder`].
#[derive(Clone, Copy, Debug)]
pub struct Simulator;

impl Simulator {
    /// Begins a simulator of the newest release, on plain http, on a free port, with HAC at `/hac`.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }
}

/// What a simulator is to be like.
///
/// Without anything said, it has the users `admin` (password `nimda`, all rights) and `viewer` (password `viewer`, who sees the home
/// page and no console).
#[must_use = "a simulator runs only after `start`"]
pub struct SimulatorBuilder {
    release: Release,
    adjustments: Vec<Adjustment>,
    https: bool,
    certificate: CertificateOptions,
    products: usize,
    stock_levels: usize,
    database: Option<PathBuf>,
    properties: usize,
    users: Vec<User>,
    nodes: usize,
    port: u16,
    groovy: bool,
    control: bool,
    gate: Option<(String, String)>,
    hosts: Vec<String>,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        let user = |name: &str, password: &str, role: &str| User {
            name: name.to_owned(),
            password: password.to_owned(),
            roles: vec![role.to_owned()],
        };
        Self {
            release: Release::default(),
            adjustments: Vec::new(),
            https: false,
            certificate: CertificateOptions::default(),
            products: 100,
            stock_levels: 0,
            database: None,
            properties: 0,
            users: vec![
                user("admin", "nimda", "ROLE_ADMINGROUP"),
                user("viewer", "viewer", "HAC_MONITORING_CACHE_LIMITED"),
            ],
            nodes: 1,
            port: 0,
            groovy: false,
            control: false,
            gate: None,
            hosts: Vec::new(),
        }
    }
}

impl SimulatorBuilder {
    /// The release whose preset the knobs begin with.
    pub fn release(self, release: Release) -> Self {
        Self { release, ..self }
    }

    /// Changes knobs of the release's preset. May be called often; later calls see what earlier ones did.
    pub fn knobs(mut self, adjust: impl FnOnce(&mut Knobs) + Send + 'static) -> Self {
        self.adjustments.push(Box::new(adjust));
        self
    }

    /// Where HAC is mounted: `"/hac"`, or `""` for the root.
    pub fn context_path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        self.knobs(|knobs| knobs.context_path = path)
    }

    /// Serves https only, with a certificate of its own for `localhost`, `127.0.0.1` and `::1`.
    pub fn https(self) -> Self {
        Self { https: true, ..self }
    }

    /// Serves https only, with a certificate for these names alone.
    pub fn https_for(self, names: &[&str]) -> Self {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Self { https: true, certificate: CertificateOptions { names, ..self.certificate }, ..self }
    }

    /// Serves https only, with a certificate that is valid until the beginning of this day: year, month and day.
    pub fn https_until(self, day: (i32, u8, u8)) -> Self {
        Self { https: true, certificate: CertificateOptions { valid_to: Some(day), ..self.certificate }, ..self }
    }

    /// How many products the database holds; the same rows each time.
    pub fn products(self, products: usize) -> Self {
        Self { products, ..self }
    }

    /// How many items of the type `StockLevel` the database holds; a million are there in a second or two.
    pub fn stock_levels(self, stock_levels: usize) -> Self {
        Self { stock_levels, ..self }
    }

    /// Keeps the database in this file: a simulator that starts on it again goes on with what was committed, even if the process of
    /// the last one was killed. The rows of a file that is not new stay as they are, whatever numbers of items are asked for.
    pub fn database(self, file: impl Into<PathBuf>) -> Self {
        Self { database: Some(file.into()), ..self }
    }

    /// How many properties the configuration page shows beside the usual few hundred.
    pub fn properties(self, more: usize) -> Self {
        Self { properties: more, ..self }
    }

    /// Adds a user, or replaces the one of that name. Roles are named as in HAC, with or without `ROLE_`.
    pub fn user(mut self, name: &str, password: &str, roles: &[&str]) -> Self {
        self.users.retain(|user| user.name != name);
        self.users.push(User {
            name: name.to_owned(),
            password: password.to_owned(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
        });
        self
    }

    /// How many nodes stand behind the balancer, each with sessions of its own; at least one.
    pub fn nodes(self, nodes: usize) -> Self {
        Self { nodes, ..self }
    }

    /// After how long without a request a session is forgotten.
    pub fn session_idle(self, idle: Duration) -> Self {
        self.knobs(move |knobs| knobs.session_idle = Some(idle))
    }

    /// How long an update takes, in all its steps together. Without this, it is done at once.
    pub fn update_duration(self, duration: Duration) -> Self {
        self.knobs(move |knobs| knobs.update_duration = duration)
    }

    /// The patch that fails in every update, by its name or its hash.
    pub fn failing_patch(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.knobs(move |knobs| knobs.failing_patch = Some(name))
    }

    /// Switches an endpoint off, as `endpoint.hac.platform.init.disabled=true` does: `"platform.init"`. May be called often.
    pub fn disable_endpoint(self, dotted: impl Into<String>) -> Self {
        let dotted = dotted.into();
        self.knobs(move |knobs| knobs.disabled_endpoints.push(dotted))
    }

    /// The rate limit of the gateway in front.
    pub fn rate_limit(self, limit: RateLimit) -> Self {
        self.knobs(move |knobs| knobs.rate_limit = Some(limit))
    }

    /// How long the gateway in front waits for an answer.
    pub fn gateway_limit(self, limit: GatewayLimit) -> Self {
        self.knobs(move |knobs| knobs.gateway_limit = Some(limit))
    }

    /// What the filter for markup does.
    pub fn xss_filter(self, filter: XssFilter) -> Self {
        self.knobs(move |knobs| knobs.xss_filter = filter)
    }

    /// After how long without a request a connection is closed.
    pub fn keep_alive(self, idle: Duration) -> Self {
        self.knobs(move |knobs| knobs.keep_alive = idle)
    }

    /// The port on 127.0.0.1; 0 takes a free one.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Runs Groovy scripts in the Groovy that is found on the `PATH`, with all that it may do on this machine. Where none is found, it
    /// does not start. Without this, such scripts fail with a result that says how to get one.
    pub fn groovy(self, groovy: bool) -> Self {
        Self { groovy, ..self }
    }

    /// Opens a second port, on which the ledger can be read and faults can be set from outside.
    pub fn control(self) -> Self {
        Self { control: true, ..self }
    }

    /// Puts a Basic-auth gate in front: 401 for every request without these credentials.
    pub fn gate(self, user: &str, password: &str) -> Self {
        Self { gate: Some((user.to_owned(), password.to_owned())), ..self }
    }

    /// Also serves requests whose `Host` is this name, without a port. Names of this machine are always served.
    pub fn allow_host(mut self, name: &str) -> Self {
        self.hosts.push(name.to_ascii_lowercase());
        self
    }

    /// Starts it, in a thread of its own: usable from blocking and async code.
    pub fn start(self) -> Result<SimulatorHandle, StartError> {
        self.start_in(thread::Builder::new().name("hac-simulator".to_owned()))
    }

    fn start_in(self, thread: thread::Builder) -> Result<SimulatorHandle, StartError> {
        let knobs = adjusted(self.release, self.https, self.adjustments);
        if !is_context_path(&knobs.context_path) {
            return Err(StartError::ContextPath(knobs.context_path));
        }
        let groovy = self.groovy.then(|| Scripts::find_groovy().ok_or(StartError::NoGroovy)).transpose()?;
        let pages = listen(self.port)?;
        let port = pages.local_addr().map_err(StartError::Listen)?.port();
        let control = self.control.then(|| listen(0)).transpose()?;
        let control_port = control
            .as_ref()
            .map(TcpListener::local_addr)
            .transpose()
            .map_err(StartError::Listen)?
            .map(|address| address.port());
        let (certificate, tls) = if self.https {
            let (certificate, tls) = certificate(self.certificate)?;
            (Some(certificate), Some(tls))
        } else {
            (None, None)
        };

        let contents = Contents {
            products: self.products,
            stock_levels: self.stock_levels,
            uids: self.users.iter().map(|user| user.name.clone()).collect(),
            hides_encrypted: !knobs.encrypted_attributes,
        };
        let database = Arc::new(match &self.database {
            None => Database::in_memory(contents)?,
            Some(path) => Database::in_file(path, contents)?,
        });
        let cluster = Arc::new(Cluster::new(self.nodes));
        let front = Arc::new(Front::new(&knobs));
        let workers = Arc::new(Workers::default());
        let systems: Vec<_> = (0..self.nodes.max(1)).map(|_| System::new(self.properties)).collect();
        for properties in systems.iter().map(|system| &system.properties) {
            properties.set("hac.webroot".to_owned(), knobs.context_path.clone());
            for endpoint in &knobs.disabled_endpoints {
                properties.set(format!("endpoint.hac.{endpoint}.disabled"), "true".to_owned());
            }
        }
        let state = Arc::new(State {
            faults: Faults::new(Arc::clone(&cluster), Arc::clone(&front), Arc::clone(&workers)),
            knobs,
            https: self.https,
            hosts: self.hosts,
            gate: self.gate,
            users: self.users,
            cluster,
            front,
            workers,
            ledger: Ledger::new(),
            scripts: Scripts::new(groovy, Arc::clone(&database)),
            cron_jobs: CronJobs::new(),
            systems,
            database,
            import_jobs: Arc::default(),
            updates: Updates::default(),
            exports: Exports::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let doors = Doors { pages, control, tls };
        let served = Arc::clone(&state);
        let (ready, started) = mpsc::channel();
        let thread = thread
            .spawn(move || {
                // Built in here: where the caller is async, dropping a runtime panics, and so would a thread that was not to be had.
                let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        // The caller waits for this.
                        let _ = ready.send(Err(error));
                        return Ok(());
                    }
                };
                let _ = ready.send(Ok(()));
                // Scripts that still run are left to themselves: whoever stops the simulator does not wait for them.
                let ended = runtime.block_on(server::serve(doors, served, stopped));
                runtime.shutdown_background();
                ended
            })
            .map_err(StartError::Thread)?;
        let started = started.recv().unwrap_or_else(|_| Err(std::io::Error::other("the thread ended at once")));
        started.map_err(StartError::Thread)?;
        Ok(SimulatorHandle::new(state, port, control_port, certificate, stop, thread))
    }
}

impl fmt::Debug for SimulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatorBuilder")
            .field("release", &self.release)
            .field("https", &self.https)
            .field("nodes", &self.nodes)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// The simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or may not be used.
    #[error("cannot listen on 127.0.0.1")]
    Listen(#[source] std::io::Error),
    /// The context path is neither empty nor of the form `/hac`.
    #[error("{0:?} is not a valid context path: it must be empty, or start with a slash and not end with one")]
    ContextPath(String),
    /// Groovy was asked for, and there is none on the `PATH`.
    #[error("there is no groovy on the PATH")]
    NoGroovy,
    /// The certificate could not be made.
    #[error("cannot create a certificate")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database did not open.
    #[error("cannot open the database: {0}")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The thread or its runtime did not start.
    #[error("cannot start the server's thread")]
    Thread(#[source] std::io::Error),
}

impl From<DatabaseError> for StartError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}

fn adjusted(release: Release, https: bool, adjustments: Vec<Adjustment>) -> Knobs {
    let mut knobs = release.knobs();
    knobs.cookie_secure &= https;
    for adjust in adjustments {
        adjust(&mut knobs);
    }
    knobs
}

fn is_context_path(path: &str) -> bool {
    path.is_empty() || path.starts_with('/') && !path.ends_with('/') && !path.contains(['?', '#', ';', ' '])
}

fn listen(port: u16) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(StartError::Listen)?;
    listener.set_nonblocking(true).map_err(StartError::Listen)?;
    Ok(listener)
}

/// What the certificate says.
#[derive(Clone, Debug)]
struct CertificateOptions {
    names: Vec<String>,
    valid_to: Option<(i32, u8, u8)>,
}

impl Default for CertificateOptions {
    fn default() -> Self {
        Self { names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into(), valid_to: None }
    }
}

fn certificate(options: CertificateOptions) -> Result<(Certificate, TlsAcceptor), StartError> {
    let failed = |error: rcgen::Error| StartError::Certificate(Box::new(error));
    let mut parameters = CertificateParams::new(options.names).map_err(failed)?;
    if let Some((year, month, day)) = options.valid_to {
        parameters.not_after = rcgen::date_time_ymd(year, month, day);
    }
    let signing_key = KeyPair::generate().map_err(failed)?;
    let cert = parameters.self_signed(&signing_key).map_err(failed)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key))
        .map_err(|error| StartError::Certificate(Box::new(error)))?;
    let certificate = Certificate::new(cert.pem(), cert.der());
    Ok((certificate, TlsAcceptor::from(Arc::new(config))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_thread_to_be_had_an_async_caller_gets_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // More than any system grants.
        let thread = thread::Builder::new().stack_size(1 << (usize::BITS - 2));
        let started = runtime.block_on(async { Simulator::builder().start_in(thread) });
        assert!(matches!(started, Err(StartError::Thread(_))), "{started:?}");
    }
}
