//! A list that is there as a whole: the loggers, the properties.

use std::borrow::Cow;
use std::collections::HashMap;

use hac_client::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use super::fields::{Fields, shown};
use super::grid::{Column, Grid};
use super::json::{Json, JsonLines};
use super::picked::picked;
use super::{End, Format as _, NULL, Style, format, places, table};
use crate::args::RowFormat;
use crate::diagnostics::Report;
use crate::printer::Data;
use crate::settings::Settings;

/// So many keys get a column of their own. Each record has a cell in each column: without a
/// limit, records of which each has another key would fill a table with the square of their number.
const MOST_COLUMNS: usize = 50;

/// The column of the keys that have none of their own.
const FURTHER: &str = "…";

/// Columns and rows of values. A cell of which nothing is known is null.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Listing {
    pub headers: Vec<String>,
    pub rows: Vec<Vec<Value>>,
    /// The columns that are printed where neither JSON nor others were asked for, if not all.
    usual: Vec<usize>,
    /// What a table shows where this one does not fit the terminal, the widest first.
    narrower: Vec<Self>,
    /// Whether one field per line is better than a table whose short cells are broken.
    is_whole: bool,
    /// Whether there is more than these rows.
    pub truncated: bool,
}

impl Listing {
    pub(crate) fn new(headers: &[&str]) -> Self {
        Self { headers: headers.iter().map(|header| (*header).to_owned()).collect(), ..Self::default() }
    }

    /// A row for each record, and a column for each key that one of them has: these keys first, then others as they appear.
    pub(crate) fn of_records<T: Serialize>(keys: &[&str], records: &[T]) -> Self {
        Self::new(keys).with_fields(Fields::of_each(records))
    }

    pub(super) fn of_fields(fields: Fields) -> Self {
        Self::default().with_fields(vec![fields])
    }

    fn with_fields(mut self, records: Vec<Fields>) -> Self {
        let mut columns: HashMap<String, usize> = self.headers.iter().cloned().zip(0..).collect();
        let mut further = false;
        for (key, _) in records.iter().flat_map(|Fields(fields)| fields) {
            if columns.contains_key(key) {
                continue;
            }
            if self.headers.len() >= MOST_COLUMNS {
                further = true;
                continue;
            }
            columns.insert(key.clone(), self.headers.len());
            self.headers.push(key.clone());
        }
        let own = self.headers.len();
        self.headers.extend(further.then(|| FURTHER.to_owned()));
        for Fields(record) in records {
            let mut cells = vec![Value::Null; self.headers.len()];
            let mut rest = Map::new();
            for (key, value) in record {
                match columns.get(&key) {
                    Some(column) => cells[*column] = value,
                    None => drop(rest.insert(key, value)),
                }
            }
            if !rest.is_empty() {
                cells[own] = Value::Object(rest);
            }
            self.rows.push(cells);
        }
        self
    }

    /// The same, of which these columns are printed where neither JSON nor others were asked for.
    pub(crate) fn usually(mut self, names: &[&str]) -> Self {
        self.usual = names.iter().filter_map(|name| self.headers.iter().position(|header| header == name)).collect();
        self
    }

    /// The same, with another one that a table shows where this one does not fit the terminal.
    pub(crate) fn or_narrower(mut self, other: Self) -> Self {
        self.narrower.push(other);
        self
    }

    /// The same, which is no table where a short cell would be broken.
    pub(crate) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// The one of it and the narrower ones that fits so much room: the first one whose short cells stay whole, else the first one at all.
    fn fitting(&self, style: &Style, room: usize) -> Result<Option<&Self>> {
        let all: Vec<&Self> = std::iter::once(self).chain(&self.narrower).collect();
        let columns: Vec<Vec<Column>> = all.iter().map(|one| one.columns(style)).collect::<Result<_>>()?;
        let find = |fits: &dyn Fn(&[Column]) -> bool| columns.iter().position(|columns| fits(columns));
        let place = find(&|columns| Grid::keeps_short_cells(columns, room))
            .or_else(|| (!self.is_whole).then(|| find(&|columns| Grid::new(columns, Some(room)).is_some())).flatten());
        Ok(place.map(|place| all[place]))
    }

    /// What its columns need in a table.
    fn columns(&self, style: &Style) -> Result<Vec<Column>> {
        let places = self.places(style)?;
        let mut columns = vec![Column::default(); places.len()];
        if style.headers {
            for (column, header) in columns.iter_mut().zip(picked(&places, &self.headers)) {
                column.takes(&table::shown(header.map_or("", String::as_str)));
            }
        }
        for row in &self.rows {
            for (column, cell) in columns.iter_mut().zip(picked(&places, row)) {
                match cell.and_then(shown) {
                    Some(cell) => column.takes_value(&table::shown(&cell)),
                    None => column.takes(NULL),
                }
            }
        }
        Ok(columns)
    }

    pub(crate) fn push<T: Into<Value>, const N: usize>(&mut self, cells: [T; N]) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Prints it to its end.
    pub(crate) fn print(&self, style: &Style, data: &mut Data) -> Result<()> {
        self.print_to(None, style, data)
    }

    /// Prints what there is of it, and where the format has a place for that, why it is not all.
    pub(crate) fn print_to(&self, failure: Option<&Report>, style: &Style, data: &mut Data) -> Result<()> {
        if failure.is_some() && self.rows.is_empty() && !style.format.is_json() {
            return Ok(());
        }
        // Names of columns above nothing tell people nothing; programs look for them.
        if self.rows.is_empty() && style.format.is_for_people() {
            return Ok(());
        }
        let may_be_narrower = style.format == RowFormat::Table && style.columns.is_empty() && !self.narrower.is_empty();
        if let Some(room) = data.room().filter(|_| may_be_narrower)
            && let Some(other) = self.fitting(style, room)?.filter(|other| !std::ptr::eq(*other, self))
        {
            other.print_to(failure, style, data)?;
            data.note("not all columns fit: --format vertical shows all");
            return Ok(());
        }
        let places = self.places(style)?;
        let headers: Vec<String> = picked(&places, &self.headers).flatten().cloned().collect();
        // A table that failed shows nothing; here the rows that are there are worth it.
        let failure = failure.filter(|_| style.format != RowFormat::Table).cloned();
        let end = End { failure, truncated: self.truncated, ..End::default() };
        let rows = self.rows.iter().map(|row| picked(&places, row).map(|cell| cell.unwrap_or(&Value::Null)));
        match style.format {
            RowFormat::Json => {
                let mut json = Json::new(data);
                json.begin(&headers);
                rows.for_each(|row| json.values(&row.collect::<Vec<_>>()));
                json.end(&end);
            }
            RowFormat::Jsonl => {
                let mut lines = JsonLines::new(data);
                lines.begin(&headers);
                rows.for_each(|row| lines.values(&row.collect::<Vec<_>>()));
                lines.end(&end);
            }
            _ => {
                let mut format = format(style, data);
                format.begin(&headers);
                for row in rows {
                    let cells: Vec<Option<Cow<'_, str>>> = row.map(shown).collect();
                    format.row(&cells);
                }
                format.end(&end);
            }
        }
        data.flush();
        Ok(())
    }

    /// The columns to print.
    fn places(&self, style: &Style) -> Result<Vec<usize>> {
        Ok(match places(&style.columns, &self.headers)? {
            Some(places) => places,
            None if self.usual.is_empty() || style.format.is_json() => (0..self.headers.len()).collect(),
            None => self.usual.clone(),
        })
    }
}

/// How rows are printed: as the flags or the configuration say, else as a table for people and as lines for programs.
pub(crate) fn style(settings: &Settings, terminal: bool) -> Style {
    let output = &settings.output;
    let usual = if terminal { RowFormat::Table } else { RowFormat::Tsv };
    let format = output.format.as_ref().map_or(usual, |format| format.value);
    Style { headers: output.headers, columns: output.columns.clone(), ..Style::plain(format) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_key_is_a_column_and_those_that_were_named_come_first() {
        let records: Vec<Map<String, Value>> =
            serde_json::from_str(r#"[{"a":"x","b":1},{"a":null,"c":{"d":[true]}},{}]"#).expect("objects");
        let listing = Listing::of_records(&["c"], &records);
        assert_eq!(listing.headers, ["c", "a", "b"]);
        assert_eq!(json!(listing.rows), json!([[null, "x", 1], [{"d": [true]}, null, null], [null, null, null]]));
        assert_eq!(Listing::of_records::<Value>(&["c"], &[]).headers, ["c"]);
    }

    /// As columns of their own they would be 10,000,000,000 cells.
    #[test]
    fn records_with_a_key_of_their_own_each_share_one_column() {
        let records: Vec<Map<String, Value>> =
            (0..100_000).map(|number| Map::from_iter([(format!("key{number}"), number.into())])).collect();
        let listing = Listing::of_records(&[], &records);
        assert_eq!(listing.headers.len(), MOST_COLUMNS + 1);
        let cells: usize = listing.rows.iter().map(Vec::len).sum();
        assert_eq!(cells, records.len() * (MOST_COLUMNS + 1));
        assert_eq!(listing.rows[60][MOST_COLUMNS], json!({"key60": 60}));
    }

    #[test]
    fn json_and_those_who_name_columns_get_more_than_the_usual_ones() {
        let mut listing = Listing::new(&["id", "name", "size"]).usually(&["name"]);
        listing.push([json!(7), json!("x"), json!(null)]);
        let printed = |format, columns: &[&str]| {
            let (mut data, memory) = Data::in_memory();
            let columns = columns.iter().map(|name| (*name).to_owned()).collect();
            listing.print(&Style { columns, ..Style::plain(format) }, &mut data).expect("printed");
            String::from_utf8(memory.lock().expect("the memory").clone()).expect("UTF-8")
        };
        assert_eq!(printed(RowFormat::Csv, &[]), "name\nx\n");
        assert_eq!(printed(RowFormat::Csv, &["size", "id"]), "size,id\n,7\n");
        assert_eq!(printed(RowFormat::Jsonl, &[]), "{\"id\":7,\"name\":\"x\",\"size\":null}\n");
        assert!(printed(RowFormat::Json, &[]).contains("[7,\"x\",null]"));
    }
}
