//! Checks the keys of a JSON object while it is deserialized.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::CowStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Why a text is not the object that was expected.
#[derive(Debug)]
pub(super) enum Defect {
    /// It is not valid JSON, or not an object.
    Broken(serde_json::Error),
    Missing(String),
    /// All keys are present, but a value has the wrong type.
    Shape(serde_json::Error),
}

/// Parses an object with all these keys, or any value if no keys are required.
pub(super) fn read<T: DeserializeOwned>(json: &[u8], keys: &[String]) -> Result<T, Defect> {
    match read_once(json, keys) {
        Ok((value, None)) => Ok(value),
        Ok((_, Some(missing))) => Err(Defect::Missing(missing.clone())),
        // Only now is it worth to know what is wrong first: the text itself, or what is missing in it.
        Err(error) => Err(match read_once::<IgnoredAny>(json, keys) {
            Err(broken) => Defect::Broken(broken),
            Ok((_, Some(missing))) => Defect::Missing(missing.clone()),
            Ok((_, None)) => Defect::Shape(error),
        }),
    }
}

/// The value, and the first of the keys that the object lacks.
fn read_once<'k, T: DeserializeOwned>(json: &[u8], keys: &'k [String]) -> serde_json::Result<(T, Option<&'k String>)> {
    let mut text = serde_json::Deserializer::from_slice(json);
    let mut wanted: Vec<_> = keys.iter().collect();
    let value = if keys.is_empty() {
        T::deserialize(&mut text)?
    } else {
        T::deserialize(Noting { inner: &mut text, wanted: &mut wanted })?
    };
    text.end()?;
    Ok((value, wanted.first().copied()))
}

/// A reader of an object, and what reads in its place: it crosses the keys that come off the list.
struct Noting<'w, 'k, T> {
    inner: T,
    wanted: &'w mut Vec<&'k String>,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Noting<'_, '_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_map(Noting { inner: visitor, wanted: self.wanted })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Noting<'_, '_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.inner.visit_map(Noting { inner: map, wanted: self.wanted })
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Noting<'_, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.inner.next_key::<Cow<'_, str>>()? else { return Ok(None) };
        self.wanted.retain(|wanted| **wanted != *key);
        seed.deserialize(CowStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;
    use serde_json::{Map, Value};

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        some_text: Option<String>,
        #[serde(flatten)]
        rest: HashMap<String, Value>,
    }

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn a_value_is_read_as_without_the_notes() {
        let json = br#" {"someText": "a\u00e4", "b": [1, {"c": null}], "\u0061": 1.5} "#;
        let noted: Answer = read(json, &keys(&["a", "b"])).expect("whole");
        assert_eq!(noted, serde_json::from_slice(json).expect("whole"));
        let noted: Map<String, Value> = read(json, &keys(&["someText"])).expect("whole");
        assert_eq!(noted, serde_json::from_slice(json).expect("whole"));
        assert_eq!(read::<Value>(b"[1]", &[]).expect("any"), serde_json::json!([1]));
    }

    #[test]
    fn what_is_broken_is_said_before_what_is_missing_and_that_before_another_shape() {
        let defect =
            |json: &str, wanted: &[&str]| read::<Answer>(json.as_bytes(), &keys(wanted)).expect_err("a defect");
        assert!(matches!(defect(r#"{"someText": 1, "b": "#, &["a"]), Defect::Broken(_)));
        assert!(matches!(defect(r#"{"someText": 1} x"#, &["a"]), Defect::Broken(_)));
        assert!(matches!(defect("[]", &["a"]), Defect::Broken(_)));
        assert!(matches!(defect(r#"{"someText": 1, "b": {"a": 1}}"#, &["b", "a"]), Defect::Missing(key) if key == "a"));
        assert!(matches!(defect("{}", &["a", "b"]), Defect::Missing(key) if key == "a"));
        assert!(matches!(defect(r#"{"someText": 1, "a": 2}"#, &["a"]), Defect::Shape(_)));
    }
}
