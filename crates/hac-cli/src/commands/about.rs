//! `hac about`.

use serde_json::{Map, Value, json};

use crate::args::{AboutArgs, RowFormat};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::{Listing, print_list, text};

pub(crate) async fn run(job: Job<'_>, _: &AboutArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let about = connection.client.about().await?;
    match style.format {
        RowFormat::Json => printer.data.json(&json!({ "success": true, "about": about })),
        RowFormat::Jsonl => print_list(&[about], &style, &mut printer.data)?,
        _ => {
            let mut listing = Listing::new(&["key", "value"]);
            flatten("", &about, &mut listing);
            listing.print(&style, &mut printer.data)?;
        }
    }
    Ok(Outcome::Done(Effect::Read))
}

/// Below a longer key an object stays JSON: it would be repeated in front of each key of the object.
const LONGEST_KEY: usize = 200;

/// Nested objects are flattened to keys with dots.
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
