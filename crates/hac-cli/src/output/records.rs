//! JSON objects whose keys are known only when they are there: a column for each key.

use std::io;

use serde_json::{Map, Value, json};

use super::Listing;
use crate::args::RowFormat;
use crate::printer::Data;

/// Prints objects as the server sent them; in JSON they stay what they are, under `name`.
pub(crate) fn print_records(
    name: &str,
    records: &[Map<String, Value>],
    format: RowFormat,
    data: &mut Data,
) -> io::Result<()> {
    match format {
        RowFormat::Json => data.json(&json!({ name: records, "result_count": records.len(), "success": true })),
        RowFormat::Jsonl => {
            for record in records {
                data.json_compact(record)?;
                data.json_text("\n")?;
            }
            data.flush()
        }
        _ => listing(records).print(format, data),
    }
}

/// Each key that one of them has, in the order in which they appear.
fn listing(records: &[Map<String, Value>]) -> Listing {
    let mut headers: Vec<String> = Vec::new();
    for key in records.iter().flat_map(Map::keys) {
        if !headers.contains(key) {
            headers.push(key.clone());
        }
    }
    let row = |record: &Map<String, Value>| headers.iter().map(|key| record.get(key).and_then(text)).collect();
    Listing { rows: records.iter().map(row).collect(), headers }
}

/// A value as the text of a cell: text as it is, null as none, everything else as JSON.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_a_column_and_what_is_no_text_is_json() {
        let records: Vec<Map<String, Value>> =
            serde_json::from_str(r#"[{"a":"x","b":1},{"a":null,"c":{"d":[true]}},{}]"#).expect("objects");
        let listing = listing(&records);
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(listing.headers, ["a", "b", "c"]);
        assert_eq!(
            listing.rows,
            [vec![cell("x"), cell("1"), None], vec![None, None, cell("{\"d\":[true]}")], vec![None, None, None],]
        );
    }
}
