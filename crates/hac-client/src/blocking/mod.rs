//! The client for programs without a runtime of their own: it adds one, and nothing else.

mod console;
mod monitoring;
mod platform;
mod update;

use std::future::Future;

use tokio::runtime::Runtime;

use crate::client::HacClient as AsyncClient;
use crate::error::{Error, ErrorKind, Result};
use crate::request::{HacAnswer, HacRequest};
use crate::session::{SessionInfo, SessionState};

/// [`HacClient`](crate::HacClient), each call blocking its thread until it is done.
///
/// May be shared between threads. Not for use inside an asynchronous runtime: there it panics,
/// as anything does that blocks a runtime's thread.
#[derive(Debug)]
pub struct HacClient {
    client: AsyncClient,
    /// Taken in `drop`, so that a runtime can be given up without waiting for its threads.
    runtime: Option<Runtime>,
}

impl HacClient {
    pub(crate) fn new(client: AsyncClient) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|cause| {
            Error::new(ErrorKind::Config, "start the client's runtime")
                .because("the system has no room for it")
                .with_source(cause)
        })?;
        Ok(Self { client, runtime: Some(runtime) })
    }

    /// See [`HacClient::builder`](crate::HacClient::builder); end it with `build_blocking()`.
    pub fn builder(base_url: impl Into<String>) -> crate::HacClientBuilder {
        AsyncClient::builder(base_url)
    }

    /// See [`HacClient::base_url`](crate::HacClient::base_url).
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// See [`HacClient::login`](crate::HacClient::login).
    pub fn login(&self) -> Result<SessionInfo> {
        self.wait(self.client.login())
    }

    /// See [`HacClient::logout`](crate::HacClient::logout).
    pub fn logout(&self) -> Result<bool> {
        self.wait(self.client.logout())
    }

    /// See [`HacClient::check`](crate::HacClient::check).
    pub fn check(&self) -> Result<SessionState> {
        self.wait(self.client.check())
    }

    /// See [`HacClient::session_info`](crate::HacClient::session_info).
    pub fn session_info(&self) -> Option<SessionInfo> {
        self.client.session_info()
    }

    /// See [`HacClient::send`](crate::HacClient::send).
    pub fn send(&self, request: &HacRequest) -> Result<HacAnswer> {
        self.wait(self.client.send(request))
    }

    /// Blocks until the call is done.
    fn wait<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(call),
            None => Err(Error::new(ErrorKind::Usage, "use the client").because("it was closed")),
        }
    }
}

impl Drop for HacClient {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
