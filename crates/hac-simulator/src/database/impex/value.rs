//! Cells as values: text and numbers as they are, items by what names them.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::header::{Column, Leaf, Path, Place};
use crate::database::schema::{Attribute, ItemType, Kind};

/// What a cell stands for.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    Value(Value),
    /// The PKs of items.
    Items(Vec<i64>),
    /// Its column is ignored.
    Nothing,
}

/// Resolves a cell; the error is the reason that is dumped with the row.
pub(super) fn resolve(connection: &Connection, number: usize, column: &Column, cell: &str) -> Result<Meaning, String> {
    let text = if cell.is_empty() { column.default.as_deref().unwrap_or_default() } else { cell };
    let separator = column.separator;
    let unresolved =
        |value: &str| format!("column {number}: cannot resolve value '{value}' for attribute '{}'", plain_name(column));
    match &column.place {
        Place::Nowhere => Ok(Meaning::Nothing),
        Place::Plain(attribute) => {
            scalar(attribute, text).map(Meaning::Value).map_err(|why| format!("column {number}: {why}"))
        }
        Place::Localized(..) => Ok(Meaning::Value(if text.is_empty() { Value::Null } else { text.to_owned().into() })),
        Place::Reference(_, path) => {
            match item(connection, path, text, separator).map_err(|why| format!("column {number}: {why}"))? {
                Found::One(pk) => Ok(Meaning::Value(pk.into())),
                Found::Unnamed => Ok(Meaning::Value(Value::Null)),
                Found::None => Err(unresolved(text)),
            }
        }
        Place::Collection(_, path) => {
            let elements = text.split(',').map(str::trim).filter(|element| !element.is_empty());
            let pks = elements.map(|element| {
                match item(connection, path, element, separator).map_err(|why| format!("column {number}: {why}"))? {
                    Found::One(pk) => Ok(pk),
                    Found::None | Found::Unnamed => Err(unresolved(element)),
                }
            });
            pks.collect::<Result<_, _>>().map(Meaning::Items)
        }
    }
}

fn plain_name(column: &Column) -> &str {
    column.name.split('(').next().unwrap_or_default().trim()
}

fn scalar(attribute: &Attribute, text: &str) -> Result<Value, String> {
    let wrong = |what: &str| format!("cannot parse '{text}' as {what} for attribute '{}'", attribute.name);
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match attribute.kind {
        Kind::Text | Kind::Localized => Ok(text.to_owned().into()),
        Kind::Time => Ok(time(text).into()),
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(1_i64.into()),
            "false" | "0" => Ok(0_i64.into()),
            _ => Err(wrong("a boolean")),
        },
        Kind::Number => text.parse::<i64>().map(Value::from).map_err(|_| wrong("a number")),
    }
}

/// A point in time as databases show it: at least one digit of the fraction, and no more zeros at its end.
fn time(text: &str) -> String {
    match text.split_once('.') {
        Some((seconds, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            let digits = fraction.trim_end_matches('0');
            format!("{seconds}.{}", if digits.is_empty() { "0" } else { digits })
        }
        _ => text.to_owned(),
    }
}

enum Found {
    One(i64),
    None,
    /// The cell is empty, and so are the defaults.
    Unnamed,
}

/// The item that a text names whose parts are separated.
fn item(connection: &Connection, path: &Path, text: &str, separator: char) -> Result<Found, String> {
    let mut parts = text.split(separator).map(str::trim);
    below(connection, path, &mut parts)
}

fn below(connection: &Connection, path: &Path, parts: &mut dyn Iterator<Item = &str>) -> Result<Found, String> {
    let mut conditions = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    if path.leaves.is_empty() {
        let part = parts.next().unwrap_or_default();
        if part.is_empty() {
            return Ok(Found::Unnamed);
        }
        let Ok(pk) = part.parse::<i64>() else { return Err(format!("'{part}' is no PK")) };
        conditions.push("PK = ?".to_owned());
        values.push(pk.into());
    }
    for leaf in &path.leaves {
        match leaf_value(connection, leaf, parts)? {
            Some(value) => {
                conditions.push(format!("{} IS ?", leaf.attribute.column));
                values.push(value);
            }
            None => return Ok(Found::None),
        }
    }
    if values.iter().all(|value| *value == Value::Null) {
        return Ok(Found::Unnamed);
    }
    let found = pks(connection, path.of, &conditions, values)?;
    match found[..] {
        [] => Ok(Found::None),
        [pk] => Ok(Found::One(pk)),
        _ => Err(format!("more than one {} found", path.of.code)),
    }
}

/// `None`: there is no such item.
fn leaf_value(
    connection: &Connection,
    leaf: &Leaf,
    parts: &mut dyn Iterator<Item = &str>,
) -> Result<Option<Value>, String> {
    if let Some(path) = &leaf.path {
        return Ok(match below(connection, path, parts)? {
            Found::One(pk) => Some(pk.into()),
            Found::Unnamed => Some(Value::Null),
            Found::None => None,
        });
    }
    let part = parts.next().filter(|part| !part.is_empty());
    scalar(leaf.attribute, part.or(leaf.default.as_deref()).unwrap_or_default()).map(Some)
}

/// The items of a type, and of those below it, for which all conditions hold.
pub(super) fn pks(
    connection: &Connection,
    of: &ItemType,
    conditions: &[String],
    values: Vec<Value>,
) -> Result<Vec<i64>, String> {
    let types: Vec<String> = of.with_subtypes().map(|below| below.own_pk().to_string()).collect();
    let sql = format!(
        "SELECT PK FROM {} WHERE TypePkString IN ({}) AND {} LIMIT 1000",
        of.table,
        types.join(", "),
        conditions.join(" AND ")
    );
    let mut statement = connection.prepare_cached(&sql).map_err(|error| error.to_string())?;
    let found = statement.query_map(params_from_iter(values), |row| row.get(0)).and_then(Iterator::collect);
    found.map_err(|error: rusqlite::Error| error.to_string())
}
