//! JSON, rows and reports of the wrong shape, and those that say that something failed.

use super::Fault;
use crate::expectations::Class;
use crate::operations::{Form, Operation};
use crate::server::answer::Answer;
use crate::server::{Act, pages};

fn json(class: Class, name: &str, body: impl Into<Vec<u8>>) -> Fault {
    let bytes = Answer::json(body).bytes();
    Fault::new(class, name, move |_| vec![Act::Send(bytes.clone())])
}

fn has_keys(operation: &Operation) -> bool {
    matches!(operation.form, Form::Keys | Form::Rows)
}

fn is_json(operation: &Operation) -> bool {
    has_keys(operation) || matches!(operation.form, Form::List)
}

fn has_rows(operation: &Operation) -> bool {
    operation.form == Form::Rows
}

fn is_verdict(operation: &Operation) -> bool {
    operation.form == Form::Verdict
}

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    let wrong: [(&str, &[u8]); 12] = [
        ("JSON null", b"null"),
        ("a JSON number", b"5"),
        ("a JSON text", b"\"done\""),
        ("an empty object", b"{}"),
        ("an object of other keys", b"{\"timestamp\":1,\"status\":500,\"error\":\"Internal\",\"path\":\"/hac\"}"),
        ("JSON that breaks off", b"{\"executionResult\":\"4\",\"outp"),
        ("JSON with text behind it", b"{} and more"),
        ("two objects", b"{}{}"),
        ("NaN", b"{\"executionResult\":NaN,\"resultList\":NaN,\"log\":NaN}"),
        ("single quotes", b"{'executionResult':'4'}"),
        ("JSON that is no UTF-8", b"{\"executionResult\":\"\xff\xfe\",\"resultList\":[[\"\xff\"]]}"),
        ("an unfinished escape", b"{\"executionResult\":\"\\u12\",\"log\":\"\\u12\"}"),
    ];
    for (name, body) in wrong {
        faults.push(json(Class::WrongShape, name, body).only(is_json));
    }
    faults.push(json(Class::WrongShape, "100 000 brackets", "[".repeat(100_000)).only(is_json));
    faults.push(json(Class::WrongShape, "an object in an object, 50 000 deep", "{\"a\":".repeat(50_000)).only(is_json));
    faults.push(json(Class::WrongShape, "an empty list", "[]").only(has_keys));
    faults.push(
        json(
            Class::WrongShape,
            "values of other types",
            r#"{"executionResult":{},"outputText":[],"stacktraceText":7,"resultList":{},"loggerName":[],"levelName":1,"action":{},"success":"x","log":7,"pkString":1}"#,
        )
        .only(|operation| has_keys(operation) && operation.name != "PK"),
    );
    faults.extend(rows());
    faults.extend(levels());
    faults.extend(bad_news());
    faults
}

fn rows() -> Vec<Fault> {
    let rows = |class, name: &str, body: &str| json(class, name, body).only(has_rows);
    let with = |list: &str| {
        format!(r#"{{"exception":null,"headers":["PK","code"],"resultList":{list},"exceptionStackTrace":""}}"#)
    };
    let counted = |count: &str, list: &str| {
        format!(r#"{{"resultCount":{count},"exception":null,"headers":["PK","code"],"resultList":{list}}}"#)
    };
    vec![
        rows(Class::WrongShape, "a row that is no list", &with(r#"[["1","2"],"3"]"#)),
        rows(Class::WrongShape, "cells that are no texts", &with("[[1,2],[true,{}]]")),
        rows(Class::WrongShape, "a row that breaks off", &with(r#"[["1","2"],["3"#)),
        rows(Class::WrongShape, "neither rows nor an exception", r#"{"query":"SELECT","executionTime":3}"#),
        rows(Class::WrongRows, "5000 rows counted, one sent", &counted("5000", r#"[["1","a"]]"#)),
        rows(Class::WrongRows, "one row counted, none sent", &counted("1", "[]")),
        rows(
            Class::BadNews,
            "an exception beside rows",
            r#"{"exception":{"message":"it broke"},"headers":["PK"],"resultList":[["1"]],"exceptionStackTrace":"x"}"#,
        ),
        rows(Class::BadNews, "an exception that is a text", r#"{"exception":"it broke","resultList":null}"#),
        rows(Class::BadNews, "an exception without a message", r#"{"exception":{},"headers":null,"resultList":null}"#),
    ]
}

/// The levels that a report of an import may have.
fn levels() -> Vec<Fault> {
    let level = |name: &str, level: &'static str, text: &'static str| {
        Fault::new(Class::BadNews, name, move |scene| {
            let id = if scene.request.path.ends_with("/validate") { "validationResultMsg" } else { "impexResult" };
            vec![Act::Send(Answer::html(200, pages::verdict("token", id, level, text)).bytes())]
        })
        .only(is_verdict)
    };
    vec![
        level("the level error", "error", "Import has encountered problems."),
        level("the level ERROR", "ERROR", "Import has encountered problems."),
        level("the level error with a space", "error ", "Import has encountered problems."),
        level("the level fatal", "fatal", "Import has encountered problems."),
        level("the level err", "err", "Import has encountered problems."),
        level("a level that nobody knows", "grmpf", "Import has encountered problems."),
    ]
}

/// An answer that says that it failed.
fn bad_news() -> Vec<Fault> {
    let one = |name: &str, body: &str, meets: fn(&Operation) -> bool| json(Class::BadNews, name, body).only(meets);
    let clears = |operation: &Operation| operation.name == "clear the cache";
    let mut faults = vec![
        one(
            "a script that throws",
            r#"{"executionResult":"","outputText":"","stacktraceText":"java.lang.RuntimeException: oops"}"#,
            |operation| operation.name == "script",
        ),
        one(
            "a level that was not set",
            r#"{"loggerName":"root","levelName":"INFO","loggers":[{"name":"root","effectiveLevel":{"standardLevel":"INFO"}}]}"#,
            |operation| operation.name == "log level",
        ),
        one("an update that failed", r#"{"success":false,"log":"broken"}"#, |operation| operation.name == "update"),
        one("a PK that is none", r#"{"pkString":"x","possibleException":{"message":"no PK"}}"#, |operation| {
            operation.name == "PK"
        }),
        one("success: false", r#"{"success":false}"#, clears),
        one("an error in the acknowledgement", r#"{"error":"no right"}"#, clears),
        one("an exception in the acknowledgement", r#"{"exception":{"message":"broken"}}"#, clears),
        json(Class::Answered, "no failures in the acknowledgement", r#"{"failures":0}"#).only(clears),
    ];
    for (name, body) in [("a list", "[]"), ("null", "null"), ("a number", "0"), ("a text", "\"failed\"")] {
        let name = format!("{name} in place of the acknowledgement");
        faults.push(json(Class::WrongRows, &name, body).only(clears));
    }
    faults
}
