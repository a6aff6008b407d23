use super::server::{Authority, Heads, Minted, Tls, closed, parameters, serve_proxy};
use super::*;

fn heads(heads: &Heads) -> Vec<String> {
    heads.lock().expect("heads").iter().map(|head| head.to_ascii_lowercase()).collect()
}

fn opened(network: &Network, url: &str, environment: &[(&str, &str)]) -> Connection {
    let read = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let network = Network { proxy: Proxy::Environment, ..network.clone() };
    Connection::open_with(&network, &origin(url), &read, &Vec::new).expect("opened")
}

#[tokio::test]
async fn plain_requests_go_through_the_proxy_of_the_environment_with_its_credentials() {
    let (port, seen) = serve_proxy(true, None).await;
    let (url, proxy) = ("http://shop.example.invalid/x", format!("http://user:s3cret@127.0.0.1:{port}"));
    let connection = opened(&network(Trust::System), url, &[("http_proxy", &proxy)]);
    assert_eq!(connection.proxy(), Some(format!("http://127.0.0.1:{port}").as_str()));
    assert_eq!(soon(answered(&connection, url)).await, "proxied");
    let heads = heads(&seen);
    assert!(heads[0].starts_with("get http://shop.example.invalid/x http/1.1\r\n"), "{heads:?}");
    assert!(heads[0].contains("proxy-authorization: basic "), "{heads:?}");
}

#[tokio::test]
async fn what_no_proxy_names_and_the_machine_itself_never_reach_the_proxy() {
    let (port, seen) = serve_proxy(false, None).await;
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    let local = format!("https://localhost:{}", Tls::of(&shop).serve().await);
    let proxy = format!("http://127.0.0.1:{port}");
    let environment = [("http_proxy", proxy.as_str()), ("https_proxy", &proxy), ("NO_PROXY", ".example.invalid")];

    let url = "http://shop.example.invalid/";
    let connection = opened(&network(Trust::System), url, &environment);
    assert!(soon(failed(&connection, url)).await.is_connect(), "asked directly, and there is no such host");
    let connection = opened(&network(Trust::Nothing), &local, &environment);
    assert_eq!(soon(answered(&connection, &local)).await, "hello");
    assert_eq!(heads(&seen), Vec::<String>::new());

    let other = "http://shop.other.invalid/";
    let connection = opened(&network(Trust::System), other, &environment);
    assert_eq!(soon(answered(&connection, other)).await, "proxied", "the others do");
}

#[tokio::test]
async fn an_explicit_proxy_tunnels_even_to_the_machine_itself_and_the_certificate_is_still_verified() {
    let (port, seen) = serve_proxy(true, None).await;
    let shop = Minted::self_signed(&parameters("shop", &["localhost"]));
    let url = format!("https://localhost:{}", Tls::of(&shop).serve().await);
    let proxy = Proxy::Url(format!("user:s3cret@127.0.0.1:{port}"));
    let through = |trust| open(&Network { proxy: proxy.clone(), ..network(trust) }, &url);
    assert_eq!(soon(answered(&through(Trust::Pin(shop.fingerprint())), &url)).await, "hello");
    let error = soon(tls_failed(&through(Trust::Pin("22".repeat(32).parse().expect("a pin"))), &url)).await;
    assert!(error.why().contains(&shop.fingerprint().to_string()), "{error}");
    let heads = heads(&seen);
    assert!(heads.len() == 2 && heads.iter().all(|head| head.starts_with("connect localhost:")), "{heads:?}");
}

#[tokio::test]
async fn a_proxy_that_does_not_know_us_is_no_tls_failure_and_no_password_is_shown() {
    let (port, _) = serve_proxy(true, None).await;
    let url = "https://shop.example.invalid";
    let proxy = Proxy::Url(format!("http://user:wr0ng@127.0.0.1:{port}"));
    let connection = open(&Network { proxy, ..network(Trust::Nothing) }, url);
    let failure = soon(failed(&connection, url)).await;
    assert!(failure.is_connect() && connection.tls_error("log in", &failure).is_none());
    assert!(!format!("{failure:?} {:?}", connection.client).contains("wr0ng"));
}

#[tokio::test]
async fn a_proxy_that_speaks_tls_is_verified_by_the_system_whatever_the_server_is() {
    let ours = Authority::new("Ours");
    let proxy = ours.sign(&parameters("proxy", &["localhost"]));
    let (port, seen) = serve_proxy(true, Some(Tls::of(&proxy).acceptor())).await;
    let shop = Minted::self_signed(&parameters("shop", &[]));
    let url = format!("https://127.0.0.1:{}", Tls::of(&shop).serve().await);
    let plain = "http://shop.example.invalid/";
    for (roots, known) in [(vec![ours.certificate.clone()], true), (Vec::new(), false)] {
        for (url, trust) in
            [(url.as_str(), Trust::Pin(shop.fingerprint())), (&url, Trust::Nothing), (plain, Trust::System)]
        {
            let proxy = Proxy::Url(format!("https://user:s3cret@localhost:{port}"));
            let through = Network { proxy, ..network(trust) };
            let connection =
                Connection::open_with(&through, &origin(url), &|_| None, &|| roots.clone()).expect("opened");
            if known {
                soon(answered(&connection, url)).await;
            } else {
                let error = soon(tls_failed(&connection, url)).await;
                assert!(error.why().contains("the certificate of localhost cannot be verified"), "{error}");
            }
        }
    }
    assert_eq!(heads(&seen).len(), 3, "nothing is said to a proxy that is not verified");
}

#[tokio::test]
async fn a_failure_on_the_way_to_the_proxy_names_the_proxy_and_not_the_server() {
    let (port, _) = serve_proxy(true, None).await;
    let (_socket, closed) = closed();
    for url in ["https://shop.example.invalid", "http://shop.example.invalid"] {
        for (proxy, words) in [
            (format!("http://user:wr0ng@127.0.0.1:{closed}"), "does not listen"),
            ("http://user:wr0ng@proxy.invalid:3128".to_owned(), "the host of the proxy http://proxy.invalid:3128"),
        ] {
            let connection = open(&Network { proxy: Proxy::Url(proxy), ..network(Trust::Nothing) }, url);
            let error = connection.connect_error("connect", &origin(url), soon(failed(&connection, url)).await);
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert!(error.why().contains(words) && !format!("{error:?}").contains("wr0ng"), "{error:?}");
            assert!(error.hint().is_some_and(|hint| hint.to_string().contains("proxy")), "{error:?}");
        }
    }
    let url = "https://shop.example.invalid";
    let proxy = Proxy::Url(format!("http://user:wr0ng@127.0.0.1:{port}"));
    let connection = open(&Network { proxy, ..network(Trust::Nothing) }, url);
    let error = connection.connect_error("connect", &origin(url), soon(failed(&connection, url)).await);
    assert!(error.why().contains(&format!("the proxy http://127.0.0.1:{port} refused to connect")), "{error}");
}

/// One request in a process whose environment names a proxy. Started by the test below.
#[tokio::test]
#[ignore = "a child of the_environment_is_read_where_it_is_asked_for_and_nowhere_else"]
async fn child_with_a_proxy_in_its_environment() {
    let proxy = match std::env::var("PROXY_OF_THE_CHILD").as_deref() {
        Ok("environment") => Proxy::Environment,
        _ => Proxy::Direct,
    };
    let through = proxy.clone();
    let url = "http://shop.example.invalid/";
    let connection = Connection::open(&Network { proxy, ..network(Trust::System) }, &origin(url)).expect("opened");
    let answer = soon(connection.client.get(url).send()).await;
    assert_eq!(answer.is_ok(), matches!(through, Proxy::Environment), "{answer:?}");
}

#[tokio::test]
async fn the_environment_is_read_where_it_is_asked_for_and_nowhere_else() {
    let (port, seen) = serve_proxy(false, None).await;
    let this = module_path!().split_once("::").map(|(_, module)| module).expect("a module");
    for (mode, requests) in [("direct", 0), ("environment", 1)] {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"));
        child.args(["--ignored", "--exact", &format!("{this}::child_with_a_proxy_in_its_environment")]);
        for name in ["no_proxy", "NO_PROXY", "REQUEST_METHOD"] {
            child.env_remove(name);
        }
        child.env("PROXY_OF_THE_CHILD", mode).env("http_proxy", format!("http://127.0.0.1:{port}"));
        child.env("all_proxy", format!("http://127.0.0.1:{port}"));
        let output = tokio::task::spawn_blocking(move || child.output()).await.expect("run").expect("output");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{mode}: {text}");
        assert_eq!(heads(&seen).len(), requests, "{mode}");
    }
}
