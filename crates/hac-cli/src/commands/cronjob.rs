//! `hac cronjob …`.

use crate::args::CronjobCommand;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &CronjobCommand) -> CommandResult {
    let CronjobCommand::List(_) = command;
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let jobs = connection.client.cron_jobs().await?;
    Listing::of_records(&[], &jobs).print(&style, &mut printer.data)?;
    if jobs.is_empty() {
        printer.talk.say("no cron job is running");
    }
    Ok(Outcome::Done(Effect::Read))
}
