//! Login pages of all kinds, and what the password is posted to.

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use hac_client::network::Proxy;
use hac_client::session::SessionState;
use hac_client::{BasicAuthHandler, ErrorKind, HacClient};
use hac_simulator::{Fault, LoginPage, On};

use super::support::{EXECUTE, Foreign, Hac, assert_kind, run};

const HAC: &str = "<title>hybris administration console | Login</title>";
const ANSWER: &str = r#"{"executionResult":"done","outputText":"","stacktraceText":""}"#;

fn form(action: &str) -> String {
    format!(
        "<form action=\"{action}\" method=post><input name=j_username><input name=j_password type=password>
         <input type=hidden name=tenant value=master><input type=hidden name=_csrf value=FORM-TOKEN></form>"
    )
}

fn redirect(location: &str, cookie: &str) -> String {
    let cookie = if cookie.is_empty() { String::new() } else { format!("Set-Cookie: {cookie}\r\n") };
    format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n{cookie}Content-Length: 0\r\nConnection: close\r\n\r\n")
}

fn answer(status: u16, body: &str) -> Fault {
    Fault::Answer {
        status,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: body.into(),
        execute: false,
    }
}

#[tokio::test]
async fn a_form_that_posts_to_another_host_gets_nothing() {
    let page = Foreign::answering(|_| {
        Foreign::page("200 OK", &format!("{HAC}{}", form("https://evil.example.com/hac/j_spring_security_check")))
    });
    let error = page.builder("/hac").build().expect("a client").login().await.expect_err("elsewhere");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("evil.example.com"), "{error}");
    assert_eq!(page.asked(), ["GET /hac/"]);
}

#[tokio::test]
async fn a_form_on_an_error_page_gets_no_password() {
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "503 Service Unavailable"] {
        let page = Foreign::answering(move |_| {
            Foreign::page(status, &format!("{HAC}{}", form("/hac/j_spring_security_check")))
        });
        let error = page.builder("/hac").build().expect("a client").login().await.expect_err(status);
        assert_kind(&error, ErrorKind::NotHac);
        assert!(page.posts().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn a_login_page_of_another_context_path_than_the_named_one_gets_nothing_and_is_named() {
    let page =
        Foreign::answering(|_| Foreign::page("200 OK", &format!("{HAC}{}", form("/other/j_spring_security_check"))));
    let error = page.builder("/hac").build().expect("a client").login().await.expect_err("another path");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.hint().expect("a hint").to_string().contains(&format!("{}/other", page.url)), "{error:?}");
    assert!(page.posts().is_empty());
}

#[tokio::test]
async fn at_the_root_a_login_page_is_known_by_its_title_or_its_marker() {
    for (mark, posted) in [(HAC, true), ("<!-- redirect_detection -->", true), ("<title>My Shop</title>", false)] {
        let page = Foreign::answering(move |request| {
            if request.starts_with("GET /hac/") {
                return Foreign::page("404 Not Found", "");
            }
            Foreign::page("200 OK", &format!("{mark}{}", form("/j_spring_security_check")))
        });
        page.builder("").build().expect("a client").login().await.expect_err("no HAC behind it");
        assert_eq!(!page.posts().is_empty(), posted, "{mark}");
    }
}

#[tokio::test]
async fn the_form_is_posted_with_its_hidden_fields_and_without_the_session_in_its_address() {
    let page = Foreign::answering(|request| {
        if request.starts_with("POST ") {
            return redirect("/hac/login?login_error=1", "");
        }
        Foreign::page("200 OK", &format!("{HAC}{}", form("j_spring_security_check;jsessionid=A1")))
    });
    let error = page.builder("/hac").build().expect("a client").login().await.expect_err("refused");
    assert_kind(&error, ErrorKind::BadCredentials);
    let posts = page.posts();
    assert!(posts[0].starts_with("POST /hac/j_spring_security_check HTTP"), "{}", posts[0]);
    for field in ["j_username=admin", "j_password=nimda", "_csrf=FORM-TOKEN", "tenant=master"] {
        assert!(posts[0].contains(field), "{field}");
    }
}

#[tokio::test]
async fn a_login_page_with_another_name_is_recognised_from_the_login_on() {
    let logins = AtomicUsize::new(0);
    let odd = Foreign::answering(move |request| {
        let now = logins.load(Ordering::Relaxed);
        let logged_in = now > 0 && request.contains(&format!("JSESSIONID=IN{now}"));
        if request.starts_with("GET /hac/entry?x=1 ") {
            Foreign::page("200 OK", &format!("{HAC}{}", form("/hac/j_spring_security_check")))
        } else if request.starts_with("POST /hac/j_spring_security_check") {
            let now = logins.fetch_add(1, Ordering::Relaxed) + 1;
            redirect("/hac/", &format!("JSESSIONID=IN{now}; Path=/hac"))
        } else if !logged_in {
            redirect("/hac/entry?x=1", "JSESSIONID=ANONYMOUS; Path=/hac")
        } else if request.starts_with("GET /hac/ ") {
            Foreign::page("200 OK", "<title>hybris administration console</title><meta name=_csrf content=T>")
        } else if request.contains("forget") && now == 1 {
            // The session ends before this very request.
            logins.store(7, Ordering::Relaxed);
            redirect("/hac/entry?x=1", "")
        } else {
            Foreign::page("200 OK", ANSWER)
        }
    });
    let client = odd.builder("/hac").build().expect("a client");
    assert_eq!(run(&client, "'first'").await.expect("a result"), "done");
    assert_eq!(client.check().await.expect("an answer"), SessionState::Alive);
    assert_eq!(run(&client, "'forget'").await.expect("renewed"), "done");
    assert_eq!(odd.posts().len(), 5, "{:?}", odd.asked());
}

#[tokio::test]
async fn a_session_that_ended_is_dead_by_the_login_path_that_was_found() {
    let logins = AtomicUsize::new(0);
    let odd = Foreign::answering(move |request| {
        if request.starts_with("GET /hac/entry ") {
            Foreign::page("200 OK", &format!("{HAC}{}", form("/hac/j_spring_security_check")))
        } else if request.starts_with("POST ") {
            logins.fetch_add(1, Ordering::Relaxed);
            redirect("/hac/", "JSESSIONID=IN; Path=/hac")
        } else if request.contains("JSESSIONID=IN") && logins.fetch_add(1, Ordering::Relaxed) == 1 {
            Foreign::page("200 OK", "<title>hybris administration console</title><meta name=_csrf content=T>")
        } else {
            redirect("/hac/entry", "")
        }
    });
    let client = odd.builder("/hac").build().expect("a client");
    client.login().await.expect("a login");
    assert_eq!(client.check().await.expect("an answer"), SessionState::Dead);
}

#[tokio::test]
async fn cookies_of_a_guess_that_was_wrong_are_dropped() {
    let hac = Hac::with(|simulator| simulator.context_path(""));
    let fault = Fault::Answer {
        status: 404,
        headers: vec![("Set-Cookie".into(), "STRAY=1; Path=/".into())],
        body: String::new(),
        execute: false,
    };
    hac.simulator.faults().once(On::get("/hac/"), fault);
    run(&hac.client(), "1").await.expect("a result");
    let sent =
        |name: &str| hac.ledger().entries().iter().any(|entry| entry.cookies.iter().any(|cookie| cookie == name));
    assert!(!sent("STRAY") && sent("JSESSIONID"));
}

#[tokio::test]
async fn what_answers_with_a_page_says_more_than_what_is_not_there() {
    let filter = Foreign::answering(|request| {
        if request.starts_with("GET /hac/") {
            return Foreign::page("403 Forbidden", "<h1>Your IP is not let in</h1>");
        }
        Foreign::page("404 Not Found", "")
    });
    let error = filter.builder("").build().expect("a client").login().await.expect_err("filtered");
    assert_kind(&error, ErrorKind::NotHac);
    assert!(error.to_string().contains("Your IP is not let in"), "{error}");
    assert_eq!(filter.asked(), ["GET /hac/", "GET /"]);
}

#[tokio::test]
async fn a_port_that_requires_https_is_a_config_error() {
    for text in ["This combination of host and port requires TLS.", "The plain HTTP request was sent to HTTPS port"] {
        let port = Foreign::answering(move |_| Foreign::page("400 Bad Request", text));
        let error = port.builder("/hac").build().expect("a client").login().await.expect_err("https");
        assert_kind(&error, ErrorKind::Config);
        assert!(
            error.hint().expect("a hint").to_string().contains(&port.url.replace("http://", "https://")),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_recognised_on_each_kind_of_login_page() {
    for page in [LoginPage::Login, LoginPage::LoginJsp, LoginPage::AtContextRoot] {
        let hac = Hac::with(|simulator| simulator.knobs(move |knobs| knobs.login_page = page));
        let client = hac.builder().auth_handler(BasicAuthHandler::new("admin", "wrong")).build().expect("a client");
        assert_kind(&client.login().await.expect_err("wrong"), ErrorKind::BadCredentials);
        assert_eq!(hac.ledger().login_attempts(), 1, "{page:?}");
    }
}

#[tokio::test]
async fn each_answer_to_the_posted_form_has_its_name() {
    const POST: &str = "/j_spring_security_check";
    let login_page = format!("{HAC}{}", form("/hac/j_spring_security_check"));
    for (fault, kind, words) in [
        (answer(200, &login_page), ErrorKind::BadCredentials, "lock accounts"),
        (Fault::Redirect("/hac/login".into()), ErrorKind::BadCredentials, "lock accounts"),
        (Fault::Redirect("/hac/?login_error=1".into()), ErrorKind::BadCredentials, "lock accounts"),
        (Fault::Redirect("https://sso.example.com/".into()), ErrorKind::NotHac, "single sign-on"),
        (Fault::Redirect("/hac/platform/init".into()), ErrorKind::Initializing, "wait"),
        (answer(403, ""), ErrorKind::NotHac, "its token was fresh"),
        (answer(405, ""), ErrorKind::NotHac, "its token was fresh"),
        (answer(503, ""), ErrorKind::NotHac, "starting"),
    ] {
        let hac = Hac::start();
        hac.simulator.faults().always(On::post(POST), fault.clone());
        let error = hac.client().login().await.expect_err("no login");
        assert_kind(&error, kind);
        assert!(error.hint().expect("a hint").to_string().contains(words), "{fault:?} {error:?}");
        assert_eq!(hac.ledger().count(POST), 1, "{fault:?}");
        assert_eq!(hac.ledger().entries().last().map(|entry| entry.method.clone()), Some("POST".into()), "{fault:?}");
    }
}

#[tokio::test]
async fn each_answer_after_the_login_has_its_name() {
    let title = "<title>hybris administration console | Forbidden</title>";
    for (fault, kind, words) in [
        (Fault::Redirect("/hac/login".into()), ErrorKind::SessionEnded, "drops the session cookie"),
        (answer(403, title), ErrorKind::Forbidden, "user group"),
        (Fault::Redirect("/hac/platform/init".into()), ErrorKind::Initializing, "wait"),
        (answer(503, ""), ErrorKind::NotHac, "starting"),
        (answer(200, title), ErrorKind::NotHac, "URL of HAC"),
    ] {
        let hac = Hac::start();
        hac.simulator.faults().always(On::get("/hac/").skip(1), fault.clone());
        let error = hac.client().login().await.expect_err("no login");
        assert_kind(&error, kind);
        assert!(error.hint().expect("a hint").to_string().contains(words), "{fault:?} {error:?}");
        assert!(hac.manager().list_sessions().expect("sessions").is_empty(), "{fault:?}");
    }
    // 403 of HAC's own with a token: logged in.
    let hac = Hac::start();
    let page = format!("{title}<meta name=_csrf content=T>");
    hac.simulator.faults().always(On::get("/hac/").skip(1), answer(403, &page));
    hac.client().login().await.expect("a login");
}

/// An HTTP proxy in front of a simulator, which the client knows by a name of its own.
fn proxy_to(port: u16) -> Foreign {
    proxy_for("hac.test", port)
}

fn proxy_for(host: &'static str, port: u16) -> Foreign {
    Foreign::answering(move |request| {
        let asked = format!("http://{host}");
        let (first, rest) = request.split_once("\r\n").expect("a request line");
        assert!(first.contains(&format!(" {asked}/")), "the proxy is asked for the whole address: {first}");
        let forwarded = format!("{}\r\nConnection: close\r\n{rest}", first.replacen(&asked, "", 1));
        let mut line = std::net::TcpStream::connect(("127.0.0.1", port)).expect("the simulator");
        line.write_all(forwarded.as_bytes()).expect("written");
        let mut reply = Vec::new();
        let _ = line.read_to_end(&mut reply);
        String::from_utf8(reply).expect("text")
    })
}

fn over(proxy: &Foreign, hac: &Hac) -> HacClient {
    HacClient::builder("http://hac.test")
        .auth_handler(BasicAuthHandler::new("admin", "nimda"))
        .proxy(Proxy::Url(proxy.url.clone()))
        .session_persistence(false)
        .audit(hac.records.audit())
        .build()
        .expect("a client")
}

#[tokio::test]
async fn plain_http_to_another_machine_over_a_proxy_works_where_cookies_are_not_secure() {
    let hac = Hac::with(|simulator| simulator.allow_host("hac.test"));
    let proxy = proxy_to(hac.simulator.port());
    assert_eq!(run(&over(&proxy, &hac), "2 + 2").await.expect("a result"), "4");
    assert_eq!((proxy.count(), hac.ledger().len(), hac.ledger().executed()), (5, 5, 1));
}

#[tokio::test]
async fn a_secure_session_cookie_never_goes_in_the_clear_through_a_proxy_even_to_this_machine() {
    for host in ["localhost", "0.0.0.0", "[::ffff:7f00:1]"] {
        let hac = Hac::with(|simulator| {
            simulator.allow_host(host.trim_matches(['[', ']'])).knobs(|knobs| knobs.cookie_secure = true)
        });
        let proxy = proxy_for(host, hac.simulator.port());
        let client = HacClient::builder(format!("http://{host}"))
            .auth_handler(BasicAuthHandler::new("admin", "nimda"))
            .proxy(Proxy::Url(proxy.url.clone()))
            .session_persistence(false)
            .build()
            .expect("a client");
        assert_kind(&client.login().await.expect_err("it would not last"), ErrorKind::Config);
        assert!(proxy.count() > 0, "the proxy was asked: {host}");
        assert!(hac.ledger().entries().iter().all(|entry| entry.cookies.is_empty()), "no cookie was sent: {host}");
    }
}

#[tokio::test]
async fn a_secure_session_cookie_over_plain_http_is_a_config_error() {
    let hac = Hac::with(|simulator| simulator.allow_host("hac.test").knobs(|knobs| knobs.cookie_secure = true));
    let proxy = proxy_to(hac.simulator.port());
    let error = over(&proxy, &hac).login().await.expect_err("it would not last");
    assert_kind(&error, ErrorKind::Config);
    assert!(error.hint().expect("a hint").to_string().contains("https://hac.test"), "{error:?}");
    assert!(proxy.posts().is_empty(), "the password is not posted for it");
    assert!(hac.ledger().entries().iter().all(|entry| entry.cookies.is_empty()), "and the cookie is not sent");

    // Secure from the login on only.
    let hac = Hac::with(|simulator| simulator.allow_host("hac.test"));
    let proxy = proxy_to(hac.simulator.port());
    let fault = Fault::SetCookie("JSESSIONID=SECURE; Path=/hac; Secure".into());
    hac.simulator.faults().once(On::post("/j_spring_security_check"), fault);
    assert_kind(&over(&proxy, &hac).login().await.expect_err("it would not last"), ErrorKind::Config);
    assert_eq!((proxy.posts().len(), hac.ledger().count(EXECUTE)), (1, 0));
}
