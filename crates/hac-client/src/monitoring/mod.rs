//! HAC's tab "Monitoring".

mod cache;
pub(crate) mod cronjobs;
mod database;

use http::Method;
use serde_json::Value;

use crate::call::Call;
use crate::client::HacClient;
use crate::console::JsonAnswer;
use crate::error::Result;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// What the server answered to a change, where the form of that answer is in no public source.
///
/// Of the cache's, public clients look whether its text says `fail`; the others are taken in the same way.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// The answer as it came: JSON of any kind.
    pub answer: Value,
}

impl Acknowledgement {
    /// Whether the answer says nothing of a failure.
    pub fn success(&self) -> bool {
        !self.answer.to_string().to_ascii_lowercase().contains("fail")
    }
}

/// What a switch is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        let call = Call {
            doing: doing.into(),
            method: Method::POST,
            path: path.into(),
            query: None,
            body: Body::Empty,
            effect: Effect::Write,
        };
        let mut expected = JsonAnswer::<Value>::any();
        Ok(Acknowledgement { answer: self.inner().perform(&call, &mut expected).await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_speaks_of_a_failure_is_one() {
        for (answer, success) in
            [(r#"{"result":"ok"}"#, true), ("true", true), (r#"{"status":"FAILED"}"#, false), (r#""failed""#, false)]
        {
            let acknowledgement = Acknowledgement { answer: serde_json::from_str(answer).expect("JSON") };
            assert_eq!(acknowledgement.success(), success, "{answer}");
        }
    }
}
