//! `multipart/form-data`, taken apart.

use bytes::Bytes;

/// One part of a form with files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) name: String,
    /// Only files have one.
    pub(crate) file_name: Option<String>,
    pub(crate) content: Bytes,
}

/// The boundary that a `Content-Type` names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let rest = content_type.trim().strip_prefix("multipart/form-data")?;
    let value = rest.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// The parts in their order. `None`: the body is no such form, or breaks off.
pub(crate) fn parts(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, delimiter.as_bytes(), 0)? + delimiter.len();
    let delimiter = format!("\r\n{delimiter}");
    loop {
        if body.get(at..at + 2)? == b"--" {
            return Some(parts);
        }
        let head_begins = at + 2;
        let head_ends = find(body, b"\r\n\r\n", at)?;
        let head = String::from_utf8_lossy(body.get(head_begins..head_ends).unwrap_or_default()).into_owned();
        let content_begins = head_ends + 4;
        let content_ends = find(body, delimiter.as_bytes(), head_ends + 2)?;
        let disposition =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:")).unwrap_or_default();
        parts.push(Part {
            name: parameter(disposition, "name").unwrap_or_default(),
            file_name: parameter(disposition, "filename"),
            content: body.slice(content_begins..content_ends.max(content_begins)),
        });
        at = content_ends + delimiter.len();
    }
}

fn parameter(header: &str, wanted: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.trim().split_once('=')?;
        (name == wanted).then(|| value.trim_matches('"').to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(wanted) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "--B\r\nContent-Disposition: form-data; name=\"encoding\"\r\n\r\nUTF-8\r\n--B\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.impex\"\r\nContent-Type: application/octet-stream\r\n\r\n\
        ;a\r\n--b\r\n;b\r\n\r\n--B\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--B--\r\n";

    #[test]
    fn fields_and_files_are_told_apart() {
        let parts =
            parts(&Bytes::from_static(BODY.as_bytes()), boundary("multipart/form-data; boundary=\"B\"").unwrap())
                .unwrap();
        let told: Vec<_> =
            parts.iter().map(|part| (part.name.as_str(), part.file_name.as_deref(), &part.content[..])).collect();
        assert_eq!(
            told,
            [
                ("encoding", None, &b"UTF-8"[..]),
                ("file", Some("a.impex"), b";a\r\n--b\r\n;b\r\n"),
                ("empty", None, b"")
            ]
        );
    }

    #[test]
    fn a_truncated_body_is_not_a_form() {
        for length in 0..BODY.len() - 4 {
            assert_eq!(parts(&Bytes::copy_from_slice(&BODY.as_bytes()[..length]), "B"), None, "{length}");
        }
        assert_eq!(boundary("multipart/mixed; boundary=B"), None);
    }
}
