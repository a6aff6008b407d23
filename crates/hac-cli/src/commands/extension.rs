//! `hac extension …`.

use crate::args::{ExtensionCommand, FilterArgs};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &ExtensionCommand) -> CommandResult {
    let ExtensionCommand::List(args) = command;
    list(job, args).await
}

/// The extensions that the update page knows. What HAC's own page of extensions looks like is in no public source.
async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let extensions = connection.client.update_data().await?.project_datas;
    let mut listing = Listing::new(&["extension", "description"]);
    for extension in extensions.into_iter().filter(|extension| args.admits(&extension.name)) {
        listing.push([Some(extension.name), extension.description]);
    }
    listing.print(&style, &mut printer.data)?;
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("extension"));
    }
    printer.talk.note("only extensions with project data are listed");
    Ok(Outcome::Done(Effect::Read))
}
