//! `hac cache …`.

use hac_client::Validation;

use super::acknowledged;
use crate::args::CacheCommand;
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::CommandResult;
use crate::interrupt::Activity;
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    command: &CacheCommand,
    printer: &mut Printer,
) -> CommandResult {
    let CacheCommand::Clear = command;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    context.interrupt.now(Activity::Writing { what: "clearing of the cache", host: connection.host });
    let cleared = connection.client.clear_region_cache().await?;
    context.interrupt.now(Activity::Reading);
    let failure = acknowledged::failure(&cleared, "cache_not_cleared", "clear the cache");
    let done = "The region cache is cleared, on the node that answered";
    Ok(acknowledged::tell(&cleared, failure.as_ref(), done, settings, printer))
}
