//! `--output`: what is written to a file, and what is said of it.

use hac_client::Result;
use hac_client::console::FlexibleSearchSummary;
use serde::Serialize;

use crate::args::{FlexsearchArgs, RowFormat};
use crate::diagnostics::usage;
use crate::job::Job;
use crate::output::{Masks, RowFilePlan, Style};
use crate::printer::Printer;
use crate::settings::{Setting, Settings, refuse_without_names};

/// Where the rows are to be written, if not to standard output.
pub(super) fn plan(args: &FlexsearchArgs, settings: &Settings) -> Result<Option<RowFilePlan>> {
    let Some(path) = &args.output else { return Ok(None) };
    // `--json` asks for what is said on standard output, and a configured format is for that, too.
    let csv = settings.output.format.as_ref().filter(|format| format.is_explicit() && format.value == RowFormat::Csv);
    let csv = csv.map(|format: &Setting<RowFormat>| format.value);
    RowFilePlan::of(path, args.rows.format.or(csv)).map(Some)
}

/// What the flags say of the rows: whether some are masked, or guarded against spreadsheets.
pub(super) fn shape(args: &FlexsearchArgs, job: &Job<'_>, style: &mut Style) -> Result<()> {
    if args.guard_formulas && !matches!(style.format, RowFormat::Csv | RowFormat::Tsv) {
        let why = format!("{} has no formulas that text could be taken for", style.format.name());
        return Err(usage("guard against formulas", why, "remove --guard-formulas: it is for csv and tsv"));
    }
    if args.rows.shape.no_headers {
        refuse_without_names(style.format)?;
    }
    if args.impex_type.is_some() && style.format != RowFormat::Impex {
        let why = format!("--impex-type is the type of rows in ImpEx, and these are {}", style.format.name());
        return Err(usage("print the rows", why, "pass --format impex too, or remove --impex-type"));
    }
    style.guards_formulas = args.guard_formulas;
    if !args.mask.is_empty() {
        let masks = Masks::of(&args.mask, &job.context.environment)?;
        style.masks = Some(if args.all { masks.read_by(key_name(args)) } else { masks });
    }
    Ok(())
}

/// The name of the key of `--all`: `{p.code[en]}:string` is `code`.
fn key_name(args: &FlexsearchArgs) -> &str {
    let key = args.key.as_deref().unwrap_or("PK");
    let key =
        key.rsplit_once(':').filter(|(_, kind)| matches!(*kind, "int" | "long" | "string")).map_or(key, |(key, _)| key);
    let key = key.trim().trim_matches(['{', '}']);
    let key = key.rsplit(['.', ':']).next().unwrap_or(key);
    key.split('[').next().unwrap_or(key).trim()
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
        printer.data.json_whole(&WrittenJson {
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
