//! An object that is the server's own, with keys that nobody knows before.

use hac_client::Result;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Listing, Style};
use crate::args::RowFormat;
use crate::printer::Data;

/// Prints the object: in JSON below this name, else a line for each key.
pub(crate) fn print_document(name: &str, object: &Map<String, Value>, style: &Style, data: &mut Data) -> Result<()> {
    if !style.format.is_json() {
        return lines_of(object).print(style, data);
    }
    let object = Fields::of(object).picked(&style.columns)?;
    let whole = Fields::named(vec![("success", true.into()), (name, serde_json::json!(object))]);
    if style.format == RowFormat::Jsonl {
        data.json_compact(&whole);
        data.json_text("\n");
    } else {
        data.json_whole(&whole);
    }
    data.flush();
    Ok(())
}

fn lines_of(object: &Map<String, Value>) -> Listing {
    let mut listing = Listing::new(&["key", "value"]);
    flatten("", object, &mut listing);
    listing
}

/// Below a longer key an object stays JSON: it would be repeated in front of each key of the object.
const LONGEST_KEY: usize = 200;

/// Nested objects are flattened to keys with dots.
fn flatten(above: &str, object: &Map<String, Value>, listing: &mut Listing) {
    for (key, value) in object {
        let key = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Object(below) if !below.is_empty() && key.len() <= LONGEST_KEY => flatten(&key, below, listing),
            value => listing.push([key.into(), value.clone()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_key_is_not_repeated_in_front_of_each_key_below_it() {
        let long = "k".repeat(LONGEST_KEY + 1);
        let below = json!({"a": {"b": 1, "c": {}}, &long: {"d": 1}});
        let listing = lines_of(below.as_object().expect("an object"));
        assert_eq!(json!(listing.rows), json!([["a.b", 1], ["a.c", {}], [long, {"d": 1}]]));
    }
}
