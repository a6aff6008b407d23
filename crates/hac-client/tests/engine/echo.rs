//! A server that repeats whatever it was sent, in every place and every spelling: none of it is shown.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use hac_client::{BasicAuthHandler, Error, HacClient, ImpexImport};

use super::support::{Foreign, Notices, run};

const PASSWORD: &str = "Corr3ct&horse=battery";
const SESSION: &str = "9F2C4A6E8B0D1F3A5C7E9B1D3F5A7C9E.node1";
const TOKEN: &str = "4be1c7d0-93f2-4a58-8e6b-1f0a2c3d4e5f";
const HAC: &str = "<title>hybris administration console | Login</title><!-- redirect_detection -->";

type Spelling = fn(&str) -> String;
type Place = fn(status: &str, text: &str) -> String;

fn spellings() -> Vec<(&'static str, Spelling)> {
    fn each(text: &str, spelled: impl Fn(u8) -> String) -> String {
        text.bytes().map(spelled).collect::<Vec<_>>().concat()
    }
    vec![
        ("raw", |text| text.to_owned()),
        ("percent", |text| each(text, |byte| format!("%{byte:02X}"))),
        ("form", |text| url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        ("entities", |text| each(text, |byte| format!("&amp;#{byte};"))),
        ("html", |text| text.replace('&', "&amp;")),
        ("base64", |text| base64::engine::general_purpose::STANDARD.encode(text)),
        ("utf-16", |text| each(text, |byte| format!("{}\0", char::from(byte)))),
        ("lines", |text| each(text, |byte| format!("{}\n", char::from(byte)))),
        ("hex", |text| each(text, |byte| format!("{byte:02x}"))),
    ]
}

fn places() -> Vec<(&'static str, Place)> {
    fn answer(status: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }
    fn visible(text: &str) -> String {
        text.replace(['\r', '\n', '\0'], " ")
    }
    vec![
        ("body", |status, text| answer(status, "Content-Type: text/html\r\n", &format!("<h1>No</h1> {text}"))),
        ("title", |status, text| {
            answer(status, "Content-Type: text/html\r\n", &format!("<title>administration console {text}</title>"))
        }),
        ("report", |status, text| {
            let page = format!("<title>hybris administration console</title><div class=error>Bad: {text}</div>");
            answer(status, "Content-Type: text/html\r\n", &page)
        }),
        ("json", |status, text| {
            answer(status, "Content-Type: application/json\r\n", &format!("{{\"a\":\"{}\"", visible(text)))
        }),
        ("server", |status, text| answer(status, &format!("Server: {}\r\n", visible(text)), "")),
        ("type", |status, text| answer(status, &format!("Content-Type: {}\r\n", visible(text)), "<p>x")),
        ("location", |_, text| answer("302 Found", &format!("Location: /x/{}/y?z={0}\r\n", visible(text)), "")),
        ("elsewhere", |_, text| {
            answer("302 Found", &format!("Location: https://sso.example.com/{}\r\n", visible(text)), "")
        }),
    ]
}

/// Up to which request it behaves as HAC does, before it repeats what it knows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Login,
    FirstPage,
    Call,
}

fn server(from: From, status: &'static str, place: Place, spelling: Spelling) -> Foreign {
    Foreign::answering(move |request| {
        let first = request.lines().next().unwrap_or_default();
        let secrets = spelling(&format!("{PASSWORD} {SESSION} {TOKEN}"));
        let logged_in = request.contains(SESSION);
        let page = |title: &str, body: &str| {
            Foreign::page("200 OK", &format!("{title}<meta name=_csrf content={TOKEN}>{body}"))
        };
        let form = "<form action=/hac/j_spring_security_check method=post><input name=j_username>\
            <input name=j_password><input type=hidden name=_csrf value=anonymous></form>";
        match first.split(' ').nth(1).unwrap_or_default() {
            "/hac/j_spring_security_check" if from != From::Login => format!(
                "HTTP/1.1 302 Found\r\nLocation: /hac/\r\nSet-Cookie: JSESSIONID={SESSION}; Path=/hac\r\n\
                 Content-Length: 0\r\nConnection: close\r\n\r\n"
            ),
            "/hac/" if !logged_in => page(HAC, form),
            "/hac/" if from == From::Call => page("<title>hybris administration console</title>", ""),
            "/hac/j_spring_security_check" => place(status, &secrets).replacen(
                "\r\n",
                &format!("\r\nSet-Cookie: JSESSIONID={SESSION}; Path=/hac\r\n"),
                1,
            ),
            _ => place(status, &secrets),
        }
    })
}

/// Everything that a person may get to see of an error.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.hint());
    let mut cause = error.source();
    while let Some(current) = cause {
        let _ = write!(text, " {current} {current:?}");
        cause = current.source();
    }
    text
}

async fn errors_of(server: &Foreign, from: From, seen: &Arc<Mutex<Vec<String>>>) {
    let notices = Notices::default();
    let builder = notices.of(server.builder("").auth_handler(BasicAuthHandler::new("admin", PASSWORD)));
    let client: HacClient = builder.build().expect("a client");
    let keep = |text: String| seen.lock().expect("unpoisoned").push(text);
    match client.login().await {
        Ok(_) => assert_eq!(from, From::Call),
        Err(error) => keep(shown(&error)),
    }
    if from == From::Call {
        let outcomes = [
            run(&client, "1").await.map(|_| ()),
            client.execute_flexiblesearch("SELECT {pk} FROM {Product}").await.map(|_| ()),
            client.import_impex(ImpexImport::from("INSERT Title;code\n;a\n")).await.map(|_| ()),
            client.logout().await.map(|_| ()),
        ];
        outcomes.into_iter().filter_map(Result::err).for_each(|error| keep(shown(&error)));
    }
    notices.all().into_iter().for_each(keep);
}

#[tokio::test]
async fn a_password_that_was_not_even_sent_is_not_shown() {
    let server = Foreign::answering(|_| Foreign::page("500 Oops", &format!("the password of admin is {PASSWORD}")));
    let (_, cache) = server.warm_client();
    let client = HacClient::builder(&server.url)
        .auth_handler(BasicAuthHandler::new("admin", PASSWORD))
        .cache_dir(cache.path())
        .validation(hac_client::Validation::OnUse)
        .build()
        .expect("a client");
    let error = shown(&run(&client, "1").await.expect_err("a 500"));
    assert!(error.contains("the password of admin is …") && !error.contains(PASSWORD), "{error}");
}

#[tokio::test]
async fn nothing_that_a_server_repeats_is_shown() {
    for from in [From::Login, From::FirstPage, From::Call] {
        for (place_name, place) in places() {
            for (spelling_name, spelling) in spellings() {
                for status in ["200 OK", "403 Forbidden", "404 Not Found", "500 Oops"] {
                    let server = server(from, status, place, spelling);
                    let seen = Arc::default();
                    errors_of(&server, from, &seen).await;
                    let seen = seen.lock().expect("unpoisoned").join("\n");
                    let cell = format!("{from:?} {place_name} {spelling_name} {status}");
                    assert!(!seen.is_empty(), "{cell}: something failed");
                    for secret in [PASSWORD, SESSION, TOKEN] {
                        assert!(!seen.contains(secret), "{cell}: {secret} in {seen}");
                        let spelled = spelling(secret);
                        let torn = spelled.replace(['\n', '\0'], "");
                        for text in [&spelled, &torn, &spelled.replace(['\n', '\0'], " ")] {
                            assert!(!seen.contains(text.trim()), "{cell}: {text:?} in {seen}");
                        }
                    }
                }
            }
        }
    }
}
