//! The way to HAC step by step: what each step finds, and that nothing is posted on it.

use hac_client::diagnosis::{ConsoleTab, ReleaseGuess, TabAccess};
use hac_client::network::Proxy;
use hac_client::tls::Trust;
use hac_client::{BasicAuthHandler, ErrorKind, HacClient, NoCredentials};
use hac_simulator::Release;

use super::support::Hac;

#[tokio::test]
async fn the_steps_need_no_credentials_and_post_nothing() {
    let hac = Hac::start();
    let client = hac.builder().auth_handler(NoCredentials::new("nobody")).build().expect("a client");
    let diagnosis = client.diagnosis();
    assert_eq!(diagnosis.proxy(), None);
    let host = diagnosis.resolve().await.expect("an address");
    assert_eq!((host.host.as_str(), host.port, host.addresses.len()), ("127.0.0.1", hac.simulator.port(), 1));
    assert!(diagnosis.connect(&host).await.expect("a connection").address.is_loopback());
    assert!(hac.ledger().is_empty());
    let found = diagnosis.find_console().await.expect("HAC");
    assert_eq!((found.context_path.as_str(), found.login_path.as_str()), ("/hac", "/hac/login"));
    assert!(found.clock_ahead.is_some_and(|ahead| ahead.abs() < 60.0), "{found:?}");
    assert_eq!(hac.requests(), ["GET /hac/ 302", "GET /hac/login 200"]);
    assert_eq!(diagnosis.certificate(), None);
}

#[test]
fn a_blocking_client_takes_the_same_steps() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    let diagnosis = client.diagnosis();
    let host = diagnosis.resolve().expect("an address");
    assert!(diagnosis.connect(&host).expect("a connection").address.is_loopback());
    assert_eq!(diagnosis.find_console().expect("HAC").context_path.as_str(), "/hac");
    assert_eq!(diagnosis.open_tab(ConsoleTab::Scripting).expect("an answer"), TabAccess::Open);
    assert_eq!((diagnosis.proxy(), diagnosis.certificate()), (None, None));
}

#[tokio::test]
async fn the_release_is_guessed_from_what_the_login_page_shows() {
    for (release, guess) in [
        (Release::R1811, ReleaseGuess::UpTo1811),
        (Release::R2005, ReleaseGuess::From2005),
        (Release::R2211, ReleaseGuess::From2005),
        (Release::R2211Jdk21, ReleaseGuess::SpringSecurity6),
    ] {
        let hac = Hac::with(|simulator| simulator.release(release));
        let found = hac.client().diagnosis().find_console().await.expect("HAC");
        assert_eq!(found.release, guess, "{release}");
    }
}

#[tokio::test]
async fn the_certificate_is_known_whether_it_was_accepted_or_not() {
    let hac = Hac::with(hac_simulator::SimulatorBuilder::https);
    let fingerprint = format!("sha256:{}", hac.simulator.certificate_sha256().expect("a certificate"));
    let pin = Trust::Pin(fingerprint.parse().expect("a fingerprint"));
    for (trust, accepted) in [(pin, true), (Trust::Nothing, true), (Trust::System, false)] {
        let client = hac.builder().trust(trust.clone()).build().expect("a client");
        let diagnosis = client.diagnosis();
        assert_eq!(diagnosis.certificate(), None);
        let found = diagnosis.find_console().await.map_err(|error| error.kind()).map(drop);
        assert_eq!(found, if accepted { Ok(()) } else { Err(ErrorKind::Tls) }, "{trust:?}");
        let certificate = diagnosis.certificate().expect("a handshake");
        assert_eq!((certificate.fingerprint.to_string(), certificate.is_accepted), (fingerprint.clone(), accepted));
        let contents = certificate.contents.expect("a certificate that can be read");
        assert!(contents.is_self_signed && contents.names.contains(&"127.0.0.1".to_owned()), "{contents:?}");
    }
}

#[tokio::test]
async fn with_a_proxy_the_host_is_the_proxy() {
    let client = HacClient::builder("https://hac.invalid")
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .proxy(Proxy::Url("http://user:s3cret@localhost:1".into()))
        .build()
        .expect("a client");
    let diagnosis = client.diagnosis();
    let proxy = diagnosis.proxy().expect("a proxy");
    assert_eq!((proxy.url.as_str(), proxy.variable), ("http://localhost:1", None));
    let host = diagnosis.resolve().await.expect("this machine");
    assert_eq!((host.host.as_str(), host.port), ("localhost", 1));
    let error = diagnosis.connect(&host).await.expect_err("nothing listens");
    assert_eq!((error.kind(), error.why()), (ErrorKind::Connect, "the proxy http://localhost:1 does not listen"));
}

#[tokio::test]
async fn a_console_without_the_right_is_denied_and_no_error() {
    let hac = Hac::with(|simulator| simulator.user("editor", "editor", &["HAC_CONSOLE_FLEXIBLESEARCH"]));
    let client = hac.builder().auth_handler(BasicAuthHandler::new("editor", "editor")).build().expect("a client");
    let diagnosis = client.diagnosis();
    assert_eq!(diagnosis.open_tab(ConsoleTab::FlexibleSearch).await.expect("an answer"), TabAccess::Open);
    assert_eq!(diagnosis.open_tab(ConsoleTab::Scripting).await.expect("an answer"), TabAccess::Denied);
    assert_eq!(hac.ledger().executed(), 0);
    let hac = Hac::with(|simulator| simulator.disable_endpoint("console.scripting"));
    let error = hac.client().diagnosis().open_tab(ConsoleTab::Scripting).await.expect_err("a console that is disabled");
    assert_eq!(error.kind(), ErrorKind::Rejected);
}

#[test]
fn a_directory_that_holds_no_sessions_is_found_out_without_leaving_a_file() {
    let hac = Hac::start();
    hac.manager().check_cache_dir().expect("it can be written");
    assert_eq!(std::fs::read_dir(hac.cache.path()).expect("a directory").count(), 0);
    let file = hac.cache.path().join("file");
    std::fs::write(&file, "").expect("written");
    let error = hac_client::SessionManager::with_cache_dir(&file).check_cache_dir().expect_err("no directory");
    assert_eq!(error.kind(), ErrorKind::Cache);
}
