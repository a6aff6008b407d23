//! The accept loop and its connections.

use std::convert::Infallible;
use std::net::Shutdown;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::control;
use crate::exchange;
use crate::line::{Line, LineControl};
use crate::state::State;

/// What listens where.
pub(crate) struct Doors {
    pub(crate) pages: std::net::TcpListener,
    pub(crate) control: Option<std::net::TcpListener>,
    pub(crate) tls: Option<TlsAcceptor>,
}

/// Serves until `stop` is sent or dropped.
pub(crate) async fn serve(doors: Doors, state: Arc<State>, stop: oneshot::Receiver<Infallible>) -> std::io::Result<()> {
    let pages = TcpListener::from_std(doors.pages)?;
    let control = doors.control.map(TcpListener::from_std).transpose()?.map(Arc::new);
    if let Some(listener) = &control {
        tokio::spawn(control::serve(Arc::clone(listener), Arc::clone(&state)));
    }
    tokio::select! {
        () = accept(&pages, doors.tls, &state) => {}
        _ = stop => {}
    }
    close(&pages);
    control.as_deref().map(close);
    Ok(())
}

/// Ends the listening itself, not only this descriptor of it.
///
/// A child that another thread is about to start has a copy of each descriptor until it runs its program. Through that copy
/// the port would still take connections, which nobody answers.
fn close(listener: &TcpListener) {
    // Windows has neither such copies nor this way to end them, and says so.
    let _ = SockRef::from(listener).shutdown(Shutdown::Both);
}

async fn accept(listener: &TcpListener, tls: Option<TlsAcceptor>, state: &Arc<State>) {
    loop {
        // A connection that is gone before it was accepted, or no free descriptor: the next may do better.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (state, tls) = (Arc::clone(state), tls.clone());
        tokio::spawn(connection(stream, tls, state));
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let number = state.ledger.connected();
    // Only speed is lost where it cannot be set.
    let _ = stream.set_nodelay(true);
    let control = LineControl::new();
    let line = Line::new(stream, Arc::clone(&control));
    match tls {
        None => requests(line, Arc::clone(&state), control, number).await,
        Some(acceptor) => {
            // A handshake that fails is the client's affair: it does not trust us, or does not speak TLS.
            if let Ok(stream) = acceptor.accept(line).await {
                requests(stream, Arc::clone(&state), control, number).await;
            }
        }
    }
    // Its socket was dropped with it: whoever counts zero knows that the clients have been told.
    state.ledger.disconnected();
}

/// Serves the requests of one connection until it ends or was idle for too long.
async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    state: Arc<State>,
    control: Arc<LineControl>,
    number: u64,
) {
    let keep_alive = state.knobs.keep_alive;
    let service = service_fn(|request| exchange::answer(Arc::clone(&state), Arc::clone(&control), number, request));
    let mut closings = state.faults.closings();
    let mut serving = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    loop {
        // Looked at again before the deadline: the first request brings it nearer.
        let look = control.deadline(keep_alive).min(Instant::now() + keep_alive);
        tokio::select! {
            // It ends in an error where a fault or the client broke it off: nobody is left to be told.
            _ = &mut serving => return,
            _ = closings.changed() => {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
                return;
            }
            () = tokio::time::sleep_until(look) => {
                if control.deadline(keep_alive) <= Instant::now() {
                    serving.as_mut().graceful_shutdown();
                    let _ = serving.await;
                    return;
                }
            }
        }
    }
}
