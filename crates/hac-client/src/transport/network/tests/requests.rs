use tokio::io::AsyncWriteExt;

use super::server::{Heads, closed, head, listen};
use super::*;

/// A plain server that gives the answers in turn, and closes where there is none.
async fn serve(answers: &'static [&'static str]) -> (String, Heads) {
    let (listener, port) = listen().await;
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        let mut answers = answers.iter();
        while let Ok((mut socket, _)) = listener.accept().await {
            loop {
                let head = head(&mut socket).await;
                if head.is_empty() {
                    break;
                }
                seen.lock().expect("heads").push(head);
                match answers.next() {
                    Some(answer) => socket.write_all(answer.as_bytes()).await.expect("written"),
                    None => break,
                }
            }
        }
    });
    (format!("http://127.0.0.1:{port}"), heads)
}

fn count(heads: &Heads) -> usize {
    heads.lock().expect("heads").len()
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn plain_http_reads_no_authorities_no_bundle_and_no_client_certificate() {
    let (url, _) = serve(&[HELLO, HELLO]).await;
    let missing = std::path::PathBuf::from("missing.pem");
    let ours = ClientCertificate { certificate: missing.clone(), key: missing.clone() };
    let roots = || -> Vec<_> { panic!("plain http needs no authorities") };
    for trust in [Trust::System, Trust::Bundle(missing)] {
        let network = Network { client_certificate: Some(ours.clone()), ..network(trust) };
        let connection = Connection::open_with(&network, &origin(&url), &|_| None, &roots).expect("opened");
        assert_eq!(soon(answered(&connection, &url)).await, "hello");
    }
}

#[tokio::test]
async fn requests_name_us_take_gzip_and_follow_no_redirect() {
    const AWAY: &str = "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n";
    let (url, heads) = serve(&[AWAY, HELLO]).await;
    let connection = open(&network(Trust::System), &url);
    let answer = soon(connection.client.get(&url).send()).await.expect("an answer");
    assert_eq!(answer.status(), 302);
    assert_eq!(soon(answered(&connection, &url)).await, "hello");
    let heads = heads.lock().expect("heads").clone().join("").to_ascii_lowercase();
    let heads: Vec<_> = heads.split_inclusive("\r\n\r\n").collect();
    assert_eq!(heads.len(), 2);
    for head in &heads {
        assert!(head.starts_with("get / http/1.1\r\n"), "{head}");
        assert!(head.contains(concat!("user-agent: hac-client/", env!("CARGO_PKG_VERSION"), "\r\n")), "{head}");
        assert!(head.contains("accept-encoding: gzip\r\n"), "{head}");
        assert!(!head.contains("cookie:") && !head.contains("referer:"), "{head}");
    }
}

#[tokio::test]
async fn a_request_that_the_server_read_is_never_sent_again_below_us() {
    // The second one goes out on a kept connection, where hyper-util might resend what never left.
    let (url, heads) = serve(&[HELLO]).await;
    let connection = open(&network(Trust::System), &url);
    assert_eq!(soon(answered(&connection, &url)).await, "hello");
    let failure = soon(connection.client.post(&url).body("script").send()).await.expect_err("no answer");
    assert!(!failure.is_connect());
    assert!(connection.tls_error("run", &failure).is_none());
    assert_eq!(count(&heads), 2);
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake_is_given_up_after_the_connect_timeout() {
    let (listener, port) = listen().await;
    let url = format!("https://localhost:{port}");
    let network = Network { connect_timeout: Duration::from_millis(200), ..network(Trust::Nothing) };
    let connection = open(&network, &url);
    let failure = soon(failed(&connection, &url)).await;
    assert!(failure.is_connect() && failure.is_timeout(), "{failure:?}");
    assert!(connection.tls_error("log in", &failure).is_none());
    drop(listener);
}

#[tokio::test]
async fn an_unknown_host_a_closed_port_and_a_system_without_threads_are_distinguished() {
    let (_closed, port) = closed();
    let told = async |url: &str| {
        let connection = open(&network(Trust::System), url);
        let error = connection.connect_error("connect", &origin(url), soon(failed(&connection, url)).await);
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.hint().is_some_and(|hint| !hint.to_string().is_empty()), "{error:?}");
        error.why().to_owned()
    };
    assert_eq!(told("http://hac.invalid").await, "the host hac.invalid is not known");
    for host in ["127.0.0.1", "localhost", "hac.localhost"] {
        assert_eq!(told(&format!("http://{host}:{port}")).await, format!("nothing listens on port {port}"));
    }
    let _none = crate::offload::tests::WithoutThreads::begin();
    assert_eq!(told("http://hac.invalid").await, "the operating system refused to start a thread");
    assert_eq!(told(&format!("http://localhost:{port}")).await, format!("nothing listens on port {port}"));
}
