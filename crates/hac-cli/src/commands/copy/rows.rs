//! Rows on their way from the server to `ImpEx`.

use std::collections::{BTreeMap, BTreeSet};

use hac_client::console::{KeyType, PagedSearch};
use hac_client::{Error, ErrorKind, FlexibleSearch, HacClient, Result};

use super::attributes::Holds;
use super::cells;
use super::masks::Masked;
use super::paths::{KeyPath, Part};
use super::plan::{Column, PK, Plan};
use super::references::{COLON, References, separator};
use crate::args::CopyArgs;
use crate::diagnostics::usage;
use crate::output::impex_cell;
use crate::parameters;
use crate::printer::{Data, Talk};
use crate::progress::Unit;

/// So many rows wait until the items that they name are looked up.
const BATCH: usize = 500;

type Row = Vec<Option<String>>;

/// What came of the rows.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    /// The attributes that name items that are not there, and how many of their values do.
    pub(super) dangling: BTreeMap<String, u64>,
}

/// Reads rows, and writes them as the plan says.
pub(super) struct Rows<'p> {
    client: HacClient,
    plan: &'p Plan,
    masked: Option<Masked>,
    references: References,
    /// How a type is named.
    types: KeyPath,
    /// What separates the parts of keys, in each column.
    separators: Vec<char>,
    /// Whether the header for these separators is written.
    is_headed: bool,
    written: Written,
}

/// The query as it is read in pages.
pub(super) fn search(plan: &Plan, args: &CopyArgs) -> Result<PagedSearch> {
    let mut query = FlexibleSearch::new(plan.query.as_str());
    for (name, value) in parameters::read(&args.params)? {
        query = query.param(name, value)?;
    }
    Ok(PagedSearch::new(query).key(PK).key_type(KeyType::Number).page_rows(args.page_rows.get()))
}

impl<'p> Rows<'p> {
    pub(super) fn new(client: &HacClient, plan: &'p Plan, masked: Option<Masked>) -> Self {
        let code = Part { name: "code".to_owned(), holds: Holds::Text, below: None };
        Self {
            client: client.clone(),
            plan,
            masked,
            references: References::new(client),
            types: KeyPath { type_code: "ComposedType".to_owned(), parts: vec![code] },
            separators: vec![COLON; plan.columns.len()],
            is_headed: false,
            written: Written::default(),
        }
    }

    /// Writes all rows of a query below their header. Ends early if the output takes nothing more.
    pub(super) async fn write(mut self, search: PagedSearch, data: &mut Data, talk: &Talk) -> Result<Written> {
        let progress = talk.progress("reading rows", Unit::Of("rows"), None);
        let mut stream = self.client.stream_all_rows::<Row>(search);
        let broken = data.broken();
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH {
                match stream.next().await {
                    Some(row) => batch.push(row.map_err(read_in_pages)?),
                    None => break,
                }
            }
            if batch.is_empty() || broken.error().is_some() {
                self.head(data);
                return Ok(self.written);
            }
            self.look_up(&batch).await?;
            self.separate(&batch)?;
            self.head(data);
            progress.advance(batch.len() as u64);
            for row in batch {
                let line = self.line(row)?;
                data.text(&line);
                self.written.rows += 1;
            }
        }
    }

    /// Looks up what the rows name.
    async fn look_up(&mut self, batch: &[Row]) -> Result<()> {
        self.references.trim();
        let named =
            |place: usize| -> BTreeSet<String> { batch.iter().filter_map(|row| row.get(place)?.clone()).collect() };
        self.references.look_up(&self.types, named(1)).await?;
        for column in &self.plan.columns {
            if let Some(path) = &column.path {
                self.references.look_up(path, named(column.place)).await?;
            }
        }
        Ok(())
    }

    /// Chooses what separates the parts of keys in these rows. Another separator takes another header.
    fn separate(&mut self, batch: &[Row]) -> Result<()> {
        for (column, current) in self.plan.columns.iter().zip(&mut self.separators) {
            let Some(path) = &column.path else { continue };
            let references = &self.references;
            let key = |row: &'_ Row| references.key(path, row.get(column.place)?.as_deref()?);
            let chosen = separator(path, *current, batch.iter().filter_map(key))?;
            self.is_headed &= chosen == *current;
            *current = chosen;
        }
        Ok(())
    }

    /// Writes the header, unless it is the one above.
    fn head(&mut self, data: &mut Data) {
        if !std::mem::replace(&mut self.is_headed, true) {
            data.text(&format!("{}\n", self.plan.header(&self.separators)));
        }
    }

    /// A row as a line.
    fn line(&mut self, mut row: Row) -> Result<String> {
        let subtype = row.get(1).and_then(Option::as_deref).and_then(|pk| self.references.key(&self.types, pk));
        let subtype = subtype.and_then(|key| key.first()).map(String::as_str);
        let subtype = subtype.filter(|code| !code.eq_ignore_ascii_case(&self.plan.type_code));
        // Items of subtypes are made as such.
        let mut line = subtype.unwrap_or_default().to_owned();
        let pk = row.first().cloned().flatten().unwrap_or_default();
        for (at, column) in self.plan.columns.iter().enumerate() {
            line.push(';');
            let Some(cell) = row.get_mut(column.place).and_then(Option::take) else { continue };
            let text = match &column.path {
                None => cells::text(&column.holds, cell, &column.attribute)?,
                Some(path) => match self.references.key(path, &cell) {
                    Some(key) => key.join(self.separators[at].encode_utf8(&mut [0; 4])),
                    None if column.unique => return Err(dangling(&self.plan.type_code, &pk, column)),
                    None => {
                        *self.written.dangling.entry(column.attribute.clone()).or_default() += 1;
                        continue;
                    }
                },
            };
            let text = match &self.masked {
                Some(masked) => masked.value(at, text),
                None => text,
            };
            line.push_str(&impex_cell(&text));
        }
        line.push('\n');
        Ok(line)
    }
}

fn dangling(code: &str, pk: &str, column: &Column) -> Error {
    usage(
        "copy",
        format!(
            "the item {pk} of {code} is found by {}, which names an item that does not exist or has no key",
            column.attribute
        ),
        "leave the item out with a query, or name other attributes with --key",
    )
}

/// What the library says of queries that it cannot read in pages, in terms of this command.
fn read_in_pages(error: Error) -> Error {
    if error.kind() == ErrorKind::Usage {
        return error.with_hint(
            "a copy reads a query in pages: remove its ORDER BY, and write SELECT DISTINCT where a join repeats items",
        );
    }
    error
}
