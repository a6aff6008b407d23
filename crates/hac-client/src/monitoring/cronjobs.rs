//! The cron jobs that are running: `/monitoring/cronjobs`.

use serde_json::{Map, Value};

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::Result;

/// A running cron job, as the server describes it. Its keys are not documented publicly.
pub type CronJob = Map<String, Value>;

impl HacClient {
    /// Returns the cron jobs that are running.
    ///
    /// Observed in two public clients, which print each job as the server sends it.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn cron_jobs(&self) -> Result<Vec<CronJob>> {
        let call = Call::get("/monitoring/cronjobs/data", "list the running cron jobs");
        let mut expected = JsonAnswer::<Vec<CronJob>>::list();
        self.engine().perform(&call, &mut expected).await
    }
}
