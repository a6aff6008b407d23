//! `hac logger …`.

mod level;
mod set;

use hac_client::platform::Logger;
pub(super) use set::{Levelled, not_set};

use crate::args::{FilterArgs, LoggerCommand};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &LoggerCommand) -> CommandResult {
    match command {
        LoggerCommand::List(args) => list(job, args).await,
        LoggerCommand::Set(args) => set::run(job, args).await,
    }
}

async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let loggers = connection.client.loggers().await?;
    let mut listing = Listing::new(&["name", "level", "parent"]);
    for Logger { name, level, parent, .. } in loggers.into_iter().filter(|logger| args.admits(&logger.name)) {
        listing.push([Some(name), level, parent]);
    }
    listing.print(&style, &mut printer.data)?;
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("logger"));
    }
    Ok(Outcome::Done(Effect::Read))
}
