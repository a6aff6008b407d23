//! An answer that is JSON of a known form, whatever its content type.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::keys::{self, Defect};
use super::weight::JsonWeight;
use crate::engine::expectation::{Expectation, Taken, TooLarge, Unexpected};
use crate::limits::{COLLECTED_LIMIT, PAGE_LIMIT};

/// The expected JSON. An HTML page never matches, so a login page never does.
enum Form {
    /// An object with all these keys.
    Object(Vec<String>),
    /// An array.
    List,
    /// Any value: for answers whose form is not documented publicly.
    Any,
}

impl Form {
    /// Whether a body that begins so may be it.
    fn may_begin_with(&self, first: u8) -> bool {
        match self {
            Self::Object(_) => first == b'{',
            Self::List => first == b'[',
            Self::Any => matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
        }
    }
}

/// Collects the body and accepts it if it is JSON of the expected form.
pub(crate) struct JsonAnswer<T> {
    form: Form,
    /// Whether the server is told that JSON is wanted: some addresses have a page too.
    asked_for: bool,
    body: Vec<u8>,
    /// Whether the body begins as the form does; `None` before its first visible byte.
    begins_well: Option<bool>,
    weight: JsonWeight,
    answer: PhantomData<fn() -> T>,
}

impl<T> JsonAnswer<T> {
    /// An object with all the keys; others may stand beside them.
    pub(crate) fn with_keys(keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::of(Form::Object(keys.into_iter().map(Into::into).collect()))
    }

    /// An array.
    pub(crate) fn list() -> Self {
        Self::of(Form::List)
    }

    /// Any JSON value.
    pub(crate) fn any() -> Self {
        Self::of(Form::Any)
    }

    /// JSON is asked for with a header.
    pub(crate) fn asked_for(self) -> Self {
        Self { asked_for: true, ..self }
    }

    fn of(form: Form) -> Self {
        Self {
            form,
            asked_for: false,
            body: Vec::new(),
            begins_well: None,
            weight: JsonWeight::default(),
            answer: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Expectation for JsonAnswer<T> {
    type Output = T;

    fn take(&mut self, piece: &[u8]) -> Result<Taken, TooLarge> {
        if self.begins_well.is_none() {
            let first = piece.iter().find(|byte| !byte.is_ascii_whitespace());
            self.begins_well = first.map(|first| self.form.may_begin_with(*first));
        }
        if self.begins_well == Some(false) {
            // A page in place of the answer: it is judged by its beginning.
            let room = PAGE_LIMIT.saturating_sub(self.body.len());
            self.body.extend_from_slice(&piece[..piece.len().min(room)]);
            return Ok(if room > piece.len() { Taken::More } else { Taken::Enough });
        }
        if self.body.len() + piece.len() > COLLECTED_LIMIT || self.weight.add(piece) > COLLECTED_LIMIT {
            return Err(TooLarge { what: "the answer", limit: COLLECTED_LIMIT });
        }
        self.body.extend_from_slice(piece);
        Ok(Taken::More)
    }

    fn conclude(&mut self) -> Result<T, Unexpected> {
        let body = std::mem::take(&mut self.body);
        let unexpected = |body, defect| Err(Unexpected { body, defect });
        let Some(first) = body.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return unexpected(body, None);
        };
        if self.begins_well != Some(true) {
            return unexpected(body, None);
        }
        let keys = if let Form::Object(keys) = &self.form { &keys[..] } else { &[] };
        match keys::read(&body, keys) {
            Ok(answer) => Ok(answer),
            // Text of any kind may begin with a letter or a digit: no sign that JSON was meant.
            Err(Defect::Broken(_)) if !matches!(first, b'{' | b'[') => unexpected(body, None),
            Err(defect) => {
                let told = match defect {
                    Defect::Broken(error) => format!("its JSON is broken: {error}"),
                    Defect::Missing(key) => format!("its JSON has no \"{key}\""),
                    Defect::Shape(error) => format!("its JSON has an unexpected structure: {error}"),
                };
                unexpected(body, Some(told))
            }
        }
    }

    fn accepts(&self) -> Option<&'static str> {
        self.asked_for.then_some("application/json")
    }

    fn delivered(&self) -> bool {
        false
    }

    fn restart(&mut self) {
        self.body.clear();
        self.begins_well = None;
        self.weight = JsonWeight::default();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn conclude(body: &str) -> Result<Value, Unexpected> {
        conclude_as(JsonAnswer::with_keys(["a", "b"]), body)
    }

    fn conclude_as(mut expected: JsonAnswer<Value>, body: &str) -> Result<Value, Unexpected> {
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
    fn a_list_is_the_answer_where_a_list_is_expected_and_nowhere_else() {
        for list in ["[]", " [1, {\"a\":1}]"] {
            assert!(conclude_as(JsonAnswer::list(), list).is_ok(), "{list}");
            assert!(conclude(list).expect_err("no object").defect.is_none(), "{list}");
        }
        for other in ["{}", "1", "\"[]\"", "<html>[]</html>", ""] {
            assert!(conclude_as(JsonAnswer::list(), other).expect_err(other).defect.is_none(), "{other}");
        }
        assert!(conclude_as(JsonAnswer::list(), "[1,").expect_err("cut").defect.expect("told").contains("broken"));
    }

    #[test]
    fn any_json_is_the_answer_where_its_form_is_not_known_but_no_page_is() {
        for json in ["{}", "[]", "true", "null", " \"done\"", "-1", "7"] {
            assert!(conclude_as(JsonAnswer::any(), json).is_ok(), "{json}");
        }
        for other in ["", "<html>", "not found", "true story", "done"] {
            assert!(conclude_as(JsonAnswer::any(), other).expect_err(other).defect.is_none(), "{other}");
        }
        assert!(conclude_as(JsonAnswer::any(), "{\"a\"").expect_err("cut").defect.is_some());
    }

    #[test]
    fn an_answer_over_the_limit_is_given_up() {
        let mut expected = JsonAnswer::<Value>::with_keys(["a"]);
        let piece = vec![b' '; COLLECTED_LIMIT];
        assert!(expected.take(&piece).is_ok());
        assert!(expected.take(b" ").is_err());
    }
}
