//! What the server knows of the types in a script.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::paths::{Path, Wanted, of_its_own_type};
use crate::client::HacClient;
use crate::console::flexsearch::FlexibleSearch;
use crate::error::{ErrorKind, Result};
use crate::nearest::nearest_names;

/// More types than this in one script are not looked up: each is a request.
const MOST_TYPES: usize = 1000;

/// A type with more references is none.
const MOST_REFERENCES: usize = 10_000;

/// The attributes that refer to an item, each with the code of its type. A collection or a map of items is none.
const REFERENCES: &str = "SELECT {a.qualifier}, {rt.code} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk} JOIN ComposedType AS rt ON {a.attributeType} = {rt.pk}} \
    WHERE {t.code} = ?code";

/// The types of a script, each with its attributes if the server has it.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    types: BTreeMap<String, Option<BTreeSet<String>>>,
    /// By type, then by attribute in lower case: the type of the items that it refers to.
    references: BTreeMap<String, BTreeMap<String, String>>,
    /// The names of all types, if one was not found.
    all: Vec<String>,
}

impl Lookup {
    /// Asks the server for these types, and for those that their references lead to.
    pub(super) async fn ask(client: &HacClient, wanted: Wanted) -> Result<Self> {
        let mut lookup = Self::default();
        let mut left: VecDeque<(String, BTreeSet<Path>, bool)> =
            wanted.into_iter().map(|(code, paths)| (code, paths, true)).collect();
        while let Some((code, paths, is_written)) = left.pop_front() {
            if !lookup.knows(client, &code, is_written).await? {
                continue;
            }
            let mut below: BTreeMap<String, BTreeSet<Path>> = BTreeMap::new();
            for path in paths {
                let Some((name, rest)) = path.split_first() else { continue };
                let (target, path) = match of_its_own_type(name) {
                    Some((code, name)) => {
                        let path = std::iter::once(name.to_owned()).chain(rest.iter().cloned()).collect();
                        (code.to_owned(), path)
                    }
                    None if rest.is_empty() => continue,
                    None => match lookup.referred_to(client, &code, name).await? {
                        Some(target) => (target, rest.to_vec()),
                        None => continue,
                    },
                };
                below.entry(target).or_default().insert(path);
            }
            left.extend(below.into_iter().map(|(code, paths)| (code, paths, false)));
        }
        Ok(lookup)
    }

    /// Looks a type up, once. Returns whether the server has it.
    async fn knows(&mut self, client: &HacClient, code: &str, is_written: bool) -> Result<bool> {
        if let Some(known) = self.types.get(code) {
            return Ok(known.is_some());
        }
        if self.types.len() >= MOST_TYPES {
            return Ok(false);
        }
        let attributes = client.type_attributes(code).await?;
        if attributes.is_none() && is_written && self.all.is_empty() {
            self.all = client.types().await?;
        }
        let is_there = attributes.is_some();
        let attributes =
            attributes.map(|names| names.iter().map(|name| name.to_lowercase()).chain(names.iter().cloned()).collect());
        self.types.insert(code.to_owned(), attributes);
        Ok(is_there)
    }

    /// The type of the items that an attribute refers to, if the server says it.
    async fn referred_to(&mut self, client: &HacClient, code: &str, attribute: &str) -> Result<Option<String>> {
        if !self.references.contains_key(code) {
            let query = FlexibleSearch::new(REFERENCES).max_count(MOST_REFERENCES).param("code", code)?;
            let rows = match client.execute_flexiblesearch(query).await {
                Ok(result) => result.rows,
                // A mistake is one only where the server says so.
                Err(error) if error.kind() == ErrorKind::QueryFailed => Vec::new(),
                Err(error) => return Err(error),
            };
            let references = rows.into_iter().filter_map(|row| match <[Option<String>; 2]>::try_from(row) {
                Ok([Some(name), Some(target)]) => Some((name.to_lowercase(), target)),
                _ => None,
            });
            self.references.insert(code.to_owned(), references.collect());
        }
        Ok(self.target(code, attribute).map(str::to_owned))
    }

    /// The type of the items that an attribute refers to.
    pub(super) fn target(&self, code: &str, attribute: &str) -> Option<&str> {
        self.references.get(code)?.get(&attribute.to_lowercase()).map(String::as_str)
    }

    /// Whether the server has no such type.
    pub(super) fn is_unknown(&self, code: &str) -> bool {
        matches!(self.types.get(code), Some(None))
    }

    /// Whether the server has the type, and no such attribute of it.
    pub(super) fn lacks(&self, code: &str, attribute: &str) -> bool {
        matches!(self.types.get(code), Some(Some(known)) if !known.contains(&attribute.to_lowercase()))
    }

    pub(super) fn nearest_type(&self, code: &str) -> Option<String> {
        meant(&nearest_names(code, self.all.iter().map(String::as_str)))
    }

    pub(super) fn nearest_attribute(&self, code: &str, attribute: &str) -> Option<String> {
        let known = self.types.get(code)?.as_ref()?;
        // Both spellings of each are kept; the one with capitals is the name.
        let lowercase = |name: &&str| known.iter().any(|other| other != name && other.to_lowercase() == **name);
        meant(&nearest_names(attribute, known.iter().map(String::as_str).filter(|name| !lowercase(name))))
    }
}

/// "did you mean …?"
pub(super) fn meant(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| format!("did you mean {}?", names.join(" or ")))
}
