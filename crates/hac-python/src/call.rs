//! One call: a future on the runtime's thread, and the Python thread or event loop that waits for it.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hac_client::{BoxFuture, Error, ErrorKind, HacClient, Writes};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tokio::task::AbortHandle;

use crate::errors::{defect, guarded, raised};
use crate::received::Received;
use crate::runtime::{Runtime, Wake};
use crate::shutdown::{self, SLICE};

/// Makes a Python object of a result, on the thread that waits for it.
pub(crate) type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;
type Job = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// How long to wait for the end of a call that was broken off. The runtime's thread, which ends it, may have other work to do first.
const LONGEST_END: Duration = Duration::from_millis(100);

/// What the runtime's thread says to whoever waits.
enum Message {
    Done(Result<Convert, Error>),
    Panicked(String),
    /// Something that Python has to answer; an exception of it ends the call.
    Ask(Job),
    Raised(PyErr),
    /// Something that happened, for a callback.
    Event(Event),
}

/// Something that happened while a call was running.
pub(crate) enum Event {
    /// To the session: a code, a line of text, whether it is a warning.
    Notice(&'static str, String, bool),
    /// For `logging`.
    Log(u8, String),
    /// Sent, and total.
    Progress(u64, u64),
    /// What has come of a file.
    Received(Arc<Received>),
    /// Rows of a file: done, total, done in this call, milliseconds since the first one was sent.
    Rows(usize, usize, usize, u64),
    /// A line of a log.
    Line(String, bool),
}

/// Who waits for the call that runs in this task.
#[derive(Clone)]
pub(crate) struct Caller {
    messages: mpsc::Sender<Message>,
    wake: Option<(mpsc::Sender<Arc<Wake>>, Arc<Wake>)>,
    /// Whether the call goes on when what Python was asked has raised something.
    ends_by_itself: bool,
}

tokio::task_local! {
    static CALLER: Caller;
}

impl Caller {
    pub(crate) fn current() -> Option<Self> {
        CALLER.try_with(Clone::clone).ok()
    }

    pub(crate) fn event(&self, event: Event) {
        self.tell(Message::Event(event));
    }

    fn tell(&self, message: Message) {
        if self.messages.send(message).is_ok()
            && let Some((waker, wake)) = &self.wake
        {
            let _ = waker.send(Arc::clone(wake));
        }
    }

    /// Waits until Python has dealt with all events so far. What it raises ends the call.
    pub(crate) async fn heard(&self) {
        let (tell, told) = tokio::sync::oneshot::channel();
        // Where an event loop waits too, the job comes behind the events, and takes no time.
        self.tell(Message::Ask(Box::new(move |_| {
            let _ = tell.send(());
            Ok(())
        })));
        if told.await.is_err() {
            // Whoever waits ends this task.
            std::future::pending::<()>().await;
        }
    }

    /// Has Python answer: on the thread that waits for the call, or where an event loop waits, on one that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(Python<'_>) -> PyResult<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let job: Job = Box::new(move |py| {
            let _ = tell.send(job(py)?);
            Ok(())
        });
        if self.wake.is_none() {
            self.tell(Message::Ask(job));
        } else {
            let caller = self.clone();
            let started = std::thread::Builder::new().name("hac-client-ask".into()).spawn(move || {
                let Some(_attaching) = shutdown::Attaching::begin() else { return };
                if let Some(Err(error)) = Python::try_attach(job) {
                    caller.tell(Message::Raised(error));
                }
            });
            started.map_err(|cause| {
                Error::new(ErrorKind::Config, "ask the auth handler")
                    .because("the system does not allow another thread")
                    .with_source(cause)
            })?;
        }
        match told.await {
            Ok(answer) => Ok(answer),
            // It raised, and whoever waits hears of that. Nothing was sent yet.
            Err(_) if self.ends_by_itself => Err(Error::new(ErrorKind::Usage, "ask the program")
                .because("its handler raised an exception before anything was sent")),
            // Whoever waits ends this task.
            Err(_) => std::future::pending().await,
        }
    }
}

/// A call that was prepared; `wait` or `start` begins it.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Call {
    runtime: Py<Runtime>,
    client: HacClient,
    /// Those of this call alone.
    writes: Writes,
    /// What is being done, for an error that only says that there was no connection.
    doing: Option<&'static str>,
    /// For a call that is not broken off by an exception: it ends soon after this is set.
    stops: Option<Arc<AtomicBool>>,
    holds_a_file: bool,
    inner: Mutex<Inner>,
}

struct Inner {
    work: Option<BoxFuture<'static, Result<Convert, Error>>>,
    messages: Option<mpsc::Receiver<Message>>,
    abort: Option<AbortHandle>,
}

impl Call {
    pub(crate) fn new(
        runtime: Py<Runtime>,
        client: HacClient,
        writes: Writes,
        work: impl Future<Output = Result<Convert, Error>> + Send + 'static,
    ) -> Self {
        let inner = Inner { work: Some(Box::pin(work)), messages: None, abort: None };
        Self { runtime, client, writes, doing: None, stops: None, holds_a_file: false, inner: Mutex::new(inner) }
    }

    /// Says what is being done.
    pub(crate) fn doing(self, doing: &'static str) -> Self {
        Self { doing: Some(doing), ..self }
    }

    /// Has whoever breaks the call off wait until the file is gone that it was writing.
    pub(crate) fn holding_a_file(self) -> Self {
        Self { holds_a_file: true, ..self }
    }

    /// Has the call go on when an exception reaches whoever waits for it, who then decides: `stop`, and wait for its end, or `cancel`.
    pub(crate) fn ending_by_itself(self, stops: Arc<AtomicBool>) -> Self {
        Self { stops: Some(stops), ..self }
    }

    /// Without a session, what failed was its login; with one, the call itself.
    fn named(&self, error: Error) -> Error {
        if !error.doing().starts_with("connect to") {
            // The library has the same words for every language.
            return match (error.doing(), self.doing) {
                ("run the script" | "run the query" | "read the rows", Some(doing)) => error.while_doing(doing),
                _ => error,
            };
        }
        let why = error.to_string();
        if self.client.export_session().is_none() {
            return error.while_doing(format!("log in to {}", self.client.base_url())).because(why);
        }
        match self.doing {
            Some(doing) => error.while_doing(doing).because(why),
            None => error,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the call; whatever it has to say comes through the channel.
    fn begin(&self, py: Python<'_>, wake: Option<Arc<Wake>>) -> PyResult<()> {
        let runtime = self.runtime.get();
        if !runtime.is_of_this_process() {
            let error = Error::new(ErrorKind::Usage, "go on")
                .because("these rows are read by the parent process, before a fork")
                .with_hint("run the query in this process");
            return Err(raised(py, &error));
        }
        let (Some(handle), Some(waker)) = (runtime.handle(), runtime.waker()) else {
            return Err(PyRuntimeError::new_err("the runtime has ended"));
        };
        let mut inner = self.inner();
        let Some(work) = inner.work.take() else {
            return Err(PyRuntimeError::new_err("a call can be awaited once"));
        };
        let (messages, received) = mpsc::channel();
        let ends_by_itself = self.stops.is_some();
        let caller = Caller { messages, wake: wake.map(|wake| (waker, wake)), ends_by_itself };
        let (outcome, done) = (caller.clone(), caller.clone());
        let task = handle.spawn(CALLER.scope(caller, async move {
            let message = match CatchPanic(work).await {
                Ok(result) => Message::Done(result),
                Err(panic) => Message::Panicked(panic_text(&*panic)),
            };
            outcome.tell(message);
        }));
        drop(done);
        inner.messages = Some(received);
        inner.abort = Some(task.abort_handle());
        Ok(())
    }

    fn deal_with(&self, py: Python<'_>, message: Message, take: &Py<PyAny>) -> Option<PyResult<Py<PyAny>>> {
        let is_last = matches!(message, Message::Done(_) | Message::Panicked(_));
        if is_last {
            self.inner().abort = None;
        }
        let dealt = match message {
            Message::Done(Ok(convert)) => return Some(guarded(py, || convert(py))),
            Message::Done(Err(error)) => return Some(Err(raised(py, &self.named(error)))),
            Message::Panicked(what) => return Some(Err(raised(py, &defect(&what)))),
            Message::Raised(error) => Err(error),
            Message::Ask(job) => job(py),
            Message::Event(event) => event.give(py, take),
        };
        dealt.err().map(|error| Err(self.given_up(py, error)))
    }

    /// An exception in whoever waits breaks the call off, unless it ends by itself.
    fn given_up(&self, py: Python<'_>, error: PyErr) -> PyErr {
        if self.stops.is_some() {
            return error;
        }
        // Once it is stopped, nobody knows what was under way.
        let error = self.with_note(py, error);
        self.abort(py);
        error
    }

    fn abort(&self, py: Python<'_>) {
        let Some(abort) = self.inner().abort.take() else { return };
        abort.abort();
        if self.holds_a_file {
            py.detach(|| {
                let since = Instant::now();
                while !abort.is_finished() && since.elapsed() < LONGEST_END {
                    std::thread::sleep(Duration::from_millis(1));
                }
            });
        }
    }

    fn is_under_way(&self) -> bool {
        self.inner().abort.is_some()
    }

    fn wait_on(&self, py: Python<'_>, take: &Py<PyAny>, look: &Py<PyAny>) -> PyResult<Py<PyAny>> {
        let Some(messages) = self.inner().messages.take() else {
            return Err(PyRuntimeError::new_err("a call can be awaited once"));
        };
        let messages = Mutex::new(messages);
        let ended = self.received(py, &messages, take, look);
        if ended.is_err() && self.is_under_way() {
            self.inner().messages = messages.into_inner().ok();
        }
        ended
    }

    /// Deals with what arrives, up to the result or an exception.
    fn received(
        &self,
        py: Python<'_>,
        messages: &Mutex<mpsc::Receiver<Message>>,
        take: &Py<PyAny>,
        look: &Py<PyAny>,
    ) -> PyResult<Py<PyAny>> {
        loop {
            let (message, _attaching) = py.detach(|| {
                let message = messages.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(SLICE);
                (message, shutdown::Attaching::unless_ending())
            });
            match message {
                Ok(message) => {
                    if let Some(result) = self.deal_with(py, message, take) {
                        return result;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.lost(py)),
            }
            py.check_signals().and_then(|()| look.call0(py).map(drop)).map_err(|error| self.given_up(py, error))?;
        }
    }

    fn lost(&self, py: Python<'_>) -> PyErr {
        self.inner().abort = None;
        raised(py, &defect("a task ended without a result"))
    }

    /// What an interrupted write leaves open.
    fn with_note(&self, py: Python<'_>, error: PyErr) -> PyErr {
        if self.writes.under_way() {
            let note = "the request was sent: what it started may still be running on the server";
            // Exceptions have notes since Python 3.11.
            let _ = error.value(py).call_method1("add_note", (note,));
        }
        error
    }
}

#[pymethods]
impl Call {
    /// Waits for the result. `take` is called with what happens meanwhile, `look` every 40 ms and whenever something happens.
    fn wait(&self, py: Python<'_>, take: Py<PyAny>, look: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.begin(py, None)?;
        self.wait_on(py, &take, &look)
    }

    /// Waits on, after an exception, for a call that ends by itself.
    fn go_on(&self, py: Python<'_>, take: Py<PyAny>, look: Py<PyAny>) -> PyResult<Py<PyAny>> {
        self.wait_on(py, &take, &look)
    }

    /// Begins the call for an event loop, which is called back whenever there is something for `next`.
    fn start(&self, py: Python<'_>, call_soon_threadsafe: Py<PyAny>, callback: Py<PyAny>) -> PyResult<()> {
        if shutdown::has_begun() {
            // No thread may call the loop back any more.
            let error = Error::new(ErrorKind::Interrupted, "begin the call").because("the interpreter is ending");
            return Err(raised(py, &error));
        }
        self.begin(py, Some(Arc::new(Wake { call_soon_threadsafe, callback })))
    }

    /// Takes what has arrived; the result in a tuple of one, or `None` where it is still to come. If it pauses, an empty tuple behind
    /// each callback of the program, with which there may be more: the program may have cancelled what waits.
    #[pyo3(signature = (take, pauses = false))]
    fn poll(&self, py: Python<'_>, take: Py<PyAny>, pauses: bool) -> PyResult<Option<Py<PyTuple>>> {
        loop {
            let message = self.inner().messages.as_ref().map(mpsc::Receiver::try_recv);
            match message {
                None | Some(Err(mpsc::TryRecvError::Empty)) => return Ok(None),
                Some(Err(mpsc::TryRecvError::Disconnected)) => return Err(self.lost(py)),
                Some(Ok(message)) => {
                    let was_callback = matches!(&message, Message::Event(event) if event.is_for_a_callback());
                    if let Some(result) = self.deal_with(py, message, &take) {
                        return Ok(Some(PyTuple::new(py, [result?])?.unbind()));
                    }
                    if pauses && was_callback {
                        return Ok(Some(PyTuple::empty(py).unbind()));
                    }
                }
            }
        }
    }

    /// Whether the call has begun, and neither ended nor been broken off.
    fn is_running(&self) -> bool {
        self.is_under_way()
    }

    /// Has a call that ends by itself send nothing new.
    fn stop(&self) {
        if let Some(stops) = &self.stops {
            stops.store(true, Ordering::SeqCst);
        }
    }

    /// Ends the wait, not what the server is doing. Returns whether a write was under way; `error` is what ends the wait, and says so.
    #[pyo3(signature = (error = None))]
    fn cancel(&self, py: Python<'_>, error: Option<Bound<'_, PyAny>>) -> bool {
        let under_way = self.writes.under_way();
        if let Some(error) = error
            && self.is_under_way()
        {
            let _ = self.with_note(py, PyErr::from_value(error));
        }
        self.abort(py);
        under_way
    }
}

impl Event {
    /// Whether a function of the program is called with it, as far as there is one.
    fn is_for_a_callback(&self) -> bool {
        !matches!(self, Self::Notice(..) | Self::Log(..))
    }

    fn give(self, py: Python<'_>, take: &Py<PyAny>) -> PyResult<()> {
        match self {
            Self::Notice(code, text, is_warning) => take.call1(py, ("notice", code, text, is_warning)),
            Self::Log(level, text) => take.call1(py, ("log", level, text)),
            Self::Progress(sent, total) => take.call1(py, ("progress", sent, total)),
            Self::Received(received) => {
                let Some((bytes, total)) = received.news() else { return Ok(()) };
                take.call1(py, ("progress", bytes, total))
            }
            Self::Rows(done, total, in_this_call, elapsed) => {
                take.call1(py, ("rows", done, total, in_this_call, elapsed))
            }
            Self::Line(text, is_heading) => take.call1(py, ("line", text, is_heading)),
        }
        .map(drop)
    }
}

/// Polls a future, and makes a value of its panic.
struct CatchPanic(BoxFuture<'static, Result<Convert, Error>>);

impl Future for CatchPanic {
    type Output = Result<Result<Convert, Error>, Box<dyn Any + Send>>;

    fn poll(mut self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    }
}

/// Fixed texts only: one that was put together may quote what the server sent.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<&'static str>().copied().unwrap_or("a panic").to_owned()
}
