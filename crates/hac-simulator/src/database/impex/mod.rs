//! `ImpEx` on the sample database: a real import, a validation with HAC's weaknesses, a real export.
//!
//! Rows are taken in passes, until one brings nothing new: so a row may name what stands below it. What is left over is dumped,
//! with its reason in the first cell. What public sources do not settle is a choice made here: that the dump shows headers and
//! cells with their macros replaced, that rows below a header with a mistake are left out, and that in strict mode an update or
//! a removal of what is not there is a failure.

mod code;
mod export;
mod external;
mod header;
mod read;
mod row;
mod value;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use bytes::Bytes;
use rusqlite::Connection;

use super::connection::LEASE_LIMIT;
use super::{Database, SqlError};
use code::Conditions;
pub(crate) use export::ExportScript;
use header::Header;
use read::{Corrupt, Kind, Statement};
use row::Row;

/// The most passes; each but the last brings something new, so this ends only what is absurd.
const MOST_PASSES: usize = 100;

/// How many rows a batch of a distributed import has: as in HAC.
const BATCH: usize = 100;

/// A script, and how it is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImpexScript<'a> {
    pub(crate) text: &'a str,
    pub(crate) strict: bool,
    pub(crate) code_execution: bool,
    /// The files that came with it, in the same archive.
    pub(crate) files: &'a [(String, Bytes)],
}

/// The outcome of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ImpexReport {
    pub(crate) failed: bool,
    /// What is left over, with reasons.
    pub(crate) dump: String,
}

impl ImpexReport {
    fn failed(dump: impl Into<String>) -> Self {
        Self { failed: true, dump: dump.into() }
    }
}

/// A part of the script, in its order.
enum Part {
    /// A header with a mistake.
    Wrong {
        text: String,
        reason: String,
    },
    /// A row that stands under no header.
    Lost(Vec<String>),
    Row(Row),
}

impl Database {
    /// Imports a script. Rows that fail take no others with them. Blocks.
    pub(crate) fn import_impex(&self, script: &ImpexScript<'_>) -> Result<ImpexReport, SqlError> {
        let (headers, parts) = match read_all(script) {
            Ok(read) => read,
            Err(reason) => return Ok(ImpexReport::failed(reason)),
        };
        let lease = self.lease(LEASE_LIMIT)?;
        lease.begin()?;
        let left = passes(parts, |parts| pass(lease.unwatched()?, &headers, parts, script.strict))?;
        lease.commit()?;
        Ok(dumped(&headers, &left))
    }

    /// Imports a script in batches, each in a transaction of its own, so that others get their turns in between. Blocks.
    pub(crate) fn import_distributed(&self, script: &ImpexScript<'_>) -> Result<ImpexReport, SqlError> {
        if let Some(line) = script.text.lines().position(has_condition) {
            let reason = format!("line {} at main script: conditions are not supported in distributed mode", line + 1);
            return Ok(ImpexReport::failed(reason));
        }
        let (headers, parts) = match read_all(script) {
            Ok(read) => read,
            Err(reason) => return Ok(ImpexReport::failed(reason)),
        };
        let left = passes(parts, |parts| {
            let mut whole = Pass::default();
            let mut parts = parts.into_iter().peekable();
            while parts.peek().is_some() {
                let batch = parts.by_ref().take(BATCH).collect();
                let lease = self.lease(LEASE_LIMIT)?;
                lease.begin()?;
                let done = pass(lease.unwatched()?, &headers, batch, script.strict)?;
                lease.commit()?;
                whole.left.extend(done.left);
                whole.progress |= done.progress;
            }
            Ok(whole)
        })?;
        Ok(dumped(&headers, &left))
    }

    /// Looks at a script as HAC does: at quotes, brackets, types, attributes and columns. The error is HAC's sentence.
    pub(crate) fn validate_impex(script: &ImpexScript<'_>) -> Result<(), String> {
        let at = |line: usize, reason: String| format!("line {line} at main script: {reason}");
        let statements = read::read(script.text).map_err(|Corrupt { line }| at(line, UNBALANCED.to_owned()))?;
        for Statement { line, kind } in statements {
            if let Kind::Header { mode, rest } = kind {
                header::parse(&mode, &rest, script.strict).map_err(|reason| at(line, reason))?;
            }
        }
        Ok(())
    }
}

const UNBALANCED: &str = "the file is corrupt: a quote is never closed";

fn arranged(statements: Vec<Statement>, script: &ImpexScript<'_>) -> Result<(Vec<Header>, Vec<Part>), String> {
    let at = |line: usize, why: String| format!("line {line} at main script: {why}");
    let (mut headers, mut parts) = (Vec::new(), Vec::new());
    let mut conditions = Conditions::default();
    let mut current = Current::None;
    for Statement { line, kind } in statements {
        match kind {
            Kind::Code(_) if !script.code_execution => {
                return Err(at(line, "code execution is not enabled".to_owned()));
            }
            Kind::Code(code) => match external::call(&code) {
                None => conditions.run(&code).map_err(|why| at(line, why))?,
                Some(_) if !conditions.hold() => {}
                Some(external) => {
                    let rows =
                        external.and_then(|external| external.rows(script.files)).map_err(|why| at(line, why))?;
                    parts.extend(rows.into_iter().filter_map(|cells| current.row(cells)));
                }
            },
            _ if !conditions.hold() => {}
            Kind::Header { mode, rest } => match header::parse(&mode, &rest, script.strict) {
                Ok(header) => {
                    current = Current::Header(headers.len());
                    headers.push(header);
                }
                Err(reason) => {
                    current = Current::Wrong;
                    parts.push(Part::Wrong { text: format!("{mode} {rest}"), reason });
                }
            },
            Kind::Row(cells) => parts.extend(current.row(cells)),
        }
    }
    Ok((headers, parts))
}

/// What rows stand below.
#[derive(Clone, Copy)]
enum Current {
    None,
    /// A header with a mistake.
    Wrong,
    Header(usize),
}

impl Current {
    /// A row that stands here; below a header with a mistake there is none.
    fn row(self, cells: Vec<String>) -> Option<Part> {
        match self {
            Self::None => Some(Part::Lost(cells)),
            Self::Wrong => None,
            Self::Header(header) => Some(Part::Row(Row::new(header, cells))),
        }
    }
}

/// Everything in a script, or why it cannot be taken apart.
fn read_all(script: &ImpexScript<'_>) -> Result<(Vec<Header>, Vec<Part>), String> {
    let statements =
        read::read(script.text).map_err(|Corrupt { line }| format!("line {line} at main script: {UNBALANCED}"))?;
    arranged(statements, script)
}

/// Whether a line of a script is the beginning or the end of a condition.
fn has_condition(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches('"').strip_prefix("#%").map(str::trim_start);
    code.is_some_and(|code| code.starts_with("if:") || code.starts_with("endif:"))
}

/// What one pass leaves over, and whether it brought anything new.
#[derive(Default)]
struct Pass {
    left: Vec<Part>,
    progress: bool,
}

/// What is left over after the last pass.
fn passes(parts: Vec<Part>, mut pass: impl FnMut(Vec<Part>) -> Result<Pass, SqlError>) -> Result<Vec<Part>, SqlError> {
    let mut left = parts;
    for _ in 0..MOST_PASSES {
        let done = pass(left)?;
        left = done.left;
        if !done.progress {
            break;
        }
    }
    Ok(left)
}

fn pass(connection: &Connection, headers: &[Header], parts: Vec<Part>, strict: bool) -> Result<Pass, SqlError> {
    let mut done = Pass::default();
    for part in parts {
        let Part::Row(mut row) = part else {
            done.left.push(part);
            continue;
        };
        let before = (row.pk, row.done.clone());
        let header = &headers[row.header];
        match apply(connection, &mut row, header, strict)? {
            Ok(()) => done.progress = true,
            Err(reason) => {
                done.progress |= before != (row.pk, row.done.clone());
                row.reason = reason;
                done.left.push(Part::Row(row));
            }
        }
    }
    Ok(done)
}

/// One row, whole or, where only what it names is missing, in part.
fn apply(
    connection: &Connection,
    row: &mut Row,
    header: &Header,
    strict: bool,
) -> Result<Result<(), String>, SqlError> {
    let own = |sql: &str| connection.execute_batch(sql).map_err(|error| SqlError::Database(error.to_string()));
    own("SAVEPOINT impex_row")?;
    let outcome = row.apply(connection, header, strict);
    if outcome.is_err() && row.pk.is_none() {
        row.done.fill(false);
        own("ROLLBACK TO impex_row")?;
    }
    own("RELEASE impex_row")?;
    Ok(outcome)
}

fn dumped(headers: &[Header], left: &[Part]) -> ImpexReport {
    let mut report = ImpexReport::default();
    let mut shown = None;
    let dump = &mut report.dump;
    for part in left {
        // Writing to a String cannot fail.
        let _ = match part {
            Part::Wrong { text, reason } => writeln!(dump, "{text} # {reason}"),
            Part::Lost(cells) => {
                writeln!(dump, "{};{}", quoted(",,,,no current header for value line"), cells_of(cells, &[]))
            }
            Part::Row(row) => {
                if shown != Some(row.header) {
                    shown = Some(row.header);
                    let _ = writeln!(dump, "{}", headers[row.header].text);
                }
                let code = row.cells.first().map_or("", String::as_str);
                let pk = row.pk.map(|pk| pk.to_string()).unwrap_or_default();
                writeln!(
                    dump,
                    "{};{}",
                    quoted(&format!("{code},{pk},,,{}", row.reason)),
                    cells_of(&row.cells, &row.done)
                )
            }
        };
        report.failed = true;
    }
    report
}

fn cells_of(cells: &[String], done: &[bool]) -> String {
    let marked = cells.iter().enumerate().skip(1).map(|(index, cell)| {
        let mark = if done.get(index).copied().unwrap_or_default() { "<ignore>" } else { "" };
        quoted(&format!("{mark}{cell}"))
    });
    marked.collect::<Vec<_>>().join(";")
}

fn quoted(cell: &str) -> String {
    if cell.contains([';', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
