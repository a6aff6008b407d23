//! `--output`: what is written to a file, and what is said of it.

use hac_client::Result;
use hac_client::console::FlexibleSearchSummary;
use serde::Serialize;

use crate::args::{FlexsearchArgs, RowFormat};
use crate::output::RowFilePlan;
use crate::printer::Printer;
use crate::settings::{Setting, Settings};

/// Where the rows are to be written, if not to standard output.
pub(super) fn plan(args: &FlexsearchArgs, settings: &Settings) -> Result<Option<RowFilePlan>> {
    let Some(path) = &args.output else { return Ok(None) };
    // `--json` asks for what is said on standard output, and a configured format is for that, too.
    let csv = settings.output.format.as_ref().filter(|format| format.is_explicit() && format.value == RowFormat::Csv);
    let csv = csv.map(|format: &Setting<RowFormat>| format.value);
    RowFilePlan::of(path, args.rows.format.or(csv)).map(Some)
}

/// What was written, as JSON.
#[derive(Serialize)]
struct WrittenJson<'a> {
    success: bool,
    file: String,
    format: &'a str,
    rows: usize,
    bytes: u64,
    truncated: bool,
    execution_time_ms: Option<u64>,
}

/// Says what was written.
pub(super) fn tell(
    plan: &RowFilePlan,
    bytes: u64,
    summary: &FlexibleSearchSummary,
    settings: &Settings,
    printer: &mut Printer,
) {
    let file = plan.path.display().to_string();
    let rows = summary.row_count;
    if settings.output.is_json() {
        printer.data.json(&WrittenJson {
            success: true,
            file,
            format: plan.format.name(),
            rows,
            bytes,
            truncated: summary.truncated,
            execution_time_ms: summary.execution_time.map(super::milliseconds),
        });
        return;
    }
    let noun = if rows == 1 { "row" } else { "rows" };
    printer.talk.say(&format!("{rows} {noun} written to {file}"));
}
