//! The cron jobs that are running: `/monitoring/cronjobs`.

use serde_json::{Map, Value};

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::Result;

/// A running cron job as the server tells of it. Which keys it has is in no public source.
pub type CronJob = Map<String, Value>;

impl HacClient {
    /// The cron jobs that are running now.
    ///
    /// Seen in two public clients, which print what comes: so each job is what the server sends.
    pub async fn cron_jobs(&self) -> Result<Vec<CronJob>> {
        let call = Call::get("/monitoring/cronjobs/data", "list the running cron jobs");
        let mut expected = JsonAnswer::<Vec<CronJob>>::list();
        self.engine().perform(&call, &mut expected).await
    }
}
