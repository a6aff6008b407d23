//! A multipart body that is read while it is sent, as often as it is sent.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::big::Content;
use crate::offload::begin;

/// The file of an upload, read in pieces, from the beginning each time it is sent.
pub(crate) trait UploadFile: fmt::Debug + Send + Sync {
    /// How many bytes it has.
    fn len(&self) -> u64;

    /// The bytes from here on, at most so many; fewer at the end. Blocks.
    fn part(&self, from: u64, most: usize) -> io::Result<Bytes>;
}

/// Form fields and one file, as `multipart/form-data`.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    boundary: Arc<str>,
    /// What stands in front of the file, and behind it.
    head: Bytes,
    end: Bytes,
    file: Arc<dyn UploadFile>,
}

impl Upload {
    /// Names and values hold neither quotes nor line breaks; the file's field is `file`.
    pub(crate) fn new(fields: &[(&str, String)], file_name: &str, file: impl UploadFile + 'static) -> Self {
        let boundary = boundary();
        let mut head = String::new();
        for (name, value) in fields {
            head.extend([
                "--",
                &boundary,
                "\r\nContent-Disposition: form-data; name=\"",
                name,
                "\"\r\n\r\n",
                value,
                "\r\n",
            ]);
        }
        head.extend(["--", &boundary, "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"", file_name]);
        head.push_str("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        let end = format!("\r\n--{boundary}--\r\n");
        Self { boundary: boundary.into(), head: head.into(), end: end.into(), file: Arc::new(file) }
    }

    pub(crate) fn len(&self) -> u64 {
        (self.head.len() + self.end.len()) as u64 + self.file.len()
    }

    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body, read anew from its beginning.
    pub(super) fn content(&self) -> Reading {
        let (head, end) = (self.head.clone(), self.end.clone());
        Reading { head, file: Arc::clone(&self.file), from: 0, end, read: None }
    }
}

/// A boundary that occurs in no file: 128 random bits.
fn boundary() -> String {
    let chance = || RandomState::new().hash_one(0_u8);
    format!("hac-client-{:016x}{:016x}", chance(), chance())
}

/// An upload that is being sent.
pub(super) struct Reading {
    head: Bytes,
    file: Arc<dyn UploadFile>,
    from: u64,
    end: Bytes,
    /// Reads the next piece of a file without blocking the client's other calls.
    read: Option<oneshot::Receiver<io::Result<Bytes>>>,
}

impl Content for Reading {
    fn left(&self) -> u64 {
        self.head.len() as u64 + (self.file.len() - self.from) + self.end.len() as u64
    }

    fn poll_next(&mut self, most: usize, context: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        if !self.head.is_empty() {
            return self.head.poll_next(most, context);
        }
        if self.from == self.file.len() {
            return self.end.poll_next(most, context);
        }
        if self.read.is_none() {
            let (file, from) = (Arc::clone(&self.file), self.from);
            self.read = begin(move || file.part(from, most)).ok();
        }
        let piece = match &mut self.read {
            Some(read) => ready!(Pin::new(read).poll(context)).map_err(io::Error::other),
            // Without another thread the other calls have to wait for the disk.
            None => Ok(self.file.part(self.from, most)),
        };
        self.read = None;
        let piece = piece??;
        self.from += piece.len() as u64;
        Poll::Ready(Ok(piece))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::super::big::Pieces;
    use super::*;

    #[derive(Debug)]
    struct Text(Bytes);

    impl UploadFile for Text {
        fn len(&self) -> u64 {
            self.0.len() as u64
        }

        fn part(&self, from: u64, most: usize) -> io::Result<Bytes> {
            let from = usize::try_from(from).expect("a short text");
            Ok(self.0.slice(from..self.0.len().min(from + most)))
        }
    }

    fn file(text: &str) -> Text {
        Text(Bytes::copy_from_slice(text.as_bytes()))
    }

    #[tokio::test]
    async fn an_upload_is_read_anew_each_time_and_is_as_long_as_it_says() {
        let text = "x".repeat(600 << 10);
        let upload = Upload::new(&[("encoding", "UTF-8".into())], "a.impex", file(&text));
        for _ in 0..2 {
            let (body, _sending) = Pieces::of(upload.content());
            let sent = body.collect().await.expect("readable").to_bytes();
            assert_eq!(sent.len() as u64, upload.len());
            let sent = std::str::from_utf8(&sent).expect("text");
            let boundary = upload.content_type().split_once("boundary=").expect("a boundary").1.to_owned();
            assert_eq!(
                sent.split(&format!("--{boundary}")).collect::<Vec<_>>(),
                [
                    "",
                    "\r\nContent-Disposition: form-data; name=\"encoding\"\r\n\r\nUTF-8\r\n",
                    &format!(
                        "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.impex\"\r\n\
                         Content-Type: application/octet-stream\r\n\r\n{text}\r\n"
                    ),
                    "--\r\n"
                ]
            );
        }
        let other = Upload::new(&[], "a.impex", file(&text));
        assert_ne!(other.content_type(), upload.content_type());
    }

    #[tokio::test]
    async fn a_file_is_uploaded_even_where_the_system_has_no_thread_to_read_it() {
        let _none = crate::offload::tests::WithoutThreads::begin();
        let upload = Upload::new(&[], "a.impex", file(&"x".repeat(600 << 10)));
        let (body, _sending) = Pieces::of(upload.content());
        assert_eq!(body.collect().await.expect("readable").to_bytes().len() as u64, upload.len());
    }
}
