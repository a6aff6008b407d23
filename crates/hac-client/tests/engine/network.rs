//! The network as companies have it: TLS, a gate in front, headers, a proxy.

use hac_client::ErrorKind;
use hac_client::tls::{Fingerprint, Trust};

use super::support::{Hac, assert_kind, run};

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_refused_with_three_ways_out_of_which_each_works() {
    let hac = Hac::with(hac_simulator::SimulatorBuilder::https);
    let error = run(&hac.client(), "1").await.expect_err("unknown issuer");
    assert_kind(&error, ErrorKind::Tls);
    let hint = error.hint().expect("a hint").to_string();
    let fingerprint = hac.simulator.certificate_sha256().expect("https");
    let ways = ["Trust::Bundle", "Trust::Pin", &fingerprint, "Trust::Nothing"]
        .map(|way| hint.find(way).unwrap_or_else(|| panic!("{way}: {hint}")));
    assert!(ways.is_sorted(), "{hint}");
    assert!(hac.ledger().is_empty(), "nothing was sent");

    let bundle = hac.cache.path().join("ca.pem");
    std::fs::write(&bundle, hac.simulator.certificate_pem().expect("https")).expect("a file");
    let pin: Fingerprint = format!("sha256:{fingerprint}").parse().expect("a fingerprint");
    for trust in [Trust::Bundle(bundle), Trust::Pin(pin), Trust::Nothing] {
        let client = hac.builder().trust(trust.clone()).build().expect("a client");
        run(&client, "1").await.unwrap_or_else(|error| panic!("{trust:?}: {error:?}"));
    }
    assert_eq!(hac.ledger().logins(), 1);
}

#[tokio::test]
async fn a_wrong_pin_is_refused() {
    let hac = Hac::with(hac_simulator::SimulatorBuilder::https);
    let pin: Fingerprint = format!("sha256:{}", "0".repeat(64)).parse().expect("a fingerprint");
    let client = hac.builder().trust(Trust::Pin(pin)).build().expect("a client");
    assert_kind(&client.login().await.expect_err("another certificate"), ErrorKind::Tls);
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn plain_http_to_a_port_of_https_is_named() {
    let hac = Hac::with(hac_simulator::SimulatorBuilder::https);
    let url = hac.simulator.url().replace("https://", "http://");
    let client = hac_client::HacClient::builder(url)
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.login().await.expect_err("https there");
    assert!(format!("{error:?}").contains("https"), "{error:?}");
}

#[tokio::test]
async fn https_to_a_port_of_plain_http_is_named() {
    let hac = Hac::start();
    let url = hac.simulator.url().replace("http://", "https://");
    let client = hac_client::HacClient::builder(url)
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .trust(Trust::Nothing)
        .session_persistence(false)
        .build()
        .expect("a client");
    let error = client.login().await.expect_err("no TLS there");
    assert_kind(&error, ErrorKind::Tls);
}

#[tokio::test]
async fn a_gate_in_front_gets_its_own_credentials_with_every_request() {
    let hac = Hac::with(|simulator| simulator.gate("door", "sesame"));
    let error = run(&hac.client(), "1").await.expect_err("no key");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.hint().expect("a hint").to_string().contains("gate"), "{error:?}");
    hac.ledger().clear();
    let client = hac.builder().gate("door", "sesame").build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert_eq!(hac.ledger().len(), 5);
    assert!(hac.ledger().entries().iter().all(|entry| entry.header("authorization").is_some()));
}

#[tokio::test]
async fn extra_headers_go_with_every_request_and_those_of_the_client_cannot_be_replaced() {
    let hac = Hac::start();
    let client = hac.builder().header("X-Team", "ops").build().expect("a client");
    run(&client, "1").await.expect("a result");
    assert!(hac.ledger().entries().iter().all(|entry| entry.header("x-team") == Some("ops")));
    for name in ["Cookie", "host", "a b"] {
        let error = hac.builder().header(name, "x").build().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
    }
}

#[tokio::test]
async fn a_setting_that_cannot_work_is_refused_before_anything_is_sent() {
    let hac = Hac::start();
    let refused = |builder: hac_client::HacClientBuilder| builder.build().expect_err("refused").kind();
    assert_eq!(refused(hac.builder().max_in_flight(0)), ErrorKind::Config);
    assert_eq!(refused(hac.builder().session_cookie_name("a;b")), ErrorKind::Config);
    assert_eq!(refused(hac.builder().context_path("/../x")), ErrorKind::Config);
    assert_eq!(refused(hac.builder().route("a;b")), ErrorKind::Config);
    assert_eq!(refused(hac_client::HacClient::builder("localhost:9002")), ErrorKind::Config);
    assert_eq!(refused(hac_client::HacClient::builder("https://localhost")), ErrorKind::Config);
    assert!(hac.ledger().is_empty());
}
