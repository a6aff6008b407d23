//! A run that is watched: the request, the log while it lasts, and what became of it when its answer is lost.

use std::pin::pin;
use std::time::{Duration, Instant};

use super::UpdateResult;
use super::log::{UpdateLog, says_finished};
use super::plan::{InitializationPlan, UpdatePlan};
use super::status::{Glance, UpdateStatus};
use super::tracker::Tracker;
use crate::client::HacClient;
use crate::error::{Error, ErrorKind, Result};
use crate::page::update_log::LogLine;

/// Takes the log of a run while it grows. Closures that take a [`LogLine`] are such a sink.
pub trait LogSink: Send {
    /// A new line.
    fn line(&mut self, line: &LogLine);

    /// The answer of the run was lost: its end is being looked for in the log from here on.
    fn answer_lost(&mut self, error: &Error) {
        let _ = error;
    }
}

impl<F: FnMut(&LogLine) + Send> LogSink for F {
    fn line(&mut self, line: &LogLine) {
        self(line);
    }
}

/// How a run is watched.
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
    /// How long to pause between two looks at the log. Default: 2 seconds.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// How long to wait for the answer of the run, which comes at its end. Default: without a limit, whatever the client's is.
    /// When the time is up the run goes on, and its end is looked for in the log.
    pub fn answer_timeout(mut self, limit: Option<Duration>) -> Self {
        self.answer_timeout = limit;
        self
    }

    /// Does not look at the log: one request and its answer, whose log is given away at the end. When the answer is lost, the run
    /// is [`Lost`](UpdateOutcome::Lost).
    pub fn without_log(mut self) -> Self {
        self.reads_log = false;
        self
    }

    /// After how long without any answer to give up, once the answer of the run is lost. Default: 5 minutes.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateOutcome {
    /// It came to its end.
    Finished,
    /// It came to its end, and something failed: the server says so, or its log does.
    FinishedWithErrors,
    /// The server did not begin it, because another one runs.
    Refused,
    /// Nobody knows: the answer was lost, and the log does not tell.
    Lost,
}

/// Where the outcome is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeSource {
    /// The server's answer to the request.
    Answer,
    /// The log, after the answer was lost.
    Log,
}

/// A run that is over, or that is lost from sight.
#[derive(Debug, Clone)]
#[must_use = "the run may have failed: see `success`"]
#[non_exhaustive]
pub struct UpdateRun {
    /// What became of it.
    pub outcome: UpdateOutcome,
    /// Where that is known from.
    pub known_from: OutcomeSource,
    /// What the log says of failures, see [`UpdateLog::errors`].
    pub errors: Vec<String>,
    /// Why there was no answer, or why the run was refused.
    pub reason: Option<Error>,
    /// From sending to the end, measured here.
    pub elapsed: Duration,
}

impl UpdateRun {
    /// Whether the run came to its end and nothing failed.
    pub fn success(&self) -> bool {
        self.outcome == UpdateOutcome::Finished
    }
}

impl FollowedRun {
    /// Whether the log says that the run came to its end and nothing failed.
    pub fn success(&self) -> bool {
        self.outcome == UpdateOutcome::Finished
    }
}

/// A run that another one began, followed to its end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FollowedRun {
    /// Whether it was seen running. If not, the log is that of the last run.
    pub was_running: bool,
    /// What the log says of it: [`Lost`](UpdateOutcome::Lost) where it says nothing.
    pub outcome: UpdateOutcome,
    /// What the log says of failures, see [`UpdateLog::errors`].
    pub errors: Vec<String>,
}

/// How often in a row the server must be found idle before a missing answer counts as lost.
const IDLE_LOOKS: usize = 3;

impl HacClient {
    /// Runs an update and gives its log away while it grows.
    ///
    /// The request is sent once and never again. Its answer comes at the end of the run; when it is lost on the way (a gateway's
    /// 504, a time limit, a broken connection), the log is followed until the server is idle again, and what it says is the
    /// outcome. A run that fails is an outcome, not an `Err`.
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
    /// What kept the request from being executed: no connection, no session, no right.
    ///
    /// # Cancellation
    /// A future that is dropped ends the watching, not the run: [`follow_update_log`](Self::follow_update_log) finds it again.
    pub async fn run_update(&self, plan: &UpdatePlan, watch: Watch, sink: &mut dyn LogSink) -> Result<UpdateRun> {
        let before = if watch.reads_log { self.log_before().await? } else { None };
        let mut tracker = before.as_ref().map(|log| Tracker::before(&log.log_html)).unwrap_or_default();
        let began = Instant::now();
        let answered = {
            let request = pin!(self.execute(plan, watch.answer_timeout));
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

    /// Runs an initialisation and gives its log away while it grows, see [`run_update`](Self::run_update).
    pub async fn run_initialization(
        &self,
        plan: &InitializationPlan,
        watch: Watch,
        sink: &mut dyn LogSink,
    ) -> Result<UpdateRun> {
        self.run_update(plan.steps(), watch, sink).await
    }

    /// Follows the log of the run that is going on, to its end. Where nothing runs, gives the log of the last run away.
    ///
    /// Faults on the way are survived for [`Watch::patience`].
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
        .because("the server is idle again, but the answer never came")
        .with_hint("something on the way dropped the connection; the log says how the run ended")
}
