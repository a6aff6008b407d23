//! An answer that is one JSON object with known keys, whatever its content type says.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Expectation, Taken, TooLarge, Unexpected};

/// The limit of an answer that is collected in memory, decompressed.
pub(crate) const COLLECTED_LIMIT: usize = 64 << 20;

/// Collects the body and takes it for the answer if it is an object with all the keys.
pub(crate) struct JsonAnswer<T> {
    keys: Vec<String>,
    body: Vec<u8>,
    answer: PhantomData<fn() -> T>,
}

impl<T> JsonAnswer<T> {
    pub(crate) fn with_keys(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { keys: keys.into_iter().map(Into::into).collect(), body: Vec::new(), answer: PhantomData }
    }
}

impl<T: DeserializeOwned> Expectation for JsonAnswer<T> {
    type Output = T;

    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge> {
        if self.body.len() + piece.len() > COLLECTED_LIMIT {
            return Err(TooLarge { what: "the answer", limit: COLLECTED_LIMIT });
        }
        self.body.extend_from_slice(piece);
        Ok(Taken::More)
    }

    fn conclude(&mut self) -> Result<T, Unexpected> {
        let body = std::mem::take(&mut self.body);
        let unexpected = |body, defect| Err(Unexpected { body, defect });
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return unexpected(body, None);
        }
        let value: Value = match serde_json::from_slice(&body) {
            Ok(value) => value,
            Err(error) => return unexpected(body, Some(format!("its JSON is broken: {error}"))),
        };
        if let Some(missing) = self.keys.iter().find(|key| value.get(key.as_str()).is_none()) {
            let defect = format!("its JSON has no \"{missing}\"");
            return unexpected(body, Some(defect));
        }
        serde_json::from_value(value)
            .or_else(|error| unexpected(body, Some(format!("its JSON has another shape: {error}"))))
    }

    fn delivered(&self) -> bool {
        false
    }

    fn restart(&mut self) {
        self.body.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conclude(body: &str) -> Result<Value, Unexpected> {
        let mut expected = JsonAnswer::<Value>::with_keys(["a", "b"]);
        expected.take(body.as_bytes()).expect("small");
        expected.conclude()
    }

    #[test]
    fn an_object_with_the_keys_is_the_answer_and_others_may_stand_beside_them() {
        assert!(conclude(r#" {"a":null,"b":"<form action=j_spring_security_check>","c":1}"#).is_ok());
    }

    #[test]
    fn anything_else_is_not_and_says_what_is_wrong_if_it_began_as_json() {
        assert!(conclude("<html>").expect_err("html").defect.is_none());
        assert!(conclude(r#"{"a":1}"#).expect_err("missing").defect.expect("told").contains("\"b\""));
        assert!(conclude(r#"{"a":1,"b""#).expect_err("cut").defect.expect("told").contains("broken"));
    }

    #[test]
    fn an_answer_over_the_limit_is_given_up() {
        let mut expected = JsonAnswer::<Value>::with_keys(["a"]);
        let piece = vec![b' '; COLLECTED_LIMIT];
        assert!(expected.take(&piece).is_ok());
        assert!(expected.take(b" ").is_err());
    }
}
