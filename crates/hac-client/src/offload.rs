//! Blocking work, on a thread of its own, and what is said where the system has no thread to give.

use std::io;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::error::{Error, ErrorKind, Result};
use crate::os;

/// Runs blocking work on a thread of its own and waits for it.
///
/// In place of `tokio::task::spawn_blocking`, which panics where the system has no thread to give. Work whose future is dropped
/// goes on to its end.
///
/// # Errors
/// `config` where no thread can be started, `internal` where the work panics.
pub(crate) async fn offload<T: Send + 'static>(doing: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = begin(work).map_err(|cause| no_thread(doing, cause))?;
    done.await.map_err(|cause| {
        Error::new(ErrorKind::Internal, doing).because("the thread that did it panicked").with_source(cause)
    })
}

/// The same, without waiting for it.
pub(crate) fn begin<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<oneshot::Receiver<T>> {
    let (sender, done) = oneshot::channel();
    let runtime = Handle::try_current().ok();
    start(move || {
        // Callbacks of the user may want the runtime.
        let _inside = runtime.as_ref().map(Handle::enter);
        let _ = sender.send(work());
    })?;
    Ok(done)
}

/// Starts a thread that nobody joins.
pub(crate) fn start(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    #[cfg(test)]
    if tests::there_is_no_thread() {
        return Err(io::Error::from_raw_os_error(11));
    }
    std::thread::Builder::new().name("hac-client".into()).spawn(work).map(drop)
}

/// The error for a thread that cannot be started.
pub(crate) fn no_thread(doing: &str, cause: io::Error) -> Error {
    Error::new(ErrorKind::Config, doing)
        .because("the operating system refused to start a thread")
        .with_hint(os::MORE_THREADS)
        .with_source(cause)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NO_THREAD: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn there_is_no_thread() -> bool {
        NO_THREAD.get()
    }

    /// As long as this lives, the system refuses this thread every further one.
    pub(crate) struct WithoutThreads(());

    impl WithoutThreads {
        pub(crate) fn begin() -> Self {
            NO_THREAD.set(true);
            Self(())
        }
    }

    impl Drop for WithoutThreads {
        fn drop(&mut self) {
            NO_THREAD.set(false);
        }
    }

    #[tokio::test]
    async fn the_work_is_done_on_another_thread_with_the_runtime_at_hand() {
        let here = std::thread::current().id();
        let (there, in_runtime) =
            offload("work", || (std::thread::current().id(), Handle::try_current().is_ok())).await.expect("a thread");
        assert_ne!(here, there);
        assert!(in_runtime);
    }

    #[tokio::test]
    async fn a_system_without_threads_ends_the_work_with_an_error_and_no_panic() {
        let _none = WithoutThreads::begin();
        let error = offload("ask for the password", || ()).await.expect_err("no thread");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.to_string(), "cannot ask for the password: the operating system refused to start a thread");
        assert!(error.hint().is_some_and(|hint| hint.to_string() == os::MORE_THREADS), "{error:?}");
    }

    #[tokio::test]
    async fn work_that_panics_is_a_defect_and_not_a_hang() {
        let error = offload("work", || assert!(std::hint::black_box(false), "on purpose")).await.expect_err("a panic");
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
}
