//! What is not HTTP, or not quite.

use super::connections::WAY;
use super::{Fault, each_form, has_call, some};
use crate::expectations::Class;
use crate::operations::{Form, Operation};
use crate::server::{Act, Scene};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    let fixed: [(&str, &[u8]); 14] = [
        ("the banner of SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
        ("the banner of SMTP", b"220 mail.example ESMTP Postfix\r\n"),
        ("a TLS record", &[21, 3, 3, 0, 2, 2, 80]),
        ("NUL bytes", &[0; 64]),
        ("random bytes", &[0xde, 0xad, 0xbe, 0xef, 0x13, 0x37, 0xff, 0xfe, 0x80, 0x81, 0x0d, 0x0a, 0x0d, 0x0a]),
        ("HTTP/0.9", b"<html><body>It works</body></html>\r\n\r\n"),
        ("a frame of HTTP/2", b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff"),
        ("a status that is no number", b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
        ("a status of four digits", b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"),
        ("a header without a colon", b"HTTP/1.1 200 OK\r\nNoColonHere\r\nContent-Length: 2\r\n\r\n{}"),
        ("a NUL in a header", b"HTTP/1.1 200 OK\r\nX-Bad: a\0b\r\nContent-Length: 2\r\n\r\n{}"),
        ("a negative length", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
        ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        ("a length that is a word", b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"),
    ];
    for (name, bytes) in fixed {
        faults.push(garbled(name, move |_| vec![Act::Send(bytes.to_vec()), Act::Close]));
    }
    faults.push(garbled("a header of 1 MiB", |_| vec![Act::Send(header(b"x".repeat(1 << 20))), Act::Close]));
    faults.push(garbled("a status line without end", |_| {
        vec![Act::Send(b"HTTP/1.1 200 ".to_vec()), Act::Endless(b"OK ".to_vec(), 4 << 20), Act::Close]
    }));
    faults.push(garbled("headers without end", |_| {
        vec![
            Act::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Act::Endless(b"X-More: more\r\n".to_vec(), 4 << 20),
            Act::Close,
        ]
    }));
    faults.push(garbled("5000 headers", |scene| {
        let mut head = scene.healthy.head("");
        head.truncate(head.len() - 2);
        (0..5000).for_each(|number| head.extend_from_slice(format!("X-{number}: v\r\n").as_bytes()));
        vec![Act::Send([head, b"\r\n".to_vec()].concat()), Act::Close]
    }));
    for index in [0, 4, 11] {
        for (place, at) in WAY {
            let name = format!("{at}: {}", faults[index].name);
            faults.push(Fault { name, ..faults[index].clone().at(place).only(some) });
        }
    }
    faults.extend(lengths());
    faults.extend(framings());
    faults
}

fn garbled(name: &str, acts: impl Fn(&Scene<'_>) -> Vec<Act> + Send + Sync + 'static) -> Fault {
    Fault::new(Class::Garbled, name, acts).only(each_form)
}

fn header(value: Vec<u8>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), value, b"\r\nContent-Length: 2\r\n\r\n{}".to_vec()].concat()
}

/// A list and an archive are parsed to where they end.
fn is_object_or_page(operation: &Operation) -> bool {
    !matches!(operation.form, Form::Session | Form::File)
}

fn is_json(operation: &Operation) -> bool {
    matches!(operation.form, Form::Keys | Form::AnyJson | Form::List | Form::Rows)
}

/// A length that is not that of the body.
fn lengths() -> Vec<Fault> {
    vec![
        Fault::new(Class::LostInBody, "a length larger than the body", |scene| {
            let length = format!("Content-Length: {}\r\n", scene.healthy.body.len() + 1000);
            vec![Act::Send([scene.healthy.head(&length), scene.healthy.body.clone()].concat()), Act::Close]
        })
        .only(is_object_or_page),
        Fault::new(Class::WrongShape, "a length smaller than the body", |scene| {
            let length = format!("Content-Length: {}\r\n", scene.healthy.body.len() / 2);
            vec![Act::Send([scene.healthy.head(&length), scene.healthy.body.clone()].concat()), Act::Close]
        })
        .only(is_json),
        Fault::new(Class::Answered, "no length, and the connection closed after the body", |scene| {
            vec![
                Act::Send([scene.healthy.head("Connection: close\r\n"), scene.healthy.body.clone()].concat()),
                Act::Close,
            ]
        })
        .only(has_call),
        Fault::new(Class::Answered, "a chunked body in tiny chunks", |scene| vec![Act::Send(scene.healthy.chunked(3))])
            .only(has_call),
        Fault::new(Class::Answered, "a packed body", |scene| vec![Act::Send(scene.healthy.clone().gzipped().bytes())])
            .only(has_call),
    ]
}

/// Chunks and packed bodies that are broken.
fn framings() -> Vec<Fault> {
    let chunks = |name: &str, broken: &'static [u8]| {
        Fault::new(Class::Lost, name, move |scene| {
            let head = scene.healthy.head("Transfer-Encoding: chunked\r\n");
            vec![Act::Send([head, broken.to_vec()].concat()), Act::Close]
        })
        .only(has_call)
    };
    let packed = |class, name: &str, broken: fn(Vec<u8>) -> Vec<u8>| {
        Fault::new(class, name, move |scene| {
            let answer = scene.healthy.clone().gzipped();
            let body = broken(answer.body.clone());
            vec![Act::Send(answer.body(body).bytes())]
        })
        .only(has_call)
    };
    let mut faults = vec![
        chunks("a chunk whose size is no number", b"zz\r\n{}\r\n0\r\n\r\n"),
        chunks("a chunk larger than any", b"FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
        chunks("a chunk without its end", b"1\r\n{}}}}\r\n0\r\n\r\n"),
        chunks("a negative chunk", b"-1\r\n{}\r\n0\r\n\r\n"),
        packed(Class::Lost, "gzip that is none", |_| b"this is no gzip at all".to_vec()),
        packed(Class::Lost, "gzip with a broken body", |mut body| {
            body[10..14].fill(0xff);
            body
        }),
        packed(Class::LostInBody, "gzip without its end", |mut body| {
            body.truncate(body.len() - 6);
            body
        }),
    ];
    let again: Vec<_> = faults.iter().map(|fault| fault.clone().once()).collect();
    faults.extend(again);
    faults
}
