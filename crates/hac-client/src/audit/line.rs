//! The lines of the log: one before a call is sent, one when it has ended.

use serde::{Deserialize, Serialize};

use crate::protection::CallClass;

/// A line, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Line {
    /// The call is about to be sent.
    Sending(Box<Sending>),
    /// Its outcome is known, or will never be.
    Ended(Ended),
}

/// Everything that is known before the call is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sending {
    /// The time in UTC, by RFC 3339.
    pub(super) at: String,
    pub(super) id: String,
    pub(super) run: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<u32>,
    pub(super) host: String,
    pub(super) pid: u32,
    pub(super) hac_user: String,
    pub(super) url: String,
    pub(super) environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<String>,
    #[serde(with = "class")]
    pub(super) class: CallClass,
    pub(super) operation: String,
    pub(super) path: String,
    pub(super) bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first_line: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) created: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) at: String,
    pub(super) id: String,
    /// `ok`, `interrupted`, or the code of the kind of its error.
    pub(super) outcome: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) node: Option<String>,
    pub(super) ms: u64,
}

mod class {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::protection::CallClass;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(class: &CallClass, serializer: S) -> Result<S::Ok, S::Error> {
        class.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CallClass, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("an unknown class"))
    }
}
