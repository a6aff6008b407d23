//! `hac audit`.

mod known;
mod undo;

use hac_client::audit::{Audit, AuditEntry};

use crate::args::{AuditArgs, AuditCommand, RowFormat};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::ending;
use crate::job::Job;
use crate::output::Listing;
use crate::settings::Setting;

/// All that is known of an entry, in the order of the log.
const FIELDS: [&str; 23] = [
    "at",
    "id",
    "run",
    "user",
    "uid",
    "host",
    "pid",
    "hac_user",
    "url",
    "environment",
    "node",
    "class",
    "operation",
    "path",
    "bytes",
    "sha256",
    "first_line",
    "before",
    "after",
    "created",
    "file",
    "outcome",
    "ms",
];

/// What of it fits on a screen.
const USUAL: [&str; 11] =
    ["at", "environment", "hac_user", "class", "operation", "first_line", "outcome", "id", "file", "before", "after"];

/// The usual columns of entries. A table for people has no column that is empty; for programs each has its place.
fn usual(entries: &[AuditEntry], is_for_people: bool) -> Vec<&'static str> {
    let is_there = |column: &&str| match *column {
        "file" => entries.iter().any(|entry| entry.file.is_some()),
        "before" => entries.iter().any(|entry| entry.before.is_some()),
        "after" => entries.iter().any(|entry| entry.after.is_some()),
        _ => true,
    };
    USUAL.into_iter().filter(|column| !is_for_people || is_there(column)).collect()
}

/// What of it fits on a narrower screen, the widest first. Where, whether and the id for `hac audit undo` are on each.
const NARROWER: [(&[&str], Time); 5] = [
    (&["at", "environment", "class", "operation", "first_line", "outcome", "id"], Time::Whole),
    (&["at", "environment", "operation", "first_line", "outcome", "id"], Time::Whole),
    (&["at", "environment", "operation", "first_line", "outcome", "id"], Time::Short),
    (&["at", "environment", "operation", "outcome", "id"], Time::Short),
    (&["environment", "operation", "outcome", "id"], Time::Short),
];

/// How a time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    /// `2026-11-29 14:23:53`
    Whole,
    /// `11-29 14:23`
    Short,
}

/// How much of a first line is shown there, the most first.
const FIRST_LINES: [usize; 3] = [60, 40, 20];

/// The same list for a narrow screen.
fn narrowed(listing: &Listing, (columns, time): (&[&str], Time), first_line: usize) -> Listing {
    let mut listing = listing.clone().usually(columns);
    let at = FIELDS.iter().position(|field| *field == "first_line").unwrap_or_default();
    for row in &mut listing.rows {
        if time == Time::Short
            && let Some(short) = row[0].as_str().and_then(|whole| whole.get("2026-".len().."2026-11-29 14:23".len()))
        {
            row[0] = short.into();
        }
        if let Some(text) = row[at].as_str()
            && let Some((end, _)) = text.char_indices().nth(first_line)
        {
            row[at] = format!("{}…", text[..end].trim_end()).into();
        }
    }
    listing
}

pub(crate) async fn run(job: Job<'_>, args: &AuditArgs) -> CommandResult {
    match &args.command {
        Some(AuditCommand::Undo(args)) => undo::run(job, args).await,
        None => list(job, args),
    }
}

fn list(job: Job<'_>, args: &AuditArgs) -> CommandResult {
    let style = job.style();
    let Job { context, settings, printer } = job;
    let (environment, endpoint) = (settings.typed_environment(), settings.typed_endpoint());
    let url = settings.url_given().filter(|url| url.is_explicit());
    let url = url.map(|url| url.value.trim_end_matches('/'));
    let user = settings.username_given().filter(|user| user.is_explicit()).map(|user| user.value.as_str());
    let wanted = |entry: &AuditEntry| {
        let (name, its_endpoint) = entry.environment.split_once('/').unwrap_or((&entry.environment, ""));
        args.since.is_none_or(|since| entry.seconds() >= since)
            && args.class.is_none_or(|class| class.is(entry.class))
            && environment.is_none_or(|wanted| wanted == name || wanted == entry.environment)
            && endpoint.is_none_or(|wanted| wanted == its_endpoint)
            && url.is_none_or(|wanted| wanted == entry.url.trim_end_matches('/'))
            && user.is_none_or(|wanted| wanted == entry.hac_user)
    };
    // One more than is wanted says whether there are more.
    let asked = args.max_count.saturating_add(usize::from(args.max_count > 0));
    let mut log = ending::blocking(|| Audit::in_default_file().entries(asked, wanted))?;
    if let (true, Some(name)) = (log.entries.is_empty(), environment) {
        known::check(name, context)?;
    }
    let truncated = args.max_count > 0 && log.entries.len() > args.max_count;
    if truncated {
        log.entries.remove(0);
    }
    let mut listing =
        Listing::of_records(&FIELDS, &log.entries).usually(&usual(&log.entries, style.format.is_for_people()));
    listing.truncated = truncated;
    if style.format.is_for_people() {
        for (row, entry) in listing.rows.iter_mut().zip(&log.entries) {
            row[0] = entry.at_formatted().into();
        }
    }
    if style.format == RowFormat::Table && printer.data.is_terminal() {
        let whole = listing.clone();
        for (columns, first_line) in NARROWER.iter().flat_map(|columns| FIRST_LINES.map(|most| (*columns, most))) {
            listing = listing.or_narrower(narrowed(&whole, columns, first_line));
        }
    }
    listing.print(&style, &mut printer.data)?;
    printer.data.flush();
    let by_flags = [environment, endpoint, url, user].iter().any(Option::is_some);
    let filtered = args.since.is_some() || args.class.is_some() || by_flags;
    if log.entries.is_empty() {
        printer.talk.say(if filtered { "nothing that was recorded matches" } else { "nothing is recorded" });
    }
    // For programs JSON has it.
    let is_named = settings.output.format.as_ref().is_some_and(Setting::is_explicit);
    if truncated && !is_named && !printer.data.is_lost() {
        printer.talk.note(&format!("only the last {}: -m 0 shows all", args.max_count));
    }
    if log.unreadable > 0 {
        printer.talk.warn(&format!("{} lines of the audit log could not be read", log.unreadable));
    }
    Ok(Outcome::Done(Effect::None))
}
