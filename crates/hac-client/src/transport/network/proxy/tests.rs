use super::*;
use crate::origin::BaseUrl;

/// The proxy for a URL in an environment, as it may be shown; empty for none.
fn chosen(url: &str, environment: &[(&str, &str)]) -> String {
    let url = BaseUrl::parse(url).expect(url);
    let read = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let proxy = Proxy::Environment.chosen(url.origin(), &read).expect("a usable environment");
    proxy.as_ref().map(|(url, _)| without_credentials(url)).unwrap_or_default()
}

#[test]
fn the_variables_are_read_as_curl_reads_them() {
    let https = "https://shop.example.com:9002";
    let http = "http://shop.example.com";
    for (url, environment, proxy) in [
        (https, &[][..], ""),
        (https, &[("https_proxy", "http://p:1")], "http://p:1"),
        (https, &[("HTTPS_PROXY", "p:1")], "http://p:1"),
        (https, &[("http_proxy", "http://p:1")], ""),
        (https, &[("https_proxy", "http://small:1"), ("HTTPS_PROXY", "http://capital:1")], "http://small:1"),
        (https, &[("https_proxy", ""), ("all_proxy", "http://all:1")], "http://all:1"),
        (https, &[("ALL_PROXY", "https://all")], "https://all:443"),
        (http, &[("HTTP_PROXY", "http://p:1")], "http://p:1"),
        (http, &[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], ""),
        (http, &[("http_proxy", "http://p:1"), ("REQUEST_METHOD", "GET")], "http://p:1"),
        (http, &[("http_proxy", "http://u:s3cret@p:1")], "http://p:1"),
    ] {
        assert_eq!(chosen(url, environment), proxy, "{url} {environment:?}");
    }
}

#[test]
fn the_variable_that_names_the_proxy_is_known() {
    let url = BaseUrl::parse("https://shop.example.com").expect("a URL");
    let read = |name: &str| (name == "ALL_PROXY").then(|| "http://p:1".to_owned());
    let (_, variable) = Proxy::Environment.chosen(url.origin(), &read).expect("usable").expect("a proxy");
    assert_eq!(variable, Some("ALL_PROXY"));
    let (_, variable) = Proxy::Url("http://p:1".into()).chosen(url.origin(), &read).expect("usable").expect("a proxy");
    assert_eq!(variable, None);
}

#[test]
fn no_proxy_names_hosts_domains_addresses_and_networks() {
    for (url, exceptions, direct) in [
        ("https://shop.example.com", "shop.example.com", true),
        ("https://shop.example.com", "other.com, .example.com", true),
        ("https://shop.example.com", "other.com example.com", true),
        ("https://SHOP.example.com", "EXAMPLE.COM", true),
        ("https://shop.example.com", "*", true),
        ("https://shop.example.com", "ple.com", false),
        ("https://shop.example.com", "", false),
        ("https://10.1.2.3:9002", "10.0.0.0/8", true),
        ("https://10.1.2.3:9002", "10.1.2.3", true),
        ("https://11.1.2.3:9002", "10.0.0.0/8", false),
        ("https://[2001:db8::1]", "2001:db8::/32", true),
        ("https://shop.example.com.", "shop.example.com", true),
        ("https://shop.example.com", "shop.example.com.", true),
        ("https://[::ffff:10.1.2.3]", "10.0.0.0/8", true),
        ("https://[::ffff:10.1.2.3]", "::ffff:10.1.2.3", true),
        ("https://[::ffff:11.1.2.3]", "10.0.0.0/8", false),
    ] {
        for name in ["no_proxy", "NO_PROXY"] {
            let proxy = chosen(url, &[("https_proxy", "http://p:1"), (name, exceptions)]);
            assert_eq!(proxy.is_empty(), direct, "{url} {name}={exceptions:?}");
        }
    }
}

#[test]
fn this_machine_is_never_reached_through_a_proxy_of_the_environment() {
    let environment = [("http_proxy", "http://p:1"), ("https_proxy", "http://p:1"), ("all_proxy", "http://p:1")];
    for url in [
        "https://localhost:9002",
        "https://localhost.:9002",
        "http://127.0.0.1:9001",
        "https://[::1]:9002",
        "http://0.0.0.0:9001",
        "http://[::]:9001",
        "http://[::ffff:127.0.0.1]:9001",
        "http://0x7f.1:9001",
    ] {
        assert_eq!(chosen(url, &environment), "", "{url}");
        let url = BaseUrl::parse(url).expect(url);
        let explicit = Proxy::Url("http://p:1".into()).chosen(url.origin(), &|_| None);
        assert!(explicit.expect("a proxy").is_some(), "explicit is explicit");
    }
}

#[test]
fn a_direct_way_is_direct_whatever_the_environment_says() {
    let url = BaseUrl::parse("https://shop.example.com").expect("a URL");
    let proxy = Proxy::Direct.chosen(url.origin(), &|_| Some("http://p:1".into()));
    assert!(proxy.expect("no proxy").is_none());
}

#[test]
fn a_proxy_that_cannot_be_read_is_refused_and_its_password_not_repeated() {
    let url = BaseUrl::parse("https://shop.example.com").expect("a URL");
    for text in [
        "http://admin:s3cret@proxy:port",
        "http://admin:s3cret@",
        "admin:s3cret@pro xy:1",
        "http://admin:s3c/ret@proxy:1",
        "socks5://admin:s3cret@proxy:1080",
        "://s3cret",
        "",
    ] {
        let explicit = Proxy::Url(text.into());
        assert_eq!(format!("{explicit:?}"), "Url(…)");
        let error = explicit.chosen(url.origin(), &|_| None).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error:?} {error}").contains("s3c"), "{error:?}");
    }
    let read = |name: &str| (name == "HTTPS_PROXY").then(|| "socks5://s3cret@p:1".to_owned());
    let error = Proxy::Environment.chosen(url.origin(), &read).expect_err("socks");
    assert!(error.why().contains("HTTPS_PROXY"), "the variable is named: {error}");
    assert!(!format!("{error:?}").contains("s3cret"));
}
