//! `hac impex …`.

mod export;
mod files;
mod told;

use crate::args::{ImpexArgs, ImpexCommand};
use crate::context::RunContext;
use crate::diagnostics::CommandResult;
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    args: &ImpexArgs,
    printer: &mut Printer,
) -> CommandResult {
    match &args.command {
        None => files::import(context, settings, &args.file, &args.options, printer).await,
        Some(ImpexCommand::Import(import)) => {
            files::import(context, settings, import.given(), &import.options, printer).await
        }
        Some(ImpexCommand::Validate(validate)) => {
            files::validate(context, settings, validate.given(), &validate.options, printer).await
        }
        Some(ImpexCommand::Export(export)) => export::run(context, settings, export, printer).await,
    }
}
