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

/// Below a longer key an object stays JSON: it would be repeated in front of each key of the object.
const LONGEST_KEY: usize = 200;

/// An object within the object is told by keys with dots.
fn flatten(above: &str, object: &Map<String, Value>, listing: &mut Listing) {
    for (key, value) in object {
        let key = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Object(below) if !below.is_empty() && key.len() <= LONGEST_KEY => flatten(&key, below, listing),
            value => listing.push([Some(key), text(value)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_is_not_repeated_in_front_of_each_key_below_it() {
        let long = "k".repeat(LONGEST_KEY + 1);
        let below = json!({"a": {"b": 1, "c": {}}, &long: {"d": 1}});
        let mut listing = Listing::new(&["key", "value"]);
        flatten("", below.as_object().expect("an object"), &mut listing);
        let rows = [("a.b", "1"), ("a.c", "{}"), (long.as_str(), "{\"d\":1}")];
        let rows = rows.map(|(key, value)| vec![Some(key.to_owned()), Some(value.to_owned())]);
        assert_eq!(listing.rows, rows);
    }
}
