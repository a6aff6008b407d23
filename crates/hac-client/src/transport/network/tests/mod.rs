use std::future::Future;

use super::*;
use crate::origin::BaseUrl;

mod proxies;
mod requests;
mod server;
mod trust;

fn network(trust: Trust) -> Network {
    Network { trust, client_certificate: None, proxy: Proxy::Direct, connect_timeout: Duration::from_secs(10) }
}

fn origin(url: &str) -> Origin {
    BaseUrl::parse(url).expect(url).origin().clone()
}

/// A connection in an empty environment, on a system without authorities.
fn open(network: &Network, url: &str) -> Connection {
    Connection::open_with(network, &origin(url), &|_| None, &Vec::new).expect("opened")
}

async fn answered(connection: &Connection, url: &str) -> String {
    let answer = connection.client.get(url).send().await.expect("an answer");
    answer.text().await.expect("a body")
}

async fn failed(connection: &Connection, url: &str) -> reqwest::Error {
    connection.client.get(url).send().await.expect_err("no answer")
}

/// The TLS failure of a request.
async fn tls_failed(connection: &Connection, url: &str) -> Error {
    let failure = failed(connection, url).await;
    let error = connection.tls_error("log in", &failure).unwrap_or_else(|| panic!("a TLS failure, not {failure:?}"));
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert!(error.to_string().starts_with("cannot log in: "), "{error}");
    error
}

/// What a test waits for; a server that hangs fails it instead of hanging too.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("in time")
}
