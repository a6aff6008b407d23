//! What the server says of the attributes of a type.

use std::collections::HashMap;
use std::sync::Arc;

use super::usage::usage;
use crate::client::HacClient;
use crate::console::flexsearch::FlexibleSearch;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::{CopyAdvice, CopyRole};
use crate::nearest::nearest_names;

/// The attributes, each with the code of the type of its values. Those of collections are none of these types.
const ATTRIBUTES: &str = "SELECT {a.qualifier}, {at.code}, {rt.code}, {mt.code} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk} LEFT JOIN AtomicType AS at ON {a.attributeType} = {at.pk} \
    LEFT JOIN ComposedType AS rt ON {a.attributeType} = {rt.pk} LEFT JOIN MapType AS mt ON {a.attributeType} = {mt.pk}} \
    WHERE {t.code} = ?code";

/// What every item has by itself.
pub(super) const OF_EVERY_ITEM: [&str; 4] = ["pk", "itemtype", "creationtime", "modifiedtime"];

/// Whether their values are encrypted, where the server can say it.
const ENCRYPTED: &str = "SELECT {a.qualifier}, {a.encrypted} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk}} WHERE {t.code} = ?code";

/// What can be done with them, where the server says it: flags of Java's `AttributeDescriptor`.
const MODIFIERS: &str = "SELECT {a.qualifier}, {a.modifiers} FROM {AttributeDescriptor AS a \
    JOIN ComposedType AS t ON {a.enclosingType} = {t.pk}} WHERE {t.code} = ?code";

/// `WRITE_FLAG` and `INITIAL_FLAG`: it can be set, or set when an item is made.
const SETTABLE: i64 = 2 | 2048;

/// A type with more attributes is none.
const MOST: usize = 10_000;

/// The map that a localized attribute is.
const LOCALIZED: &str = "localized:";

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Boolean,
    Time,
    Number,
    /// An item of the type with this code.
    Item(String),
    /// A collection or a map.
    Several,
    /// A Java object that `ImpEx` has no text for.
    Object(String),
}

impl Holds {
    fn of(code: &str) -> Self {
        match code.strip_prefix("java.lang.").or_else(|| code.strip_prefix("java.math.")) {
            Some("String" | "Character") => return Self::Text,
            Some("Boolean") => return Self::Boolean,
            Some("Integer" | "Long" | "Short" | "Byte" | "Double" | "Float" | "BigDecimal" | "BigInteger") => {
                return Self::Number;
            }
            _ => {}
        }
        match code {
            "java.util.Date" => Self::Time,
            // A composed type has no package.
            _ if code.contains('.') => Self::Object(code.to_owned()),
            _ => Self::Item(code.to_owned()),
        }
    }
}

/// An attribute of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) holds: Holds,
    /// Whether it has a value for each language.
    pub(super) localized: bool,
}

/// A type.
#[derive(Debug)]
pub(super) struct ItemType {
    pub(super) code: String,
    pub(super) attributes: Vec<Attribute>,
    /// What tells its items apart.
    pub(super) unique: Vec<String>,
    /// Which attributes are encrypted; `None` where the server cannot say it.
    pub(super) encrypted: Option<Vec<String>>,
}

impl ItemType {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// Fails for the name of an attribute that it does not have.
    pub(super) fn expect(&self, name: &str, role: CopyRole) -> Result<&Attribute> {
        self.attribute(name).ok_or_else(|| {
            let names = self.attributes.iter().map(|attribute| attribute.name.as_str());
            unknown_attribute(&self.code, name, role, names)
        })
    }

    /// Fails for names of attributes that it does not have, and names all of them.
    pub(super) fn expect_selected<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<()> {
        let unknown: Vec<&str> = names.into_iter().filter(|name| self.attribute(name).is_none()).collect();
        match unknown.as_slice() {
            [] => Ok(()),
            [only] => self.expect(only, CopyRole::Selected).map(drop),
            [first @ .., last] => {
                let known = || self.attributes.iter().map(|attribute| attribute.name.as_str());
                let meant: Vec<&str> =
                    unknown.iter().filter_map(|name| nearest_names(name, known()).first().copied()).collect();
                let advice = CopyAdvice::ListAttributes {
                    type_code: self.code.clone(),
                    attribute: unknown.join(", "),
                    role: CopyRole::Selected,
                    meant: (!meant.is_empty()).then(|| meant.join(", ")),
                };
                let names = format!("{} and {last}", first.join(", "));
                Err(usage(format!("{} has no attributes {names} ({})", self.code, CopyRole::Selected), advice))
            }
        }
    }

    /// Whether an attribute is among those of the server that are encrypted.
    pub(super) fn is_encrypted(&self, name: &str) -> bool {
        self.encrypted.iter().flatten().any(|encrypted| encrypted.eq_ignore_ascii_case(name))
    }
}

/// An attribute that the type does not have.
pub(super) fn unknown_attribute<'n>(
    type_code: &str,
    name: &str,
    role: CopyRole,
    known: impl IntoIterator<Item = &'n str>,
) -> Error {
    let meant = nearest_names(name, known).first().map(|near| (*near).to_owned());
    let advice =
        CopyAdvice::ListAttributes { type_code: type_code.to_owned(), attribute: name.to_owned(), role, meant };
    usage(format!("{type_code} has no attribute {name} ({role})"), advice)
}

/// The types that were looked up, each once.
pub(super) struct ItemTypes {
    client: HacClient,
    known: HashMap<String, Option<Arc<ItemType>>>,
}

impl ItemTypes {
    pub(super) fn new(client: &HacClient) -> Self {
        Self { client: client.clone(), known: HashMap::new() }
    }

    /// The type; `None` if the server has no such type, or does not say what its attributes hold.
    pub(super) async fn find(&mut self, code: &str) -> Result<Option<Arc<ItemType>>> {
        if let Some(known) = self.known.get(code) {
            return Ok(known.clone());
        }
        let found = self.ask(code).await?.map(Arc::new);
        self.known.insert(code.to_owned(), found.clone());
        Ok(found)
    }

    async fn ask(&self, code: &str) -> Result<Option<ItemType>> {
        let rows = self.rows(ATTRIBUTES, code).await?;
        let mut attributes = Vec::new();
        for mut row in rows {
            row.resize(4, None);
            let [Some(name), atomic, composed, map] = &row[..] else { continue };
            let text = map.as_deref().and_then(|map| map.strip_prefix(LOCALIZED));
            let (localized, code) = match atomic.as_deref().or(composed.as_deref()) {
                Some(code) => (false, Some(code)),
                None => (text.is_some(), text),
            };
            attributes.push(Attribute { name: name.clone(), holds: code.map_or(Holds::Several, Holds::of), localized });
        }
        if attributes.is_empty() {
            return Ok(None);
        }
        attributes.sort_by(|one, other| one.name.cmp(&other.name));
        attributes.dedup_by(|one, other| one.name == other.name);
        let is_of_every_item = |name: &String| OF_EVERY_ITEM.iter().any(|own| name.eq_ignore_ascii_case(own));
        let mut unique = self.client.unique_attributes(code).await?;
        unique.retain(|name| !is_of_every_item(name));
        let encrypted = self.encrypted(code).await?;
        Ok(Some(ItemType { code: code.to_owned(), attributes, unique, encrypted }))
    }

    async fn encrypted(&self, code: &str) -> Result<Option<Vec<String>>> {
        let rows = match self.rows(ENCRYPTED, code).await {
            Ok(rows) => rows,
            Err(error) if error.kind() == ErrorKind::QueryFailed => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_true = |flag: &str| flag == "1" || flag.eq_ignore_ascii_case("true");
        let encrypted = rows.into_iter().filter_map(|row| match &row[..] {
            [Some(name), Some(flag)] => is_true(flag).then(|| name.clone()),
            _ => None,
        });
        Ok(Some(encrypted.collect()))
    }

    /// The attributes that can be set; `None` where the server does not say it.
    pub(super) async fn settable(&self, code: &str) -> Result<Option<Vec<String>>> {
        let rows = match self.rows(MODIFIERS, code).await {
            Ok(rows) => rows,
            Err(error) if error.kind() == ErrorKind::QueryFailed => return Ok(None),
            Err(error) => return Err(error),
        };
        let settable = rows.into_iter().filter_map(|row| match &row[..] {
            [Some(name), Some(flags)] => (flags.parse::<i64>().ok()? & SETTABLE != 0).then(|| name.clone()),
            // Nothing is known of it.
            [Some(name), None] => Some(name.clone()),
            _ => None,
        });
        Ok(Some(settable.collect()))
    }

    async fn rows(&self, query: &str, code: &str) -> Result<Vec<Vec<Option<String>>>> {
        let query = FlexibleSearch::new(query).max_count(MOST).param("code", code)?;
        Ok(self.client.execute_flexiblesearch(query).await?.rows)
    }

    /// The same for a type that has to be there.
    pub(super) async fn expect(&mut self, code: &str) -> Result<Arc<ItemType>> {
        match self.find(code).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.unknown(code).await),
            Err(error) if error.kind() == ErrorKind::QueryFailed => {
                Err(error.while_doing(format!("ask what the attributes of {code} hold")))
            }
            Err(error) => Err(error),
        }
    }

    async fn unknown(&self, code: &str) -> Error {
        // The failure stands without them.
        let known = self.client.types().await.unwrap_or_default();
        let near = nearest_names(code, known.iter().map(String::as_str));
        let meant = near.first().map(|near| (*near).to_owned());
        usage(format!("the server has no type {code}"), CopyAdvice::ListTypes { meant })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_its_values_says_what_an_attribute_holds() {
        for (code, holds) in [
            ("java.lang.String", Holds::Text),
            ("java.lang.Boolean", Holds::Boolean),
            ("java.math.BigDecimal", Holds::Number),
            ("java.util.Date", Holds::Time),
            ("CatalogVersion", Holds::Item("CatalogVersion".to_owned())),
            ("java.lang.Class", Holds::Object("java.lang.Class".to_owned())),
            ("de.hybris.platform.core.PK", Holds::Object("de.hybris.platform.core.PK".to_owned())),
        ] {
            assert_eq!(Holds::of(code), holds, "{code}");
        }
    }
}
