//! Watched runs: the request, its log, and the outcome if the answer is lost.

use std::pin::pin;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::UpdateResult;
use super::log::{UpdateLog, says_finished};
use super::plan::{InitializationPlan, UpdatePlan};
use super::status::{Glance, UpdateStatus};
use super::tracker::Tracker;
use crate::client::HacClient;
use crate::error::{Error, ErrorKind, Result};
use crate::page::update_log::LogLine;

/// Receives the log of a run while it grows. Implemented for closures that take a [`LogLine`].
pub trait LogSink: Send {
    /// Called with each new line.
    fn line(&mut self, line: &LogLine);

    /// Called if the answer of the run is lost; from then on the log is searched for its end.
    fn answer_lost(&mut self, error: &Error) {
        let _ = error;
    }
}

impl<F: FnMut(&LogLine) + Send> LogSink for F {
    fn line(&mut self, line: &LogLine) {
        self(line);
    }
}

/// How to watch a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Watch {
    poll_interval: Duration,
    answer_timeout: Option<Duration>,
    patience: Duration,
    reads_log: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(2),
            answer_timeout: None,
            patience: Duration::from_secs(300),
            reads_log: true,
        }
    }
}

impl Watch {
    /// Sets the pause between two requests for the log. Default: 2 seconds.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Sets the time limit for the answer of the run, which arrives at its end. Default: no limit, whatever the client's
    /// limit is. After the limit the run continues, and the log is searched for its end.
    pub fn answer_timeout(mut self, limit: Option<Duration>) -> Self {
        self.answer_timeout = limit;
        self
    }

    /// Does not request the log: the sink gets it from the answer, at the end. If the answer is lost, the run is
    /// [`Lost`](UpdateOutcome::Lost).
    pub fn without_log(mut self) -> Self {
        self.reads_log = false;
        self
    }

    /// Sets how long to tolerate a server that does not answer, once the answer of the run is lost. Default: 5 minutes.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpdateOutcome {
    /// It finished.
    Finished,
    /// It finished with errors, according to the server or its log.
    FinishedWithErrors,
    /// The server did not start it, because another one is running.
    Refused,
    /// Unknown: the answer was lost, and the log does not reveal it.
    Lost,
}

/// The source of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutcomeSource {
    /// The server's answer to the request.
    Answer,
    /// The log, after the answer was lost.
    Log,
}

/// The end of a run, or of watching it.
///
/// Serialized, [`reason`](Self::reason) is a text and [`elapsed`](Self::elapsed) is `execution_time_ms`.
#[derive(Debug, Clone, Serialize)]
#[must_use = "the run may have failed: see `success`"]
#[non_exhaustive]
pub struct UpdateRun {
    /// The outcome.
    pub outcome: UpdateOutcome,
    /// The source of the outcome.
    pub known_from: OutcomeSource,
    /// The failures that the log reports, see [`UpdateLog::errors`].
    pub errors: Vec<String>,
    /// Why there was no answer, or why the run was refused.
    #[serde(serialize_with = "crate::serialized::optional_text")]
    pub reason: Option<Error>,
    /// The time from sending to the end, measured by the client.
    #[serde(rename = "execution_time_ms", serialize_with = "crate::serialized::millis")]
    pub elapsed: Duration,
}

impl UpdateRun {
    /// Returns whether the run finished without errors.
    pub fn success(&self) -> bool {
        self.outcome == UpdateOutcome::Finished
    }
}

impl FollowedRun {
    /// Returns whether the run finished without errors, according to the log.
    pub fn success(&self) -> bool {
        self.outcome == UpdateOutcome::Finished
    }
}

/// A run that was followed to its end by its log.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FollowedRun {
    /// Whether a run was in progress. If not, the log is that of the last run.
    pub was_running: bool,
    /// The outcome according to the log: [`Lost`](UpdateOutcome::Lost) if the log has none.
    pub outcome: UpdateOutcome,
    /// The failures that the log reports, see [`UpdateLog::errors`].
    pub errors: Vec<String>,
}

/// How often in a row the server must be found idle before a missing answer counts as lost.
const IDLE_LOOKS: usize = 3;

impl HacClient {
    /// Runs an update and passes its log to the sink while it grows.
    ///
    /// The request is sent once and never again. Its answer arrives at the end of the run. If the answer is lost (a gateway's
    /// 504, a time limit, a broken connection), the log is followed until the server is idle again, and determines the
    /// outcome. A failed run is an outcome, not an `Err`.
    ///
    /// ```no_run
    /// use hac_client::HacClient;
    /// use hac_client::platform::{LogLine, Schema, Update, UpdateOutcome, Watch};
    ///
    /// # async fn update(client: &HacClient) -> hac_client::Result<UpdateOutcome> {
    /// let plan = client.plan_update(&Update::new(Schema::Update).patch("Patch_2601_1_0")).await?;
    /// let run = client.run_update(&plan, Watch::default(), &mut |line: &LogLine| println!("{}", line.text)).await?;
    /// # Ok(run.outcome)
    /// # }
    /// ```
    ///
    /// # Errors
    /// The reason why the update was not started: no connection, no session, no right. If another update is running, that is an
    /// outcome, [`Refused`](UpdateOutcome::Refused).
    ///
    /// # Cancellation
    /// Dropping the future stops watching, not the run: [`follow_update_log`](Self::follow_update_log) resumes.
    pub async fn run_update(&self, plan: &UpdatePlan, watch: Watch, sink: &mut dyn LogSink) -> Result<UpdateRun> {
        // Before the log is read: while somebody is asked, another run may begin and end.
        let admission = self.admit(plan).await?;
        let before = if watch.reads_log { self.log_before().await? } else { None };
        let mut tracker = before.as_ref().map(|log| Tracker::before(&log.log_html)).unwrap_or_default();
        let began = Instant::now();
        let answered = {
            let request = pin!(self.execute(plan, watch.answer_timeout, Some(admission)));
            let watching = pin!(self.watch_beside(&mut tracker, watch, sink));
            tokio::select! {
                biased;
                answered = request => answered,
                () = watching => Err(silent()),
            }
        };
        let error = match answered {
            Ok(result) => {
                for line in tracker.answered(&result.log_html) {
                    sink.line(&line);
                }
                let (outcome, errors) = judge_answer(&result, &tracker);
                let elapsed = began.elapsed();
                return Ok(UpdateRun { outcome, known_from: OutcomeSource::Answer, errors, reason: None, elapsed });
            }
            Err(error) => error,
        };
        let (outcome, known_from, errors) = match error.kind() {
            ErrorKind::Initializing => (UpdateOutcome::Refused, OutcomeSource::Answer, Vec::new()),
            _ if !may_run(&error) => return Err(error),
            _ if !watch.reads_log => (UpdateOutcome::Lost, OutcomeSource::Answer, Vec::new()),
            _ => {
                sink.answer_lost(&error);
                let (seen_running, ended) = self.follow(&mut tracker, watch, sink, Begun::Perhaps).await;
                // Where nothing is known of the log before, what it says now may be of another run.
                let ended = if seen_running || before.is_some() { ended } else { Ended::OutOfSight };
                let (outcome, errors) = judge_log(&tracker, ended);
                (outcome, OutcomeSource::Log, errors)
            }
        };
        Ok(UpdateRun { outcome, known_from, errors, reason: Some(error), elapsed: began.elapsed() })
    }

    /// Runs an initialisation and passes its log to the sink while it grows; works and fails as
    /// [`run_update`](Self::run_update).
    pub async fn run_initialization(
        &self,
        plan: &InitializationPlan,
        watch: Watch,
        sink: &mut dyn LogSink,
    ) -> Result<UpdateRun> {
        self.run_update(plan.steps(), watch, sink).await
    }

    /// Follows the log of the current run to its end. If nothing is running, passes the log of the last run to the sink.
    ///
    /// Network errors are tolerated for [`Watch::patience`]. If they last longer, the outcome is
    /// [`Lost`](UpdateOutcome::Lost).
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call), if the first requests for status and log fail.
    pub async fn follow_update_log(&self, watch: Watch, sink: &mut dyn LogSink) -> Result<FollowedRun> {
        // What cannot be mended by waiting is told at once.
        let running = self.update_status().await? == UpdateStatus::Running;
        let mut tracker = Tracker::default();
        let ended = if running {
            self.follow(&mut tracker, watch, sink, Begun::Yes).await.1
        } else {
            for line in tracker.ended(&self.update_log().await?.log_html) {
                sink.line(&line);
            }
            Ended::Idle
        };
        let (outcome, errors) = judge_log(&tracker, ended);
        Ok(FollowedRun { was_running: running, outcome, errors })
    }

    /// The log as it was before the run.
    async fn log_before(&self) -> Result<Option<UpdateLog>> {
        match self.update_log().await {
            Ok(log) => Ok(Some(log)),
            // Without the log there is less to see. Whether the run may begin, the request itself finds out.
            Err(error) if is_about_the_log(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Beside the request: gives new lines away. Ends when the run was seen and the server is idle, but no answer came.
    async fn watch_beside(&self, tracker: &mut Tracker, watch: Watch, sink: &mut dyn LogSink) {
        let (mut seen_running, mut idle) = (false, 0);
        if !watch.reads_log {
            std::future::pending::<()>().await;
        }
        loop {
            tokio::time::sleep(watch.poll_interval).await;
            if let Some(log) = self.engine().glance_at_log().await {
                give(tracker.grown(&log.log_html), sink);
            }
            match self.engine().glance_at_status().await {
                Glance::Running => (seen_running, idle) = (true, 0),
                Glance::Idle if seen_running => idle += 1,
                Glance::Idle | Glance::Unclear => {}
            }
            if idle >= IDLE_LOOKS {
                return;
            }
        }
    }

    /// Gives new lines away until the server is idle. Whether it was seen running, and how it ended.
    async fn follow(&self, tracker: &mut Tracker, watch: Watch, sink: &mut dyn LogSink, begun: Begun) -> (bool, Ended) {
        let mut seen_running = begun == Begun::Yes;
        let mut idle = 0;
        let mut heard = tokio::time::Instant::now();
        loop {
            // In this order: what the log says after the server was found idle is all that it will say.
            let status = self.update_status().await;
            let log = self.update_log().await;
            if let Ok(UpdateLog { log_html }) = &log {
                give(tracker.grown(log_html), sink);
            }
            // The last word of the log is worth waiting for, unless there is no way to it.
            let log_told = match &log {
                Ok(_) => true,
                Err(error) => {
                    matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::Rejected | ErrorKind::TooLarge)
                }
            };
            if status.is_ok() && log_told {
                heard = tokio::time::Instant::now();
            }
            let out_of_patience = heard.elapsed() >= watch.patience;
            match status {
                Ok(UpdateStatus::Running) => (seen_running, idle) = (true, 0),
                Ok(UpdateStatus::Idle) => {
                    idle += 1;
                    // A request that was lost may still be on its way to the server.
                    let over = seen_running || !tracker.run().is_empty() || idle >= IDLE_LOOKS;
                    if over && (log_told || out_of_patience) {
                        if let Ok(UpdateLog { log_html }) = &log {
                            give(tracker.ended(log_html), sink);
                        }
                        return (seen_running, Ended::Idle);
                    }
                }
                Err(error) if is_final(&error) || out_of_patience => return (seen_running, Ended::OutOfSight),
                Err(_) => {}
            }
            tokio::time::sleep(watch.poll_interval).await;
        }
    }
}

/// Whether the run is known to have begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begun {
    Yes,
    Perhaps,
}

/// How the following ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The server is idle.
    Idle,
    /// It could not be asked any more.
    OutOfSight,
}

fn give(lines: Vec<LogLine>, sink: &mut dyn LogSink) {
    for line in lines {
        sink.line(&line);
    }
}

fn judge_answer(result: &UpdateResult, tracker: &Tracker) -> (UpdateOutcome, Vec<String>) {
    // The answer may hold a part of the log that was followed.
    let errors = Some(result.errors()).filter(|errors| !errors.is_empty()).unwrap_or_else(|| tracker.errors());
    let good = result.success() && errors.is_empty();
    (if good { UpdateOutcome::Finished } else { UpdateOutcome::FinishedWithErrors }, errors)
}

fn judge_log(tracker: &Tracker, ended: Ended) -> (UpdateOutcome, Vec<String>) {
    let run = tracker.run();
    let errors = tracker.errors();
    let outcome = match ended {
        Ended::Idle if !errors.is_empty() => UpdateOutcome::FinishedWithErrors,
        Ended::Idle if says_finished(run) => UpdateOutcome::Finished,
        Ended::Idle | Ended::OutOfSight => UpdateOutcome::Lost,
    };
    (outcome, errors)
}

/// Whether the update may have begun all the same: the answer was lost, or something else answered in its place.
fn may_run(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::OutcomeUnknown | ErrorKind::Protocol | ErrorKind::TooLarge | ErrorKind::NotHac)
}

/// Whether the log could not be read, although the session is good.
fn is_about_the_log(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Initializing
            | ErrorKind::Forbidden
            | ErrorKind::Rejected
            | ErrorKind::Protocol
            | ErrorKind::TooLarge
    )
}

/// Whether waiting does not mend it.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadCredentials | ErrorKind::SessionEnded | ErrorKind::Config | ErrorKind::Usage | ErrorKind::Tls
    )
}

fn silent() -> Error {
    Error::new(ErrorKind::OutcomeUnknown, "run the update")
        .because("the server is idle again, but its answer never arrived")
        .with_hint(
            "something between this machine and the server dropped the connection; check the log for how the \
             run ended",
        )
}
