//! Reading a request, byte by byte as it came.

use std::io;

use super::connection::Connection;

/// More than any request of the tests.
const LIMIT: usize = 16 << 20;

/// A request of a client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Head and body as they came.
    pub(crate) raw: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case("cookie"));
        cookies
            .flat_map(|(_, value)| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(one, _)| *one == name)
            .map(|(_, value)| value)
    }

    /// A field of a form, decoded.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let body = String::from_utf8_lossy(&self.body);
        let fields = body.split('&').filter_map(|pair| pair.split_once('='));
        fields.filter(|(one, _)| *one == name).map(|(_, value)| form_decoded(value)).next()
    }

    /// Whether the text stands anywhere in it, as it is or as a form has it.
    pub(crate) fn holds(&self, text: &str) -> bool {
        let raw = String::from_utf8_lossy(&self.raw);
        raw.contains(text) || form_decoded(&raw).contains(text)
    }
}

fn form_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                decoded.push(value);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The next request; `None` at the end of the connection.
pub(crate) async fn read(connection: &mut Connection) -> io::Result<Option<Request>> {
    let mut raw = Vec::new();
    let head = loop {
        if let Some(at) = raw.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if !more(connection, &mut raw).await? {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&raw[..head]).into_owned();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let method = first.next().unwrap_or_default().to_owned();
    let target = first.next().unwrap_or_default();
    let (path, _) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let mut request = Request { method, path: path.to_owned(), headers, ..Request::default() };
    if request.header("transfer-encoding").is_some() {
        while !raw[head..].ends_with(b"0\r\n\r\n") {
            if !more(connection, &mut raw).await? {
                return Ok(None);
            }
        }
    } else {
        let length: usize = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        while raw.len() < head + length {
            if !more(connection, &mut raw).await? {
                return Ok(None);
            }
        }
    }
    request.body = raw[head..].to_vec();
    request.raw = raw;
    Ok(Some(request))
}

async fn more(connection: &mut Connection, raw: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = vec![0; 16384];
    let read = connection.read(&mut buffer).await?;
    raw.extend_from_slice(&buffer[..read]);
    Ok(read > 0 && raw.len() < LIMIT)
}
