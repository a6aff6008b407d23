//! The region cache: `/monitoring/cache`.

use http::Method;
use serde_json::Value;

use crate::call::Call;
use crate::client::HacClient;
use crate::console::JsonAnswer;
use crate::error::Result;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// What the server answered to the wish to empty the region cache.
///
/// The form of the answer is in no public source: four public clients only look whether its text
/// says `fail`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CacheClearing {
    /// The answer as it came.
    pub answer: Value,
}

impl CacheClearing {
    /// Whether the answer says nothing of a failure.
    pub fn success(&self) -> bool {
        !self.answer.to_string().to_ascii_lowercase().contains("fail")
    }
}

impl HacClient {
    /// Empties the region cache of the node that answers. The next reads are slower.
    pub async fn clear_region_cache(&self) -> Result<CacheClearing> {
        let call = Call {
            doing: "clear the region cache".into(),
            method: Method::POST,
            path: "/monitoring/cache/regionCache/clear".into(),
            query: None,
            body: Body::Empty,
            effect: Effect::Write,
        };
        let mut expected = JsonAnswer::<Value>::any();
        Ok(CacheClearing { answer: self.inner().perform(&call, &mut expected).await? })
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
            let clearing = CacheClearing { answer: serde_json::from_str(answer).expect("JSON") };
            assert_eq!(clearing.success(), success, "{answer}");
        }
    }
}
