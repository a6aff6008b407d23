//! What the server knows of the types in a script.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::HacClient;
use crate::error::Result;
use crate::nearest::nearest_names;

/// More types than this in one script are not looked up: each is a request.
const MOST_TYPES: usize = 1000;

/// The types of a script, each with its attributes if the server has it.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    types: BTreeMap<String, Option<BTreeSet<String>>>,
    /// The names of all types, if one was not found.
    all: Vec<String>,
}

impl Lookup {
    /// Asks the server for these types.
    pub(super) async fn ask(client: &HacClient, codes: BTreeSet<String>) -> Result<Self> {
        let mut lookup = Self::default();
        for code in codes.into_iter().take(MOST_TYPES) {
            let attributes = client.type_attributes(&code).await?;
            if attributes.is_none() && lookup.all.is_empty() {
                lookup.all = client.types().await?;
            }
            let attributes = attributes
                .map(|names| names.iter().map(|name| name.to_lowercase()).chain(names.iter().cloned()).collect());
            lookup.types.insert(code, attributes);
        }
        Ok(lookup)
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
