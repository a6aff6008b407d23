//! `hac diff …`: what differs between two environments.

mod query;
mod sides;

use hac_client::comparison::Difference;
use hac_client::{Error, Result};

use crate::args::{DiffCommand, DiffTypesArgs, FilterArgs};
use crate::conclusion::different;
use crate::diagnostics::{CommandResult, Failure, Outcome, usage};
use crate::job::Job;
use crate::output::Listing;
use sides::{Found, Sides};

/// What stands for something that a server lacks.
const MISSING: &str = "missing";

pub(crate) async fn run(mut job: Job<'_>, command: &DiffCommand) -> CommandResult {
    // Exit code 1 is for a difference.
    compare(&mut job, command).await.map_err(|failure| match failure {
        Failure::Error(error) => Failure::Undecided(error),
        other => other,
    })
}

async fn compare(job: &mut Job<'_>, command: &DiffCommand) -> CommandResult {
    let sides = Sides::connect(job)?;
    let (what, found) = match command {
        DiffCommand::Properties(args) => ("property", properties(&sides, args).await?),
        DiffCommand::Loggers(args) => ("logger", loggers(&sides, args).await?),
        DiffCommand::Types(args) => ("type", types(&sides, args).await?),
        DiffCommand::Extensions(args) => ("extension", extensions(&sides, args).await?),
        DiffCommand::Query(args) => return query::compare(job, &sides, args).await,
    };
    let [ours, theirs] = &sides.names;
    if let Some(text) = filter(command)
        && found.comparison.compared + found.comparison.left_out.len() == 0
    {
        let why = format!("neither {ours} nor {theirs} has a name that contains \"{text}\"");
        return Err(usage("compare", why, "without that text, everything is compared").into());
    }
    let headers = [what, ours, theirs];
    let mut listing = Listing::new(&headers);
    // The others have values, of which null says that there is none.
    let absent = matches!(command, DiffCommand::Types(_) | DiffCommand::Extensions(_)).then(|| MISSING.to_owned());
    for Difference { name, sides: [ours, theirs], .. } in found.comparison.differences {
        let [ours, theirs] = [ours, theirs].map(|side| side.as_str().map(str::to_owned).or_else(|| absent.clone()));
        listing.push([Some(name), ours, theirs]);
    }
    conclude(job, &sides, &listing, found.comparison.compared, &found.left_out)
}

/// The text that names have to contain. Where none does, nothing was compared.
fn filter(command: &DiffCommand) -> Option<&str> {
    match command {
        DiffCommand::Properties(args) | DiffCommand::Loggers(args) | DiffCommand::Extensions(args) => {
            args.filter.as_deref()
        }
        DiffCommand::Types(_) | DiffCommand::Query(_) => None,
    }
}

/// Prints the differences and says how many there are.
fn conclude(job: &mut Job<'_>, sides: &Sides, listing: &Listing, compared: usize, left_out: &str) -> CommandResult {
    let style = job.style();
    listing.print(&style, &mut job.printer.data)?;
    if !left_out.is_empty() {
        job.printer.talk.note(left_out);
    }
    let between = format!("between {} and {}", sides.names[0], sides.names[1]);
    Ok(match listing.rows.len() {
        0 => {
            job.printer.talk.say(&format!("no difference {between} in {compared} compared"));
            Outcome::Same
        }
        1 => different(&format!("1 difference {between} in {compared} compared"), job.printer),
        count => different(&format!("{count} differences {between} in {compared} compared"), job.printer),
    })
}

async fn properties(sides: &Sides, args: &FilterArgs) -> Result<Found> {
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        both.push(client.snapshot_properties().await.map_err(|error| at(name, error))?.only(|key| args.admits(key)));
    }
    let found = Found::of(&both)?;
    let left_out = match found.comparison.left_out.len() {
        0 => String::new(),
        1 => "1 property is masked by a server, so that it cannot be compared".to_owned(),
        count => format!("{count} properties are masked by a server, so that they cannot be compared"),
    };
    Ok(Found { left_out, ..found })
}

async fn loggers(sides: &Sides, args: &FilterArgs) -> Result<Found> {
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        both.push(client.snapshot_loggers().await.map_err(|error| at(name, error))?.only(|logger| args.admits(logger)));
    }
    Found::of(&both)
}

async fn extensions(sides: &Sides, args: &FilterArgs) -> Result<Found> {
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        both.push(client.snapshot_extensions().await.map_err(|error| at(name, error))?.only(|its| args.admits(its)));
    }
    Ok(Found { left_out: "only extensions with project data are compared".to_owned(), ..Found::of(&both)? })
}

async fn types(sides: &Sides, args: &DiffTypesArgs) -> Result<Found> {
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        both.push(client.snapshot_types(&args.types).await.map_err(|error| at(name, error))?);
    }
    Found::of(&both)
}

/// The failure of one of two servers, which names it.
fn at(name: &str, error: Error) -> Error {
    let doing = format!("{} of {name}", error.doing());
    error.while_doing(doing)
}
