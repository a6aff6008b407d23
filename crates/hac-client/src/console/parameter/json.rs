//! JSON with its numbers as they were written.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind, Result};

/// A JSON value. Numbers keep all their digits; of equal keys, the last one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonValue(Node);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl JsonValue {
    pub(super) fn node(&self) -> &Node {
        &self.0
    }
}

impl FromStr for JsonValue {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let raw: &RawValue = serde_json::from_str(text)?;
            node(raw.get())
        };
        read().map(Self).map_err(|cause: serde_json::Error| {
            Error::new(ErrorKind::Usage, "read the parameter value")
                .because(format!("it is not valid JSON: {cause}"))
                .with_hint("put strings and keys in double quotes: {\"codes\": [\"a\", \"b\"], \"limit\": 5}")
        })
    }
}

/// JSON on one line.
impl fmt::Display for JsonValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(&self.0, f)
    }
}

fn write(node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quoted = |text: &str| serde_json::to_string(text).map_err(|_| fmt::Error);
    match node {
        Node::Null => f.write_str("null"),
        Node::Bool(truth) => write!(f, "{truth}"),
        Node::Number(number) => f.write_str(number),
        Node::Text(text) => f.write_str(&quoted(text)?),
        Node::List(nodes) => {
            for (position, node) in nodes.iter().enumerate() {
                f.write_str(if position == 0 { "[" } else { "," })?;
                write(node, f)?;
            }
            f.write_str(if nodes.is_empty() { "[]" } else { "]" })
        }
        Node::Map(entries) => {
            for (position, (key, node)) in entries.iter().enumerate() {
                f.write_str(if position == 0 { "{" } else { "," })?;
                write!(f, "{}:", quoted(key)?)?;
                write(node, f)?;
            }
            f.write_str(if entries.is_empty() { "{}" } else { "}" })
        }
    }
}

/// Reads a text that is JSON. Its depth was limited when it was read the first time.
fn node(text: &str) -> serde_json::Result<Node> {
    Ok(match text.as_bytes().first() {
        Some(b'n') => Node::Null,
        Some(b't') => Node::Bool(true),
        Some(b'f') => Node::Bool(false),
        Some(b'"') => Node::Text(serde_json::from_str(text)?),
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Node::List(items.into_iter().map(|item| node(item.get())).collect::<serde_json::Result<_>>()?)
        }
        Some(b'{') => {
            let Entries(entries) = serde_json::from_str(text)?;
            let mut map: Vec<(String, Node)> = Vec::with_capacity(entries.len());
            let mut places = std::collections::HashMap::with_capacity(entries.len());
            for (key, value) in entries {
                let value = node(value.get())?;
                if let Some(&place) = places.get(&key) {
                    let (_, old): &mut (String, Node) = &mut map[place];
                    *old = value;
                } else {
                    places.insert(key.clone(), map.len());
                    map.push((key, value));
                }
            }
            Node::Map(map)
        }
        _ if super::is_decimal(text) => Node::Number(text.to_owned()),
        _ => return Err(serde::de::Error::custom(format!("the number {text} is out of bounds"))),
    })
}

/// The entries of an object in their order.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
