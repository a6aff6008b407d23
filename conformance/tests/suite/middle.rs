//! Something in between that is not as it should be: it ends TLS and does not tell the server, has a shop beside HAC, or loses
//! headers. It passes on one request on each connection.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hac_client::tls::Trust;
use hac_client::{BasicAuthHandler, HacClient, HacClientBuilder};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::server::Server;

/// A shop's page, with a form that posts to where HAC's would.
const SHOP: &str = "<!DOCTYPE html><html><head><title>My Shop</title></head><body>\
    <form action=\"/j_spring_security_check\" method=\"post\"><input type=\"text\" name=\"j_username\">\
    <input type=\"password\" name=\"j_password\"><input type=\"hidden\" name=\"_csrf\" value=\"0a1b2c3d-ffff-4e5f-8a9b-shop00000000\"></form></body></html>";

/// What is in between, and what it does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    /// TLS ends here.
    pub(crate) tls: bool,
    pub(crate) shop: Shop,
    /// The header of this name, in lower case, is lost on the way to `…/execute` …
    pub(crate) loses: Option<&'static str>,
    /// … so many times.
    pub(crate) times: usize,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Shop {
    #[default]
    Nowhere,
    /// Everything outside of `/hac/` is the shop's.
    BesideHac,
    /// HAC is not there at all.
    InPlaceOfHac,
}

/// It ends when this is dropped.
pub(crate) struct Middle {
    pub(crate) url: String,
    book: Arc<Book>,
    accepting: JoinHandle<()>,
}

struct Book {
    manners: Manners,
    server: String,
    left: AtomicUsize,
    /// The first bytes of connections that were plain where TLS is spoken.
    plain: AtomicUsize,
    shop: Mutex<Vec<String>>,
}

impl Middle {
    /// In front of a server that speaks plain http.
    pub(crate) async fn before(server: &Server, manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let scheme = if manners.tls { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let book = Arc::new(Book {
            manners,
            server: server.url.strip_prefix("http://").expect("a server without TLS").to_owned(),
            left: AtomicUsize::new(manners.times),
            plain: AtomicUsize::new(0),
            shop: Mutex::default(),
        });
        let (served, tls) = (Arc::clone(&book), manners.tls.then(acceptor));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (book, tls) = (Arc::clone(&served), tls.clone());
                // A connection that breaks off is the client's affair: it sees an error or does not.
                tokio::spawn(async move { connection(stream, tls, &book).await });
            }
        });
        Self { url, book, accepting }
    }

    /// A client that asks here.
    pub(crate) fn builder(&self) -> HacClientBuilder {
        HacClient::builder(&self.url)
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .trust(Trust::Nothing)
            .session_persistence(false)
    }

    /// How many connections were plain where TLS is spoken.
    pub(crate) fn plain(&self) -> usize {
        self.book.plain.load(Ordering::SeqCst)
    }

    /// `GET /`, what the shop was asked, in order of arrival.
    pub(crate) fn asked_of_the_shop(&self) -> Vec<String> {
        self.book.shop.lock().expect("no panic in between").clone()
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn acceptor() -> TlsAcceptor {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .expect("a key that fits");
    TlsAcceptor::from(Arc::new(config))
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, book: &Book) -> io::Result<()> {
    /// How a TLS handshake begins.
    const HANDSHAKE: u8 = 0x16;
    let Some(tls) = tls else { return exchange(stream, book).await };
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0] != HANDSHAKE {
        book.plain.fetch_add(1, Ordering::SeqCst);
        return Ok(());
    }
    exchange(tls.accept(stream).await?, book).await
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, book: &Book) -> io::Result<()> {
    let mut begun = Vec::new();
    let end = loop {
        if let Some(at) = begun.windows(4).position(|end| end == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut begun).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&begun[..end]).into_owned();
    let (request, headers) = head.split_once("\r\n").unwrap_or((&head, ""));
    let path = request.split(' ').nth(1).unwrap_or_default();
    let is_shops = match book.manners.shop {
        Shop::Nowhere => false,
        Shop::BesideHac => !path.starts_with("/hac/"),
        Shop::InPlaceOfHac => true,
    };
    if is_shops {
        let asked = request.rsplit_once(' ').map_or(request, |(asked, _)| asked);
        book.shop.lock().expect("no panic in between").push(asked.to_owned());
        let (status, page) = if path == "/" { ("200 OK", SHOP) } else { ("404 Not Found", "") };
        let length = page.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n");
        stream.write_all(format!("{head}Connection: close\r\n\r\n{page}").as_bytes()).await?;
        return stream.shutdown().await;
    }
    let lost = book.manners.loses.filter(|_| path.ends_with("/execute") && book.loses_once_more());
    let mut passed_on = format!("{request}\r\nConnection: close\r\n");
    for header in headers.split("\r\n") {
        let name = header.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if name != "connection" && Some(name.as_str()) != lost {
            passed_on.extend([header, "\r\n"]);
        }
    }
    passed_on += "\r\n";
    let mut server = TcpStream::connect(&book.server).await?;
    server.write_all(passed_on.as_bytes()).await?;
    server.write_all(&begun[end + 4..]).await?;
    tokio::io::copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

impl Book {
    fn loses_once_more(&self) -> bool {
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}
