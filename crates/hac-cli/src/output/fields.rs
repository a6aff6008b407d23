//! The fields of an object in the order in which they are written, and those of them that are wanted.

use std::collections::HashMap;
use std::fmt;

use hac_client::Result;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Listing, places};

/// Names and values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields(pub(super) Vec<(String, Value)>);

impl Fields {
    /// Those of anything that is written as a JSON object; none of anything else.
    pub(super) fn of(object: &impl Serialize) -> Self {
        let text = serde_json::to_string(object).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same of a list of objects.
    pub(super) fn of_each<T: Serialize>(objects: &[T]) -> Vec<Self> {
        objects.iter().map(Self::of).collect()
    }

    /// The wanted ones, in the wanted order; all where none are named.
    pub(super) fn picked(self, columns: &[String]) -> Result<Self> {
        let names: Vec<String> = self.0.iter().map(|(name, _)| name.clone()).collect();
        Ok(match places(columns, &names)? {
            None => self,
            Some(places) => Self(places.into_iter().map(|place| self.0[place].clone()).collect()),
        })
    }
}

impl Fields {
    /// The same where the fields are those of things within: of the objects of a list, or of one object.
    pub(super) fn picked_within(mut self, columns: &[String]) -> Result<Self> {
        if columns.is_empty() {
            return Ok(self);
        }
        let is_object = |value: &Value| value.is_object();
        let holds_things =
            |value: &Value| is_object(value) || value.as_array().is_some_and(|list| list.iter().all(is_object));
        let Some((_, value)) = self.0.iter_mut().find(|(name, value)| name != "error" && holds_things(value)) else {
            return self.picked(columns);
        };
        let picked = |value: &Value| Self::of(value).picked(columns).map(|fields| serde_json::json!(fields));
        *value = match &*value {
            Value::Array(list) => list.iter().map(picked).collect::<Result<_>>()?,
            other => picked(other)?,
        };
        Ok(self)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// So many keys get a column of their own. Each record has a cell in each column: without a
/// limit, records of which each has another key would fill a table with the square of their number.
const MOST_COLUMNS: usize = 50;

/// The column of the keys that have none of their own.
const FURTHER: &str = "…";

/// A column for each key that one of them has, in the order in which they appear.
pub(super) fn cells_of(records: &[Fields]) -> Listing {
    let mut headers: Vec<String> = Vec::new();
    let mut columns: HashMap<&str, usize> = HashMap::new();
    let mut further = false;
    for (key, _) in records.iter().flat_map(|Fields(fields)| fields) {
        if columns.contains_key(key.as_str()) {
            continue;
        }
        if headers.len() == MOST_COLUMNS {
            further = true;
            continue;
        }
        columns.insert(key, headers.len());
        headers.push(key.clone());
    }
    let row = |Fields(record): &Fields| {
        let mut cells = vec![None; headers.len() + usize::from(further)];
        let mut rest = Map::new();
        for (key, value) in record {
            match columns.get(key.as_str()) {
                Some(column) => cells[*column] = text(value),
                None => drop(rest.insert(key.clone(), value.clone())),
            }
        }
        if !rest.is_empty() {
            cells[headers.len()] = Some(Value::Object(rest).to_string());
        }
        cells
    };
    let rows = records.iter().map(row).collect();
    headers.extend(further.then(|| FURTHER.to_owned()));
    Listing::of(headers, rows)
}

/// A value as the text of a cell: text as it is, null as none, everything else as JSON.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_the_wanted_ones_take_the_wanted_one() {
        #[derive(serde::Serialize)]
        struct Thing {
            name: &'static str,
            age: u8,
        }
        let fields = Fields::of(&Thing { name: "x", age: 1 });
        assert_eq!(serde_json::to_string(&fields).expect("JSON"), r#"{"name":"x","age":1}"#);
        let picked = fields.picked(&["AGE".to_owned(), "name".to_owned()]).expect("both are there");
        assert_eq!(serde_json::to_string(&picked).expect("JSON"), r#"{"age":1,"name":"x"}"#);
        assert!(picked.picked(&["nam".to_owned()]).is_err());
    }

    #[test]
    fn every_key_is_a_column_and_what_is_no_text_is_json() {
        let records: Vec<Map<String, Value>> =
            serde_json::from_str(r#"[{"a":"x","b":1},{"a":null,"c":{"d":[true]}},{}]"#).expect("objects");
        let listing = cells_of(&Fields::of_each(&records));
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(listing.headers, ["a", "b", "c"]);
        assert_eq!(
            listing.rows,
            [vec![cell("x"), cell("1"), None], vec![None, None, cell("{\"d\":[true]}")], vec![None, None, None],]
        );
    }

    /// As columns of their own they would be 10,000,000,000 cells.
    #[test]
    fn records_with_a_key_of_their_own_each_share_one_column() {
        let records: Vec<Map<String, Value>> =
            (0..100_000).map(|number| Map::from_iter([(format!("key{number}"), number.into())])).collect();
        let listing = cells_of(&Fields::of_each(&records));
        assert_eq!(listing.headers.len(), MOST_COLUMNS + 1);
        let cells: usize = listing.rows.iter().map(Vec::len).sum();
        assert_eq!(cells, records.len() * (MOST_COLUMNS + 1));
        assert_eq!(listing.rows[60][MOST_COLUMNS].as_deref(), Some("{\"key60\":60}"));
    }
}
