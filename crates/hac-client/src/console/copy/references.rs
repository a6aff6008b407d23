//! Items by their keys: what stands in a cell in the place of a PK.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;

use super::cells;
use super::paths::KeyPath;
use super::usage::usage;
use crate::client::HacClient;
use crate::console::flexsearch::FlexibleSearch;
use crate::error::{Error, Result};
use crate::hint::CopyAdvice;
use crate::server_text::{REASON_CHARS, one_line};

/// So many PKs go into one query.
const CHUNK: usize = 200;
/// So many keys are remembered.
const REMEMBERED: usize = 100_000;

/// What separates the parts of a key in `ImpEx`.
pub(super) const COLON: char = ':';
/// What can separate them with the modifier `path-delimiter`: no mark of headers and cells, and seldom in a key.
const OTHERS: [char; 6] = ['!', '~', '^', '@', '/', '*'];

/// The parts of a key, those of the items that it names included.
pub(super) type Key = Vec<String>;

/// The keys of items, looked up once.
pub(super) struct References {
    client: HacClient,
    /// By type, then by PK; `None` for an item that is not there, or that has no key.
    known: HashMap<String, HashMap<String, Option<Key>>>,
}

type Lookup<'r> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'r>>;

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
    pub(super) fn key(&self, path: &KeyPath, pk: &str) -> Option<&Key> {
        self.known.get(&path.type_code)?.get(pk)?.as_ref()
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
        let mut keys: HashMap<String, Option<Key>> = pks.iter().map(|pk| (pk.clone(), None)).collect();
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
    fn key_of(&self, path: &KeyPath, cells: impl Iterator<Item = Option<String>>) -> Result<Option<Key>> {
        let mut key = Key::new();
        for (part, cell) in path.parts.iter().zip(cells) {
            match (cell, &part.below) {
                (None, below) => {
                    key.extend(std::iter::repeat_n(String::new(), below.as_ref().map_or(1, KeyPath::values)));
                }
                (Some(pk), Some(below)) => match self.key(below, &pk) {
                    Some(found) => key.extend(found.iter().cloned()),
                    None => return Ok(None),
                },
                (Some(cell), None) => key.push(cells::text(&part.holds, cell, &part.name)?),
            }
        }
        let is_named = key.iter().any(|part| !part.is_empty());
        Ok(is_named.then_some(key))
    }
}

/// What separates the parts of all these keys: what separated those before them, if it is in none of their parts.
pub(super) fn separator<'k>(path: &KeyPath, before: char, keys: impl Iterator<Item = &'k Key> + Clone) -> Result<char> {
    let is_free = |separator: char| !keys.clone().flatten().any(|part| part.contains(separator));
    if is_free(before) {
        return Ok(before);
    }
    if is_free(COLON) {
        return Ok(COLON);
    }
    // SAP's documentation shows the modifier for keys of plain values. Whether it holds for keys within keys too, it does not say.
    let free = OTHERS.into_iter().filter(|_| path.is_plain()).find(|separator| is_free(*separator));
    free.ok_or_else(|| {
        let inseparable = keys.flat_map(|key| key.iter().enumerate()).find(|(_, part)| part.contains(COLON));
        inseparable.map_or_else(
            || usage("the keys of a reference cannot be separated", CopyAdvice::ExcludeReference),
            |(at, part)| colon(path, at, part),
        )
    })
}

fn colon(path: &KeyPath, at: usize, text: &str) -> Error {
    let (type_code, attribute) = path.value(at);
    let why = if path.is_plain() {
        format!("no other character is free ({})", OTHERS.map(String::from).join(" "))
    } else {
        "the key is one of several types, for which no other character is documented".to_owned()
    };
    let text = one_line(text, REASON_CHARS);
    usage(
        format!(
            "a reference names a {type_code} with the {attribute} {text}; in ImpEx a colon separates the parts of a key, and {why}"
        ),
        CopyAdvice::ExcludeReference,
    )
}

#[cfg(test)]
mod tests {
    use super::super::attributes::Holds;
    use super::super::paths::Part;
    use super::*;

    fn path(below: Option<KeyPath>) -> KeyPath {
        let part = |name: &str, below| Part { name: name.to_owned(), holds: Holds::Text, below };
        KeyPath { type_code: "Version".to_owned(), parts: vec![part("catalog", below), part("version", None)] }
    }

    fn keys(keys: &[[&str; 2]]) -> Vec<Key> {
        keys.iter().map(|key| key.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn no_more_keys_are_remembered_than_fit_and_none_is_forgotten_before() {
        let handler = crate::BasicAuthHandler::new("admin", "nimda");
        let client = HacClient::builder("http://127.0.0.1:9").auth_handler(handler).build().expect("a client");
        let mut references = References::new(&client);
        let half = |from: usize| (from..from + REMEMBERED / 2).map(|pk| (pk.to_string(), None)).collect();
        references.known.insert("Catalog".to_owned(), half(0));
        references.known.insert("Version".to_owned(), half(0));
        references.trim();
        assert_eq!(references.known.len(), 2);
        references.known.entry("Version".to_owned()).or_default().insert("one more".to_owned(), None);
        references.trim();
        assert!(references.known.is_empty());
    }

    #[test]
    fn keys_are_separated_by_what_is_in_none_of_them() {
        for (before, of, separator) in [
            (COLON, &[["a", "b"], ["!", "c"]][..], COLON),
            (COLON, &[["a:b", "c"]], '!'),
            (COLON, &[["a", "b"], ["x!", "a:b"]], '~'),
            // As few headers as possible.
            ('!', &[["a", "b"]], '!'),
            ('!', &[["a", "b!"]], COLON),
        ] {
            let of = keys(of);
            assert_eq!(super::separator(&path(None), before, of.iter()).ok(), Some(separator), "{of:?}");
        }
    }

    #[test]
    fn what_cannot_be_separated_is_refused_with_its_value() {
        let everything = keys(&[["a:b", "!~^@/*"]]);
        let error = separator(&path(None), COLON, everything.iter()).expect_err("nothing is free").to_string();
        assert!(error.contains("a Version with the catalog a:b;") && error.ends_with("free (! ~ ^ @ / *)"), "{error}");
        // No part of a key within a key.
        let below = KeyPath { type_code: "Catalog".to_owned(), ..path(None) };
        let nested = [["a", "b:c", "d"].map(str::to_owned).to_vec()];
        let error = separator(&path(Some(below)), COLON, nested.iter()).expect_err("keys of keys").to_string();
        assert!(error.contains("a Catalog with the version b:c;"), "{error}");
    }
}
