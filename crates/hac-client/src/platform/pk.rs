//! The PK analyzer: `/platform/pkanalyzer`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::protection::Class;
use crate::server_text::{EXCERPT_CHARS, ServerText};
use crate::transport::Body;

/// A PK, decoded by the server.
///
/// The keys of the answer are known from four public clients, the types of its values from none: the getters also accept
/// numbers as text, and [`fields`](Self::fields) has everything as received. If the text is not a PK, the result has a
/// [`failure`](Self::failure); it is not an `Err`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PkAnalysis {
    /// The text that was analyzed.
    pub pk: String,
    /// The answer as received: `pkString`, `counterBased`, `pkAsHex`, `pkAsBinary`, `pkTypeCode`, `pkComposedTypeCode`,
    /// `pkClusterId`, `pkCreationTime`, `pkCreationDate`, `pkMilliCnt`, `bits`, `possibleException`.
    pub fields: Map<String, Value>,
}

impl PkAnalysis {
    /// Returns why the text is not a PK. An answer without information about the PK is a failure too.
    pub fn failure(&self) -> Option<String> {
        let told = |key: &&str| self.fields.get(*key).is_some_and(|value| !value.is_null());
        let exception = match self.fields.get("possibleException").filter(|value| !value.is_null()) {
            Some(exception) => exception,
            None if ["pkTypeCode", "pkComposedTypeCode", "pkAsHex"].iter().any(told) => return None,
            None => return Some("the server returned nothing about it".to_owned()),
        };
        let message = match exception {
            Value::String(message) => Some(message.as_str()),
            exception => ["message", "localizedMessage"].iter().find_map(|key| exception.get(key)?.as_str()),
        };
        let message = message.map(str::trim).filter(|message| !message.is_empty());
        Some(message.unwrap_or("the server gave no reason").to_owned())
    }

    /// Returns whether the text is a PK.
    pub fn success(&self) -> bool {
        self.failure().is_none()
    }

    /// Returns the type code of the deployment, such as 1 for `Product`.
    pub fn type_code(&self) -> Option<u64> {
        self.number("pkTypeCode")
    }

    /// Returns the code of the composed type, such as `Product`.
    pub fn composed_type(&self) -> Option<&str> {
        self.text("pkComposedTypeCode")
    }

    /// Returns whether the PK is based on a counter rather than on the time.
    pub fn counter_based(&self) -> Option<bool> {
        match self.fields.get("counterBased")? {
            Value::String(text) => text.parse().ok(),
            value => value.as_bool(),
        }
    }

    /// Returns the cluster node that created it.
    pub fn cluster_id(&self) -> Option<u64> {
        self.number("pkClusterId")
    }

    /// Returns the PK in hexadecimal.
    pub fn hex(&self) -> Option<&str> {
        self.text("pkAsHex")
    }

    /// Returns the PK in binary.
    pub fn binary(&self) -> Option<&str> {
        self.text("pkAsBinary")
    }

    /// Returns the creation time, as the server formats it. A counter-based PK has none.
    pub fn creation_date(&self) -> Option<String> {
        match self.fields.get("pkCreationDate").or_else(|| self.fields.get("pkCreationTime"))? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            value => Some(value.to_string()),
        }
    }

    fn number(&self, key: &str) -> Option<u64> {
        match self.fields.get(key)? {
            Value::String(text) => text.trim().parse().ok(),
            value => value.as_u64(),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str().filter(|text| !text.is_empty())
    }
}

impl HacClient {
    /// Decodes a PK: type, node, creation time. The server does not look the item up, so it need not exist, and changes
    /// nothing.
    ///
    /// The server decides whether the text is a PK: check [`PkAnalysis::success`].
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn analyze_pk(&self, pk: &str) -> Result<PkAnalysis> {
        const DOING: &str = "analyze the PK";
        if pk.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("the PK is empty")
                .with_hint("a PK is a whole number"));
        }
        let call = Call::post("/platform/pkanalyzer/analyze", DOING, Class::Read, Body::form([("pkString", pk)]));
        let mut expected = JsonAnswer::<Map<String, Value>>::with_keys([] as [&str; 0]);
        let fields = self.engine().perform(&call, &mut expected).await?;
        if !["pkString", "possibleException", "pkTypeCode"].iter().any(|key| fields.contains_key(*key)) {
            let keys: Vec<_> = fields.keys().take(10).map(String::as_str).collect();
            let keys = self.engine().transport.secrets().show(&ServerText::new(keys.join(", ")), EXCERPT_CHARS);
            return Err(Error::new(ErrorKind::Protocol, DOING)
                .because(format!("the answer has none of the keys of a PK; it has {keys}"))
                .with_hint("this may be a release of HAC that is not supported yet"));
        }
        Ok(PkAnalysis { pk: pk.to_owned(), fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn analysis(json: &str) -> PkAnalysis {
        PkAnalysis { pk: "1".into(), fields: serde_json::from_str(json).expect("an object") }
    }

    #[test]
    fn values_are_read_as_numbers_or_as_texts_of_numbers() {
        for json in [
            r#"{"pkTypeCode":1,"pkClusterId":3,"counterBased":true,"pkCreationDate":"today"}"#,
            r#"{"pkTypeCode":"1","pkClusterId":" 3 ","counterBased":"true","pkCreationDate":"today"}"#,
        ] {
            let read = analysis(json);
            assert_eq!((read.type_code(), read.cluster_id(), read.counter_based()), (Some(1), Some(3), Some(true)));
            assert_eq!(read.creation_date().as_deref(), Some("today"));
            assert!(read.success());
        }
        let empty = analysis(r#"{"pkTypeCode":null,"pkCreationDate":null,"counterBased":null,"pkAsHex":""}"#);
        assert_eq!(
            (empty.type_code(), empty.creation_date(), empty.counter_based(), empty.hex()),
            (None, None, None, None)
        );
        assert_eq!(analysis(r#"{"pkCreationTime":1700000000000}"#).creation_date().as_deref(), Some("1700000000000"));
    }

    #[test]
    fn an_exception_is_a_failure_whatever_its_form() {
        for (json, message) in [
            (r#"{"possibleException":{"message":"no PK","cause":null}}"#, "no PK"),
            (r#"{"possibleException":{"message":null,"localizedMessage":"kein PK"}}"#, "kein PK"),
            (r#"{"possibleException":"no PK"}"#, "no PK"),
            (r#"{"possibleException":{}}"#, "the server gave no reason"),
        ] {
            assert_eq!(analysis(json).failure().as_deref(), Some(message));
        }
        assert!(analysis(r#"{"possibleException":null,"pkTypeCode":"1"}"#).success());
        for nothing in ["{}", r#"{"possibleException":null}"#, r#"{"pkString":"1","pkTypeCode":null}"#] {
            assert_eq!(
                analysis(nothing).failure().as_deref(),
                Some("the server returned nothing about it"),
                "{nothing}"
            );
        }
    }
}
