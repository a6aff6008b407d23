//! `hac diff …`: what differs between two environments.

mod query;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use hac_client::{Error, HacClient, Result};

use crate::args::{DiffCommand, DiffTypesArgs, FilterArgs};
use crate::conclusion::different;
use crate::diagnostics::{CommandResult, Failure, Outcome, usage};
use crate::job::Job;
use crate::output::Listing;
use sides::{Entries, Found, Sides, difference};

/// What stands for something that a server has, or lacks.
const PRESENT: &str = "present";
const MISSING: &str = "missing";

/// The level of a logger that has none of its own.
const INHERITED: &str = "inherited";

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
    let headers = [what, &sides.names[0], &sides.names[1]];
    let mut listing = Listing::new(&headers);
    // The others have values, of which null says that there is none.
    let absent = matches!(command, DiffCommand::Types(_) | DiffCommand::Extensions(_)).then(|| MISSING.to_owned());
    for (name, [ours, theirs]) in difference(&found.entries[0], &found.entries[1]) {
        listing.push([Some(name), ours.or_else(|| absent.clone()), theirs.or_else(|| absent.clone())]);
    }
    conclude(job, &sides, &listing, found.compared, &found.left_out)
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
    let mut both: [Entries; 2] = Default::default();
    let mut masked = BTreeSet::new();
    for ((name, client), entries) in sides.iter().zip(&mut both) {
        for property in client
            .properties()
            .await
            .map_err(|error| at(name, error))?
            .into_iter()
            .filter(|property| args.admits(&property.key))
        {
            if property.is_masked() {
                masked.insert(property.key);
            } else {
                entries.insert(property.key, Some(property.value));
            }
        }
    }
    for entries in &mut both {
        entries.retain(|key, _| !masked.contains(key));
    }
    let left_out = match masked.len() {
        0 => String::new(),
        1 => "1 property is masked by a server, so that it cannot be compared".to_owned(),
        count => format!("{count} properties are masked by a server, so that they cannot be compared"),
    };
    Ok(Found { left_out, ..Found::of(both) })
}

async fn loggers(sides: &Sides, args: &FilterArgs) -> Result<Found> {
    let mut both: [Entries; 2] = Default::default();
    for ((name, client), entries) in sides.iter().zip(&mut both) {
        let loggers = client
            .loggers()
            .await
            .map_err(|error| at(name, error))?
            .into_iter()
            .filter(|logger| args.admits(&logger.name));
        // A logger without a level of its own is not one that the server does not have.
        let level = |level: Option<String>| Some(level.unwrap_or_else(|| INHERITED.to_owned()));
        entries.extend(loggers.map(|logger| (logger.name, level(logger.level))));
    }
    Ok(Found::of(both))
}

async fn extensions(sides: &Sides, args: &FilterArgs) -> Result<Found> {
    let mut both: [Entries; 2] = Default::default();
    for ((name, client), entries) in sides.iter().zip(&mut both) {
        let extensions = client.update_data().await.map_err(|error| at(name, error))?.project_datas.into_iter();
        entries.extend(extensions.filter(|its| args.admits(&its.name)).map(|its| present(its.name)));
    }
    Ok(Found { left_out: "only extensions with project data are compared".to_owned(), ..Found::of(both) })
}

async fn types(sides: &Sides, args: &DiffTypesArgs) -> Result<Found> {
    let mut both: [Entries; 2] = Default::default();
    for ((name, client), entries) in sides.iter().zip(&mut both) {
        if args.types.is_empty() {
            entries.extend(client.types().await.map_err(|error| at(name, error))?.into_iter().map(present));
            continue;
        }
        for code in &args.types {
            entries.extend(attributes(client, code).await.map_err(|error| at(name, error))?);
        }
    }
    if !args.types.is_empty() && both.iter().all(BTreeMap::is_empty) {
        let why = format!("neither server has the type {}", args.types.join(", "));
        return Err(usage("compare the types", why, "`hac type list` shows the types"));
    }
    Ok(Found::of(both))
}

/// The type and its attributes; nothing if the server does not have it.
async fn attributes(client: &HacClient, code: &str) -> Result<Entries> {
    let Some(attributes) = client.type_attributes(code).await? else { return Ok(Entries::new()) };
    let names = attributes.into_iter().map(|attribute| present(format!("{code}.{attribute}")));
    Ok(names.chain([present(code.to_owned())]).collect())
}

/// What has no value is there or not.
fn present(name: String) -> (String, Option<String>) {
    (name, Some(PRESENT.to_owned()))
}

/// The failure of one of two servers, which names it.
fn at(name: &str, error: Error) -> Error {
    let doing = format!("{} of {name}", error.doing());
    error.while_doing(doing)
}
