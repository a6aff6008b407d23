//! Export: the items that a script asks for, as tables with a script that imports them again.

use std::fmt::Write as _;
use std::time::Instant;

use rusqlite::Connection;

use super::header::{self, Header, Path, Place};
use super::quoted;
use super::read::{self, Corrupt, Kind, Statement};
use crate::database::connection::{LEASE_LIMIT, Lease, STATEMENT_LIMIT};
use crate::database::flexible;
use crate::database::schema::{ItemType, Kind as AttributeKind};
use crate::database::{Database, SqlError};

/// A script of an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExportScript<'a> {
    pub(crate) text: &'a str,
    /// Whether the result can be imported again: then unique columns are needed.
    pub(crate) reimport: bool,
}

/// The files of an export.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Exported {
    pub(crate) files: Vec<(String, String)>,
    pub(crate) items: usize,
}

impl Database {
    /// Runs a script. The error is what HAC dumps. Blocks.
    ///
    /// A header is exported by the `impex.exportItems(…)` or `impex.exportItemsFlexibleSearch(…)` below it; without one, all
    /// items of its type are.
    pub(crate) fn export_impex(&self, script: &ExportScript<'_>) -> Result<Result<Exported, String>, SqlError> {
        let lease = self.lease(LEASE_LIMIT)?;
        Ok(export(&lease, script))
    }
}

/// A header, and how the items are chosen.
struct Table {
    header: Header,
    file: Option<String>,
    selections: Vec<Selection>,
}

enum Selection {
    /// All items of a type.
    Type(&'static ItemType),
    /// A `FlexibleSearch` whose first column is the PK.
    Query(String),
}

fn export(lease: &Lease, script: &ExportScript<'_>) -> Result<Exported, String> {
    let mut exported = Exported::default();
    let mut importing = String::new();
    for table in tables(script)? {
        let name = table.file.unwrap_or_else(|| format!("{}.csv", table.header.of.code));
        let mut csv = format!("#{}\n", titles(&table.header));
        let selections =
            if table.selections.is_empty() { vec![Selection::Type(table.header.of)] } else { table.selections };
        for selection in selections {
            for pk in selected(lease, &selection)? {
                let row = row(lease.unwatched().map_err(|error| error.to_string())?, &table.header, pk)?;
                // Writing to a String cannot fail.
                let _ = writeln!(csv, "{row}");
                exported.items += 1;
            }
        }
        let _ = writeln!(
            importing,
            "{}\n\"#% impex.includeExternalData(\"\"{name}\"\", \"\"UTF-8\"\", 1, -1);\"\n",
            table.header.text
        );
        exported.files.push((name, csv));
    }
    exported.files.insert(0, ("importscript.impex".to_owned(), importing));
    Ok(exported)
}

fn tables(script: &ExportScript<'_>) -> Result<Vec<Table>, String> {
    let at = |line: usize, reason: &str| format!("line {line} at main script: {reason}");
    let statements = read::read(script.text).map_err(|Corrupt { line }| at(line, super::UNBALANCED))?;
    let mut tables: Vec<Table> = Vec::new();
    let mut file = None;
    for Statement { line, kind } in statements {
        match kind {
            Kind::Header { mode, rest } => {
                let header = header::parse(&mode, &rest, script.reimport).map_err(|reason| at(line, &reason))?;
                tables.push(Table { header, file: file.take(), selections: Vec::new() });
            }
            Kind::Row(_) => return Err(at(line, "an export script must not contain rows")),
            Kind::Code(code) => match (command(&code), tables.last_mut()) {
                (Some(("setTargetFile", name)), _) => file = Some(name.to_owned()),
                (Some(("exportItems", code)), Some(table)) => {
                    let of = ItemType::find(code).ok_or_else(|| at(line, &format!("unknown type '{code}'")))?;
                    table.selections.push(Selection::Type(of));
                }
                (Some(("exportItemsFlexibleSearch", query)), Some(table)) => {
                    table.selections.push(Selection::Query(query.to_owned()));
                }
                (Some(("exportItems" | "exportItemsFlexibleSearch", _)), None) => {
                    return Err(at(line, "no current header to export with"));
                }
                _ => return Err(at(line, &format!("{code} is not supported by the simulator"))),
            },
        }
    }
    if tables.is_empty() { Err("the script has no header".to_owned()) } else { Ok(tables) }
}

/// The method and the first argument of `impex.method("argument", …)`.
fn command(code: &str) -> Option<(&str, &str)> {
    let (method, arguments) = code.trim().strip_prefix("impex.")?.split_once('(')?;
    let argument = arguments.trim_start().strip_prefix('"')?;
    Some((method.trim(), &argument[..argument.find('"')?]))
}

fn selected(lease: &Lease, selection: &Selection) -> Result<Vec<i64>, String> {
    let text = match selection {
        Selection::Type(of) => format!("SELECT {{pk}} FROM {{{}}} ORDER BY {{pk}}", of.code),
        Selection::Query(text) => text.clone(),
    };
    let query = flexible::translate(&text, "en").map_err(|failure| match failure {
        flexible::Failure::Query(message) | flexible::Failure::Database(message) => message,
        flexible::Failure::Unsupported(construct) => format!("{construct} is not supported by the simulator"),
    })?;
    let table = lease
        .refuse_duplicate_columns(&query.derived)
        .and_then(|()| lease.run(&query.sql, usize::MAX, Instant::now() + STATEMENT_LIMIT))
        .map_err(|error| error.to_string())?;
    let first = table.rows.into_iter().map(|row| row.into_iter().next().flatten().and_then(|pk| pk.parse().ok()));
    first.map(|pk| pk.ok_or_else(|| "the first column of the query is not a PK".to_owned())).collect()
}

fn titles(header: &Header) -> String {
    header.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(";")
}

fn row(connection: &Connection, header: &Header, pk: i64) -> Result<String, String> {
    let cells = header.columns.iter().map(|column| {
        let of = header.of;
        let text = match &column.place {
            Place::Nowhere => Some(String::new()),
            Place::Plain(attribute) => {
                let text = cell(connection, &format!("SELECT {} FROM {} WHERE PK = {pk}", attribute.column, of.table))?;
                Some(shown(attribute.kind, text.unwrap_or_default()))
            }
            Place::Localized(attribute, language) => {
                let table = of.localized_table();
                cell(
                    connection,
                    &format!("SELECT {} FROM {table} WHERE ITEMPK = {pk} AND LANGPK = {language}", attribute.column),
                )?
            }
            Place::Reference(attribute, path) => {
                match cell(connection, &format!("SELECT {} FROM {} WHERE PK = {pk}", attribute.column, of.table))? {
                    Some(target) => Some(name_of(connection, path, &target)?),
                    None => None,
                }
            }
            Place::Collection(relation, path) => {
                let link = ItemType::find(relation.link).map_or("", |link| link.table);
                let sql = format!(
                    "SELECT group_concat({}) FROM (SELECT * FROM {link} WHERE {} = {pk} ORDER BY PK)",
                    relation.element_column, relation.owner_column
                );
                let targets = cell(connection, &sql)?.unwrap_or_default();
                let named = targets.split(',').filter(|pk| !pk.is_empty()).map(|pk| name_of(connection, path, pk));
                Some(named.collect::<Result<Vec<_>, _>>()?.join(","))
            }
        };
        Ok(quoted(&text.unwrap_or_default()))
    });
    cells.collect::<Result<Vec<_>, String>>().map(|cells| cells.join(";"))
}

/// What names an item, its parts joined with colons.
fn name_of(connection: &Connection, path: &Path, pk: &str) -> Result<String, String> {
    if path.leaves.is_empty() {
        return Ok(pk.to_owned());
    }
    let parts = path.leaves.iter().map(|leaf| {
        let sql = format!("SELECT {} FROM {} WHERE PK = {pk}", leaf.attribute.column, path.of.table);
        match (cell(connection, &sql)?, &leaf.path) {
            (Some(target), Some(below)) => name_of(connection, below, &target),
            (text, _) => Ok(shown(leaf.attribute.kind, text.unwrap_or_default())),
        }
    });
    parts.collect::<Result<Vec<_>, _>>().map(|parts| parts.join(":"))
}

fn shown(kind: AttributeKind, text: String) -> String {
    match (kind, text.as_str()) {
        (AttributeKind::Flag, "1") => "true".to_owned(),
        (AttributeKind::Flag, "0") => "false".to_owned(),
        _ => text,
    }
}

fn cell(connection: &Connection, sql: &str) -> Result<Option<String>, String> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| error.to_string())?;
    let mut rows = statement.query([]).map_err(|error| error.to_string())?;
    let Some(row) = rows.next().map_err(|error| error.to_string())? else { return Ok(None) };
    Ok(match row.get_ref(0).map_err(|error| error.to_string())? {
        rusqlite::types::ValueRef::Null => None,
        rusqlite::types::ValueRef::Integer(number) => Some(number.to_string()),
        other => other.as_str().ok().map(str::to_owned),
    })
}
