//! Why a file cannot be split.

use std::io;
use std::path::Path;

use crate::error::{Error, ErrorKind};
use crate::hint::Hint;

/// The limit of a statement, in bytes: a row with all its cells.
pub(super) const STATEMENT_LIMIT: usize = 32 << 20;

/// Whether a server takes a carriage return for the end of a line is not known.
pub(in crate::console::impex) const CARRIAGE_RETURNS: &str = "has only carriage returns (CR) as line ends";
pub(in crate::console::impex) const CONVERT_LINE_ENDS: &str =
    "convert them first, for example with `tr '\\r' '\\n'`; nothing was sent";

/// What is wrong with a file. Lines are counted from 1.
#[derive(Debug)]
pub(crate) enum Flaw {
    Read(io::Error),
    /// The text is in an encoding that cannot be read.
    Foreign(&'static str),
    /// The text is not in the encoding that it should be in.
    Encoding {
        name: &'static str,
        line: usize,
    },
    /// A quote that is never closed.
    Unclosed {
        line: usize,
    },
    /// A statement that is longer than any may be.
    TooLong {
        line: usize,
    },
    /// Lines end with carriage returns only.
    CarriageReturns,
    /// The macros that every chunk would have to begin with are too long.
    Macros {
        line: usize,
    },
}

impl Flaw {
    /// Words the error. Nothing was sent.
    pub(super) fn into_error(self, path: &Path) -> Error {
        let shown = path.display();
        let error = Error::new(ErrorKind::Usage, format!("import {shown}"));
        match self {
            Self::Read(cause) => {
                error.because("the file cannot be read").with_hint("nothing was sent").with_source(cause)
            }
            Self::Foreign(name) => error
                .because(format!("{shown} begins as {name} text, but could not be converted to UTF-8"))
                .with_hint(format!("convert it first, for example with `iconv -f {name} -t UTF-8`; nothing was sent")),
            Self::Encoding { name, line } => {
                error.because(format!("{shown} is not valid {name} (line {line})")).with_hint(Hint::NameEncoding)
            }
            Self::Unclosed { line } => error
                .because(format!("{shown}:{line}: a quote is never closed"))
                .with_hint("close the quote; in a quoted cell, a quote is written twice; nothing was sent"),
            Self::TooLong { line } => error
                .because(format!(
                    "{shown}:{line}: the statement that begins here is longer than {} MiB",
                    STATEMENT_LIMIT >> 20
                ))
                .with_hint(
                    Hint::from("close the quote if one is open in this line")
                        .and(Hint::ImportWhole)
                        .and("nothing was sent".into()),
                ),
            Self::CarriageReturns => error.because(format!("{shown} {CARRIAGE_RETURNS}")).with_hint(CONVERT_LINE_ENDS),
            Self::Macros { line } => error
                .because(format!(
                    "{shown}:{line}: the macros up to here are longer than 256 KiB, and every chunk needs them"
                ))
                .with_hint("split the file by hand; nothing was sent"),
        }
    }
}
