//! JSON objects whose keys are known only when they are there: a column for each key.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Listing;
use crate::args::RowFormat;
use crate::printer::Data;

/// So many keys get a column of their own. Each record has a cell in each column: without a
/// limit, records of which each has another key would fill a table with the square of their number.
const MOST_COLUMNS: usize = 50;

/// The column of the keys that have none of their own.
const FURTHER: &str = "…";

/// Prints objects as the server sent them; in JSON they stay what they are, under `name`.
pub(crate) fn print_records(name: &str, records: &[Map<String, Value>], format: RowFormat, data: &mut Data) {
    match format {
        RowFormat::Json => data.json(&json!({ name: records, "result_count": records.len(), "success": true })),
        RowFormat::Jsonl => {
            for record in records {
                data.json_compact(record);
                data.json_text("\n");
            }
            data.flush();
        }
        _ => listing(records).print(format, data),
    }
}

/// Each key that one of them has, in the order in which they appear.
fn listing(records: &[Map<String, Value>]) -> Listing {
    let mut headers: Vec<String> = Vec::new();
    let mut columns: HashMap<&str, usize> = HashMap::new();
    let mut further = false;
    for key in records.iter().flat_map(Map::keys) {
        if columns.contains_key(key.as_str()) {
            continue;
        }
        if headers.len() == MOST_COLUMNS {
            further = true;
            continue;
        }
        columns.insert(key, headers.len());
        headers.push(key.clone());
    }
    let row = |record: &Map<String, Value>| {
        let mut cells = vec![None; headers.len() + usize::from(further)];
        let mut rest = Map::new();
        for (key, value) in record {
            match columns.get(key.as_str()) {
                Some(column) => cells[*column] = text(value),
                None => drop(rest.insert(key.clone(), value.clone())),
            }
        }
        if !rest.is_empty() {
            cells[headers.len()] = Some(Value::Object(rest).to_string());
        }
        cells
    };
    let rows = records.iter().map(row).collect();
    headers.extend(further.then(|| FURTHER.to_owned()));
    Listing { headers, rows }
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

    /// As columns of their own they would be 10,000,000,000 cells.
    #[test]
    fn records_with_a_key_of_their_own_each_share_one_column() {
        let records: Vec<Map<String, Value>> =
            (0..100_000).map(|number| Map::from_iter([(format!("key{number}"), number.into())])).collect();
        let listing = listing(&records);
        assert_eq!(listing.headers.len(), MOST_COLUMNS + 1);
        let cells: usize = listing.rows.iter().map(Vec::len).sum();
        assert_eq!(cells, records.len() * (MOST_COLUMNS + 1));
        assert_eq!(listing.rows[60][MOST_COLUMNS].as_deref(), Some("{\"key60\":60}"));
    }
}
