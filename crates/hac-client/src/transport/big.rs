//! Big bodies, sent so that an early answer can be read.
//!
//! A server that refuses a form, or drops it because it is too long, does not read it to its end. Tomcat answers, reads 2 MiB
//! more (`maxSwallowSize`) and closes the connection. A client that keeps writing without reading only notices the closed
//! connection, and cannot tell whether the form was executed.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use crate::progress::OnProgress;

/// Larger bodies are big: half of what Tomcat always reads.
pub(crate) const BIG: usize = 1 << 20;

/// The size of a piece, and the pause after it in which the answer is read.
#[derive(Clone, Copy)]
struct Step {
    bytes: usize,
    pause: Duration,
}

/// Time for a server that decides based on the head.
const FIRST: Step = Step { bytes: 64 << 10, pause: Duration::from_millis(100) };
/// A pause of the least kind, in which the runtime turns to its sockets.
const NEXT: Step = Step { bytes: 256 << 10, pause: Duration::from_millis(1) };

/// The source of a body's pieces.
pub(super) trait Content: Unpin {
    /// How many bytes are left.
    fn left(&self) -> u64;

    /// The next bytes, at most so many; none only where none are left.
    fn poll_next(&mut self, most: usize, context: &mut Context<'_>) -> Poll<io::Result<Bytes>>;
}

impl Content for Bytes {
    fn left(&self) -> u64 {
        self.len() as u64
    }

    fn poll_next(&mut self, most: usize, _: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        Poll::Ready(Ok(self.split_to(most.min(self.len()))))
    }
}

/// A body in pieces. It stops when its answer has arrived.
pub(super) struct Pieces<C> {
    content: C,
    stage: Stage,
    answered: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    progress: OnProgress,
    given_up: oneshot::Receiver<Infallible>,
}

/// What a body in pieces does next.
enum Stage {
    /// It gives the next piece.
    Sending(Step),
    /// It waits for an answer until the pause is over.
    Listening(Pin<Box<Sleep>>),
    /// It is abandoned; the connection must stay open until the answer has been read.
    Answered,
}

/// The answer's handle on its request body. Dropping it abandons the rest of the body, and the connection.
pub(super) struct Sending {
    answered: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    _given_up: oneshot::Sender<Infallible>,
}

impl<C> Pieces<C> {
    pub(super) fn of(content: C) -> (Self, Sending) {
        let (sender, given_up) = oneshot::channel();
        let (answered, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let sending = Sending { answered: Arc::clone(&answered), sent: Arc::clone(&sent), _given_up: sender };
        (
            Self { content, stage: Stage::Sending(FIRST), answered, sent, progress: OnProgress::default(), given_up },
            sending,
        )
    }

    /// Reports how far it is.
    pub(super) fn reporting_to(self, progress: &OnProgress) -> Self {
        Self { progress: progress.clone(), ..self }
    }
}

impl<C: Content> Pieces<C> {
    fn note_sent(&self, bytes: u64) {
        let sent = self.sent.fetch_add(bytes, Ordering::SeqCst) + bytes;
        self.progress.report(sent, sent + self.content.left());
    }
}

impl Sending {
    /// The answer is there and does not depend on the rest of the body.
    pub(super) fn stop(&self) {
        self.answered.store(true, Ordering::SeqCst);
    }

    /// How many bytes have left so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl<C: Content> Body for Pieces<C> {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, BodyError>>> {
        let this = &mut *self;
        loop {
            match &mut this.stage {
                Stage::Listening(pause) => {
                    ready!(pause.as_mut().poll(context));
                    this.stage = Stage::Sending(NEXT);
                }
                Stage::Sending(_) if this.answered.load(Ordering::SeqCst) => this.stage = Stage::Answered,
                Stage::Sending(_) if this.content.left() == 0 => return Poll::Ready(None),
                Stage::Sending(step) => {
                    let Step { bytes, pause } = *step;
                    let piece = match ready!(this.content.poll_next(bytes, context)) {
                        Ok(piece) => piece,
                        Err(cause) => return Poll::Ready(Some(Err(BodyError::Unreadable(cause)))),
                    };
                    this.note_sent(piece.len() as u64);
                    this.stage = match this.content.left() {
                        0 => Stage::Sending(NEXT),
                        _ => Stage::Listening(Box::pin(tokio::time::sleep(pause))),
                    };
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                Stage::Answered => {
                    let _ = ready!(Pin::new(&mut this.given_up).poll(context));
                    return Poll::Ready(Some(Err(BodyError::Answered)));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.left())
    }

    fn is_end_stream(&self) -> bool {
        self.content.left() == 0
    }
}

/// Why a body was not sent completely.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// The answer came first.
    #[error("the answer came before the end of the request")]
    Answered,
    /// The rest of it cannot be read.
    #[error("the rest of the upload cannot be read")]
    Unreadable(#[source] io::Error),
}
