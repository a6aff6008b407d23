//! What differs between operating systems: signals, the terminal, the words of a shell. Each of them has the same names.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// Messages to the signals' thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// To end, by a signal of this number.
    End(i32),
    /// To stop, until `Continue`.
    #[cfg_attr(windows, expect(dead_code, reason = "a console stops nothing"))]
    Stop,
    #[cfg_attr(windows, expect(dead_code, reason = "a console stops nothing"))]
    Continue,
}

/// A standard stream to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Output,
    Error,
}

/// Something that the system has not enough of, in words: why, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scarce {
    pub(crate) why: &'static str,
    pub(crate) hint: &'static str,
}
