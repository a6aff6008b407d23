//! What the system does not give, in words.

use std::io;

use hac_client::{Error, ErrorKind};
use rustix::io::Errno;

/// An error for something that the system refused to give: a thread, a descriptor, memory.
pub(crate) fn error(doing: &str, cause: io::Error) -> Error {
    let (why, hint) = match Errno::from_io_error(&cause) {
        Some(Errno::MFILE | Errno::NFILE) => (
            "no further file can be opened".to_owned(),
            "the limit is too low: see `ulimit -n`; a few dozen are enough",
        ),
        // Threads count as processes; without room for its stack a thread is refused the same way.
        Some(Errno::AGAIN) => (
            "no further thread can be started".to_owned(),
            "a limit on processes is reached (`ulimit -u`, or that of the container), or one on memory (`ulimit -v`)",
        ),
        Some(Errno::NOMEM) => ("there is no memory left".to_owned(), "is there a limit on memory (`ulimit -v`)?"),
        _ => (cause.to_string(), "the system refused it"),
    };
    Error::new(ErrorKind::Config, doing).because(why).with_hint(format!("{hint}; nothing was sent")).with_source(cause)
}
