//! The fields of an object in the order in which they are written, and those of them that are wanted.

use std::borrow::Cow;
use std::fmt;

use hac_client::Result;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::places;

/// Names and values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fields(pub(super) Vec<(String, Value)>);

impl Fields {
    /// Those of anything that is written as a JSON object; none of anything else.
    pub(crate) fn of(object: &impl Serialize) -> Self {
        let text = serde_json::to_string(object).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same of a list of objects.
    pub(super) fn of_each<T: Serialize>(objects: &[T]) -> Vec<Self> {
        objects.iter().map(Self::of).collect()
    }

    pub(super) fn named(fields: Vec<(&str, Value)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The wanted ones, in the wanted order; all where none are named.
    pub(crate) fn picked(self, columns: &[String]) -> Result<Self> {
        let names: Vec<String> = self.0.iter().map(|(name, _)| name.clone()).collect();
        Ok(match places(columns, &names)? {
            None => self,
            Some(places) => Self(places.into_iter().map(|place| self.0[place].clone()).collect()),
        })
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

/// A value as the text of a cell: text as it is, null as none, everything else as JSON.
pub(super) fn shown(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn what_is_no_text_is_shown_as_json() {
        let text = |value: &Value| shown(value).map(Cow::into_owned);
        assert_eq!(text(&json!("true")).as_deref(), Some("true"));
        assert_eq!(text(&json!({"d": [true, 1.5]})).as_deref(), Some("{\"d\":[true,1.5]}"));
        assert_eq!((text(&Value::Null), text(&json!(""))), (None, Some(String::new())));
    }
}
