//! `hac cronjob …`.

use hac_client::Validation;

use crate::args::CronjobCommand;
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::output::{print_records, row_format};
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    command: &CronjobCommand,
    printer: &mut Printer,
) -> CommandResult {
    let CronjobCommand::List(args) = command;
    let format = row_format(args.format, settings, printer.data.is_terminal())?;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    let jobs = connection.client.cron_jobs().await?;
    print_records("cron_jobs", &jobs, format, &mut printer.data);
    if jobs.is_empty() {
        printer.talk.say("no cron job is running");
    }
    Ok(Outcome::Done(Effect::Read))
}
