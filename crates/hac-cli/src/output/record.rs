//! One result that is no list, in any format: JSON as it is, else a row with a column for each field.

use std::sync::Arc;

use hac_client::Result;
use serde::Serialize;
use serde_json::Value;

use super::fields::Fields;
use super::{Listing, Style};
use crate::args::RowFormat;
use crate::printer::{Data, Results};

/// A result that is there: `success` and its fields.
#[derive(Debug, Serialize)]
pub(crate) struct Success<T> {
    success: bool,
    #[serde(flatten)]
    result: T,
}

impl<T> Success<T> {
    pub(crate) fn of(result: T) -> Self {
        Self { success: true, result }
    }
}

/// The way to print single results in a style; `None` for the way that they have anyway, as indented JSON.
pub(crate) fn printer_of(style: Style) -> Option<Results> {
    if style.format == RowFormat::Json && style.columns.is_empty() {
        return None;
    }
    Some(Arc::new(move |json: &str, data: &mut Data| print_record(json, &style, data)))
}

/// Prints a result, which is a JSON object.
fn print_record(json: &str, style: &Style, data: &mut Data) -> Result<()> {
    let mut fields: Fields = serde_json::from_str(json).unwrap_or_default();
    let failed = fields.0.contains(&("success".to_owned(), Value::Bool(false)));
    if style.format.is_json() {
        // Of a failure all is worth knowing.
        let fields = if failed { fields } else { fields.picked(&style.columns)? };
        self::json(&fields, style.format, data);
        return Ok(());
    }
    // What failed is said on standard error, and by the exit code.
    if failed {
        return Ok(());
    }
    fields.0.retain(|(name, _)| name != "success");
    Listing::of_fields(fields).print(style, data)
}

/// The records of a list whose JSON is not that of all lists.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Picked<'r, T> {
    /// As they are.
    Whole(&'r [T]),
    /// The fields that are wanted.
    Parts(Vec<Fields>),
}

impl<'r, T: Serialize> Picked<'r, T> {
    /// All fields where none are named.
    pub(crate) fn of(records: &'r [T], columns: &[String]) -> Result<Self> {
        if columns.is_empty() {
            return Ok(Self::Whole(records));
        }
        let parts = Fields::of_each(records).into_iter().map(|fields| fields.picked(columns));
        Ok(Self::Parts(parts.collect::<Result<_>>()?))
    }
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
