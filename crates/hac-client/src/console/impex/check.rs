//! What is looked at before a script is sent: whether it can be read, and whether it is in its encoding.

use encoding_rs::UTF_8;

use super::bulk::{CARRIAGE_RETURNS, CONVERT_LINE_ENDS};
use super::import::{FORM_LIMIT, ImpexImport, Kind as FileKind, LOCATED_LIMIT};
use super::script::{Kind, Statements};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::transport::UploadFile as _;

/// The rows of a larger script are not counted, in bytes.
const COUNTED_LIMIT: u64 = 1 << 20;

impl ImpexImport {
    /// Checks the script on this machine; nothing is sent. Blocks: it reads the file.
    ///
    /// [`HacClient::import_impex`](crate::HacClient::import_impex) checks this too; call this to check several files before the first import.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) for an empty script, an unknown encoding, and text that is not in its encoding.
    pub fn verify(&self) -> Result<()> {
        self.checked("import").map(|_| ())
    }

    /// Returns the script as text: what is compressed is decompressed, and what is in another encoding is decoded. Blocks: it reads the
    /// file.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) for an archive, a text of more than 512 MiB, an unknown encoding, and text that is not in its encoding.
    pub fn text(&self) -> Result<String> {
        const DOING: &str = "read the ImpEx";
        let refused = |why: &str, hint: &'static str| {
            Err(Error::new(ErrorKind::Usage, DOING).because(format!("{} {why}", self.shown)).with_hint(hint))
        };
        match self.encoded(DOING)? {
            FileKind::Archive => refused("is an archive", "unpack it and name the files in it"),
            FileKind::Script(_) if self.source.len() > LOCATED_LIMIT => {
                refused("has more than 512 MiB of text", "split it, for example with `split`")
            }
            FileKind::Script(encoding) => {
                let text = self.source.decoded(encoding).map_err(|cause| self.unreadable(DOING, cause))?;
                Ok(text.into_owned())
            }
        }
    }

    /// Returns how many rows the script has, without headers, macros and comments. `None` for an archive, for more than 1 MiB, for a
    /// script with code, which may do more or less than its rows say, and for one that cannot be read. Blocks: it reads the file.
    pub fn rows(&self) -> Option<usize> {
        if self.source.len() > COUNTED_LIMIT {
            return None;
        }
        let text = self.text().ok()?;
        let mut rows = 0;
        for statement in Statements::of(&text) {
            match statement.kind {
                Kind::Row => rows += 1,
                Kind::Code => return None,
                Kind::Header | Kind::Macro => {}
            }
        }
        Some(rows)
    }

    fn unreadable(&self, doing: &str, cause: std::io::Error) -> Error {
        Error::new(ErrorKind::Usage, doing)
            .because(format!("{} cannot be read", self.shown))
            .with_source(cause)
            .with_hint("did the file change in the meantime? Nothing was sent")
    }

    pub(super) fn checked(&self, doing: &str) -> Result<FileKind> {
        let unreadable = |cause: std::io::Error| self.unreadable(doing, cause);
        if let Some(why) = self.undistributable().map_err(unreadable)? {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because(why)
                .with_hint("import it without distributed mode; nothing was sent"));
        }
        let kind = self.encoded(doing)?;
        if let FileKind::Script(encoding) = kind
            && self.source.len() <= FORM_LIMIT as u64
            && self.source.decoded(encoding).map_err(unreadable)?.trim().is_empty()
        {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because(format!("{} is empty", self.shown))
                .with_hint("nothing was sent"));
        }
        Ok(kind)
    }

    /// Looks at the encoding. Fails if a text is not in it.
    fn encoded(&self, doing: &str) -> Result<FileKind> {
        let unreadable = |cause: std::io::Error| self.unreadable(doing, cause);
        let encoding = self.known_encoding()?;
        if self.source.is_archive().map_err(unreadable)? {
            return Ok(FileKind::Archive);
        }
        if encoding == UTF_8
            && let Some(name) = self.source.foreign_encoding().map_err(unreadable)?
        {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because(format!("{} begins as {name} text, but could not be converted to UTF-8", self.shown))
                .with_hint(format!(
                    "convert it first, for example with `iconv -f {name} -t UTF-8`; nothing was sent"
                )));
        }
        if encoding == UTF_8
            && let Some((line, byte)) = self.source.first_that_is_no_utf8().map_err(unreadable)?
        {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because(format!("{} is not valid UTF-8 (line {line}, byte {byte})", self.shown))
                .with_hint(Hint::NameEncoding));
        }
        if encoding.is_ascii_compatible() && self.source.has_only_carriage_returns().map_err(unreadable)? {
            return Err(Error::new(ErrorKind::Usage, doing)
                .because(format!("{} {CARRIAGE_RETURNS}", self.shown))
                .with_hint(CONVERT_LINE_ENDS));
        }
        Ok(FileKind::Script(encoding))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_a_script_are_counted_where_they_say_what_is_imported() {
        let rows = |text: &str| ImpexImport::new(text).rows();
        assert_eq!(rows("# two\n$a=1\nINSERT Title;code\n;a\n\n;\"b\n;c\"\n"), Some(2));
        assert_eq!(rows("INSERT Title;code\n"), Some(0));
        assert_eq!(rows("INSERT Title;code\n#% if: false;\n;a\n#% endif:\n"), None, "who knows");
        let large = format!("INSERT Title;code\n{}", ";a\n".repeat(500_000));
        assert_eq!(rows(&large), None);
        assert_eq!(ImpexImport::from_bytes("a.zip", b"PK\x03\x04".to_vec()).rows(), None);
    }
}
