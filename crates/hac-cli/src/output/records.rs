//! JSON objects whose keys are known only when they are there: a column for each key.

use hac_client::Result;
use serde_json::{Map, Value, json};

use super::Style;
use super::record::{picked, print_list};
use crate::args::RowFormat;
use crate::printer::Data;

/// Prints objects as the server sent them; in JSON they stay what they are, under `name`.
pub(crate) fn print_records(name: &str, records: &[Map<String, Value>], style: &Style, data: &mut Data) -> Result<()> {
    if style.format != RowFormat::Json {
        return print_list(records, style, data);
    }
    let picked = picked(records, style)?;
    data.json_whole(&json!({ name: picked, "result_count": records.len(), "success": true }));
    data.flush();
    Ok(())
}
