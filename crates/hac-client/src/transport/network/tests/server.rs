//! Certificates and servers that live as long as the test's runtime.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::transport::tls::Fingerprint;

/// A certificate with its chain and key.
pub(super) struct Minted {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: KeyPair,
}

impl Minted {
    pub(super) fn self_signed(parameters: &CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Self { chain: vec![certificate.into()], key }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.chain[0])
    }

    pub(super) fn pem(&self) -> String {
        self.chain.iter().map(pem).collect()
    }
}

pub(super) fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let text = BASE64_STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// A certificate for these names, called `CN=common`.
pub(super) fn parameters(common: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut parameters = CertificateParams::new(names).expect("names");
    parameters.distinguished_name.push(DnType::CommonName, common);
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2220, 1, 1);
    parameters
}

pub(super) fn of_authority(mut parameters: CertificateParams) -> CertificateParams {
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters
}

/// An authority and what it signs.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) certificate: CertificateDer<'static>,
    /// Whether servers send its certificate after their own.
    intermediate: bool,
}

impl Authority {
    pub(super) fn new(common: &str) -> Self {
        let parameters = of_authority(parameters(common, &[]));
        let minted = Minted::self_signed(&parameters);
        Self { certificate: minted.chain[0].clone(), issuer: Issuer::new(parameters, minted.key), intermediate: false }
    }

    pub(super) fn delegate(&self, common: &str) -> Self {
        let parameters = of_authority(parameters(common, &[]));
        let minted = self.sign(&parameters);
        Self { certificate: minted.chain[0].clone(), issuer: Issuer::new(parameters, minted.key), intermediate: true }
    }

    pub(super) fn sign(&self, parameters: &CertificateParams) -> Minted {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        let between = self.intermediate.then(|| self.certificate.clone());
        Minted { chain: std::iter::once(certificate.into()).chain(between).collect(), key }
    }

    pub(super) fn sign_client(&self) -> Minted {
        let mut parameters = parameters("ours", &[]);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(&parameters)
    }
}

/// How a server speaks TLS.
pub(super) struct Tls<'a> {
    pub(super) chain: &'a [CertificateDer<'static>],
    /// Need not be the certificate's own: an impostor has only the certificate.
    pub(super) key: &'a KeyPair,
    pub(super) clients: Option<&'a Authority>,
    pub(super) versions: &'a [&'static SupportedProtocolVersion],
}

impl<'a> Tls<'a> {
    pub(super) fn of(minted: &'a Minted) -> Self {
        Self { chain: &minted.chain, key: &minted.key, clients: None, versions: rustls::ALL_VERSIONS }
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let key = provider.key_provider.load_private_key(key).expect("a key");
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(self.versions)
            .expect("versions");
        let builder = match self.clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.clone()).expect("an authority");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let certified = CertifiedKey::new(self.chain.to_vec(), key);
        let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        TlsAcceptor::from(Arc::new(config))
    }

    /// A server that answers `hello`. Returns its port.
    pub(super) async fn serve(self) -> u16 {
        let acceptor = self.acceptor();
        let (listener, port) = listen().await;
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(acceptor.clone(), socket));
            }
        });
        port
    }
}

/// A port of this machine at which nothing listens for as long as this is kept, not even in another test.
pub(super) struct Closed {
    v4: TcpSocket,
    /// `localhost` is tried here first. Nothing where the system has no IPv6.
    v6: Option<TcpSocket>,
}

/// Listens on 127.0.0.1, and has the same port of `[::1]` to itself.
pub(super) struct Listener {
    v4: TcpListener,
    _v6: Option<TcpSocket>,
}

impl Listener {
    pub(super) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.v4.accept().await
    }
}

pub(super) async fn listen() -> (Listener, u16) {
    let (Closed { v4, v6 }, port) = closed();
    (Listener { v4: v4.listen(1024).expect("a listener"), _v6: v6 }, port)
}

pub(super) fn closed() -> (Closed, u16) {
    for _ in 0..100 {
        let v4 = TcpSocket::new_v4().expect("a socket");
        v4.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a port");
        let port = v4.local_addr().expect("an address").port();
        match held(port) {
            Ok(v6) => return (Closed { v4, v6 }, port),
            // Taken by somebody who has IPv6 alone.
            Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => {}
            Err(cause) => panic!("{cause}"),
        }
    }
    panic!("no port is free in both families");
}

/// Binds a port of `[::1]`; `None` if the system has no IPv6.
fn held(port: u16) -> io::Result<Option<TcpSocket>> {
    let Ok(socket) = TcpSocket::new_v6() else { return Ok(None) };
    match socket.bind((Ipv6Addr::LOCALHOST, port).into()) {
        Err(cause) if cause.kind() == io::ErrorKind::AddrNotAvailable => Ok(None),
        bound => bound.map(|()| Some(socket)),
    }
}

#[tokio::test]
async fn nobody_else_listens_at_a_port_of_localhost() {
    let ((_listener, open), (_closed, closed)) = (listen().await, closed());
    for port in [open, closed] {
        for address in [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)] {
            TcpListener::bind((address, port)).await.expect_err("taken, or there is no such address");
        }
    }
}

async fn answer(acceptor: TlsAcceptor, socket: TcpStream) {
    match acceptor.accept(socket).into_fallible().await {
        Ok(mut stream) => {
            while !head(&mut stream).await.is_empty() {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
            }
        }
        // The alert is out. Closing with something unread would reset the connection, and the
        // alert might be lost with it.
        Err((_, mut socket)) => drain(&mut socket).await,
    }
}

pub(super) async fn drain(stream: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

/// The head of a request; empty at the end.
pub(super) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return String::new(),
        }
    }
    String::from_utf8(head).expect("text")
}

/// The heads of the requests that came.
pub(super) type Heads = Arc<Mutex<Vec<String>>>;

/// A proxy that tunnels, answers plain requests itself with `proxied`, and insists on
/// `user:s3cret` where it is told to. With an acceptor it speaks TLS itself.
pub(super) async fn serve_proxy(insists: bool, acceptor: Option<TlsAcceptor>) -> (u16, Heads) {
    let heads = Heads::default();
    let (listener, port) = listen().await;
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (seen, acceptor) = (Arc::clone(&seen), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => forward(socket, insists, seen).await,
                    Some(acceptor) => match acceptor.accept(socket).into_fallible().await {
                        Ok(stream) => forward(stream, insists, seen).await,
                        Err((_, mut socket)) => drain(&mut socket).await,
                    },
                }
            });
        }
    });
    (port, heads)
}

async fn forward(mut stream: impl AsyncRead + AsyncWrite + Unpin, insists: bool, seen: Heads) {
    let head = head(&mut stream).await;
    // user:s3cret
    let known = head.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpzm2nyzxq=");
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    seen.lock().expect("heads").push(head);
    if insists && !known {
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(refusal).await;
        return drain(&mut stream).await;
    }
    let Some(target) = target else {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied").await;
        return drain(&mut stream).await;
    };
    let port = target.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut server = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
    let _ = stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await;
    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
}
