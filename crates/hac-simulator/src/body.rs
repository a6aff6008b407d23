//! Bodies on their way out: whole, cut, and too long to be held in memory.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, SizeHint};

use crate::content::{Content, LongContent};

pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, io::Error>;

const CHUNK: usize = 64 * 1024;
/// How much of a long content is in memory while it is sent.
const LONG_PIECE: usize = 256 * 1024;
const BEGIN: &[u8] = b"{\"executionResult\":\"";
const END: &[u8] = b"\",\"outputText\":\"\",\"stacktraceText\":\"\"}";

pub(crate) fn whole(content: Content) -> AnswerBody {
    let left = content.len();
    match content {
        Content::Memory(bytes) => Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync(),
        Content::File(content) => Long { content, left, cut: false, flushed: false }.boxed_unsync(),
    }
}

/// The first half of the content, which reaches the client, and then an end of the connection.
pub(crate) fn cut(content: Content) -> AnswerBody {
    let left = content.len() / 2;
    let content = match content {
        Content::File(content) => content,
        Content::Memory(bytes) => {
            return Cut { half: Some(bytes.slice(..bytes.len() / 2)), flushed: false }.boxed_unsync();
        }
    };
    Long { content, left, cut: true, flushed: false }.boxed_unsync()
}

/// A content from a file, or the first part of it.
struct Long {
    content: LongContent,
    left: u64,
    /// Whether what is left is not all.
    cut: bool,
    flushed: bool,
}

impl Body for Long {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return if self.cut { abort(&mut self.flushed, context) } else { Poll::Ready(None) };
        }
        let most = usize::try_from(self.left).unwrap_or(LONG_PIECE).min(LONG_PIECE);
        // From a file that was just written: this waits for memory, not for a disk.
        let piece = self.content.next(most);
        self.left -= piece.as_ref().map_or(0, |piece| piece.as_ref().map_or(0, |bytes| bytes.len() as u64));
        Poll::Ready(piece.transpose().map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        if self.cut { SizeHint::default() } else { SizeHint::with_exact(self.left) }
    }
}

struct Cut {
    half: Option<Bytes>,
    flushed: bool,
}

impl Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.half.take() {
            Some(half) => Poll::Ready(Some(Ok(Frame::data(half)))),
            None => abort(&mut self.flushed, context),
        }
    }
}

/// Ends a body that is not complete, once what there is of it has left.
fn abort(flushed: &mut bool, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
    if !*flushed {
        // The server writes what it has while the body has nothing to give; a failure would discard it.
        *flushed = true;
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
}

/// How long the JSON around `bytes` bytes of result is.
pub(crate) fn big_length(bytes: u64) -> u64 {
    bytes + (BEGIN.len() + END.len()) as u64
}

/// A script's result of this length, made while it is sent.
pub(crate) fn big(bytes: u64) -> AnswerBody {
    Big::new(bytes).boxed_unsync()
}

/// The same, compressed while it is sent.
pub(crate) fn gzip(decoded_bytes: u64) -> AnswerBody {
    Gzip { source: Big::new(decoded_bytes), encoder: Some(GzEncoder::new(Vec::new(), Compression::best())) }
        .boxed_unsync()
}

/// The pieces of the JSON, one after the other.
struct Big {
    begun: bool,
    left: u64,
    ended: bool,
    filler: Bytes,
}

impl Big {
    fn new(bytes: u64) -> Self {
        Self { begun: false, left: bytes, ended: false, filler: Bytes::from(vec![b'x'; CHUNK]) }
    }

    fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            Some(Bytes::from_static(BEGIN))
        } else if self.left > 0 {
            let length = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
            self.left -= length as u64;
            Some(self.filler.slice(..length))
        } else if !self.ended {
            self.ended = true;
            Some(Bytes::from_static(END))
        } else {
            None
        }
    }
}

impl Body for Big {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.next().map(|piece| Ok(Frame::data(piece))))
    }
}

struct Gzip {
    source: Big,
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Body for Gzip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let Some(encoder) = &mut this.encoder else {
            return Poll::Ready(None);
        };
        // Some of the work at a time: other requests are waiting too.
        for _ in 0..16 {
            let Some(piece) = this.source.next() else {
                let rest = this.encoder.take().map(GzEncoder::finish).transpose();
                return Poll::Ready(rest.transpose().map(|rest| rest.map(|rest| Frame::data(rest.into()))));
            };
            if let Err(error) = encoder.write_all(&piece) {
                return Poll::Ready(Some(Err(error)));
            }
        }
        let ready = std::mem::take(encoder.get_mut());
        if ready.is_empty() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(ready.into()))))
    }
}
