//! HTML that belongs to no page of HAC.

use std::borrow::Cow;

use http::StatusCode;

/// The servlet container's page, which has nothing of HAC.
pub(crate) fn error_page(status: StatusCode, message: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>HTTP Status {status}</title></head><body>\
         <h1>HTTP Status {status}</h1><p>{}</p></body></html>\n",
        escape(message)
    )
}

/// The page of something in front of HAC, a firewall or a gateway, which has nothing of HAC either.
pub(crate) fn front_page(status: StatusCode) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>\n"
    )
}

/// The same; text without anything to escape is not copied.
pub(crate) fn escaped(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_special = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    if text.bytes().any(is_special) { Cow::Owned(escape(&text)) } else { text }
}

/// HTML-escapes as a server does, both quotes included.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
