//! `hac cache …`.

use super::acknowledged;
use crate::args::CacheCommand;
use crate::diagnostics::CommandResult;
use crate::interrupt::Activity;
use crate::job::Job;

pub(crate) async fn run(job: Job<'_>, command: &CacheCommand) -> CommandResult {
    let CacheCommand::Clear(_) = command;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "clearing of the cache", host: connection.host });
    let cleared = connection.client.clear_region_cache().await?;
    context.interrupt.now(Activity::Reading);
    let failure = acknowledged::failure(&cleared, "cache_not_cleared", "clear the cache");
    let done = "Cleared the region cache of the node that answered";
    Ok(acknowledged::tell(&cleared, failure.as_ref(), done, settings, printer))
}
