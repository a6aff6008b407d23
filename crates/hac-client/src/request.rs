//! Requests to any page of HAC, for tabs that this library has no method for.

mod class;

use bytes::Bytes;
use http::Method;

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::page::PageAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::PAGE_LIMIT;
use crate::page::{Element, element_by_id};
use crate::progress::OnProgress;
use crate::transport::Body;
pub use crate::transport::resend::Effect;

/// A request below the context path, sent with the session's cookies and token.
///
/// Login, renewal and resending work as for any call (see [`guide::resending`](crate::guide::resending)). For that, the
/// client must recognise the expected answer: set it with one of the `expect_…` methods.
///
/// ```
/// use hac_client::request::{Effect, HacRequest};
/// let request = HacRequest::post("/console/impex/import", Effect::Write)
///     .form([("scriptContent", "UPDATE User;uid[unique=true]"), ("validationEnum", "IMPORT_STRICT")])
///     .expect_element(["impexResult"]);
/// ```
#[derive(Clone)]
pub struct HacRequest {
    method: Method,
    path: String,
    query: Option<String>,
    body: Body,
    effect: Effect,
    expected: Expected,
}

#[derive(Clone, Debug)]
enum Expected {
    JsonKeys(Vec<String>),
    JsonList,
    Element(Vec<String>),
}

impl std::fmt::Debug for HacRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HacRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("effect", &self.effect)
            .field("expected", &self.expected)
            .finish_non_exhaustive()
    }
}

impl HacRequest {
    /// Returns a GET request, which is a read. The path is below HAC's context path: `/monitoring/cronjobs/data`.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, Effect::Read)
    }

    /// Returns a POST request, whose effect decides whether it may be sent again after a network error, and whether the client's
    /// [protection](crate::protection) admits it. A path that is known to change something is a write, whatever is declared.
    pub fn post(path: impl Into<String>, effect: Effect) -> Self {
        Self::new(Method::POST, path, effect)
    }

    fn new(method: Method, path: impl Into<String>, effect: Effect) -> Self {
        let expected = Expected::JsonKeys(Vec::new());
        Self { method, path: path.into(), query: None, body: Body::Empty, effect, expected }
    }

    /// Sets the query, without the question mark and already encoded.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = Some(query.into());
        self
    }

    /// Sets a body of form fields (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.body = Body::form(fields);
        self
    }

    /// Sets a body of another type.
    #[must_use]
    pub fn body(mut self, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Raw(content_type.into(), Bytes::from(body.into()));
        self
    }

    /// Expects a JSON object with these keys. Default: a JSON object without required keys.
    #[must_use]
    pub fn expect_json(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected = Expected::JsonKeys(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Expects a JSON array.
    #[must_use]
    pub fn expect_json_list(mut self) -> Self {
        self.expected = Expected::JsonList;
        self
    }

    /// Expects a page that contains an element with one of these ids.
    #[must_use]
    pub fn expect_element(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.expected = Expected::Element(ids.into_iter().map(Into::into).collect());
        self
    }
}

/// The answer to a [`HacRequest`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum HacAnswer {
    /// The JSON object or array.
    Json(serde_json::Value),
    /// The expected element of the page.
    Element {
        /// Its attributes, decoded: `data-level`, `data-result`.
        attributes: Vec<(String, String)>,
        /// Its text.
        text: String,
        /// The whole page.
        page: String,
    },
}

impl HacClient {
    /// Sends a request with the session's cookies and token, and returns the expected answer.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the path does not start with `/` or contains a query, and those of
    /// [every call](crate::guide::errors#every-call). An answer other than the expected one is
    /// [`Protocol`](ErrorKind::Protocol), or [`NotHac`](ErrorKind::NotHac) if it is not from HAC.
    pub async fn send(&self, request: &HacRequest) -> Result<HacAnswer> {
        let doing = format!("request {}", request.path);
        if !request.path.starts_with('/') || request.path.contains(['?', '#', ' ', '\\']) {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because("the path must start with `/` and must not contain a query")
                .with_hint("write it as /console/scripting, and set the query apart from it"));
        }
        let call = Call {
            doing,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            body: request.body.clone(),
            class: class::class_of(&request.method, &request.path, &request.body, request.effect),
            progress: OnProgress::default(),
            subject: None,
            record: std::sync::OnceLock::new(),
            witness: None,
        };
        match &request.expected {
            Expected::JsonKeys(keys) => {
                let mut expected = crate::engine::json::JsonAnswer::<serde_json::Value>::with_keys(keys);
                self.engine().perform(&call, &mut expected).await.map(HacAnswer::Json)
            }
            Expected::JsonList => {
                let mut expected = crate::engine::json::JsonAnswer::<serde_json::Value>::list();
                self.engine().perform(&call, &mut expected).await.map(HacAnswer::Json)
            }
            Expected::Element(ids) => {
                let mut expected = PageAnswer::new(PAGE_LIMIT, |page| {
                    let element = element_by_id(page, ids)?;
                    let Element { attributes, text } = element;
                    Some(HacAnswer::Element { attributes, text, page: page.to_owned() })
                });
                self.engine().perform(&call, &mut expected).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_body() {
        let request = HacRequest::post("/x", Effect::Write).form([("script", "SECRET")]);
        assert!(!format!("{request:?}").contains("SECRET"));
    }
}
