//! Answers without end and answers that are far larger than they look. Each runs in a process of its own.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Fault;
use crate::expectations::Class;
use crate::operations::Operation;
use crate::server::answer::Answer;
use crate::server::{Act, Scene};

/// More than any limit of the client.
const FAR: u64 = 1 << 30;

fn bomb(class: Class, name: &str, acts: impl Fn(&Scene<'_>) -> Vec<Act> + Send + Sync + 'static) -> Fault {
    Fault { alone: true, ..Fault::new(class, name, acts) }
}

fn is(names: &[&str], operation: &Operation) -> bool {
    names.contains(&operation.name)
}

/// Packs a beginning and then so many times the same bytes.
fn packed(begin: &str, again: &str, times: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let piece = again.repeat(1000);
    let mut done = packer.write_all(begin.as_bytes()).is_ok();
    for _ in 0..times / 1000 {
        done &= packer.write_all(piece.as_bytes()).is_ok();
    }
    assert!(done, "memory takes it");
    packer.finish().unwrap_or_default()
}

fn in_gzip(begin: &'static str, again: &'static str, times: usize) -> impl Fn(&Scene<'_>) -> Vec<Act> + Send + Sync {
    move |_| {
        let answer = Answer::json(packed(begin, again, times)).header("Content-Encoding", "gzip");
        vec![Act::Send(answer.bytes())]
    }
}

fn endless(begin: &'static str, again: &'static str) -> impl Fn(&Scene<'_>) -> Vec<Act> + Send + Sync {
    move |_| {
        let head = Answer::json("").head("Connection: close\r\n");
        vec![Act::Send([head, begin.as_bytes().to_vec()].concat()), Act::Endless(again.as_bytes().to_vec(), FAR)]
    }
}

const ROWS: &str = r#"{"exception":null,"headers":["PK","a","b","c","d","e","f","g"],"resultList":[["1"]"#;

pub(super) fn faults() -> Vec<Fault> {
    let scripts = |operation: &Operation| is(&["script", "update"], operation);
    let keyed = |operation: &Operation| is(&["script", "log of an update", "clear the cache"], operation);
    let queries = |operation: &Operation| is(&["query", "SQL"], operation);
    let pages = |operation: &Operation| is(&["ImpEx import", "loggers"], operation);
    vec![
        bomb(Class::Foreign, "a page of 100 000 open elements", |_| {
            vec![Act::Send(Answer::html(200, "<div><b>".repeat(50_000)).bytes())]
        })
        .only(|operation| is(&["script", "query", "ImpEx import", "check the session"], operation)),
        bomb(Class::TooLarge, "a text without end", endless(r#"{"executionResult":""#, "xxxxxxxx")).only(keyed),
        bomb(Class::TooLarge, "white space without end", endless(" ", "        ")).only(scripts),
        bomb(
            Class::TooLarge,
            "gzip of a text of 200 MB",
            in_gzip(r#"{"executionResult":""#, "xxxxxxxxxxxxxxxxxxxx", 10_000_000),
        )
        .only(scripts),
        bomb(
            Class::TooLarge,
            "gzip of a list of 100 million numbers",
            in_gzip(r#"{"executionResult":[0"#, ",0", 100_000_000),
        )
        .only(scripts),
        // Within the limit as text, a multiple of it as values.
        bomb(Class::TooLarge, "gzip of a list of 30 million numbers", |_| {
            let mut body = packed(r#"{"executionResult":[0"#, ",0", 30_000_000);
            body.extend_from_slice(&packed(r#"],"outputText":"","stacktraceText":"","success":true,"log":""}"#, "", 0));
            vec![Act::Send(Answer::json(body).header("Content-Encoding", "gzip").bytes())]
        })
        .only(|operation| operation.name == "script"),
        bomb(Class::TooLarge, "rows without end", endless(ROWS, r#",["2","a","b","c","d","e","f","g"]"#)).only(queries),
        bomb(
            Class::TooLarge,
            "rows of null cells without end",
            endless(ROWS, ",[null,null,null,null,null,null,null,null]"),
        )
        .only(queries),
        bomb(Class::TooLarge, "empty rows without end", endless(ROWS, ",[]")).only(queries),
        bomb(Class::TooLarge, "gzip of 40 million null rows", in_gzip(ROWS, ",[null,null]", 40_000_000)).only(queries),
        bomb(Class::TooLarge, "one row without end", endless(r#"{"headers":["a"],"resultList":[["#, r#""x","#))
            .only(|operation| is(&["query", "query, row by row", "SQL"], operation)),
        bomb(Class::TooLarge, "a page without end", |scene| {
            let head = scene.healthy.clone().body("").head("Connection: close\r\n");
            vec![Act::Send([head, b"<html><body>".to_vec()].concat()), Act::Endless(b"<p>more</p>".to_vec(), FAR)]
        })
        .only(pages),
        bomb(Class::Answered, "rows without end for somebody who has had enough", endless(ROWS, r#",["2","a"]"#))
            .only(|operation| operation.name == "query, row by row"),
    ]
}
