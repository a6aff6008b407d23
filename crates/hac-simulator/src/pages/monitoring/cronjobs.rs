//! The cron jobs that are running.

use serde::Serialize;

use crate::answer::Answer;
use crate::pages::Visit;
use crate::system::cron_jobs::Running;

/// A job. That the answer is an array of them is known; their keys are this project's own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    code: String,
    status: &'static str,
    running_millis: u64,
    percent: u8,
}

pub(super) fn data(visit: &Visit<'_>) -> Answer {
    let job =
        |Running { code, for_millis, percent }| Job { code, status: "RUNNING", running_millis: for_millis, percent };
    Answer::json(&visit.state.cron_jobs.running().into_iter().map(job).collect::<Vec<_>>())
}
