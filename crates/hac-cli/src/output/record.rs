//! One result that is no list, in any format: JSON as it is, else a row with a column for each field.

use std::sync::Arc;

use hac_client::Result;
use serde::Serialize;
use serde_json::Value;

use super::Style;
use super::fields::{Fields, cells_of};
use crate::args::RowFormat;
use crate::printer::{Data, Results};

/// The way to print single results in a style; `None` for the way that they have anyway, as indented JSON.
pub(crate) fn printer_of(style: Style) -> Option<Results> {
    if style.format == RowFormat::Json && style.columns.is_empty() {
        return None;
    }
    Some(Arc::new(move |json: &str, data: &mut Data| print_record(json, &style, data)))
}

/// Prints a result, which is JSON: an object, or a list of them.
fn print_record(json: &str, style: &Style, data: &mut Data) -> Result<()> {
    if json.starts_with('[') {
        let records: Vec<Fields> = serde_json::from_str(json).unwrap_or_default();
        return print_list(&records, style, data);
    }
    let mut fields: Fields = serde_json::from_str(json).unwrap_or_default();
    let failed = fields.0.contains(&("success".to_owned(), Value::Bool(false)));
    if style.format.is_json() {
        // Of a failure all is worth knowing.
        let fields = if failed { fields } else { fields.picked_within(&style.columns)? };
        self::json(&fields, style.format, data);
        return Ok(());
    }
    // What failed is said on standard error, and by the exit code.
    if failed {
        return Ok(());
    }
    fields.0.retain(|(name, _)| name != "success");
    cells_of(&[fields]).print(style, data)
}

/// Prints a list of results whose JSON is a bare list.
pub(crate) fn print_list<T: Serialize>(records: &[T], style: &Style, data: &mut Data) -> Result<()> {
    match style.format {
        RowFormat::Json if style.columns.is_empty() => json(&records, style.format, data),
        RowFormat::Json => json(&picked(records, style)?, style.format, data),
        RowFormat::Jsonl => {
            for record in picked(records, style)? {
                json(&record, style.format, data);
            }
        }
        _ => return cells_of(&Fields::of_each(records)).print(style, data),
    }
    data.flush();
    Ok(())
}

pub(super) fn picked<T: Serialize>(records: &[T], style: &Style) -> Result<Vec<Fields>> {
    Fields::of_each(records).into_iter().map(|fields| fields.picked(&style.columns)).collect()
}

/// Prints a value as JSON: indented, or on one line.
fn json(value: &impl Serialize, format: RowFormat, data: &mut Data) {
    // Text, numbers and booleans are always JSON.
    let text = match format {
        RowFormat::Jsonl => serde_json::to_string(value),
        _ => serde_json::to_string_pretty(value),
    };
    data.json_text(&text.unwrap_or_default());
    data.json_text("\n");
}
