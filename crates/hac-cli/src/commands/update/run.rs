//! `hac update run` and `hac init run`.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hac_client::platform::{Initialization, OutcomeSource, UpdateOutcome, UpdatePlan, UpdateRun, Watch};
use hac_client::{Error, ErrorKind, HacClient};
use serde::Serialize;

use super::consent::{self, Consent};
use super::lines::{Lines, PATIENCE, SharedLines};
use super::plan;
use super::{conclude, lost, pairs, with_errors};
use crate::args::{FollowArgs, InitRunArgs, UpdateArgs, UpdateRunArgs};
use crate::connection::Connection;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::printer::Printer;
use crate::settings::Settings;

/// How often to look whether the request has left.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

pub(super) async fn update(job: Job<'_>, args: &UpdateRunArgs) -> CommandResult {
    let wanted = super::update(&args.update)?;
    if args.dry_run {
        return plan::of_update(job, &wanted).await;
    }
    let Job { context, settings, .. } = job;
    let url = settings.base_url()?;
    let consent = if args.update.drop_tables {
        consent::to_drop_tables(&url, settings.yes_i_mean.as_deref(), context)?
    } else if args.update.selects_nothing() {
        consent::to_select_nothing(&url, context)?
    } else {
        Consent::Given
    };
    let run = Run::begin(job, "update", consent, &args.follow)?;
    match run.connection.client.plan_update(&wanted).await {
        Ok(planned) => Box::pin(run.finish(&planned, &opening(&args.update))).await,
        Err(error) => run.not_begun(error),
    }
}

/// The first lines of an update on standard output, as scripts for hac-client-cli know them.
fn opening(update: &UpdateArgs) -> Vec<String> {
    let mut lines = vec!["Starting system update...".to_owned()];
    if !update.choice.patches.is_empty() {
        lines.push(format!("  Patches: {}", update.choice.patches.join(", ")));
    }
    if update.drop_tables {
        lines.push("  DROP TABLES ENABLED".to_owned());
    }
    lines
}

pub(super) async fn init(job: Job<'_>, args: &InitRunArgs) -> CommandResult {
    let choice = &args.choice;
    let mut wanted = Initialization::new();
    if choice.clear_hmc {
        wanted = wanted.clear_hmc();
    }
    if choice.create_project_data {
        wanted = wanted.create_project_data();
    }
    wanted = choice.extensions.iter().fold(wanted, Initialization::extension);
    wanted = choice.patches.iter().fold(wanted, Initialization::patch);
    for (name, value) in pairs(&choice.parameters)? {
        wanted = wanted.parameter(name, value);
    }
    if args.dry_run {
        return plan::of_initialization(job, &wanted).await;
    }
    let Job { context, settings, .. } = job;
    let consent = consent::to_drop_tables(&settings.base_url()?, settings.yes_i_mean.as_deref(), context)?;
    let run = Run::begin(job, "initialisation", consent, &args.follow)?;
    match run.connection.client.plan_initialization(&wanted).await {
        Ok(planned) => Box::pin(run.finish(planned.steps(), &[])).await,
        Err(error) => run.not_begun(error),
    }
}

/// A run that is planned, and then carried out.
struct Run<'a> {
    job: Job<'a>,
    what: &'static str,
    label: String,
    consent: Consent,
    follow: &'a FollowArgs,
    connection: Connection,
}

impl<'a> Run<'a> {
    /// Nothing is sent here.
    fn begin(job: Job<'a>, what: &'static str, consent: Consent, follow: &'a FollowArgs) -> hac_client::Result<Self> {
        let label = job.settings.label();
        let connection = job.connect()?;
        Ok(Self { job, what, label, consent, follow, connection })
    }

    /// Another run was seen before anything was sent.
    fn not_begun(self, error: Error) -> CommandResult {
        if error.kind() != ErrorKind::Initializing {
            return Err(error.into());
        }
        let end = End {
            outcome: UpdateOutcome::Refused,
            known_from: OutcomeSource::Answer,
            errors: &[],
            reason: None,
            elapsed: Duration::ZERO,
        };
        Ok(tell(self.what, &end, "", self.job.settings, self.job.printer))
    }

    async fn finish(self, planned: &UpdatePlan, opening: &[String]) -> CommandResult {
        let Self { job: Job { context, settings, printer }, what, label, consent, follow, connection } = self;
        for line in plan::lines(what, &label, &connection.host, planned) {
            printer.talk.say(&line);
        }
        context.interrupt.now(Activity::Updating { what, host: connection.host.clone() });
        consent.obtain(&connection.host, &printer.talk)?;
        let opening = if settings.json || settings.volume.quiet { &[] } else { opening };
        let lines = Mutex::new(Lines::new(printer, settings).opened_by(opening));
        let interval = Duration::from_secs_f64(follow.interval);
        let mut way =
            Watch::default().patience(PATIENCE).poll_interval(interval).answer_timeout(settings.limit_of_a_run());
        if follow.no_follow {
            way = way.without_log();
        }
        let run = begun(&connection.client, planned, way, &lines).await?;
        let log = lines.into_inner().unwrap_or_else(PoisonError::into_inner).finish();
        context.interrupt.now(Activity::Reading);
        let UpdateRun { outcome, known_from, errors, reason, elapsed, .. } = &run;
        let end =
            End { outcome: *outcome, known_from: *known_from, errors, reason: reason.as_ref(), elapsed: *elapsed };
        Ok(tell(what, &end, &log, settings, printer))
    }
}

/// Carries it out. The opening lines are printed when its request has left, and not where it is refused.
async fn begun(
    client: &HacClient,
    planned: &UpdatePlan,
    way: Watch,
    lines: &Mutex<Lines<'_>>,
) -> hac_client::Result<UpdateRun> {
    let (writes, mut sink) = (client.writes(), SharedLines(lines));
    let sent_before = writes.sent();
    let open = || lines.lock().unwrap_or_else(PoisonError::into_inner).open();
    let mut run = pin!(client.run_update(planned, way, &mut sink));
    loop {
        tokio::select! {
            biased;
            ended = &mut run => {
                if writes.sent() > sent_before {
                    open();
                }
                return ended;
            }
            () = tokio::time::sleep(BETWEEN_LOOKS) => {
                if writes.sent() > sent_before {
                    open();
                    break;
                }
            }
        }
    }
    run.await
}

/// How it ended.
struct End<'a> {
    outcome: UpdateOutcome,
    known_from: OutcomeSource,
    errors: &'a [String],
    reason: Option<&'a Error>,
    elapsed: Duration,
}

/// The keys of hac-client-cli, and how it is known.
#[derive(Serialize)]
struct RunJson<'a> {
    success: bool,
    finished: bool,
    outcome: UpdateOutcome,
    known_from: OutcomeSource,
    log: &'a str,
    errors: &'a [String],
    execution_time_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

fn tell(what: &str, run: &End<'_>, log: &str, settings: &Settings, printer: &mut Printer) -> Outcome {
    let failure = match run.outcome {
        UpdateOutcome::Finished => None,
        UpdateOutcome::FinishedWithErrors => Some(with_errors(what, run.errors)),
        UpdateOutcome::Refused => Some(Report {
            kind: ErrorKind::Initializing.code().to_owned(),
            message: format!("the {what} was not started: an update or initialisation is already running"),
            hint: Some("`hac update log --follow` follows it until it ends".into()),
        }),
        _ => Some(lost(what, run.reason.map(Error::why))),
    };
    if settings.json {
        printer.data.json(&RunJson {
            success: failure.is_none(),
            finished: matches!(run.outcome, UpdateOutcome::Finished | UpdateOutcome::FinishedWithErrors),
            outcome: run.outcome,
            known_from: run.known_from,
            log,
            errors: run.errors,
            execution_time_ms: u64::try_from(run.elapsed.as_millis()).unwrap_or(u64::MAX),
            error: failure.clone(),
        });
    }
    printer.data.flush();
    if failure.is_none() {
        let from_log = if run.known_from == OutcomeSource::Log { ", according to its log" } else { "" };
        printer.talk.say(&format!("the {what} finished in {}s{from_log}", run.elapsed.as_secs()));
    }
    conclude(run.outcome, failure.as_ref(), Effect::Write, printer)
}
