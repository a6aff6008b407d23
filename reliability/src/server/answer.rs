//! An answer in HTTP/1.1, as bytes.

/// An answer that is not sent yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    status: u16,
    reason: String,
    headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, reason: "Status".into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status).header("Content-Type", "text/html;charset=UTF-8").body(body)
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200).header("Content-Type", "application/json;charset=UTF-8").body(body)
    }

    pub(crate) fn redirect(status: u16, location: impl AsRef<[u8]>) -> Self {
        Self::new(status).header("Location", location)
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The header in place of those of that name.
    pub(crate) fn instead(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        self.header(name, value)
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The head with headers of its own for the body's length, and the empty line.
    pub(crate) fn head(&self, length: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason).into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(length.as_bytes());
        head.extend_from_slice(b"\r\n");
        head
    }

    /// The head that tells the body's true length.
    pub(crate) fn true_head(&self) -> Vec<u8> {
        self.head(&format!("Content-Length: {}\r\n", self.body.len()))
    }

    /// All of it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        // These have no body, whatever is written.
        let bare = matches!(self.status, 100..=199 | 204 | 304);
        let mut bytes = if bare { self.head("") } else { self.true_head() };
        if !bare {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// All of it, in chunks of this size.
    pub(crate) fn chunked(&self, size: usize) -> Vec<u8> {
        let mut bytes = self.head("Transfer-Encoding: chunked\r\n");
        for chunk in self.body.chunks(size.max(1)) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    }

    /// With its body packed by gzip.
    pub(crate) fn gzipped(mut self) -> Self {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        if packer.write_all(&self.body).is_ok()
            && let Ok(packed) = packer.finish()
        {
            self.body = packed;
        }
        self.header("Content-Encoding", "gzip")
    }
}
