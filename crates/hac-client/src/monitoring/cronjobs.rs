//! The cron jobs that are running: `/monitoring/cronjobs`.

use http::Method;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::client::HacClient;
use crate::console::JsonAnswer;
use crate::error::Result;
use crate::transport::Body;
use crate::transport::resend::Effect;

/// A running cron job as the server tells of it. Which keys it has is in no public source.
pub type CronJob = Map<String, Value>;

impl HacClient {
    /// The cron jobs that are running now.
    ///
    /// Seen in two public clients, which print what comes: so each job is what the server sends.
    pub async fn cron_jobs(&self) -> Result<Vec<CronJob>> {
        let call = Call {
            doing: "list the running cron jobs".into(),
            method: Method::GET,
            path: "/monitoring/cronjobs/data".into(),
            query: None,
            body: Body::Empty,
            effect: Effect::Read,
        };
        let mut expected = JsonAnswer::<Vec<CronJob>>::list();
        self.inner().perform(&call, &mut expected).await
    }
}
