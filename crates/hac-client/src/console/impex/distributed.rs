//! Distributed imports: HAC answers when one has begun. How it goes on, the item of its cron job says.
//!
//! Nothing in the answer names the cron job. It is the one that was not there before the request and is of the same user. Two such
//! jobs leave the outcome unknown.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::import::Kind;
use super::options::{ImpexSwitch, Waiting};
use super::{ImpexImport, ImpexResult};
use crate::client::HacClient;
use crate::console::FlexibleSearch;
use crate::engine::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::checked;
use crate::page::impex::is_success;

/// How many of the newest cron jobs are looked at.
const NEWEST: usize = 200;
/// How many messages of a cron job are read.
const MOST_MESSAGES: usize = 1000;
/// How long a cron job may take to appear.
const APPEARANCE: Duration = Duration::from_secs(60);
/// How long a server may be silent before it is no longer asked.
const PATIENCE: Duration = Duration::from_secs(120);

/// Two public queries read cron jobs in this way: their status and result are items of an enumeration.
const JOBS: &str = "SELECT {j.pk}, {j.code}, {s.code}, {r.code}, {u.uid} FROM {ImpExImportCronJob AS j \
    LEFT JOIN EnumerationValue AS s ON {j.status} = {s.pk} LEFT JOIN EnumerationValue AS r ON {j.result} = {r.pk} \
    LEFT JOIN User AS u ON {j.sessionUser} = {u.pk}}";

/// The cron jobs that were there before the request.
#[derive(Debug)]
pub(super) struct JobsBefore(HashSet<String>);

/// How a cron job ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) success: bool,
    pub(super) summary: String,
    /// The lines that failed, as the job has logged them.
    pub(super) dump: String,
}

/// A cron job as it is now.
#[derive(Debug, Default)]
struct Job {
    pk: String,
    code: String,
    status: String,
    result: String,
    /// `None` where the server does not say.
    user: Option<String>,
}

impl Job {
    fn of(row: Vec<Option<String>>) -> Self {
        let mut cells = row.into_iter();
        let mut next = || cells.next().flatten();
        let (pk, code) = (next().unwrap_or_default(), next().unwrap_or_default());
        let (status, result) = (next().unwrap_or_default(), next().unwrap_or_default());
        Self { pk, code, status, result, user: next() }
    }

    /// Whether it does nothing any more.
    fn has_ended(&self) -> bool {
        ["FINISHED", "ABORTED"].iter().any(|status| self.status.eq_ignore_ascii_case(status))
    }

    fn is_success(&self) -> bool {
        self.status.eq_ignore_ascii_case("FINISHED") && self.result.eq_ignore_ascii_case("SUCCESS")
    }

    /// A query that shows it, for whoever goes on looking.
    fn query(&self) -> String {
        format!("{JOBS} WHERE {{j.code}} = '{}'", self.code.replace('\'', "''"))
    }
}

impl ImpexImport {
    /// Sets how long to wait for the cron job of a [distributed](ImpexSwitch::DistributedMode) import, beginning with HAC's
    /// answer. Default: 1 hour.
    #[must_use]
    pub fn wait_limit(mut self, limit: Duration) -> Self {
        self.waiting.limit = limit;
        self
    }

    /// Sets the interval between two looks at the cron job of a distributed import. Default: 2 seconds.
    #[must_use]
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.waiting.interval = interval;
        self
    }

    pub(super) fn is_distributed(&self) -> bool {
        self.switches.contains(&ImpexSwitch::DistributedMode)
    }

    /// Why distributed mode cannot import this, if it is to.
    pub(super) fn undistributable(&self) -> io::Result<Option<String>> {
        if !self.is_distributed() {
            return Ok(None);
        }
        if self.source.is_archive()? {
            return Ok(Some(format!("{} is an archive, which distributed mode cannot import", self.shown)));
        }
        let condition = self.source.first_line_that(is_condition)?;
        Ok(condition.map(|line| {
            format!(
                "{} has a condition (#% if: or #% endif:) on line {line}, which distributed mode does not know",
                self.shown
            )
        }))
    }
}

/// Whether a line of a script begins or ends what is imported on a condition.
fn is_condition(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let code = line.strip_prefix(b"\"").unwrap_or(line).strip_prefix(b"#%").map(<[u8]>::trim_ascii_start);
    code.is_some_and(|code| code.starts_with(b"if") || code.starts_with(b"endif"))
}

impl HacClient {
    pub(super) async fn import_distributed(
        &self,
        import: &Arc<ImpexImport>,
        call: &Call,
        kind: Kind,
        began: std::time::Instant,
    ) -> Result<ImpexResult> {
        let doing = call.doing.as_ref();
        // Before the first query: an import that is refused sends nothing.
        let admission = self.engine().admit(call.class, doing).await?;
        let before = self.import_jobs_before().await?;
        let (mut page, mut verdict) = self.report(call, |page| page.result.clone(), Some(admission)).await?;
        if is_success(&verdict.level) {
            let ended = call.concluded(self.follow_import(doing, &before, import.waiting).await)?;
            if ended.success { "notice" } else { "error" }.clone_into(&mut verdict.level);
            verdict.text = ended.summary;
            page.dump = Some(ended.dump);
        }
        call.concluded(checked(doing, import.result(doing, page, verdict, kind, began.elapsed()).await?))
    }

    /// The newest cron jobs of imports, before another one begins. An error: nothing was imported.
    pub(super) async fn import_jobs_before(&self) -> Result<JobsBefore> {
        let jobs = self.import_jobs("").await.map_err(|error| {
            error.while_doing("look for the cron jobs of imports").with_hint(
                "nothing was imported: without these cron jobs nobody can tell how a distributed import ends",
            )
        })?;
        Ok(JobsBefore(jobs.into_iter().map(|job| job.pk).collect()))
    }

    /// Waits until the import that has just begun has ended.
    pub(super) async fn follow_import(&self, doing: &str, before: &JobsBefore, waiting: Waiting) -> Result<Ended> {
        let began = Instant::now();
        let mut job = self.import_job_after(doing, before, waiting).await?;
        let condition = format!(" WHERE {{j.pk}} = '{}'", digits(&job.pk));
        let mut heard = Instant::now();
        while !job.has_ended() {
            if began.elapsed() >= waiting.limit {
                let why = format!(
                    "its cron job {} has not ended after {} s (status {})",
                    job.code,
                    waiting.limit.as_secs_f64(),
                    if job.status.is_empty() { "unknown" } else { &job.status }
                );
                return Err(unknown(doing, &why, &job.query()));
            }
            tokio::time::sleep(waiting.interval).await;
            match self.import_jobs(&condition).await {
                Ok(mut found) => match found.pop() {
                    Some(now) => (job, heard) = (now, Instant::now()),
                    None => {
                        return Err(unknown(doing, &format!("its cron job {} was removed", job.code), &job.query()));
                    }
                },
                Err(error) if is_final(&error) || heard.elapsed() >= PATIENCE => {
                    let why = format!("its cron job {} could not be read any more", job.code);
                    return Err(unknown(doing, &why, &job.query()).with_source(error));
                }
                Err(_) => {}
            }
        }
        self.ended(doing, job).await
    }

    /// The one cron job that has come since.
    async fn import_job_after(&self, doing: &str, before: &JobsBefore, waiting: Waiting) -> Result<Job> {
        let began = Instant::now();
        let all = format!("{JOBS} ORDER BY {{j.creationtime}} DESC");
        loop {
            let found = self.import_jobs("").await;
            let failed = match found {
                Ok(jobs) => {
                    let mut new = jobs.into_iter().filter(|job| !before.0.contains(&job.pk) && self.is_ours(job));
                    match (new.next(), new.next()) {
                        (Some(job), None) => return Ok(job),
                        (Some(one), Some(two)) => {
                            let why =
                                format!("two cron jobs have begun at the same time, {} and {}", one.code, two.code);
                            return Err(unknown(doing, &why, &all));
                        }
                        (None, _) => None,
                    }
                }
                Err(error) => Some(error),
            };
            if began.elapsed() >= APPEARANCE.min(waiting.limit) || failed.as_ref().is_some_and(is_final) {
                let error = unknown(doing, "none of the cron jobs is known to be its own", &all);
                return Err(match failed {
                    Some(cause) => error.with_source(cause),
                    None => error,
                });
            }
            tokio::time::sleep(waiting.interval).await;
        }
    }

    /// Whether a cron job may be of this client's user.
    fn is_ours(&self, job: &Job) -> bool {
        let ours = self.username();
        job.user.as_deref().is_none_or(|user| ours.is_empty() || user.eq_ignore_ascii_case(ours))
    }

    /// The newest cron jobs of imports, newest first.
    async fn import_jobs(&self, condition: &str) -> Result<Vec<Job>> {
        let query = format!("{JOBS}{condition} ORDER BY {{j.creationtime}} DESC, {{j.pk}} DESC");
        let found = self.execute_flexiblesearch(FlexibleSearch::new(query).max_count(NEWEST)).await?;
        Ok(found.rows.into_iter().map(Job::of).collect())
    }

    /// Reads what a cron job has logged.
    async fn ended(&self, doing: &str, job: Job) -> Result<Ended> {
        let query = format!(
            "SELECT {{v.code}}, {{l.message}} FROM {{JobLog AS l LEFT JOIN EnumerationValue AS v ON {{l.level}} = {{v.pk}}}} \
             WHERE {{l.cronJob}} = '{}' ORDER BY {{l.creationtime}}, {{l.pk}}",
            digits(&job.pk)
        );
        let mut failed = false;
        let mut dump = String::new();
        match self.execute_flexiblesearch(FlexibleSearch::new(query).max_count(MOST_MESSAGES)).await {
            Ok(logged) => {
                for row in logged.rows {
                    let mut cells = row.into_iter();
                    let level = cells.next().flatten().unwrap_or_default();
                    let message = cells.next().flatten().unwrap_or_default();
                    if ["ERROR", "FATAL"].iter().any(|bad| level.eq_ignore_ascii_case(bad)) {
                        failed = true;
                        dump.push_str(&message);
                        dump.push('\n');
                    }
                }
            }
            // What the job says of itself stands without its log; a silent server may yet have more to say.
            Err(error) if matches!(error.kind(), ErrorKind::QueryFailed | ErrorKind::TooLarge) || !job.is_success() => {
            }
            Err(error) => {
                let why = format!("its cron job {} has finished, but what it logged could not be read", job.code);
                return Err(unknown(doing, &why, &job.query()).with_source(error));
            }
        }
        self.engine().transport.secrets().cut(&mut dump);
        let success = job.is_success() && !failed;
        let summary = if success {
            format!("Distributed import finished successfully (cron job {})", job.code)
        } else {
            format!(
                "Distributed import failed (cron job {}, status {}, result {})",
                job.code,
                job.status,
                if job.result.is_empty() { "unknown" } else { &job.result }
            )
        };
        Ok(Ended { success, summary, dump })
    }
}

/// A PK as it may stand in a query.
fn digits(pk: &str) -> String {
    pk.chars().filter(char::is_ascii_digit).collect()
}

/// Whether asking again is no use.
fn is_final(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BadCredentials
            | ErrorKind::SessionEnded
            | ErrorKind::Forbidden
            | ErrorKind::QueryFailed
            | ErrorKind::Config
            | ErrorKind::Usage
            | ErrorKind::Tls
    )
}

fn unknown(doing: &str, why: &str, query: &str) -> Error {
    Error::new(ErrorKind::OutcomeUnknown, doing)
        .because(format!("the import has begun, but {why}"))
        .with_hint(format!("do not import it again before you know how it ended; this query shows it: {query}"))
}
