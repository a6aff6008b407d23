//! `hac audit`.

mod undo;

use hac_client::audit::{Audit, AuditEntry};

use crate::args::{AuditArgs, AuditCommand, RowFormat};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::ending;
use crate::job::Job;
use crate::output::{Listing, print_list};

pub(crate) async fn run(job: Job<'_>, args: &AuditArgs) -> CommandResult {
    match &args.command {
        Some(AuditCommand::Undo(args)) => undo::run(job, args).await,
        None => list(job, args),
    }
}

fn list(job: Job<'_>, args: &AuditArgs) -> CommandResult {
    let style = job.style();
    let Job { settings, printer, .. } = job;
    let (environment, endpoint) = (settings.typed_environment(), settings.typed_endpoint());
    let wanted = |entry: &AuditEntry| {
        let (name, its_endpoint) = entry.environment.split_once('/').unwrap_or((&entry.environment, ""));
        args.since.is_none_or(|since| entry.seconds() >= since)
            && args.class.is_none_or(|class| class.is(entry.class))
            && environment.is_none_or(|wanted| wanted == name || wanted == entry.environment)
            && endpoint.is_none_or(|wanted| wanted == its_endpoint)
    };
    let log = ending::blocking(|| Audit::in_default_file().entries(args.max_count, wanted))?;
    match style.format {
        RowFormat::Json => printer.data.json(&log),
        RowFormat::Jsonl => print_list(&log.entries, &style, &mut printer.data)?,
        _ => {
            let headers = ["time", "environment", "user", "class", "operation", "what", "outcome", "id"];
            let mut listing = Listing::new(&headers);
            for entry in &log.entries {
                listing.push([
                    Some(entry.at_formatted()),
                    Some(entry.environment.clone()),
                    Some(entry.hac_user.clone()),
                    Some(entry.class.to_string()),
                    Some(entry.operation.clone()),
                    entry.first_line.clone(),
                    entry.outcome.clone(),
                    Some(entry.id.clone()),
                ]);
            }
            listing.print(&style, &mut printer.data)?;
        }
    }
    printer.data.flush();
    let filtered = args.since.is_some() || args.class.is_some() || environment.is_some() || endpoint.is_some();
    if log.entries.is_empty() {
        printer.talk.say(if filtered { "nothing that was recorded matches" } else { "nothing is recorded" });
    }
    if log.unreadable > 0 {
        printer.talk.warn(&format!("{} lines of the audit log could not be read", log.unreadable));
    }
    Ok(Outcome::Done(Effect::None))
}
