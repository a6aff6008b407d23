use std::path::{Path, PathBuf};

use super::server::{Authority, Minted, Tls, closed, drain, head, listen, of_authority, parameters, pem};
use super::*;
use crate::transport::tls::Fingerprint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn url(port: u16) -> String {
    format!("https://localhost:{port}")
}

fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("written");
    path
}

/// What every refusal of a certificate says, and the hint's three ways in their order.
fn assert_describes(error: &Error, minted: &Minted, words: &[&str]) {
    for words in words.iter().chain(&["subject CN=", "issuer CN=", "valid from ", " to "]) {
        assert!(error.why().contains(words), "{words:?} in {error}");
    }
    let hint = error.hint().expect("a hint").to_string();
    let pin = format!("Trust::Pin, {}", minted.fingerprint());
    let places: Vec<_> =
        ["Trust::Bundle", pin.as_str(), "Trust::Nothing"].iter().map(|option| hint.find(option)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{hint}");
    assert!(error.why().contains(&minted.fingerprint().to_string()), "{error}");
}

/// Certificates that no authority's chain makes acceptable, and what is wrong with each.
fn awkward() -> Vec<(&'static str, Minted)> {
    let mut expired = parameters("old", &["localhost"]);
    expired.not_after = rcgen::date_time_ymd(2021, 2, 3);
    let mut early = parameters("early", &["localhost"]);
    early.not_before = rcgen::date_time_ymd(2219, 1, 1);
    vec![
        ("self-signed", Minted::self_signed(&parameters("shop", &["localhost"]))),
        ("self-signed", Minted::self_signed(&parameters("localhost", &[]))),
        ("(CA:TRUE)", Minted::self_signed(&of_authority(parameters("localhost", &["localhost"])))),
        ("has expired on 2021-02-03T00:00:00Z", Minted::self_signed(&expired)),
        ("is not valid before 2219-01-01T00:00:00Z", Minted::self_signed(&early)),
        ("self-signed", Minted::self_signed(&parameters("other", &["other.example.com"]))),
    ]
}

#[tokio::test]
async fn only_certificates_of_the_systems_authorities_are_accepted() {
    let (ours, theirs) = (Authority::new("Ours"), Authority::new("Theirs"));
    let shop = ours.sign(&parameters("shop", &["localhost"]));
    let url = url(Tls::of(&shop).serve().await);
    for (authority, known) in [(&ours, true), (&theirs, false)] {
        let roots = || vec![authority.certificate.clone()];
        let system = network(Trust::System);
        let connection = Connection::open_with(&system, &origin(&url), &|_| None, &roots).expect("opened");
        if known {
            assert_eq!(soon(answered(&connection, &url)).await, "hello");
        } else {
            let error = soon(tls_failed(&connection, &url)).await;
            assert_describes(&error, &shop, &["unknown issuer", "CN=shop", "CN=Ours", "of localhost"]);
        }
    }
}

#[tokio::test]
async fn a_system_without_authorities_opens_and_then_says_so_with_the_certificate() {
    let shop = Authority::new("Ours").sign(&parameters("shop", &["localhost"]));
    let url = url(Tls::of(&shop).serve().await);
    let error = soon(tls_failed(&open(&network(Trust::System), &url), &url)).await;
    assert_describes(&error, &shop, &["this system has no certificate authorities"]);
}

#[tokio::test]
async fn each_awkward_certificate_is_refused_in_words_and_accepted_when_pinned_or_ignored() {
    let unrelated = Authority::new("Unrelated");
    for (words, minted) in awkward() {
        let url = url(Tls::of(&minted).serve().await);
        let roots = || vec![unrelated.certificate.clone()];
        let system = network(Trust::System);
        let connection = Connection::open_with(&system, &origin(&url), &|_| None, &roots).expect("opened");
        assert_describes(&soon(tls_failed(&connection, &url)).await, &minted, &[words]);
        for trust in [Trust::Pin(minted.fingerprint()), Trust::Nothing] {
            assert_eq!(soon(answered(&open(&network(trust), &url), &url)).await, "hello", "{words}");
        }
    }
}

#[tokio::test]
async fn a_wrong_pin_is_refused_even_for_a_server_that_the_system_trusts() {
    let ours = Authority::new("Ours");
    let shop = ours.sign(&parameters("shop", &["localhost"]));
    let url = url(Tls::of(&shop).serve().await);
    let wanted: Fingerprint = "11".repeat(32).parse().expect("a fingerprint");
    let roots = || vec![ours.certificate.clone()];
    let pinned = network(Trust::Pin(wanted));
    let connection = Connection::open_with(&pinned, &origin(&url), &|_| None, &roots).expect("opened");
    let error = soon(tls_failed(&connection, &url)).await;
    let (wanted, got) = (format!("expected {wanted}"), format!("got {}", shop.fingerprint()));
    assert_describes(&error, &shop, &["is not the pinned one", &wanted, &got]);
}

#[tokio::test]
async fn an_impostor_with_the_certificate_but_without_its_key_is_refused_whatever_is_trusted() {
    let (shop, impostor) = (
        Minted::self_signed(&parameters("shop", &["localhost"])),
        Minted::self_signed(&parameters("impostor", &["localhost"])),
    );
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
        for trust in [Trust::Pin(shop.fingerprint()), Trust::Nothing] {
            let tls = Tls { key: &impostor.key, versions, ..Tls::of(&shop) };
            let url = url(tls.serve().await);
            let error = soon(tls_failed(&open(&network(trust), &url), &url)).await;
            assert!(error.why().contains("invalid signature"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_bundle_vouches_for_its_authorities_and_the_system_for_nobody_then() {
    let folder = tempfile::tempdir().expect("a directory");
    let (ours, theirs) = (Authority::new("Ours"), Authority::new("Theirs"));
    let bundle = file(folder.path(), "ca.pem", &pem(&ours.certificate));
    let between = ours.delegate("Between").sign(&parameters("shop", &["localhost"]));
    let ours = ours.sign(&parameters("shop", &["localhost"]));
    let foreign = theirs.sign(&parameters("shop", &["localhost"]));
    let roots = || -> Vec<_> { panic!("the system is not asked") };
    let bundled = network(Trust::Bundle(bundle));
    for (minted, known) in [(&ours, true), (&between, true), (&foreign, false)] {
        let url = url(Tls::of(minted).serve().await);
        let connection = Connection::open_with(&bundled, &origin(&url), &|_| None, &roots).expect("opened");
        if known {
            assert_eq!(soon(answered(&connection, &url)).await, "hello");
        } else {
            assert_describes(&soon(tls_failed(&connection, &url)).await, minted, &["unknown issuer"]);
        }
    }
}

#[tokio::test]
async fn a_self_signed_certificate_in_the_bundle_is_accepted_for_its_own_names_and_dates() {
    let folder = tempfile::tempdir().expect("a directory");
    let mut expired = of_authority(parameters("old", &["localhost"]));
    expired.not_after = rcgen::date_time_ymd(2021, 2, 3);
    let mut early = of_authority(parameters("early", &["localhost"]));
    early.not_before = rcgen::date_time_ymd(2219, 1, 1);
    for (parameters, wrong) in [
        (of_authority(parameters("shop", &["localhost"])), None),
        (parameters("shop", &["localhost"]), None),
        (of_authority(parameters("shop", &["a.example.com", "10.0.0.1"])), Some("only for a.example.com, 10.0.0.1")),
        (of_authority(parameters("localhost", &[])), Some("no subjectAltName")),
        (expired, Some("has expired on 2021-02-03T00:00:00Z")),
        (early, Some("is not valid before")),
    ] {
        let minted = Minted::self_signed(&parameters);
        let url = url(Tls::of(&minted).serve().await);
        let bundle = file(folder.path(), "ca.pem", &minted.pem());
        let connection = open(&network(Trust::Bundle(bundle)), &url);
        match wrong {
            None => assert_eq!(soon(answered(&connection, &url)).await, "hello"),
            Some(words) => assert_describes(&soon(tls_failed(&connection, &url)).await, &minted, &[words]),
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_ours_or_the_error_says_so() {
    let folder = tempfile::tempdir().expect("a directory");
    let (clients, strangers) = (Authority::new("Clients"), Authority::new("Strangers"));
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    let ours = |name: &str, minted: &Minted| {
        let path = file(folder.path(), name, &(minted.pem() + &minted.key.serialize_pem()));
        ClientCertificate { certificate: path.clone(), key: path }
    };
    let (known, foreign) = (ours("known.pem", &clients.sign_client()), ours("foreign.pem", &strangers.sign_client()));
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
        let tls = Tls { clients: Some(&clients), versions, ..Tls::of(&shop) };
        let url = url(tls.serve().await);
        let with =
            |client_certificate| open(&Network { client_certificate, ..network(Trust::Pin(shop.fingerprint())) }, &url);
        assert_eq!(soon(answered(&with(Some(known.clone())), &url)).await, "hello");
        let error = soon(tls_failed(&with(None), &url)).await;
        assert_eq!(error.why(), "the server requires a client certificate");
        let error = soon(tls_failed(&with(Some(foreign.clone())), &url)).await;
        assert!(error.why().starts_with("the server refused the client certificate ("), "{error}");
    }
}

#[tokio::test]
async fn servers_without_a_common_tls_version_are_recognised() {
    for (reply, words) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "does not speak TLS"),
        (&[0x15, 3, 1, 0, 2, 2, 70], "no TLS version or cipher suite in common"),
        (&[0x15, 3, 3, 0, 2, 2, 40], "the handshake failed: the server sent the alert HandshakeFailure"),
        (&[0x15, 3, 3, 0, 2, 2, 112], "does not know this host name"),
        (&[], "the server closed the connection during the handshake"),
    ] {
        let (listener, port) = listen().await;
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.write_all(reply).await;
                let _ = socket.shutdown().await;
                drain(&mut socket).await;
            }
        });
        let url = url(port);
        let error = soon(tls_failed(&open(&network(Trust::Nothing), &url), &url)).await;
        assert!(error.why().contains(words), "{error}");
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_refused_connection_is_no_tls_failure() {
    let (_closed, port) = closed();
    let connection = open(&network(Trust::Nothing), &url(port));
    let failure = soon(failed(&connection, &url(port))).await;
    assert!(failure.is_connect() && connection.tls_error("log in", &failure).is_none(), "{failure:?}");
}

#[tokio::test]
async fn a_tls_failure_after_the_request_was_read_is_no_failed_handshake() {
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    let acceptor = Tls::of(&shop).acceptor();
    let (listener, port) = listen().await;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let mut stream = acceptor.accept(socket).await.expect("a handshake");
            head(&mut stream).await;
            // A record that nobody can decrypt: the script has run, its answer is spoilt.
            let (socket, _) = stream.get_mut();
            let _ = socket
                .write_all(&[0x17, 3, 3, 0, 20, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
                .await;
            drain(socket).await;
        }
    });
    let connection = open(&network(Trust::Nothing), &url(port));
    let failure = soon(failed(&connection, &url(port))).await;
    assert!(format!("{failure:?}").contains("DecryptError"), "{failure:?}");
    assert!(connection.tls_error("run", &failure).is_none());
}

#[tokio::test]
async fn a_server_that_names_the_missing_client_certificate_badly_is_understood() {
    let clients = Authority::new("Clients");
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    // OpenSSL says handshake_failure, Java bad_certificate.
    for alert in [40, 42] {
        let tls = Tls { clients: Some(&clients), versions: &[&rustls::version::TLS12], ..Tls::of(&shop) };
        let (server, (listener, port)) = (tls.serve().await, listen().await);
        tokio::spawn(async move {
            while let Ok((ours, _)) = listener.accept().await {
                let theirs = TcpStream::connect(("127.0.0.1", server)).await.expect("the server");
                tokio::spawn(renaming_the_alert(ours, theirs, alert));
            }
        });
        let error = soon(tls_failed(&open(&network(Trust::Nothing), &url(port)), &url(port))).await;
        assert_eq!(error.why(), "the server requires a client certificate", "alert {alert}");
    }
}

/// Copies both ways, with another reason in the alert of the server.
async fn renaming_the_alert(ours: TcpStream, theirs: TcpStream, alert: u8) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (ours.into_split(), theirs.into_split());
    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        let piece = &mut buffer[..length];
        // certificate_required, which is not encrypted yet.
        if let Some(at) = piece.windows(7).position(|window| window == [0x15, 3, 3, 0, 2, 2, 116]) {
            piece[at + 6] = alert;
        }
        if to_client.write_all(piece).await.is_err() {
            break;
        }
    }
}

/// Copies both ways, but keeps back what the server says to the client's part of the handshake until the client has sent this much.
async fn delaying_the_refusal(ours: TcpStream, theirs: TcpStream, until: usize) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) = (ours.into_split(), theirs.into_split());
    let (sent, mut seen) = tokio::sync::watch::channel(Vec::new());
    tokio::spawn(async move {
        let mut buffer = [0; 16 << 10];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            sent.send_modify(|pieces| pieces.push(length));
            // The server hangs up in the middle; what the client sends counts nevertheless.
            let _ = to_server.write_all(&buffer[..length]).await;
        }
    });
    let mut buffer = [0; 16 << 10];
    while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
        // The first piece is the client's hello.
        if seen.borrow().len() > 1 {
            let _ = seen.wait_for(|pieces| pieces.iter().sum::<usize>() >= until).await;
        }
        if to_client.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_refused_after_a_write_left_leaves_its_outcome_unknown() {
    let folder = tempfile::tempdir().expect("a directory");
    let (clients, strangers) = (Authority::new("Clients"), Authority::new("Strangers"));
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    let foreign = strangers.sign_client();
    let path = file(folder.path(), "foreign.pem", &(foreign.pem() + &foreign.key.serialize_pem()));
    let foreign = ClientCertificate { certificate: path.clone(), key: path };
    let tls = Tls { clients: Some(&clients), versions: &[&rustls::version::TLS13], ..Tls::of(&shop) };
    let (server, (listener, port)) = (tls.serve().await, listen().await);
    tokio::spawn(async move {
        while let Ok((ours, _)) = listener.accept().await {
            let theirs = TcpStream::connect(("127.0.0.1", server)).await.expect("the server");
            tokio::spawn(delaying_the_refusal(ours, theirs, 20_000));
        }
    });
    let session = crate::session::SessionMetadata {
        session_id: "STORED-SESSION".into(),
        csrf_token: "STORED-TOKEN".into(),
        route_cookie: None,
        environment: "local".into(),
        base_url: url(port),
        username: "admin".into(),
        created_at: 1_700_000_000.0,
        last_used_at: 1_700_000_000.0,
        is_authenticated: true,
    };
    crate::SessionManager::with_cache_dir(folder.path()).save_session(&session).expect("saved");
    for certificate in [None, Some(foreign)] {
        let builder = crate::HacClient::builder(url(port))
            .auth_handler(crate::BasicAuthHandler::new("admin", "nimda"))
            .cache_dir(folder.path())
            .validation(crate::Validation::OnUse)
            .trust(Trust::Nothing);
        let builder = match certificate.clone() {
            Some(certificate) => builder.client_certificate(certificate),
            None => builder,
        };
        let client = builder.build().expect("a client");
        let long = "x".repeat(30_000);
        let error = soon(client.execute_groovy(&long, crate::Commit::Yes)).await.expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
        assert!(
            error.why().contains("client certificate") && error.why().contains("may have been executed"),
            "{error}"
        );
        let hint = error.hint().expect("a hint").to_string();
        assert!(hint.contains("not sent again") && hint.contains("certificate"), "{hint}");

        let error = soon(client.execute_flexiblesearch(long)).await.expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Tls, "a read changes nothing: {error:?}");
        assert!(error.why().contains("client certificate") && error.hint().is_some(), "{error:?}");
    }
}
