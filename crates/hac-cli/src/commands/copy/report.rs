//! What a copy tells: what it would do, and what came of it.

use hac_client::console::{BulkResult, CopyColumn, CopyPlan, CopySummary, ImpexFailure};
use serde::Serialize;

use super::request::EXCLUDED;
use super::route::{End, Route};
use crate::commands::impex::report::{counted, lines};
use crate::diagnostics::Report;
use crate::printer::{Printer, Talk};
use crate::progress::grouped;

/// What a copy came to.
#[derive(Serialize)]
pub(super) struct CopyJson<'a> {
    success: bool,
    #[serde(rename = "type")]
    type_code: &'a str,
    from: &'a End,
    to: &'a End,
    attributes: Vec<String>,
    left_out: Vec<NotCopied<'a>>,
    rows: u64,
    imported: usize,
    failed: usize,
    not_processed: usize,
    chunks: usize,
    failures: &'a [ImpexFailure],
    /// Where the rows are, of a copy that did not end well.
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

/// An attribute that is not copied, and why.
#[derive(Serialize)]
struct NotCopied<'a> {
    attribute: &'a str,
    reason: &'a str,
}

fn not_copied(plan: &CopyPlan) -> Vec<NotCopied<'_>> {
    let left_out = plan.left_out().iter().map(|left_out| NotCopied {
        attribute: &left_out.attribute,
        reason: if left_out.excluded { EXCLUDED } else { &left_out.reason },
    });
    left_out.collect()
}

/// How many rows of what.
pub(super) fn amount(plan: &CopyPlan, rows: u64) -> String {
    format!("{} of {}", counted(usize::try_from(rows).unwrap_or(usize::MAX), "row"), plan.type_code())
}

/// Warns of what is not copied.
pub(super) fn left_out(plan: &CopyPlan, talk: &Talk) {
    let left_out = not_copied(plan);
    let mut reasons: Vec<&str> = Vec::new();
    for one in &left_out {
        if !reasons.contains(&one.reason) {
            reasons.push(one.reason);
        }
    }
    for reason in reasons {
        let names = left_out.iter().filter(|one| one.reason == reason);
        let names: Vec<&str> = names.map(|one| one.attribute).collect();
        // What somebody asked for is no surprise.
        if reason == EXCLUDED {
            talk.detail(&format!("not copied: {} ({reason})", names.join(", ")));
        } else {
            talk.warn(&format!("not copied: {} ({reason})", names.join(", ")));
        }
    }
}

/// Warns of references to items that are not there.
pub(super) fn dangling(written: &CopySummary, talk: &Talk) {
    for (attribute, values) in &written.dangling {
        talk.warn(&match values {
            1 => format!(
                "1 value of {attribute} is empty in the copy: it names an item that does not exist or has no key"
            ),
            more => format!(
                "{} values of {attribute} are empty in the copy: they name items that do not exist or have no key",
                grouped(*more)
            ),
        });
    }
}

/// Says what is about to be done.
pub(super) fn announce(route: &Route, plan: &CopyPlan, rows: u64, talk: &Talk) {
    talk.say(&format!("{} from {} to {}", amount(plan, rows), route.from.told(), route.to.told()));
    attributes(plan, talk);
}

/// Says which attributes are copied.
pub(super) fn attributes(plan: &CopyPlan, talk: &Talk) {
    let columns: Vec<String> = plan.columns().iter().map(CopyColumn::header).collect();
    talk.say(&format!("attributes: {}", columns.join(", ")));
}

/// What a copy was about, for its report.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) route: &'a Route,
    pub(super) plan: &'a CopyPlan,
    pub(super) rows: u64,
    pub(super) json: bool,
}

/// How many rows came to what.
#[derive(Default)]
struct Counts {
    imported: usize,
    failed: usize,
    not_processed: usize,
    chunks: usize,
}

impl About<'_> {
    /// Tells that there are no rows.
    pub(super) fn nothing(self, printer: &mut Printer) {
        let told = "no rows: nothing was sent";
        if self.json {
            printer.talk.say(told);
            self.print(&Counts::default(), &[], None, None, printer);
        } else {
            printer.data.line(told);
        }
        printer.data.flush();
    }

    /// Tells how the import ended. `kept` is where the rows are, if it did not end well, and the command that goes on with them.
    pub(super) fn result(self, result: &BulkResult, kept: Option<(&str, &str)>, printer: &mut Printer) {
        let BulkResult { imported, failed, not_processed, chunks, .. } = *result;
        let report = kept.map(|(file, go_on)| {
            let message = format!("{file}: {} ({} failed)", result.report.summary, counted(failed, "row"));
            let hint = if not_processed > 0 {
                format!("the chunk with the failures is not repeated; go on behind it with `{go_on}`")
            } else if imported == 0 {
                format!(
                    "no row was imported; fix those that failed in {file} and import it, or remove it (--report DIR \
                     separates the rows)"
                )
            } else {
                format!(
                    "all others were imported; fix those that failed in {file} and import it, which finds the others again, \
                     or remove it (--report DIR separates the rows)"
                )
            };
            printer.data.flush();
            printer.talk.error(&message);
            if !self.json {
                printer.talk.listed(&lines(file, &result.report));
            }
            Report { kind: "impex_failed".to_owned(), message, hint: Some(hint) }
        });
        let told = format!(
            "{} imported into {} in {}, {failed} failed, {not_processed} not processed",
            counted(imported, "row"),
            self.route.to.environment,
            counted(chunks, "chunk"),
        );
        if self.json {
            printer.talk.say(&told);
        } else {
            printer.data.line(&told);
            printer.data.flush();
        }
        if let Some(hint) = report.as_ref().and_then(|report| report.hint.as_ref()) {
            printer.talk.hint(hint);
        }
        if self.json {
            let counts = Counts { imported, failed, not_processed, chunks };
            self.print(&counts, &result.report.failures, kept.map(|(file, _)| file), report, printer);
        }
    }

    fn print(
        self,
        counts: &Counts,
        failures: &[ImpexFailure],
        file: Option<&str>,
        error: Option<Report>,
        printer: &mut Printer,
    ) {
        let Self { route, plan, rows, .. } = self;
        printer.data.json(&CopyJson {
            success: error.is_none(),
            type_code: plan.type_code(),
            from: &route.from,
            to: &route.to,
            attributes: plan.columns().iter().map(CopyColumn::header).collect(),
            left_out: not_copied(plan),
            rows,
            imported: counts.imported,
            failed: counts.failed,
            not_processed: counts.not_processed,
            chunks: counts.chunks,
            failures,
            file,
            error,
        });
    }
}
