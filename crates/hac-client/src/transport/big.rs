//! Big bodies: sent so that an answer which comes before their end is heard.
//!
//! A server that refuses a form, or drops it because it is too long, does not read its end. Tomcat answers, reads 2 MiB more
//! (`maxSwallowSize`) and hangs up. Who writes on without listening hears the hanging up only, and cannot tell whether the
//! form was executed.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::Sleep;

/// Bodies over this are big: half of what Tomcat reads in any case.
pub(crate) const BIG: usize = 1 << 20;

/// What leaves at once, before we listen for the first time.
const FIRST: usize = 64 << 10;
/// How long we listen then, for a server that decides by the head.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// What leaves between two looks at what came in, and for how long we look: a pause of the least kind, in which the runtime turns
/// to its sockets.
const PIECE: usize = 256 << 10;
const PAUSE: Duration = Duration::from_millis(1);

/// A body in pieces. It stops when its answer is there.
pub(super) struct Pieces {
    left: Bytes,
    next: usize,
    pause: Option<Pin<Box<Sleep>>>,
    answered: Arc<AtomicBool>,
    given_up: oneshot::Receiver<Infallible>,
}

/// What the answer knows of the body that it answers. When it is dropped, the rest of the body is given up, and the connection
/// with it.
pub(super) struct Sending {
    answered: Arc<AtomicBool>,
    _given_up: oneshot::Sender<Infallible>,
}

impl Pieces {
    pub(super) fn of(bytes: Bytes) -> (Self, Sending) {
        let (sender, given_up) = oneshot::channel();
        let answered = Arc::new(AtomicBool::new(false));
        let sending = Sending { answered: Arc::clone(&answered), _given_up: sender };
        (Self { left: bytes, next: FIRST, pause: None, answered, given_up }, sending)
    }
}

impl Sending {
    /// The answer is there and does not depend on the rest of the body.
    pub(super) fn stop(&self) {
        self.answered.store(true, Ordering::SeqCst);
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, GivenUp>>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if self.answered.load(Ordering::SeqCst) {
            // As long as the answer is read, the connection has to live.
            let _ = std::task::ready!(Pin::new(&mut self.given_up).poll(context));
            return Poll::Ready(Some(Err(GivenUp)));
        }
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let (size, pause) = (self.next.min(self.left.len()), if self.next == FIRST { FIRST_PAUSE } else { PAUSE });
        self.next = PIECE;
        let piece = self.left.split_to(size);
        self.pause = (!self.left.is_empty()).then(|| Box::pin(tokio::time::sleep(pause)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }
}

/// The answer came first.
#[derive(Debug, thiserror::Error)]
#[error("the answer came before the end of the request")]
pub(super) struct GivenUp;
