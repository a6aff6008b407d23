//! `hac about`.

use hac_client::Validation;
use serde_json::{Map, Value, json};

use crate::args::{AboutArgs, RowFormat};
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::output::{Listing, print_records, row_format, text};
use crate::printer::Printer;
use crate::settings::Settings;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    args: &AboutArgs,
    printer: &mut Printer,
) -> CommandResult {
    let format = row_format(args.rows.format, settings, printer.data.is_terminal())?;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    let about = connection.client.about().await?;
    match format {
        RowFormat::Json => printer.data.json(&json!({ "success": true, "about": about })),
        RowFormat::Jsonl => print_records("about", &[about], format, &mut printer.data),
        _ => {
            let mut listing = Listing::new(&["key", "value"]);
            flatten("", &about, &mut listing);
            listing.print(format, &mut printer.data);
        }
    }
    Ok(Outcome::Done(Effect::Read))
}

/// An object within the object is told by keys with dots.
fn flatten(above: &str, object: &Map<String, Value>, listing: &mut Listing) {
    for (key, value) in object {
        let key = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Object(below) if !below.is_empty() => flatten(&key, below, listing),
            value => listing.push([Some(key), text(value)]),
        }
    }
}
