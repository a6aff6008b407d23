//! HAC's tab "Monitoring".

mod cache;
pub(crate) mod cronjobs;
mod database;

pub use cronjobs::CronJob;

use serde::Serialize;
use serde_json::Value;

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::Result;
use crate::protection::Class;
use crate::transport::Body;

/// The server's answer to a change, where the format of the answer is not documented publicly.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// The answer as received: any JSON value.
    pub answer: Value,
}

impl Acknowledgement {
    /// Returns whether the answer is a success: a JSON object that reports no failure.
    ///
    /// A failure is a `success` that is not true, an `error`, an `exception`, or a text that contains `fail`, as in public
    /// clients. Names of keys do not count: `{"failures":0}` is a success.
    pub fn success(&self) -> bool {
        let Value::Object(answer) = &self.answer else { return false };
        !answer.iter().any(|(key, value)| says_failure(key, value))
    }
}

impl Acknowledgement {
    pub(crate) fn noted_in(&self, call: &Call) {
        if !self.success() {
            call.failed(None);
        }
    }
}

fn says_failure(key: &str, value: &Value) -> bool {
    match key.to_ascii_lowercase().as_str() {
        "success" => !is_true(value),
        "error" | "errors" | "exception" | "exceptions" => !is_nothing(value),
        _ => value.as_str().is_some_and(|text| text.to_ascii_lowercase().contains("fail")),
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
    }
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl Switch {
    /// As it stands at the end of HAC's paths.
    const fn as_str(self) -> &'static str {
        match self {
            Self::On => "true",
            Self::Off => "false",
        }
    }
}

impl HacClient {
    /// A POST without fields that changes something, and whose answer has no known form.
    async fn change(&self, doing: &str, path: &str) -> Result<Acknowledgement> {
        let call = Call::post(path, doing, Class::Write, Body::Empty);
        let mut expected = JsonAnswer::<Value>::any();
        let answer = Acknowledgement { answer: self.engine().perform(&call, &mut expected).await? };
        answer.noted_in(&call);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_succeeded_if_the_answer_is_an_object_without_a_failure() {
        let good = [
            "{}",
            r#"{"result":"ok"}"#,
            r#"{"success":true,"error":null,"exception":""}"#,
            r#"{"success":"true"}"#,
            r#"{"failures":0}"#,
            r#"{"errors":[]}"#,
        ];
        let bad = [
            r#"{"success":false}"#,
            r#"{"Success":"false"}"#,
            r#"{"success":null}"#,
            r#"{"success":true,"exception":{"message":"no"}}"#,
            r#"{"error":"no"}"#,
            r#"{"errors":3}"#,
            r#"{"status":"FAILED"}"#,
            "true",
            "[]",
            "null",
            "\"done\"",
        ];
        for (answer, success) in good.map(|answer| (answer, true)).into_iter().chain(bad.map(|answer| (answer, false)))
        {
            let acknowledgement = Acknowledgement { answer: serde_json::from_str(answer).expect("JSON") };
            assert_eq!(acknowledgement.success(), success, "{answer}");
        }
    }
}
