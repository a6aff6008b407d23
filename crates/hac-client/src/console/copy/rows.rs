//! Rows on their way from the server to `ImpEx`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{BuildHasher as _, DefaultHasher, Hash as _, Hasher as _, RandomState};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::attributes::Holds;
use super::cells;
use super::paths::{KeyPath, Part};
use super::plan::{CopyColumn, CopyPlan, PK};
use super::references::{COLON, References, separator};
use super::sink::CopySink;
use super::usage::usage;
use crate::client::HacClient;
use crate::console::flexsearch::pages::{KeyType, PagedSearch};
use crate::console::impex::impex_cell;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::CopyAdvice;
use crate::serialized::millis;

/// So many rows wait until the items that they name are looked up.
const BATCH: usize = 500;
/// So many bytes make a piece.
const PIECE: usize = 64 << 10;

type Row = Vec<Option<String>>;

/// The summary of rows that were written as ImpEx.
///
/// Serialized, the duration is `elapsed_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CopySummary {
    /// How many rows were written.
    pub rows: u64,
    /// The attributes that name items that do not exist or have no key, and how many of their values do. These are empty in the ImpEx.
    pub dangling: BTreeMap<String, u64>,
    /// The time of the whole call, measured by the client.
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// Whether the sink stopped the copy.
    pub stopped: bool,
}

/// Reads rows, and writes them as the plan says.
pub(super) struct Rows<'p> {
    client: HacClient,
    plan: &'p CopyPlan,
    references: References,
    /// How a type is named.
    types: KeyPath,
    /// What separates the parts of keys, in each column.
    separators: Vec<char>,
    /// Whether the header for these separators is written.
    is_headed: bool,
    keys: Keys,
    /// What the sink has not got yet, and how many rows end in it.
    text: String,
    ended: u64,
    summary: CopySummary,
}

impl<'p> Rows<'p> {
    pub(super) fn new(client: &HacClient, plan: &'p CopyPlan) -> Self {
        let code = Part { name: "code".to_owned(), holds: Holds::Text, below: None };
        Self {
            client: client.clone(),
            plan,
            references: References::new(client),
            types: KeyPath { type_code: "ComposedType".to_owned(), parts: vec![code] },
            separators: vec![COLON; plan.columns.len()],
            is_headed: false,
            keys: Keys::default(),
            text: String::new(),
            ended: 0,
            summary: CopySummary::default(),
        }
    }

    /// Writes all rows below their header, or as many as the sink takes.
    pub(super) async fn write(mut self, sink: &mut dyn CopySink) -> Result<CopySummary> {
        let began = Instant::now();
        self.summary.stopped = self.all(sink).await?.is_break();
        self.summary.elapsed = began.elapsed();
        Ok(self.summary)
    }

    async fn all(&mut self, sink: &mut dyn CopySink) -> Result<ControlFlow<()>> {
        let search = PagedSearch::new(&self.plan.query).key(PK).key_type(KeyType::Number);
        let mut stream = self.client.stream_all_rows::<Row>(search.page_rows(self.plan.page_rows));
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH {
                match stream.next().await {
                    Some(row) => batch.push(row.map_err(read_in_pages)?),
                    None => break,
                }
            }
            if batch.is_empty() {
                self.head();
                return Ok(self.pass_on(sink));
            }
            self.look_up(&batch).await?;
            self.separate(&batch)?;
            self.head();
            for row in batch {
                self.line(row)?;
                if self.text.len() >= PIECE && self.pass_on(sink).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if self.pass_on(sink).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// Gives the sink what is written.
    fn pass_on(&mut self, sink: &mut dyn CopySink) -> ControlFlow<()> {
        if self.text.is_empty() {
            return ControlFlow::Continue(());
        }
        let flow = sink.piece(&self.text, self.ended);
        self.summary.rows += std::mem::take(&mut self.ended);
        self.text.clear();
        flow
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
    fn head(&mut self) {
        if !std::mem::replace(&mut self.is_headed, true) {
            self.text.push_str(&self.plan.header_with(&self.separators));
            self.text.push('\n');
        }
    }

    /// Writes a row as a line.
    fn line(&mut self, mut row: Row) -> Result<()> {
        let subtype = row.get(1).and_then(Option::as_deref).and_then(|pk| self.references.key(&self.types, pk));
        let subtype = subtype.and_then(|key| key.first()).map(String::as_str);
        let subtype = subtype.filter(|code| !code.eq_ignore_ascii_case(&self.plan.type_code));
        // Items of subtypes are made as such.
        let mut line = subtype.unwrap_or_default().to_owned();
        let pk = row.first().cloned().flatten().unwrap_or_default();
        let is_empty =
            |column: &CopyColumn| row.get(column.place).is_none_or(|cell| cell.as_ref().is_none_or(String::is_empty));
        if self.plan.columns.iter().filter(|column| column.unique).all(is_empty) {
            return Err(keyless(self.plan, &pk));
        }
        let mut key = self.keys.key();
        for (at, column) in self.plan.columns.iter().enumerate() {
            line.push(';');
            let Some(cell) = row.get_mut(column.place).and_then(Option::take) else { continue };
            let text = match &column.path {
                None => cells::text(&column.holds, cell, &column.attribute)?,
                Some(path) => match self.references.key(path, &cell) {
                    Some(key) => key.join(self.separators[at].encode_utf8(&mut [0; 4])),
                    None if column.unique => return Err(dangling(&self.plan.type_code, &pk, column)),
                    None => {
                        *self.summary.dangling.entry(column.attribute.clone()).or_default() += 1;
                        continue;
                    }
                },
            };
            let text = match &column.mask {
                Some(mask) => mask.value(&text),
                None => text,
            };
            if column.unique {
                (at, &text).hash(&mut key);
            }
            line.push_str(&impex_cell(&text));
        }
        if !self.keys.is_new(&key) {
            return Err(shared_key(self.plan, &pk));
        }
        line.push('\n');
        self.text.push_str(&line);
        self.ended += 1;
        Ok(())
    }
}

/// The keys of the rows so far, of each 64 bits: among a million, two that differ are taken for one in fewer than one of ten million copies.
#[derive(Default)]
struct Keys {
    /// Nobody can choose keys that meet.
    hashes: RandomState,
    known: HashSet<u64>,
}

impl Keys {
    /// Takes the values of one key.
    fn key(&self) -> DefaultHasher {
        self.hashes.build_hasher()
    }

    fn is_new(&mut self, key: &DefaultHasher) -> bool {
        self.known.insert(key.finish())
    }
}

/// An import would find another row without a key, or write all of them into one.
fn keyless(plan: &CopyPlan, pk: &str) -> Error {
    let what = format!("the item {pk} of {} has no value in {}", plan.type_code, keys(plan));
    usage(format!("{what}, by which an import finds rows"), CopyAdvice::LeaveOutRow)
}

/// An import would write the second over the first.
fn shared_key(plan: &CopyPlan, pk: &str) -> Error {
    let what = format!("the item {pk} of {} has the same {} as another one", plan.type_code, keys(plan));
    usage(format!("{what}, by which an import finds rows"), CopyAdvice::LeaveOutRow)
}

fn keys(plan: &CopyPlan) -> String {
    let keys = plan.columns.iter().filter(|column| column.unique).map(|column| column.attribute.as_str());
    keys.collect::<Vec<_>>().join(" and ")
}

fn dangling(code: &str, pk: &str, column: &CopyColumn) -> Error {
    usage(
        format!(
            "the item {pk} of {code} is found by {}, which names an item that does not exist or has no key",
            column.attribute
        ),
        CopyAdvice::LeaveOutRow,
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
