//! How `ImpEx` finds an item by its unique attributes: `catalogVersion(catalog(id),version)`.

use std::future::Future;
use std::pin::Pin;

use super::attributes::{Holds, ItemTypes};
use crate::error::Result;

/// The key of a product names a version, which names a catalog; no key is much deeper.
const DEEPEST: usize = 5;

/// The unique attributes of a type, those of the items that they name included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPath {
    pub(super) type_code: String,
    pub(super) parts: Vec<Part>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) holds: Holds,
    /// Of an attribute that names another item.
    pub(super) below: Option<KeyPath>,
}

impl KeyPath {
    /// As it stands behind an attribute in a header: `(catalog(id),version)`.
    pub(super) fn expression(&self) -> String {
        let part = |part: &Part| match &part.below {
            Some(below) => format!("{}{}", part.name, below.expression()),
            None => part.name.clone(),
        };
        format!("({})", self.parts.iter().map(part).collect::<Vec<_>>().join(","))
    }

    /// Whether no part names another item.
    pub(super) fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| part.below.is_none())
    }

    /// How many values a key has.
    pub(super) fn values(&self) -> usize {
        self.parts.iter().map(|part| part.below.as_ref().map_or(1, Self::values)).sum()
    }

    /// The type and the attribute that a value of a key is of.
    pub(super) fn value(&self, at: usize) -> (&str, &str) {
        let mut left = at;
        for part in &self.parts {
            let values = part.below.as_ref().map_or(1, Self::values);
            if left < values {
                let own = (self.type_code.as_str(), part.name.as_str());
                return part.below.as_ref().map_or(own, |below| below.value(left));
            }
            left -= values;
        }
        (&self.type_code, "")
    }
}

/// A path, or why there is none.
pub(super) type Found = std::result::Result<KeyPath, String>;

/// The path to the items of a type.
pub(super) async fn to(types: &mut ItemTypes, code: &str) -> Result<Found> {
    find(types, code, DEEPEST).await
}

fn find<'t>(
    types: &'t mut ItemTypes,
    code: &'t str,
    depth: usize,
) -> Pin<Box<dyn Future<Output = Result<Found>> + Send + 't>> {
    Box::pin(async move {
        if depth == 0 {
            return Ok(Err(format!("the unique attributes of {code} name items without an end")));
        }
        let Some(item_type) = types.find(code).await? else {
            return Ok(Err(format!("the server does not describe the type {code}")));
        };
        if item_type.unique.is_empty() {
            return Ok(Err(format!("nothing is unique in {code}")));
        }
        let mut parts = Vec::new();
        for name in &item_type.unique {
            if item_type.is_encrypted(name) {
                return Ok(Err(format!("{code} is told apart by {name}, which is encrypted")));
            }
            let Some(attribute) = item_type.attribute(name).filter(|attribute| !attribute.localized) else {
                return Ok(Err(format!("{code} is told apart by {name}, which is no part of a key")));
            };
            let below = match &attribute.holds {
                Holds::Item(target) => match find(types, target, depth - 1).await? {
                    Ok(below) => Some(below),
                    Err(why) => return Ok(Err(why)),
                },
                Holds::Several | Holds::Object(_) => {
                    return Ok(Err(format!("{code} is told apart by {name}, which has no text")));
                }
                Holds::Text | Holds::Boolean | Holds::Time | Holds::Number => None,
            };
            parts.push(Part { name: attribute.name.clone(), holds: attribute.holds.clone(), below });
        }
        Ok(Ok(KeyPath { type_code: code.to_owned(), parts }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_in_a_header() {
        let leaf = |name: &str| Part { name: name.to_owned(), holds: Holds::Text, below: None };
        let catalog = KeyPath { type_code: "Catalog".to_owned(), parts: vec![leaf("id")] };
        let holds = Holds::Item("Catalog".to_owned());
        let to_catalog = Part { name: "catalog".to_owned(), holds, below: Some(catalog) };
        let version = KeyPath { type_code: "CatalogVersion".to_owned(), parts: vec![to_catalog, leaf("version")] };
        assert_eq!(version.expression(), "(catalog(id),version)");
    }
}
