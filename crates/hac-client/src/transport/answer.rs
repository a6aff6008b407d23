//! An answer: its head, its body still to come, and how it is described to a person.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use jiff::fmt::rfc2822::DateTimeParser;

use super::Fault;
use super::big::Sending;
use super::deadline::Deadline;
use super::resend::FailurePoint;
use crate::limits::PAGE_LIMIT;
use crate::page::Page;
use crate::server_text::{EXCERPT_CHARS, Secrets, ServerText};

/// The head of an answer, its body still to come.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The path that was asked, which may come from a redirect.
    pub(crate) path: String,
    deadline: Deadline,
    response: reqwest::Response,
    secrets: Arc<Secrets>,
    /// A body that is perhaps still being sent.
    _sending: Option<Sending>,
}

impl Answer {
    pub(super) fn new(
        response: reqwest::Response,
        path: &str,
        deadline: Deadline,
        secrets: Arc<Secrets>,
        sending: Option<Sending>,
    ) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().clone(),
            path: path.to_owned(),
            deadline,
            response,
            secrets,
            _sending: sending,
        }
    }

    /// How many bytes the body has, where the server says it and they arrive as they are.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    pub(crate) fn location(&self) -> Option<&str> {
        if !self.status.is_redirection() {
            return None;
        }
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok())
    }

    /// The header `Date`, in seconds since 1970.
    pub(crate) fn date(&self) -> Option<i64> {
        seconds(&self.headers)
    }

    /// The next piece of the body, decompressed; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        let length =
            |chunk: &reqwest::Result<Option<Bytes>>| chunk.as_ref().ok().and_then(Option::as_ref).map_or(0, Bytes::len);
        match self.deadline.wait(self.response.chunk(), length).await {
            Some(chunk) => {
                chunk.map_err(|error| Fault::lost(FailurePoint::CutBody, "the answer ended too early", Some(error)))
            }
            None => Err(Fault::lost(FailurePoint::TimedOut, "the answer did not end in time", None)),
        }
    }

    /// The rest of the body as text, up to a limit after which the rest is left unread.
    pub(crate) async fn text(&mut self, begun: Vec<u8>) -> Result<String, Fault> {
        self.deadline.as_a_whole();
        let mut bytes = begun;
        while bytes.len() < PAGE_LIMIT {
            match self.chunk().await? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => break,
            }
        }
        bytes.truncate(PAGE_LIMIT);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The rest of the body as a page, whose token is a secret from now on.
    pub(crate) async fn page(&mut self, begun: Vec<u8>) -> Result<Page, Fault> {
        let text = self.text(begun).await?;
        Ok(self.read(&text))
    }

    /// A page of this answer.
    pub(crate) fn read(&self, text: &str) -> Page {
        let page = Page::read(text);
        page.tokens.iter().for_each(|token| self.secrets.note_token(token));
        page
    }

    /// Status, content type, title and the beginning of the visible text, fit to be shown.
    pub(crate) fn described(&self, page: &Page) -> String {
        let mut text = format!("{} answered {}", self.shown_path(), self.status);
        if let Some(content_type) = self.shown_header(&header::CONTENT_TYPE) {
            let _ = write!(text, " ({content_type})");
        }
        if let Some(title) = page.title.as_ref().filter(|title| !title.is_empty()) {
            let _ = write!(text, ", titled \"{}\"", self.secrets.show(title, EXCERPT_CHARS));
        }
        if !page.excerpt.is_empty() {
            let _ = write!(text, ": {}", self.secrets.show(&page.excerpt, EXCERPT_CHARS));
        }
        text
    }

    /// The path that was asked, fit to be shown.
    pub(crate) fn shown_path(&self) -> String {
        self.secrets.show_address(&ServerText::new(self.path.as_str()))
    }

    /// Where it redirects to, fit to be shown.
    pub(crate) fn shown_location(&self) -> String {
        self.headers.get(header::LOCATION).map(|value| self.secrets.show_address(&value.into())).unwrap_or_default()
    }

    /// A header, fit to be shown.
    pub(crate) fn shown_header(&self, name: &HeaderName) -> Option<String> {
        self.headers.get(name).map(|value| self.secrets.show(&value.into(), 60)).filter(|text| !text.is_empty())
    }
}

fn seconds(headers: &HeaderMap) -> Option<i64> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(date).ok().map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read_as_servers_write_it() {
        let of = |date: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, http::HeaderValue::from_static(date));
            seconds(&headers)
        };
        assert_eq!(of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(of("yesterday"), None);
        assert_eq!(seconds(&HeaderMap::new()), None);
    }
}
