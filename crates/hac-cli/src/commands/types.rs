//! `hac type …`.

use hac_client::{HacClient, nearest_names};

use crate::args::{FilterArgs, TypeCommand, TypeShowArgs};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::job::Job;
use crate::output::Listing;

pub(crate) async fn run(job: Job<'_>, command: &TypeCommand) -> CommandResult {
    match command {
        TypeCommand::List(args) => list(job, args).await,
        TypeCommand::Show(args) => show(job, args).await,
    }
}

async fn list(job: Job<'_>, args: &FilterArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let mut listing = Listing::new(&["type"]);
    for code in connection.client.types().await?.into_iter().filter(|code| args.admits(code)) {
        listing.push([Some(code)]);
    }
    listing.print(&style, &mut printer.data)?;
    if listing.rows.is_empty() {
        printer.talk.say(&args.nothing("type"));
    }
    Ok(Outcome::Done(Effect::Read))
}

async fn show(job: Job<'_>, args: &TypeShowArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let mut listing = Listing::new(&["attribute"]);
    let found = connection.client.type_attributes(&args.code).await?;
    let failure = match found {
        Some(_) => None,
        None => Some(unknown(&connection.client, &args.code).await),
    };
    for attribute in found.unwrap_or_default() {
        listing.push([Some(attribute)]);
    }
    listing.print_to(failure.as_ref(), &style, &mut printer.data)?;
    Ok(failure.map_or(Outcome::Done(Effect::Read), |report| refused(&report, printer)))
}

/// There is no such type; those of a similar name are looked for.
async fn unknown(client: &HacClient, code: &str) -> Report {
    // The failure stands without them.
    let known = client.types().await.unwrap_or_default();
    let near = nearest_names(code, known.iter().map(String::as_str));
    let hint = if near.is_empty() {
        "`hac type list` shows the types".to_owned()
    } else {
        format!("did you mean {}? `hac type list` shows all", near.join(" or "))
    };
    Report { kind: "unknown_type".to_owned(), message: format!("the server has no type {code}"), hint: Some(hint) }
}
