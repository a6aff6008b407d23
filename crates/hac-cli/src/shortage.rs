//! What the system does not give, in words.

use std::io;

use hac_client::{Error, ErrorKind};

use crate::os::{self, Scarce};

/// An error for something that the system refused to give: a thread, a descriptor, memory.
pub(crate) fn error(doing: &str, cause: io::Error) -> Error {
    let (why, hint) = match os::scarce(&cause) {
        Some(Scarce { why, hint }) => (why.to_owned(), hint),
        None => (cause.to_string(), "the system refused it"),
    };
    Error::new(ErrorKind::Config, doing).because(why).with_hint(format!("{hint}; nothing was sent")).with_source(cause)
}
