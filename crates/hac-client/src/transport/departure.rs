//! The moment at which a request leaves.

use std::error::Error as StdError;
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
        // Without a body nobody says when the head is written, and a request that was given up ends with its future.
        None => {
            let _may_leave = departure.happens();
        }
    }
}

struct Noted {
    body: reqwest::Body,
    departure: Option<Departure>,
}

impl Body for Noted {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(departure) = self.departure.take()
            && !departure.happens()
        {
            return Poll::Ready(Some(Err(Box::new(GivenUp))));
        }
        Pin::new(&mut self.body).poll_frame(context).map_err(Into::into)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

/// Whoever sent the request has given it up, and has noted that it never left. Nobody waits for this error.
#[derive(Debug, thiserror::Error)]
#[error("the request was given up before it left")]
struct GivenUp;

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind as Cause, Read as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Duration;

    use http::{HeaderMap, Method};
    use tokio::sync::Notify;

    use super::super::network::{Network, Proxy};
    use super::super::tls::Trust;
    use super::super::{Body as Content, Fault, Outgoing, Pace, Transport};
    use crate::auth::{BasicAuthHandler, BoxFuture};
    use crate::error::{Error, ErrorKind};
    use crate::origin::BaseUrl;
    use crate::progress::OnProgress;
    use crate::server_text::Secrets;
    use crate::writes::{Witness, Writes};

    #[derive(Debug)]
    struct Note {
        asked: Notify,
        done: Notify,
        fails: bool,
        given_up: bool,
    }

    impl Witness for Note {
        fn before_departure(self: Arc<Self>) -> BoxFuture<'static, crate::error::Result<()>> {
            Box::pin(async move {
                self.asked.notify_one();
                self.done.notified().await;
                if self.fails { Err(Error::new(ErrorKind::Config, "note it")) } else { Ok(()) }
            })
        }

        fn departs(&self) -> bool {
            !self.given_up
        }
    }

    /// Sends a form on a thread of its own. Returns the server, and what takes note of it.
    fn send(fails: bool, given_up: bool) -> (TcpListener, Arc<Note>, tokio::task::JoinHandle<Result<(), Fault>>) {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", server.local_addr().expect("an address"));
        let note = Arc::new(Note { asked: Notify::new(), done: Notify::new(), fails, given_up });
        let network = Network {
            trust: Trust::default(),
            client_certificate: None,
            proxy: Proxy::default(),
            connect_timeout: Duration::from_secs(10),
        };
        let auth = Arc::new(BasicAuthHandler::new("admin", "nimda"));
        let origin = BaseUrl::parse(&url).expect("a URL").origin().clone();
        let transport =
            Transport::open(origin, &network, auth, HeaderMap::new(), Secrets::default()).expect("it opens");
        let witness: Arc<Note> = Arc::clone(&note);
        let sent = tokio::spawn(async move {
            let under_way = Writes::default().prepare();
            let outgoing = Outgoing {
                method: Method::POST,
                path: "/import",
                query: None,
                headers: HeaderMap::new(),
                body: Content::form([("rows", "all-of-them")]),
                timeout: None,
                pace: Pace::Whole,
            };
            let departure = under_way.departure(Some(witness));
            transport.send_noting(outgoing, Some(departure), &OnProgress::default()).await.map(drop)
        });
        (server, note, sent)
    }

    fn is_untouched(server: &TcpListener) -> bool {
        server.set_nonblocking(true).expect("it can");
        let accepted = server.accept();
        server.set_nonblocking(false).expect("it can");
        matches!(accepted, Err(cause) if cause.kind() == Cause::WouldBlock)
    }

    /// What the next connection brings, to its end.
    async fn received(server: TcpListener) -> String {
        let reading = tokio::task::spawn_blocking(move || {
            let (mut stream, _) = server.accept().expect("a connection");
            stream.set_nonblocking(false).expect("it can");
            let mut all = Vec::new();
            let mut piece = [0; 1024];
            while !all.ends_with(b"all-of-them") {
                match stream.read(&mut piece) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => all.extend_from_slice(&piece[..read]),
                }
            }
            String::from_utf8(all).expect("text")
        });
        reading.await.expect("no panic")
    }

    #[tokio::test]
    async fn no_byte_leaves_before_it_is_noted() {
        let (server, note, _sent) = send(false, false);
        note.asked.notified().await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(is_untouched(&server));
        note.done.notify_one();
        let received = received(server).await;
        assert!(received.starts_with("POST /import ") && received.ends_with("rows=all-of-them"), "{received}");
    }

    #[tokio::test]
    async fn nothing_leaves_that_cannot_be_noted() {
        let (server, note, sent) = send(true, false);
        note.done.notify_one();
        let fault = sent.await.expect("no panic").expect_err("it is not noted");
        assert!(matches!(fault, Fault::NotSent(error) if error.kind() == ErrorKind::Config));
        assert!(is_untouched(&server));
    }

    #[tokio::test]
    async fn no_body_leaves_that_was_given_up_before() {
        let (server, note, sent) = send(false, true);
        note.done.notify_one();
        let received = received(server).await;
        assert!(!received.contains("rows="), "{received}");
        sent.await.expect("no panic").expect_err("it was given up");
    }
}
