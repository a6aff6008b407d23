//! What the server says about itself: `/platform/about`.

use http::Method;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::client::HacClient;
use crate::console::JsonAnswer;
use crate::error::Result;
use crate::transport::Body;
use crate::transport::resend::Effect;

impl HacClient {
    /// What the server says about itself, as it says it: which keys there are is in no public source.
    ///
    /// Seen in one public client, which asks for it with `Accept: application/json`.
    pub async fn about(&self) -> Result<Map<String, Value>> {
        let call = Call {
            doing: "ask the server about itself".into(),
            method: Method::GET,
            path: "/platform/about".into(),
            query: None,
            body: Body::Empty,
            effect: Effect::Read,
        };
        let mut expected = JsonAnswer::<Map<String, Value>>::with_keys([] as [&str; 0]).asked_for();
        self.inner().perform(&call, &mut expected).await
    }
}
