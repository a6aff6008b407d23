//! The runtime of a blocking client, on a thread of its own.

use std::convert::Infallible;
use std::sync::mpsc;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Result};
use crate::offload::{no_thread, start};
use crate::os::{self, MORE_DESCRIPTORS};
use crate::transport::notice_closed_connections;

const DOING: &str = "start the client's runtime";

/// Drives the connections of a client all the time: it notices a connection that the server closed between two calls, and a call
/// may wait for it from any thread.
#[derive(Debug)]
pub(super) struct Driver {
    handle: Handle,
    /// The thread ends when this is dropped.
    _stop: oneshot::Sender<Infallible>,
}

impl Driver {
    pub(super) fn start() -> Result<Self> {
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let (tell, told) = mpsc::sync_channel(1);
        let started = start(move || {
            let runtime = match runtime() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = tell.send(Err(error));
                    return;
                }
            };
            let _ = tell.send(Ok(runtime.handle().clone()));
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        });
        started.map_err(|cause| no_thread(DOING, cause))?;
        let handle = told.recv().map_err(|cause| {
            Error::new(ErrorKind::Internal, DOING).because("its thread panicked").with_source(cause)
        })??;
        Ok(Self { handle, _stop: stop })
    }

    /// Waits for a call, on the thread of whoever calls. The driver's thread first handles what its sockets have received: it may
    /// not know yet that the server has closed a connection, and the call would use it.
    pub(super) fn block_on<T>(&self, call: impl Future<Output = T>) -> T {
        self.handle.block_on(async {
            // It fails only if the runtime ends, and then the call says so.
            let _ = self.handle.spawn(notice_closed_connections()).await;
            call.await
        })
    }
}

fn runtime() -> Result<Runtime> {
    let checked = os::check_descriptors_for_a_runtime();
    checked.and_then(|()| Builder::new_current_thread().enable_all().build()).map_err(|cause| {
        let error = Error::new(ErrorKind::Config, DOING);
        let error = if os::is_out_of_descriptors(&cause) {
            error.because("the limit for open files is too low").with_hint(MORE_DESCRIPTORS)
        } else {
            error
                .because("the operating system has no resources left for it")
                .with_hint("check the limits for memory and processes")
        };
        error.with_source(cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offload::tests::WithoutThreads;

    #[test]
    fn a_system_without_threads_ends_the_first_call_with_an_error_and_not_with_a_panic() {
        let client = crate::HacClient::builder("http://127.0.0.1:1")
            .auth_handler(crate::BasicAuthHandler::new("admin", "nimda"))
            .session_persistence(false)
            .build_blocking()
            .expect("a client that was not used yet needs no thread");
        let none = WithoutThreads::begin();
        let error = client.login().expect_err("no thread");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.hint().is_some_and(|hint| hint.to_string() == os::MORE_THREADS), "{error:?}");
        drop(none);
        assert_eq!(client.login().expect_err("nothing listens there").kind(), ErrorKind::Connect, "it was tried again");
    }
}
