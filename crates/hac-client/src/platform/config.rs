//! The properties of the running server: `/platform/config`.

use serde::{Deserialize, Serialize};

use crate::audit::{Subject, names_a_secret};
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::engine::page::PageAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTED_LIMIT;
use crate::page::TooManyRows;
use crate::page::properties::{PropertyRow, properties};
use crate::platform::{in_the_name_of_the_change, is_unreadable, too_many_rows};
use crate::protection::{Admission, Class};
use crate::transport::Body;

const DOING: &str = "set the property";

/// The shortest row of asterisks that counts as a mask. SAP's documentation shows five.
const SHORTEST_MASK: usize = 5;

/// A property, as the configuration page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Property {
    /// Its key.
    pub key: String,
    /// The value, or its mask.
    pub value: String,
}

impl Property {
    /// Returns whether the server shows asterisks (`*****`) instead of the value.
    ///
    /// The server does that for the keys in its setting `configuration.view.*`. A value that consists of five or more
    /// asterisks looks the same.
    pub fn is_masked(&self) -> bool {
        self.value.len() >= SHORTEST_MASK && self.value.bytes().all(|byte| byte == b'*')
    }
}

impl From<PropertyRow> for Property {
    fn from(row: PropertyRow) -> Self {
        Self { key: row.key, value: row.value }
    }
}

/// The server's answer to a change of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PropertyChange {
    /// What the server did. `update` was observed for an existing property; the answer for a new one is not known. Empty if
    /// the server says nothing.
    pub action: String,
    /// The value of `hasEdited`, whose meaning is not known.
    pub has_edited: Option<bool>,
    /// The value before the change, if [`HacClient::replace_property`] found one.
    pub previous: Option<String>,
    /// Whether [`HacClient::replace_property`] saw that there was no such property before.
    pub is_new: bool,
    /// Whether the value may be a secret: the server masked the one before, or the key is named like one (password, token, key, …). Show
    /// neither value then; the [audit log](crate::audit) has neither.
    pub is_secret: bool,
}

impl PropertyChange {
    /// Returns whether the server confirms the change, in the only known way: the action `update`. After any other action,
    /// check the property.
    pub fn success(&self) -> bool {
        self.action == "update"
    }
}

/// What was seen of a property before it is set.
#[derive(Default)]
struct Before {
    value: Option<String>,
    is_new: bool,
    is_masked: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    action: Option<String>,
    #[serde(default)]
    has_edited: Option<bool>,
}

impl HacClient {
    /// Returns all properties of the configuration page in its order; there are thousands.
    ///
    /// The server may mask values (see [`Property::is_masked`]) or omit properties. The values are those in effect, including
    /// changes in memory.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn properties(&self) -> Result<Vec<Property>> {
        let call = Call::get("/platform/config", "list the properties");
        let mut expected = PageAnswer::new(COLLECTED_LIMIT, properties);
        let rows = self.engine().perform(&call, &mut expected).await?.map_err(|TooManyRows| too_many_rows(&call))?;
        Ok(rows.into_iter().map(Property::from).collect())
    }

    /// Sets a property in the memory of the node that answers, until the node restarts.
    ///
    /// The effect of a new key depends on the server; it is not documented publicly. Check [`PropertyChange::success`].
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn set_property(&self, key: &str, value: &str) -> Result<PropertyChange> {
        self.change_property(key, value, Before::default(), None).await
    }

    /// Works as [`set_property`](Self::set_property), but reads the value first: it is in [`PropertyChange::previous`], and is recorded in
    /// the [audit log](crate::audit) with the new value, so that it can be put back. One request more.
    ///
    /// It is `None` if there was no such property (which is [recorded](crate::audit::AuditEntry::created) with the new value), the server
    /// masks its value, or the user may not see the page; neither value is recorded in the last two cases, nor if the key is named like a
    /// secret (password, token, key, …). A value that contains a secret of this client or a line break,
    /// or is longer than 4096 characters, is not recorded.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn replace_property(&self, key: &str, value: &str) -> Result<PropertyChange> {
        let admission = self.engine().admit(Class::Write, DOING).await?;
        let before = match self.properties().await {
            Ok(properties) => {
                let found = properties.into_iter().find(|property| property.key == key);
                let is_new = found.is_none();
                let is_masked = found.as_ref().is_some_and(Property::is_masked);
                let value = found.filter(|_| !is_masked).map(|property| property.value);
                Before { value, is_new, is_masked }
            }
            // To set it does not need the page.
            Err(error) if is_unreadable(error.kind()) => Before::default(),
            Err(error) => return Err(in_the_name_of_the_change(error, DOING)),
        };
        self.change_property(key, value, before, Some(admission)).await
    }

    async fn change_property(
        &self,
        key: &str,
        value: &str,
        before: Before,
        admission: Option<Admission>,
    ) -> Result<PropertyChange> {
        if key.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the key is empty")
                .with_hint("pass a key and a value"));
        }
        let call =
            Call::post("/platform/config/configstore", DOING, Class::Write, Body::form([("key", key), ("val", value)]))
                .recorded_as(self.engine().subject(|| {
                    Subject::setting(key).creating(before.is_new).replacing(before.value.as_deref(), value)
                }));
        let mut expected = JsonAnswer::<Stored>::with_keys(["action"]);
        let engine = self.engine();
        let answer = engine.perform_admitted(&call, &mut expected, engine.answer_timeout, admission).await?;
        let change = PropertyChange {
            action: answer.action.unwrap_or_default(),
            has_edited: answer.has_edited,
            previous: before.value,
            is_new: before.is_new,
            is_secret: before.is_masked || names_a_secret(key),
        };
        if !change.success() {
            call.failed(None);
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asterisks_in_place_of_a_value_are_a_mask_and_fewer_are_a_value() {
        let property = |value: &str| Property { key: "k".into(), value: value.into() };
        assert!(property("*****").is_masked() && property("********").is_masked());
        for value in ["", "*", "****", "*****a", "*.*"] {
            assert!(!property(value).is_masked(), "{value}");
        }
    }
}
