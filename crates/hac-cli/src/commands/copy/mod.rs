//! `hac copy`: rows of one environment, as ImpEx, into another.

mod draft;
mod report;
mod request;
mod route;
mod sink;

use hac_client::console::{BulkImport, CopyPlan, CopySummary, ImpexCopy, UnknownName};
use hac_client::{Error, ErrorKind, HacClient, Hint, Result};

use super::impex::bulk;
use super::impex::report::go_on;
use super::unknown::hint_with_names;
use crate::args::CopyArgs;
use crate::connection::Connection;
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, usage};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::{Masks, in_flags as masks_in_flags};
use crate::printer::Talk;
use crate::progress::grouped;
use draft::Draft;
use report::About;
use request::in_flags;
use route::Route;
use sink::{Printed, not_shown};

pub(crate) async fn run(job: Job<'_>, args: &CopyArgs) -> CommandResult {
    if args.dry_run && job.settings.output.is_json() {
        return Err(usage("copy", "--dry-run prints ImpEx, which is no JSON", "leave out --json").into());
    }
    let mut route = Route::of(&job, args)?;
    if !args.dry_run {
        route.refuse_another(args, job.context, &job.printer.talk)?;
    }
    let wanted = request::request(args)?;
    let source = job.connect()?.client;
    // Exit code 1 is for rows that failed.
    let planned = planned(&source, &job, &route, wanted, args).await;
    let (mut plan, target) = planned.map_err(Failure::Undecided)?;
    if !args.mask.is_empty() {
        let masks = Masks::of(&args.mask, &job.context.environment)?;
        plan.mask_with(masks.of_library()).map_err(masks_in_flags)?;
    }
    report::left_out(&plan, &job.printer.talk);
    let from = route.from.environment.clone();
    let reading = Reading { environment: &from, source: &source, plan: &plan };
    match target {
        None => dry(job, &route, reading).await,
        Some(target) => copy(job, &mut route, args, reading, target).await,
    }
}

/// What is copied, and the server that it is imported into; `None` if that is not to be asked for anything.
async fn planned(
    source: &HacClient,
    job: &Job<'_>,
    route: &Route,
    wanted: ImpexCopy,
    args: &CopyArgs,
) -> Result<(CopyPlan, Option<Connection>)> {
    let mut plan = match source.plan_copy(wanted).await {
        Ok(plan) => plan,
        Err(error) => return Err(of_server(source, &route.from.environment, error).await),
    };
    if args.dry_run {
        return Ok((plan, None));
    }
    // What is wrong with the query comes first: who confirms knows that it can be copied.
    route.confirm_unattended(args, job.context, &job.printer.talk)?;
    let target = route.connect(job)?;
    if plan.columns().iter().any(|column| column.language().is_some()) {
        let known = match target.client.languages().await {
            Ok(known) => known,
            Err(error) => return Err(of_server(&target.client, &route.to.environment, error).await),
        };
        plan.keep_languages(&known)?;
    }
    Ok((plan, Some(target)))
}

/// The rows, before they are read.
struct Reading<'p> {
    environment: &'p str,
    source: &'p HacClient,
    plan: &'p CopyPlan,
}

impl Reading<'_> {
    async fn write(self, mut sink: Printed<'_>, talk: &Talk) -> Result<CopySummary, Failure> {
        let written = match self.source.stream_copy(self.plan, &mut sink).await {
            Ok(written) => written,
            Err(error) => return Err(Failure::Undecided(of_server(self.source, self.environment, error).await)),
        };
        report::dangling(&written, talk);
        Ok(written)
    }
}

/// Prints the ImpEx.
async fn dry(job: Job<'_>, route: &Route, reading: Reading<'_>) -> CommandResult {
    let (printer, plan) = (job.printer, reading.plan);
    let talk = printer.talk.clone();
    // A person looks at it; a pipe and a file get all of it.
    let is_shortened = printer.data.is_terminal();
    let sink = if is_shortened {
        report::attributes(plan, &talk);
        Printed::shortened(&mut printer.data, &talk)
    } else {
        Printed::new(&mut printer.data, &talk)
    };
    let written = reading.write(sink, &talk).await?;
    printer.data.flush();
    let more = not_shown(written.rows);
    if is_shortened && more > 0 {
        let (rows, verb) = if more == 1 { ("row", "is") } else { ("rows", "are") };
        talk.note(&format!(
            "{} more {rows} {verb} not shown: `| less` or `> FILE` behind the command gets all",
            grouped(more)
        ));
    }
    let (from, to) = (route.from.told(), route.to.told());
    talk.say(&format!(
        "{} would be copied from {from} to {to}; nothing was sent to {}",
        report::amount(plan, written.rows),
        route.to.environment
    ));
    if route.is_read_only() {
        talk.note(&format!("{} is read-only: the copy itself would be refused", route.to.environment));
    }
    Ok(Outcome::Done(Effect::Read))
}

/// Reads the rows into a file, and imports that.
async fn copy(
    job: Job<'_>,
    route: &mut Route,
    args: &CopyArgs,
    reading: Reading<'_>,
    target: Connection,
) -> CommandResult {
    let (plan, talk) = (reading.plan, job.printer.talk.clone());
    let mut draft = Draft::create(plan.type_code(), job.context, &talk)?;
    let written = reading.write(Printed::new(draft.data(), &talk), &talk).await?;
    let what = report::amount(plan, written.rows);
    report::announce(route, plan, written.rows, &talk);
    if written.rows == 0 {
        About { route: &*route, plan, rows: 0, json: job.settings.json }.nothing(job.printer);
        return Ok(Outcome::Done(Effect::Read));
    }
    job.context.interrupt.now(Activity::Writing { what: "copy", host: target.host.clone() });
    if !route.ask(&what, job.context, &talk)? {
        return Err(usage("copy", "it was not confirmed", "answer y to copy the rows; nothing was sent").into());
    }
    let target = if route.is_confirmed { route.connect(&job)? } else { target };
    let mut file = draft.finish()?;
    let name = file.path().display().to_string();
    let go_on = go_on(&name, &route.target());
    let mut import = BulkImport::new(file.path()).continue_after_failures(args.keep_going);
    if let Some(rows) = args.chunk_lines {
        import = import.chunk_rows(rows);
    }
    if let Some(chunks) = args.parallel {
        import = import.parallel(chunks);
    }
    if let Some(directory) = &args.report {
        import = import.report(directory);
    }
    let sent_before = target.client.writes().sent();
    let imported = Box::pin(bulk::import(&target, job.context, &talk, (&name, &go_on), import.clone())).await;
    match imported {
        Ok(result) => {
            let is_done = result.success();
            if is_done {
                forget(&target, import).await;
            } else {
                file.keep();
            }
            let kept = (!is_done).then_some((name.as_str(), go_on.as_str()));
            About { route: &*route, plan, rows: written.rows, json: job.settings.json }.result(
                &result,
                kept,
                job.printer,
            );
            Ok(if is_done { Outcome::Done(Effect::Write) } else { Outcome::Refused })
        }
        // Nothing has arrived there: the same command begins anew.
        Err(error) if target.client.writes().sent() == sent_before => {
            forget(&target, import).await;
            Err(begin_anew(error).into())
        }
        Err(error) => {
            file.keep();
            Err(going_on(error, &name, &go_on).into())
        }
    }
}

/// Removes the checkpoint of an import whose file is about to be removed: nobody can resume it.
async fn forget(target: &Connection, import: BulkImport) {
    // The copy ended as it did, whatever stays of its checkpoint.
    let _ = target.client.forget_bulk_import(import).await;
}

/// A failure before the first chunk was sent: there is nothing to go on with.
fn begin_anew(error: Error) -> Error {
    if error.kind() == ErrorKind::Interrupted {
        return error.with_hint("nothing was sent: run the same command again");
    }
    error
}

/// The same failure, with the way to go on.
fn going_on(error: Error, file: &str, go_on: &str) -> Error {
    let kept = Hint::from(format!("the rows are in {file}: `{go_on}` goes on with them"));
    let hint = match error.hint() {
        // It names the way itself.
        Some(_) if error.kind() == ErrorKind::Interrupted => return error,
        Some(hint) => Hint::All(vec![kept, hint.clone()]),
        None => kept,
    };
    error.with_hint(hint)
}

/// A failure of one of two servers, which names it. A mistake in the command is of neither.
async fn of_server(client: &HacClient, environment: &str, error: Error) -> Error {
    if error.kind() == ErrorKind::Usage {
        return in_flags(error);
    }
    let doing = format!("{} of {environment}", error.doing());
    if error.kind() != ErrorKind::QueryFailed {
        return error.while_doing(doing);
    }
    let alone = format!("`hac flexsearch -e {environment}` runs the query alone");
    let hint = match UnknownName::of(error.why()) {
        Some(unknown) => hint_with_names(&unknown, client).await,
        None => alone,
    };
    error.while_doing(doing).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_sent_nothing_names_no_file_to_go_on_with() {
        let interrupted = || Error::new(ErrorKind::Interrupted, "copy").with_hint("go on with `hac …`");
        let told = |error: &Error| error.hint().map(ToString::to_string).unwrap_or_default();
        assert_eq!(told(&begin_anew(interrupted())), "nothing was sent: run the same command again");
        let other = Error::new(ErrorKind::Connect, "copy").with_hint("look at the network");
        assert_eq!(told(&begin_anew(other)), "look at the network");
        // What was interrupted says itself how to go on.
        assert_eq!(told(&going_on(interrupted(), "rows.impex", "hac …")), "go on with `hac …`");
        let lost = Error::new(ErrorKind::OutcomeUnknown, "copy").with_hint("decide");
        let told = told(&going_on(lost, "rows.impex", "hac …"));
        assert!(told.contains("the rows are in rows.impex") && told.contains("decide"), "{told}");
    }
}
