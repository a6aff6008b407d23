//! `hac extension …`.

use hac_client::Validation;

use crate::args::{ExtensionCommand, FilterArgs};
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::output::{Listing, row_format};
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    command: &ExtensionCommand,
    printer: &mut Printer,
) -> CommandResult {
    let ExtensionCommand::List(args) = command;
    list(context, settings, args, printer).await
}

/// The extensions that the update page knows. What HAC's own page of extensions looks like is in no public source.
async fn list(context: &RunContext, settings: &Settings, args: &FilterArgs, printer: &mut Printer) -> CommandResult {
    let format = row_format(args.rows.format, settings, printer.data.is_terminal())?;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    let extensions = connection.client.get_update_data().await?.project_datas;
    let mut listing = Listing::new(&["extension", "description"]);
    for extension in extensions.into_iter().filter(|extension| args.admits(&extension.name)) {
        listing.push([Some(extension.name), extension.description]);
    }
    listing.print(format, &mut printer.data);
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("extension"));
    }
    printer.talk.note("these are the extensions with project data; those without are not told");
    Ok(Outcome::Done(Effect::Read))
}
