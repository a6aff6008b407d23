//! The blocking client: the asynchronous client with a runtime on a thread of its own.

mod comparison;
mod console;
mod diagnosis;
mod driver;
mod monitoring;
mod platform;
mod update;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use crate::builder::HacClientBuilder;
use crate::client::HacClient as AsyncClient;
use crate::error::Result;
use crate::offload::no_thread;
use crate::protection::Protection;
use crate::request::{HacAnswer, HacRequest};
use crate::session::{FoundHac, SessionInfo, SessionState};
pub use console::Rows;
pub use diagnosis::Diagnosis;
use driver::Driver;

/// A [`HacClient`](crate::HacClient) whose calls block the calling thread.
///
/// ```no_run
/// use hac_client::{BasicAuthHandler, Commit, blocking::HacClient};
///
/// # fn main() -> hac_client::Result<()> {
/// let client = HacClient::builder("https://localhost:9002")
///     .auth_handler(BasicAuthHandler::new("admin", "nimda"))
///     .build_blocking()?;
/// println!("{:?}", client.execute_groovy("return 'Hello'", Commit::No)?.execution_result);
/// # Ok(())
/// # }
/// ```
///
/// May be shared between threads. The first call starts a thread that drives the connections. Calls also work inside an
/// asynchronous runtime, but block its thread: use [`crate::HacClient`] there.
///
/// After a fork, every call in the child fails with [`Usage`](crate::ErrorKind::Usage); dropping the child's copy does not
/// affect the parent.
pub struct HacClient {
    client: AsyncClient,
    driver: Mutex<Option<Arc<Driver>>>,
}

impl HacClientBuilder {
    /// Builds the blocking client, for programs without an asynchronous runtime.
    ///
    /// # Errors
    /// Those of [`build`](Self::build).
    pub fn build_blocking(self) -> Result<HacClient> {
        Ok(HacClient::new(self.build()?))
    }
}

impl HacClient {
    fn new(client: AsyncClient) -> Self {
        Self { client, driver: Mutex::default() }
    }

    /// See [`HacClient::builder`](crate::HacClient::builder); finish with `build_blocking()`.
    pub fn builder(base_url: impl Into<String>) -> HacClientBuilder {
        AsyncClient::builder(base_url)
    }

    /// See [`HacClient::base_url`](crate::HacClient::base_url).
    pub fn base_url(&self) -> &str {
        self.client.base_url()
    }

    /// See [`HacClient::protection`](crate::HacClient::protection).
    pub fn protection(&self) -> Protection {
        self.client.protection()
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

    /// See [`HacClient::find_hac`](crate::HacClient::find_hac).
    pub fn find_hac(&self) -> Result<FoundHac> {
        self.wait(self.client.find_hac())
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
    fn wait<T: Send>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        // Before the lock, which a thread that the child of a fork does not have may hold.
        self.client.engine().check_process()?;
        let driver = self.driver()?;
        if Handle::try_current().is_err() {
            return driver.block_on(call);
        }
        // A thread of a runtime may not wait for another runtime.
        std::thread::scope(|scope| {
            let waiting = std::thread::Builder::new()
                .name("hac-client".into())
                .spawn_scoped(scope, || driver.block_on(call))
                .map_err(|cause| no_thread("wait for the call", cause))?;
            waiting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn driver(&self) -> Result<Arc<Driver>> {
        let mut driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner);
        match &*driver {
            Some(driver) => Ok(Arc::clone(driver)),
            None => Ok(Arc::clone(driver.insert(Arc::new(Driver::start()?)))),
        }
    }
}

impl fmt::Debug for HacClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}

impl Drop for HacClient {
    fn drop(&mut self) {
        // In the child of a fork the runtime is the parent's: to end it would wake the parent's, through what they share.
        if self.client.engine().check_process().is_err() {
            std::mem::forget(self.driver.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}
