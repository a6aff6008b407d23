//! Items by their keys: what stands in a cell in the place of a PK.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;

use hac_client::{FlexibleSearch, HacClient, Result};

use super::cells;
use super::paths::KeyPath;
use crate::diagnostics::usage;

/// So many PKs go into one query.
const CHUNK: usize = 200;
/// So many keys are remembered.
const REMEMBERED: usize = 100_000;

/// What separates the parts of a key.
const SEPARATOR: char = ':';

/// The keys of items, looked up once.
pub(super) struct References {
    client: HacClient,
    /// By type, then by PK; `None` for an item that is not there, or that has no key.
    known: HashMap<String, HashMap<String, Option<String>>>,
}

type Lookup<'r> = Pin<Box<dyn Future<Output = Result<()>> + 'r>>;

impl References {
    pub(super) fn new(client: &HacClient) -> Self {
        Self { client: client.clone(), known: HashMap::new() }
    }

    /// Forgets what is known where that has become much. Called between two batches of rows.
    pub(super) fn trim(&mut self) {
        if self.known.values().map(HashMap::len).sum::<usize>() > REMEMBERED {
            self.known.clear();
        }
    }

    /// The key of an item that was looked up; `None` if there is no such item.
    pub(super) fn key(&self, path: &KeyPath, pk: &str) -> Option<&str> {
        self.known.get(&path.type_code)?.get(pk)?.as_deref()
    }

    /// Looks up what is not known yet.
    pub(super) fn look_up<'r>(&'r mut self, path: &'r KeyPath, pks: BTreeSet<String>) -> Lookup<'r> {
        Box::pin(async move {
            let known = self.known.get(&path.type_code);
            let is_new = |pk: &String| known.is_none_or(|known| !known.contains_key(pk));
            // A PK is a number: nothing else becomes a part of a query.
            let is_number = |pk: &String| !pk.is_empty() && pk.bytes().all(|byte| byte.is_ascii_digit());
            let wanted: Vec<String> = pks.into_iter().filter(is_new).filter(is_number).collect();
            for chunk in wanted.chunks(CHUNK) {
                self.look_up_chunk(path, chunk).await?;
            }
            Ok(())
        })
    }

    async fn look_up_chunk(&mut self, path: &KeyPath, pks: &[String]) -> Result<()> {
        let columns: Vec<String> = path.parts.iter().map(|part| format!("{{t.{}}}", part.name)).collect();
        let text = format!(
            "SELECT {{t.pk}}, {} FROM {{{} AS t}} WHERE {{t.pk}} IN ({})",
            columns.join(", "),
            path.type_code,
            pks.join(", ")
        );
        let rows = self.client.execute_flexiblesearch(FlexibleSearch::new(text).max_count(pks.len() + 1)).await?.rows;
        for (at, part) in path.parts.iter().enumerate() {
            if let Some(below) = &part.below {
                let named = rows.iter().filter_map(|row| row.get(at + 1)?.clone()).collect();
                self.look_up(below, named).await?;
            }
        }
        let mut keys: HashMap<String, Option<String>> = pks.iter().map(|pk| (pk.clone(), None)).collect();
        for row in rows {
            let mut cells = row.into_iter();
            if let Some(pk) = cells.next().flatten() {
                let key = self.key_of(path, cells)?;
                keys.insert(pk, key);
            }
        }
        self.known.entry(path.type_code.clone()).or_default().extend(keys);
        Ok(())
    }

    /// The key that unique attributes are together; `None` if one of them names an item that is not there, or if all are empty.
    fn key_of(&self, path: &KeyPath, cells: impl Iterator<Item = Option<String>>) -> Result<Option<String>> {
        let mut key = Vec::new();
        for (part, cell) in path.parts.iter().zip(cells) {
            match (cell, &part.below) {
                (None, below) => key.extend(std::iter::repeat_n(String::new(), below.as_ref().map_or(1, leaves))),
                (Some(pk), Some(below)) => match self.key(below, &pk) {
                    Some(found) => key.push(found.to_owned()),
                    None => return Ok(None),
                },
                (Some(cell), None) => {
                    let text = cells::text(&part.holds, cell, &part.name)?;
                    if text.contains(SEPARATOR) {
                        return Err(colon(path, &part.name, &text));
                    }
                    key.push(text);
                }
            }
        }
        let is_named = key.iter().any(|part| !part.is_empty());
        Ok(is_named.then(|| key.join(":")))
    }
}

/// How many values a key has.
fn leaves(path: &KeyPath) -> usize {
    path.parts.iter().map(|part| part.below.as_ref().map_or(1, leaves)).sum()
}

fn colon(path: &KeyPath, attribute: &str, text: &str) -> hac_client::Error {
    usage(
        "copy",
        format!(
            "a reference names a {} with the {attribute} {text}, and in ImpEx a colon separates the parts of a key",
            path.type_code
        ),
        "leave the attribute with the reference out with --exclude, or choose other rows with a query",
    )
}
