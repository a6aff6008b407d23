//! How fields of results are serialized that have no form of their own.

use std::fmt::Display;
use std::time::Duration;

use serde::Serializer;
use serde::ser::SerializeMap as _;

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A duration in whole milliseconds.
pub(crate) fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(whole_millis(*duration))
}

/// The same, or null.
#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
pub(crate) fn optional_millis<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => serializer.serialize_some(&whole_millis(*duration)),
        None => serializer.serialize_none(),
    }
}

/// What is shown of a value, or null.
#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
pub(crate) fn optional_text<T: Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

/// Pairs as an object, in their order.
pub(crate) fn map<S: Serializer>(pairs: &[(String, bool)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}
