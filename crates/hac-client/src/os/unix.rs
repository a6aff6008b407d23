//! Linux, macOS and their relatives.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use rustix::io::Errno;

/// What to do when there is no descriptor left.
pub(crate) const MORE_DESCRIPTORS: &str = "raise the limit for open files: `ulimit -n`";

/// What to do when no thread can be started.
pub(crate) const MORE_THREADS: &str = "raise the limit for processes and threads: `ulimit -u`, or the pids limit of the container; too little memory has the \
                                       same effect";

/// Reads at an offset, without moving the cursor of the file.
pub(crate) fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(into, offset)
}

/// Fills a buffer from an offset; an error if the file ends before.
pub(crate) fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(into, offset)
}

/// Whether two files are one, whatever their names.
pub(crate) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether the process, or the whole system, has no descriptor left.
pub(crate) fn is_out_of_descriptors(cause: &io::Error) -> bool {
    matches!(Errno::from_io_error(cause), Some(Errno::MFILE | Errno::NFILE))
}

/// Fails where tokio would panic: with its feature `signal`, which any part of a program may switch on, a runtime opens six
/// descriptors and expects to get them.
#[cfg(feature = "blocking")]
pub(crate) fn check_descriptors_for_a_runtime() -> io::Result<()> {
    use std::os::unix::net::UnixStream;
    let _room = [UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?, UnixStream::pair()?];
    Ok(())
}

/// Whether another program has a file open in a way that keeps us out: never, on Unix.
pub(crate) fn is_in_use(_: &io::Error) -> bool {
    false
}

/// The state of programs, below the home directory.
pub(crate) const STATE_BELOW_HOME: &str = ".local/state";

/// The variable that names the directory for the state of programs.
pub(crate) const STATE_VARIABLE: &str = "XDG_STATE_HOME";

/// The user of this process, as the environment names them, and their number.
pub(crate) fn user() -> (Option<String>, Option<u32>) {
    let named = |name| std::env::var(name).ok().filter(|name| !name.is_empty());
    (named("LOGNAME").or_else(|| named("USER")), Some(rustix::process::geteuid().as_raw()))
}
