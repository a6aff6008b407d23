//! What a page answers.

use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::content::Content;
use crate::html::{error_page, front_page};

/// A whole answer; nothing of it was sent yet.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Content,
}

impl Answer {
    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::text(status, "text/html;charset=UTF-8", page)
    }

    pub(crate) fn text(status: StatusCode, content_type: &'static str, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(
            http::header::CACHE_CONTROL,
            HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"),
        );
        Self { status, headers, body: Content::from(body) }
    }

    /// Compact JSON, with the fields in the order of the type.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        let body = serde_json::to_string(value).expect("plain values are always JSON");
        Self::text(StatusCode::OK, "application/json;charset=UTF-8", body)
    }

    pub(crate) fn redirect(location: &str) -> Self {
        let mut answer = Self { status: StatusCode::FOUND, ..Self::empty() };
        answer.set(LOCATION, location);
        answer
    }

    /// 200 and nothing else.
    pub(crate) fn empty() -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body: Content::default() }
    }

    /// What a gateway says that waited for long enough.
    pub(crate) fn gateway_timeout() -> Self {
        let status = StatusCode::GATEWAY_TIMEOUT;
        Self::html(status, front_page(status))
    }

    /// What a gateway says that counts requests.
    pub(crate) fn too_many(retry_after: Option<u64>) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let mut answer = Self::html(status, front_page(status));
        if let Some(seconds) = retry_after {
            answer.set(RETRY_AFTER, &seconds.to_string());
        }
        answer
    }

    /// The servlet container's page for a status.
    pub(crate) fn error(status: StatusCode, message: &str) -> Self {
        Self::html(status, error_page(status, message))
    }

    pub(crate) fn not_allowed(allow: &'static str) -> Self {
        let mut answer = Self::error(StatusCode::METHOD_NOT_ALLOWED, "The method is not supported by this address.");
        answer.set(ALLOW, allow);
        answer
    }

    pub(crate) fn unauthorized(realm: &str) -> Self {
        let mut answer = Self::error(StatusCode::UNAUTHORIZED, "Authentication is required.");
        answer.set(WWW_AUTHENTICATE, &format!("Basic realm=\"{realm}\""));
        answer
    }

    /// Sets a header; a value that cannot be one is left out.
    pub(crate) fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }

    pub(crate) fn add_cookie(&mut self, cookie: &str) {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.headers.append(SET_COOKIE, value);
        }
    }
}
