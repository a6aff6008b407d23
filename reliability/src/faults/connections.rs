//! Connections that cannot be made, break or fall silent, at each moment.

use std::time::Duration;

use super::{Fault, Limit, Start, each_form, has_call, some};
use crate::expectations::Class;
use crate::operations::Nature;
use crate::server::tls::Security;
use crate::server::{Act, Place, Scene};

/// Where on the wire the answer is when it happens.
struct Moment {
    name: &'static str,
    class: Class,
    sent: fn(&Scene<'_>) -> Vec<u8>,
}

const MOMENTS: [Moment; 6] = [
    Moment { name: "before the answer", class: Class::Lost, sent: |_| Vec::new() },
    Moment { name: "in the status line", class: Class::Lost, sent: |_| b"HTTP/1.1 20".to_vec() },
    Moment { name: "in the headers", class: Class::Lost, sent: |scene| cut(&scene.healthy.true_head(), 2) },
    Moment { name: "between head and body", class: Class::Lost, sent: |scene| scene.healthy.true_head() },
    Moment { name: "in the body", class: Class::LostInBody, sent: |scene| half(scene) },
    Moment {
        name: "in a chunked body",
        class: Class::LostInBody,
        sent: |scene| {
            let whole = scene.healthy.chunked(8);
            let body = whole.len() - scene.healthy.head("Transfer-Encoding: chunked\r\n").len();
            whole[..whole.len() - body / 4].to_vec()
        },
    },
];

fn cut(bytes: &[u8], part: usize) -> Vec<u8> {
    bytes[..bytes.len() / part].to_vec()
}

/// The head, and most of the body.
fn half(scene: &Scene<'_>) -> Vec<u8> {
    let mut bytes = scene.healthy.true_head();
    bytes.extend_from_slice(&scene.healthy.body[..scene.healthy.body.len() * 3 / 4]);
    bytes
}

/// Redirects and empty bodies have no inside.
fn has_body(operation: &crate::operations::Operation) -> bool {
    has_call(operation) || operation.nature == Nature::Check
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for moment in MOMENTS {
        let sent = moment.sent;
        let in_body = moment.class == Class::LostInBody || moment.name == "between head and body";
        let meets = if in_body { has_body } else { |_: &_| true };
        for (what, end) in [("closed", Act::Close), ("reset", Act::Reset)] {
            let acts = move |scene: &Scene<'_>| {
                // A reset may overtake what was sent: give it time to be read.
                let read = Act::Wait(Duration::from_millis(60));
                vec![Act::Send(sent(scene)), read, end.clone()]
            };
            let fault = Fault::new(moment.class, format!("{what} {}", moment.name), acts).only(meets);
            let fault = if what == "reset" { fault.of_each_form() } else { fault };
            faults.push(fault.clone().once());
            faults.push(fault.clone());
            if moment.class == Class::Lost {
                faults.push(Fault {
                    name: format!("{what} {}, not executed", moment.name),
                    ..fault.clone().unexecuted().of_each_form()
                });
            }
            if !in_body || moment.class == Class::Lost {
                for (place, at) in WAY {
                    let name = format!("{at}: {what} {}", moment.name);
                    // The login form's answer and the first redirect have no body.
                    if in_body && matches!(place, Place::FirstPage | Place::LoginPost) {
                        continue;
                    }
                    faults.push(Fault { name, ..fault.clone().at(place).only(some) });
                }
            }
        }
        let acts = move |scene: &Scene<'_>| vec![Act::Send(sent(scene)), Act::Hang];
        let late = Fault::new(Class::Late, format!("silent {}", moment.name), acts).short().only(meets);
        faults.push(late.clone());
        for (place, at) in WAY {
            if in_body && matches!(place, Place::FirstPage | Place::LoginPost) {
                continue;
            }
            faults.push(Fault { name: format!("{at}: silent {}", moment.name), ..late.clone().at(place).only(some) });
        }
    }
    faults.extend(drips());
    faults.extend(beginnings());
    faults.extend(below_http());
    faults.extend(kept());
    faults
}

/// The requests of a login.
pub(super) const WAY: [(Place, &str); 4] = [
    (Place::FirstPage, "first page"),
    (Place::LoginPage, "login page"),
    (Place::LoginPost, "login form"),
    (Place::PageAfterLogin, "page after the login"),
];

const PAUSE: Duration = Duration::from_millis(150);

fn drips() -> Vec<Fault> {
    let padded = |scene: &Scene<'_>| {
        let mut body = vec![b' '; 400];
        body.extend_from_slice(&scene.healthy.body);
        scene.healthy.clone().body(body)
    };
    let late =
        |name: &str, acts: fn(&Scene<'_>) -> Vec<Act>| Fault::new(Class::Late, name, acts).short().of_each_form();
    let mut faults = vec![
        late("the head drips", |scene| vec![Act::Drip(scene.healthy.true_head(), PAUSE), Act::Hang]),
        late("headers without end drip", |_| {
            vec![Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Act::Slowly(b"X-More: more\r\n".to_vec(), PAUSE)]
        }),
        late("100 Continue without end drips", |_| vec![Act::Slowly(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(), PAUSE)]),
        Fault::new(Class::Late, "the body drips", move |scene: &Scene<'_>| {
            let answer = padded(scene);
            vec![Act::Send(answer.true_head()), Act::Drip(answer.body, PAUSE)]
        })
        .short()
        .only(has_body),
        Fault::new(Class::Late, "chunks drip", move |scene: &Scene<'_>| {
            vec![
                Act::Send(scene.healthy.head("Transfer-Encoding: chunked\r\n")),
                Act::Slowly(b"1\r\n \r\n".to_vec(), PAUSE),
            ]
        })
        .short()
        .only(has_body),
        Fault::new(Class::Late, "a packed body drips", move |scene: &Scene<'_>| {
            let answer = padded(scene).gzipped();
            vec![Act::Send(answer.head("Content-Length: 100000\r\n")), Act::Drip(answer.body, PAUSE), Act::Hang]
        })
        .short()
        .only(has_body),
    ];
    for (place, at) in WAY {
        let name = format!("{at}: the head drips");
        faults.push(Fault { name, ..faults[0].clone().at(place).only(some) });
    }
    for (place, at) in [WAY[1], WAY[3]] {
        let name = format!("{at}: the body drips");
        faults.push(Fault { name, ..faults[3].clone().at(place).only(some) });
    }
    faults
}

/// Before HTTP begins.
fn beginnings() -> Vec<Fault> {
    let begin = |class, name: &str, acts: fn(&Scene<'_>) -> Vec<Act>| {
        let fault = Fault::new(class, name, acts).unexecuted();
        [
            Fault { place: Place::Connection, ..fault.clone() },
            Fault { name: format!("no session: {name}"), ..fault.at(Place::Connection).only(some) },
        ]
    };
    let nobody =
        Fault { listens: false, ..Fault::new(Class::NoConnection, "nothing listens", |_| Vec::new()) }.unexecuted();
    let mut faults = vec![
        Fault { place: Place::Connection, ..nobody.clone() },
        Fault { name: "no session: nothing listens".into(), ..nobody.at(Place::Connection).only(some) },
    ];
    faults.extend(begin(Class::ClosedAtOnce, "closed at once", |_| vec![Act::Close]));
    faults.extend(begin(Class::ClosedAtOnce, "reset at once", |_| vec![Act::Reset]));
    // What is downloaded is made by a request before it.
    let no_login = |operation: &crate::operations::Operation| {
        operation.nature != Nature::Login && !operation.name.starts_with("download")
    };
    faults.iter_mut().filter(|fault| fault.start == Start::Stored).for_each(|fault| fault.meets = no_login);
    for security in [Security::Tls12, Security::Tls13] {
        let shakes = [
            ("the handshake is closed", Class::HandshakeBroken, vec![Act::Close]),
            ("the handshake is reset", Class::HandshakeBroken, vec![Act::Reset]),
            (
                "the handshake is answered in HTTP",
                Class::HandshakeBroken,
                vec![Act::Raw(b"HTTP/1.1 400 Bad\r\n\r\n".to_vec())],
            ),
            (
                "the handshake is answered with garbage",
                Class::HandshakeBroken,
                vec![Act::Raw(vec![0x16, 3, 3, 0, 4, 9, 9, 9, 9])],
            ),
            ("the handshake is refused", Class::HandshakeBroken, vec![Act::Raw(vec![21, 3, 3, 0, 2, 2, 40])]),
            ("the handshake is not answered", Class::HandshakeSilent, vec![Act::Hang]),
        ];
        for (name, class, acts) in shakes {
            let limit = if class == Class::HandshakeSilent { Limit::Short } else { Limit::Usual };
            let fault = Fault::new(class, format!("{name} ({security:?})"), move |_| acts.clone());
            let fault = Fault { place: Place::Connection, limit, ..fault.over(security).unexecuted() };
            faults.push(fault.only(no_login));
        }
    }
    for security in [Security::SelfSigned, Security::OtherName, Security::Expired, Security::NotYetValid] {
        let fault = Fault::new(Class::NotTrusted, format!("certificate: {security:?}"), |_| Vec::new());
        faults.push(fault.over(security).unexecuted().at(Place::FirstPage));
    }
    faults
}

/// TLS that breaks after the request was executed.
fn below_http() -> Vec<Fault> {
    let mut faults = Vec::new();
    for security in [Security::Tls12, Security::Tls13] {
        for (number, name) in [
            (20, "bad_record_mac"),
            (40, "handshake_failure"),
            (42, "bad_certificate"),
            (45, "certificate_expired"),
            (48, "unknown_ca"),
            (49, "access_denied"),
            (80, "internal_error"),
            (116, "certificate_required"),
        ] {
            let class = if matches!(number, 42 | 45 | 48 | 116) { Class::LateAlert } else { Class::Lost };
            let fault = Fault::new(class, format!("alert {name} after the request ({security:?})"), move |_| {
                vec![Act::Alert(number)]
            });
            // Those that speak of certificates are the ones to be taken for a handshake's.
            let fault = fault.over(security);
            faults.push(if number == 42 { fault } else { fault.only(each_form) });
        }
        let drop = Fault::new(Class::Lost, format!("closed without TLS's farewell ({security:?})"), |scene| {
            vec![Act::Send(cut(&scene.healthy.true_head(), 2)), Act::Drop]
        });
        faults.push(drop.over(security));
        let body =
            Fault::new(Class::LostInBody, format!("in the body, without TLS's farewell ({security:?})"), |scene| {
                vec![Act::Send(half(scene)), Act::Drop]
            });
        faults.push(body.over(security).only(has_body));
        let garbage = Fault::new(Class::Lost, format!("a record that cannot be decrypted ({security:?})"), |_| {
            let mut record = vec![23, 3, 3, 0, 64];
            record.resize(69, 7);
            vec![Act::Raw(record)]
        });
        faults.push(garbage.over(security));
        let late = Fault::new(Class::Late, format!("silent before the answer ({security:?})"), |_| vec![Act::Hang]);
        faults.push(late.over(security).short());
    }
    faults
}

/// A connection that was kept from an earlier answer.
fn kept() -> Vec<Fault> {
    let lost = |name: &str, acts: Vec<Act>| Fault::new(Class::Lost, name, move |_| acts.clone()).warm();
    vec![
        lost("a kept connection closed after the request", vec![Act::Close]),
        lost("a kept connection reset after the request", vec![Act::Reset]),
        Fault::new(Class::Answered, "closed after each answer, unannounced", |scene| {
            vec![Act::Send(scene.healthy.bytes()), Act::Close]
        })
        .twice(),
        Fault::new(Class::Answered, "a second answer that nobody asked for", |scene| {
            let mut bytes = scene.healthy.bytes();
            bytes.extend_from_slice(b"HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
            vec![Act::Send(bytes), Act::Close]
        })
        .twice(),
    ]
}
