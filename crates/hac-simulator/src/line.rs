//! One connection: a stream that can be broken off, and knows when it was last used.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// How long a new connection may take to its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(20);

/// What the requests of a connection may do to it.
pub(crate) struct LineControl {
    reset: AtomicBool,
    served: AtomicBool,
    busy: AtomicUsize,
    used: Mutex<Instant>,
}

impl LineControl {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            reset: AtomicBool::new(false),
            served: AtomicBool::new(false),
            busy: AtomicUsize::new(0),
            used: Mutex::new(Instant::now()),
        })
    }

    /// From now on nothing is sent any more, and the connection ends in a reset instead of an orderly close.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
    }

    /// A request is being handled until the guard is dropped.
    pub(crate) fn work(self: &Arc<Self>) -> Work {
        self.served.store(true, Ordering::SeqCst);
        self.busy.fetch_add(1, Ordering::SeqCst);
        Work(Arc::clone(self))
    }

    /// When the connection will have been idle for too long, if nothing more happens.
    pub(crate) fn deadline(&self, keep_alive: Duration) -> Instant {
        let patience = if self.served.load(Ordering::SeqCst) { keep_alive } else { keep_alive.max(FIRST_REQUEST) };
        if self.busy.load(Ordering::SeqCst) > 0 {
            Instant::now() + patience
        } else {
            *self.used.lock().unwrap_or_else(PoisonError::into_inner) + patience
        }
    }

    fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

pub(crate) struct Work(Arc<LineControl>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.touch();
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(crate) struct Line {
    stream: TcpStream,
    control: Arc<LineControl>,
}

impl Line {
    pub(crate) fn new(stream: TcpStream, control: Arc<LineControl>) -> Self {
        Self { stream, control }
    }

    fn is_reset(&self) -> bool {
        self.control.reset.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_reset() {
            // Where the socket is gone already, there is nothing left to reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let filled = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > filled {
            self.control.touch();
        }
        read
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_reset() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.control.touch();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_reset() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
