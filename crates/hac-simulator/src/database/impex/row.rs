//! One row: the item is found or made, and what the cells say is written.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::header::{Change, Column, Header, Mode, Place};
use super::value::{self, Meaning};
use crate::database::schema::{ItemType, Kind, Need};

/// A row that waits for its turn, or for what it names.
#[derive(Debug)]
pub(super) struct Row {
    /// Which header it stands under.
    pub(super) header: usize,
    pub(super) cells: Vec<String>,
    /// The item that an earlier pass made or found, with some cells left over.
    pub(super) pk: Option<i64>,
    /// The cells that are done.
    pub(super) done: Vec<bool>,
    pub(super) reason: String,
}

impl Row {
    pub(super) fn new(header: usize, cells: Vec<String>) -> Self {
        let done = vec![false; cells.len()];
        Self { header, cells, pk: None, done, reason: String::new() }
    }

    fn cell(&self, index: usize) -> &str {
        self.cells.get(index + 1).map_or("", String::as_str)
    }

    /// Does what is left to do. The error is why something is left over.
    pub(super) fn apply(&mut self, connection: &Connection, header: &Header, strict: bool) -> Result<(), String> {
        let of = self.of_type(header)?;
        let mut meanings = Vec::new();
        let mut unresolved = Vec::new();
        for (index, column) in header.columns.iter().enumerate() {
            let is_done = self.done.get(index + 1).copied().unwrap_or_default();
            match value::resolve(connection, index + 1, column, self.cell(index)) {
                _ if is_done => {}
                Ok(meaning) => meanings.push((index, column, meaning)),
                Err(why) => unresolved.push((column, why)),
            }
        }
        let reasons = || unresolved.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>().join(" | ");
        // Without these there is no item; without others there is one, and the rest follows.
        let vital = |column: &Column| {
            column.unique || column.place.is_needed() || matches!(column.place, Place::Plain(_) | Place::Localized(..))
        };
        if unresolved.iter().any(|(column, _)| vital(column)) {
            return Err(reasons());
        }
        let Some(pk) = self.item(connection, header, of, &meanings, strict)? else { return Ok(()) };
        for (index, column, meaning) in &meanings {
            write(connection, of, pk, column, meaning)?;
            if let Some(done) = self.done.get_mut(index + 1) {
                *done = true;
            }
        }
        inherit_catalog(connection, of, pk)?;
        self.pk = Some(pk);
        if unresolved.is_empty() { Ok(()) } else { Err(reasons()) }
    }

    /// The header's type, or the one below it that the first cell names.
    fn of_type(&self, header: &Header) -> Result<&'static ItemType, String> {
        let code = self.cells.first().map_or("", String::as_str);
        if code.is_empty() {
            return Ok(header.of);
        }
        header
            .of
            .with_subtypes()
            .find(|below| below.code.eq_ignore_ascii_case(code))
            .ok_or_else(|| format!("'{code}' is no type below {}", header.of.code))
    }

    /// The item to write to. `None`: nothing is left to do.
    fn item(
        &self,
        connection: &Connection,
        header: &Header,
        of: &'static ItemType,
        meanings: &[(usize, &Column, Meaning)],
        strict: bool,
    ) -> Result<Option<i64>, String> {
        if self.pk.is_some() {
            return Ok(self.pk);
        }
        let existing = existing(connection, of, meanings)?;
        match (header.mode, &existing[..]) {
            (Mode::Insert, _) | (Mode::InsertUpdate, []) => insert(connection, of, meanings).map(Some),
            (Mode::Remove, found) if found.len() == 1 || header.batch => {
                found.iter().try_for_each(|pk| remove(connection, of, *pk)).map(|()| None)
            }
            (Mode::Update | Mode::Remove, []) if strict => Err(format!("no existing item of {} found", of.code)),
            (Mode::Update | Mode::Remove, []) => Ok(None),
            (_, [pk]) => Ok(Some(*pk)),
            _ => Err(format!("more than one item of {} found for unique qualifiers", of.code)),
        }
    }
}

/// The items that the unique columns name.
fn existing(
    connection: &Connection,
    of: &ItemType,
    meanings: &[(usize, &Column, Meaning)],
) -> Result<Vec<i64>, String> {
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    for (_, column, meaning) in meanings.iter().filter(|(_, column, _)| column.unique) {
        let (Place::Plain(attribute) | Place::Reference(attribute, _), Meaning::Value(value)) =
            (&column.place, meaning)
        else {
            return Err(format!("column {} cannot be unique in the simulator", column.name));
        };
        conditions.push(format!("{} IS ?", attribute.column));
        values.push(value.clone());
    }
    if conditions.is_empty() { Ok(Vec::new()) } else { value::pks(connection, of, &conditions, values) }
}

fn insert(
    connection: &Connection,
    of: &'static ItemType,
    meanings: &[(usize, &Column, Meaning)],
) -> Result<i64, String> {
    let given = |name: &str| {
        meanings.iter().find_map(|(_, column, meaning)| match (&column.place, meaning) {
            (Place::Plain(attribute) | Place::Reference(attribute, _), Meaning::Value(value))
                if attribute.name == name && *value != Value::Null =>
            {
                Some(value.clone())
            }
            _ => None,
        })
    };
    let needed: Vec<_> = of.attributes().filter(|attribute| attribute.need != Need::Optional).collect();
    let missing: Vec<&str> =
        needed.iter().filter(|attribute| given(attribute.name).is_none()).map(|attribute| attribute.name).collect();
    if !missing.is_empty() {
        return Err(format!("cannot create {} with missing mandatory attributes [{}]", of.code, missing.join(", ")));
    }
    let unique = needed.iter().filter(|attribute| attribute.need == Need::Unique);
    let (conditions, values): (Vec<_>, Vec<_>) =
        unique.filter_map(|attribute| Some((format!("{} IS ?", attribute.column), given(attribute.name)?))).unzip();
    if !conditions.is_empty() && !value::pks(connection, of, &conditions, values)?.is_empty() {
        return Err(format!("ambiguous unique keys for {}: there is one already", of.code));
    }
    let sql = |error: rusqlite::Error| error.to_string();
    let last = connection.query_row(&format!("SELECT max(PK) FROM {}", of.table), [], |row| row.get(0)).map_err(sql)?;
    let pk = of.next_pk(last);
    connection
        .execute(
            &format!(
                "INSERT INTO {} (PK, TypePkString, createdTS, modifiedTS) VALUES (?1, ?2, {NOW}, {NOW})",
                of.table
            ),
            params![pk, of.own_pk()],
        )
        .map_err(sql)?;
    Ok(pk)
}

const NOW: &str = "strftime('%Y-%m-%d %H:%M:%f', 'now')";

fn remove(connection: &Connection, of: &ItemType, pk: i64) -> Result<(), String> {
    let mut statements = vec![format!("DELETE FROM {} WHERE PK = ?1", of.table)];
    if of.attributes().any(|attribute| attribute.kind == Kind::Localized) {
        statements.push(format!("DELETE FROM {} WHERE ITEMPK = ?1", of.localized_table()));
    }
    statements.push("DELETE FROM cat2prodrel WHERE SourcePK = ?1 OR TargetPK = ?1".to_owned());
    statements.iter().try_for_each(|sql| connection.execute(sql, [pk]).map(|_| ()).map_err(|error| error.to_string()))
}

fn write(connection: &Connection, of: &ItemType, pk: i64, column: &Column, meaning: &Meaning) -> Result<(), String> {
    let sql = |error: rusqlite::Error| error.to_string();
    match (&column.place, meaning) {
        // The type and the PK of an item stay what they are.
        (Place::Plain(attribute) | Place::Reference(attribute, _), Meaning::Value(value))
            if !matches!(attribute.column, "PK" | "TypePkString") =>
        {
            connection
                .prepare_cached(&format!(
                    "UPDATE {} SET {} = ?1, modifiedTS = {NOW} WHERE PK = ?2",
                    of.table, attribute.column
                ))
                .and_then(|mut statement| statement.execute(params![value, pk]))
                .map_err(sql)?;
        }
        (Place::Localized(attribute, language), Meaning::Value(value)) => {
            let (table, name) = (of.localized_table(), attribute.column);
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {table} (ITEMPK, LANGPK, {name}) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET {name} = ?3"
                ))
                .and_then(|mut statement| statement.execute(params![pk, language, value]))
                .map_err(sql)?;
        }
        (Place::Collection(relation, _), Meaning::Items(elements)) => {
            let (owner, element) = (relation.owner_column, relation.element_column);
            let link = ItemType::find(relation.link).ok_or_else(|| relation.link.to_owned())?;
            if column.change == Change::Replace {
                connection.execute(&format!("DELETE FROM {} WHERE {owner} = ?1", link.table), [pk]).map_err(sql)?;
            }
            for found in elements {
                let both = format!("{owner} = ?1 AND {element} = ?2");
                connection
                    .execute(&format!("DELETE FROM {} WHERE {both}", link.table), params![pk, found])
                    .map_err(sql)?;
                if column.change != Change::Remove {
                    let last = format!("SELECT max(PK) FROM {}", link.table);
                    let last = connection.query_row(&last, [], |row| row.get(0)).map_err(sql)?;
                    connection
                        .execute(
                            &format!(
                                "INSERT INTO {} (PK, TypePkString, createdTS, modifiedTS, {owner}, {element}) \
                                 VALUES (?1, ?2, {NOW}, {NOW}, ?3, ?4)",
                                link.table
                            ),
                            params_from_iter([link.next_pk(last), link.own_pk(), pk, *found]),
                        )
                        .map_err(sql)?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// What has a catalog version is of that version's catalog.
fn inherit_catalog(connection: &Connection, of: &ItemType, pk: i64) -> Result<(), String> {
    if of.attribute("catalogVersion").is_none() {
        return Ok(());
    }
    let sql = format!(
        "UPDATE {} SET p_catalog = (SELECT p_catalog FROM catalogversions AS v WHERE v.PK = p_catalogversion) WHERE PK = ?1",
        of.table
    );
    connection.execute(&sql, [pk]).map(|_| ()).map_err(|error| error.to_string())
}
