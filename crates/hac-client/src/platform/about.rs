//! What the server says about itself: `/platform/about`.

use serde_json::{Map, Value};

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::Result;

impl HacClient {
    /// Returns the server's information about itself, as received. Its keys are not documented publicly.
    ///
    /// Observed in one public client, which requests it with `Accept: application/json`.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn about(&self) -> Result<Map<String, Value>> {
        let call = Call::get("/platform/about", "ask the server about itself");
        let mut expected = JsonAnswer::<Map<String, Value>>::with_keys([] as [&str; 0]).asked_for();
        self.engine().perform(&call, &mut expected).await
    }
}
