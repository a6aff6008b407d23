//! The one runtime of a process, on a thread of its own, and the thread that wakes event loops.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::shutdown;

/// Drives every client of this process. Python holds it, and makes another one in the child of a fork.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Runtime {
    process: u32,
    inner: Mutex<Option<Inner>>,
}

struct Inner {
    handle: Handle,
    wake: mpsc::Sender<Arc<Wake>>,
    /// The thread ends when this is dropped.
    _stop: oneshot::Sender<Infallible>,
}

/// How to call an event loop back from another thread.
pub(crate) struct Wake {
    pub(crate) call_soon_threadsafe: Py<PyAny>,
    pub(crate) callback: Py<PyAny>,
}

impl Wake {
    fn wake(&self) {
        // A thread that attaches while the interpreter ends would never come back.
        let Some(_attaching) = shutdown::Attaching::begin() else { return };
        Python::try_attach(|py| {
            // A loop that was closed wants to know nothing any more.
            let _ = self.call_soon_threadsafe.call1(py, (&self.callback,));
        });
    }
}

#[pymethods]
impl Runtime {
    #[new]
    fn new() -> PyResult<Self> {
        let (tell, told) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel::<Infallible>();
        start("hac-client", move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(cause) => return drop(tell.send(Err(cause))),
            };
            let _ = tell.send(Ok(runtime.handle().clone()));
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        })?;
        let handle = told.recv().map_err(std::io::Error::other)??;
        let (wake, woken) = mpsc::channel::<Arc<Wake>>();
        start("hac-client-wake", move || woken.iter().for_each(|wake| wake.wake()))?;
        Ok(Self { process: std::process::id(), inner: Mutex::new(Some(Inner { handle, wake, _stop: stop })) })
    }
}

impl Runtime {
    pub(crate) fn is_of_this_process(&self) -> bool {
        self.process == std::process::id()
    }

    pub(crate) fn handle(&self) -> Option<Handle> {
        self.lock().as_ref().map(|inner| inner.handle.clone())
    }

    pub(crate) fn waker(&self) -> Option<mpsc::Sender<Arc<Wake>>> {
        self.lock().as_ref().map(|inner| inner.wake.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Inner>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // In the child of a fork the threads are the parent's: to end them would wake the parent's, through what they share.
        if !self.is_of_this_process() {
            std::mem::forget(self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> PyResult<()> {
    std::thread::Builder::new().name(name.into()).spawn(work).map(drop).map_err(|cause| {
        pyo3::exceptions::PyRuntimeError::new_err(format!("the system does not allow another thread: {cause}"))
    })
}
