//! The content of an answer: in memory, or, where that would be much, in a file that nobody else sees.

use std::fs::File;
use std::io::{self, Read, Write};

use bytes::Bytes;

/// How much of a content is held in memory.
const MOST_IN_MEMORY: usize = 4 << 20;

/// A whole content; nothing of it was sent yet.
#[derive(Debug)]
pub(crate) enum Content {
    Memory(Bytes),
    File(LongContent),
}

/// A content of which the middle is in a file.
#[derive(Debug)]
pub(crate) struct LongContent {
    pub(crate) before: Bytes,
    pub(crate) middle: File,
    pub(crate) middle_length: u64,
    pub(crate) after: Bytes,
}

impl Default for Content {
    fn default() -> Self {
        Self::Memory(Bytes::new())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Memory(text.into())
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(LongContent { before, middle_length, after, .. }) => {
                (before.len() + after.len()) as u64 + middle_length
            }
        }
    }
}

/// Collects the middle of a content.
#[derive(Debug, Default)]
pub(crate) struct Spool {
    memory: Vec<u8>,
    file: Option<File>,
    in_file: u64,
}

impl Spool {
    pub(crate) fn len(&self) -> u64 {
        self.in_file + self.memory.len() as u64
    }

    /// What is written next.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.memory
    }

    /// To be called now and then: empties the buffer into a file once it holds much.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        if self.memory.len() < MOST_IN_MEMORY {
            return Ok(());
        }
        self.spill()
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.memory)?;
        self.in_file += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    /// The content with this in front of what was collected, and that behind it.
    pub(crate) fn finish(mut self, before: &str, after: &str) -> io::Result<Content> {
        use std::io::Seek as _;

        if self.file.is_none() {
            let whole = [before.as_bytes(), &self.memory, after.as_bytes()].concat();
            return Ok(Content::Memory(whole.into()));
        }
        self.spill()?;
        let Some(mut middle) = self.file else { return Ok(Content::default()) };
        middle.rewind()?;
        Ok(Content::File(LongContent {
            before: Bytes::copy_from_slice(before.as_bytes()),
            middle,
            middle_length: self.in_file,
            after: Bytes::copy_from_slice(after.as_bytes()),
        }))
    }
}

impl LongContent {
    /// The next piece, of at most this length. `None` at the end.
    pub(crate) fn next(&mut self, most: usize) -> io::Result<Option<Bytes>> {
        if !self.before.is_empty() {
            return Ok(Some(self.before.split_to(self.before.len().min(most))));
        }
        if self.middle_length > 0 {
            let length = usize::try_from(self.middle_length).unwrap_or(most).min(most);
            let mut piece = vec![0; length];
            self.middle.read_exact(&mut piece)?;
            self.middle_length -= length as u64;
            return Ok(Some(piece.into()));
        }
        if self.after.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.after.split_to(self.after.len().min(most))))
    }
}
