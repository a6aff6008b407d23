//! Answers that are no answer: pages of something else, and unusual ones that are right.

use std::time::Duration;

use super::{Fault, has_call, some};
use crate::expectations::Class;
use crate::operations::{Form, Nature, Operation};
use crate::server::answer::Answer;
use crate::server::{Act, Place, Scene, pages};

fn answering(class: Class, name: &str, answer: impl Fn(&Scene<'_>) -> Answer + Send + Sync + 'static) -> Fault {
    Fault::new(class, name, move |scene| vec![Act::Send(answer(scene).bytes())])
}

/// A page that holds nothing of what the operation looks for.
fn is_not_update_page(operation: &Operation) -> bool {
    has_call(operation) && operation.name != "state of an update"
}

/// What no JSON and no page is, is a log of statements without any.
fn is_not_text(operation: &Operation) -> bool {
    operation.form != Form::Session && operation.name != "JDBC log"
}

pub(super) fn faults() -> Vec<Fault> {
    let page = |_: &Scene<'_>| Answer::html(200, pages::foreign("Welcome", "to our shop"));
    let mut faults = vec![
        answering(Class::Foreign, "a page of something else", page),
        answering(Class::Foreign, "a page with HAC's title, without the answer", |_| {
            Answer::html(200, pages::foreign("hybris administration console | Oops", "Something went wrong"))
        })
        .only(is_not_update_page),
        answering(Class::Foreign, "an empty body", |_| Answer::html(200, "")).only(is_not_text),
        answering(Class::Foreign, "white space", |_| Answer::html(200, " \r\n\t ".repeat(50))).only(is_not_text),
        answering(Class::Foreign, "plain text", |_| Answer::new(200).header("Content-Type", "text/plain").body("OK")),
        answering(Class::Foreign, "XML", |_| {
            Answer::new(200).header("Content-Type", "text/xml").body("<?xml version=\"1.0\"?><error code=\"7\"/>")
        }),
        answering(Class::Foreign, "an image", |_| {
            let body = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".repeat(20);
            Answer::new(200).header("Content-Type", "image/png").body(body)
        }),
        answering(Class::Foreign, "a page in UTF-16", |_| {
            let page = pages::foreign("Willkommen", "im Laden");
            let bytes: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
            Answer::new(200)
                .header("Content-Type", "text/html;charset=UTF-16LE")
                .body([vec![0xff, 0xfe], bytes].concat())
        }),
        answering(Class::Foreign, "an encoding that nobody asked for", |scene| {
            scene.healthy.clone().body(b"\x8b\x0b\x80binary\x03".repeat(9)).header("Content-Encoding", "br")
        })
        .only(has_call),
        answering(Class::LoginPage, "HAC's login page", login_page).unexecuted(),
        answering(Class::LoginPage, "HAC's login page", login_page).unexecuted().once(),
    ];
    for (place, at) in [(Place::LoginPage, "login page"), (Place::FirstPage, "first page")] {
        for index in [0, 2, 4, 7] {
            let class = Class::NoLoginPage;
            let name = format!("{at}: {}", faults[index].name);
            faults.push(Fault { name, class, ..faults[index].clone().at(place).only(some) });
        }
    }
    for index in [0, 2, 4] {
        let class = Class::LoginAnsweredOddly;
        let name = format!("page after the login: {}", faults[index].name);
        faults.push(Fault { name, class, ..faults[index].clone().at(Place::PageAfterLogin).only(some) });
    }
    faults.extend(unusual());
    faults.extend(cookies());
    faults
}

fn login_page(_: &Scene<'_>) -> Answer {
    Answer::html(200, pages::login("/hac/j_spring_security_check", "T0KEN0F0THE0LOGIN0PAGE"))
}

/// Right answers in unusual clothes.
fn unusual() -> Vec<Fault> {
    let before = |name: &str, first: &'static [u8]| {
        Fault::new(Class::Answered, name, move |scene| {
            vec![Act::Send([first.to_vec(), scene.healthy.bytes()].concat())]
        })
        .of_each_form()
    };
    let right = |name: &str, answer: fn(Answer) -> Answer| {
        answering(Class::Answered, name, move |scene| answer(scene.healthy.clone())).of_each_form()
    };
    let json = |operation: &Operation| matches!(operation.form, Form::Keys | Form::AnyJson | Form::List | Form::Rows);
    vec![
        before("100 Continue first", b"HTTP/1.1 100 Continue\r\n\r\n"),
        before("103 Early Hints first", b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"),
        before("102 Processing twice", b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"),
        right("JSON called HTML", |answer| answer.instead("Content-Type", "text/html")).only(json),
        right("JSON called an image", |answer| answer.instead("Content-Type", "image/png")).only(json),
        right("JSON without a type", |answer| answer.instead("Content-Type", "")).only(json),
        right("white space around the JSON", |answer| {
            let body = [b"\r\n \t".to_vec(), answer.body.clone(), b"\r\n\r\n".to_vec()].concat();
            answer.body(body)
        })
        .only(json),
        right("90 further headers", |answer| {
            (0..90).fold(answer, |answer, number| answer.header(&format!("X-{number}"), "value"))
        }),
        right("a reason of 4000 characters", |answer| answer.reason(&"because ".repeat(500))),
        right("headers outside of ASCII", |answer| answer.header("X-Text", "gr\u{fc}\u{df}e".as_bytes())),
        Fault::new(Class::Answered, "a slow answer", |scene| {
            vec![Act::Wait(Duration::from_millis(400)), Act::Send(scene.healthy.bytes())]
        }),
        Fault::new(Class::Answered, "the connection closed after the answer", |scene| {
            vec![Act::Send(scene.healthy.bytes()), Act::Close]
        }),
        Fault::new(Class::Answered, "more bytes after the answer", |scene| {
            vec![Act::Send([scene.healthy.bytes(), b"and more that nobody asked for".to_vec()].concat()), Act::Close]
        }),
        Fault::new(Class::Answered, "the right answer, while the form of a login is quoted in it", |scene| {
            let quoted = pages::login_form("/hac/j_spring_security_check", "quoted");
            let body = scene.healthy.body.clone();
            let body = [body, format!("<!-- {quoted} -->").into_bytes()].concat();
            vec![Act::Send(scene.healthy.clone().body(body).bytes())]
        })
        .only(|operation| matches!(operation.form, Form::Verdict | Form::Page)),
    ]
}

/// Cookies on a right answer.
fn cookies() -> Vec<Fault> {
    let cookie = |name: &str, values: fn() -> Vec<String>| {
        answering(Class::Answered, name, move |scene| {
            values().iter().fold(scene.healthy.clone(), |answer, value| answer.header("Set-Cookie", value))
        })
        .only(|operation| operation.nature != Nature::Login)
        .of_each_form()
    };
    vec![
        cookie("the session cookie deleted", || {
            vec!["JSESSIONID=; Path=/hac; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT".into()]
        })
        // An export goes on with a second request, for which it has to log in again.
        .only(|operation| operation.nature != Nature::Login && operation.name != "ImpEx export"),
        cookie("a cookie of 60 kB", || vec![format!("BIG={}; Path=/", "x".repeat(60_000))]),
        cookie("80 cookies", || (0..80).map(|number| format!("C{number}=v{number}; Path=/hac")).collect()),
        cookie("a cookie of another host", || vec!["EVIL=1; Domain=example.com; Path=/".into()]),
        cookie("cookies that are none", || vec!["; ; =; =x".into(), String::new(), "novalue".into()]),
        cookie("a session cookie of another name", || vec!["SESSION2=abc; Path=/hac; HttpOnly".into()]),
    ]
}
