//! The moment at which a request leaves.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::writes::Departure;

/// Records the departure of a request. Its body is requested when the connection is established and the head is about to be
/// written: nothing can have arrived before that.
pub(super) fn note(request: &mut reqwest::Request, departure: Departure) {
    match request.body_mut() {
        Some(body) => {
            let whole = std::mem::take(body);
            *body = reqwest::Body::wrap(Noted { body: whole, departure: Some(departure) });
        }
        // Without a body nobody says when the head is written.
        None => departure.happens(),
    }
}

struct Noted {
    body: reqwest::Body,
    departure: Option<Departure>,
}

impl Body for Noted {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        if let Some(departure) = self.departure.take() {
            departure.happens();
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
