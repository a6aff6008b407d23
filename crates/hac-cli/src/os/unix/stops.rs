//! The signals that stop and continue the program, which are listened to only while something on the terminal depends on them.

use std::sync::OnceLock;

use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::Handle;

/// To listen to more signals while a question is asked.
static HANDLE: OnceLock<Handle> = OnceLock::new();

/// What the program listens with.
pub(super) fn may_be_added_to(handle: Handle) {
    let _ = HANDLE.set(handle);
}

/// Listens to the signals that stop and continue the program, too: a hidden question needs that.
pub(super) fn listen() {
    if let Some(handle) = HANDLE.get() {
        let ignored = ignored();
        for signal in [SIGTSTP, SIGCONT] {
            if !is_in(ignored, signal) {
                // Without them a stopped program leaves the terminal to the shell, as most do.
                let _ = handle.add_signal(signal);
            }
        }
    }
}

/// The signals that were ignored when the program began, one bit each. `nohup`, and shells that start
/// something in the background, mean that they stay so.
#[cfg(target_os = "linux")]
pub(super) fn ignored() -> u64 {
    use std::io::Read as _;
    let read = || {
        // The kernel writes about a third of that, and all at once.
        let mut status = [0; 4096];
        let length = std::fs::File::open("/proc/self/status").ok()?.read(&mut status).ok()?;
        mask_in(&status[..length])
    };
    read().unwrap_or(0)
}

/// The mask of ignored signals in a process's status.
#[cfg(target_os = "linux")]
fn mask_in(status: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\nSigIgn:\t";
    let digits = &status[memchr::memmem::find(status, NAME)? + NAME.len()..];
    let digits = digits.split(|byte| *byte == b'\n').next()?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn ignored() -> u64 {
    0
}

/// Whether a mask of the system's holds this signal.
pub(super) fn is_in(mask: u64, signal: i32) -> bool {
    u32::try_from(signal - 1).ok().and_then(|at| mask.checked_shr(at)).is_some_and(|rest| rest & 1 == 1)
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    use super::*;

    #[test]
    fn a_mask_has_one_bit_for_each_signal() {
        assert!(is_in(0b1, SIGHUP) && is_in(0b10, SIGINT) && is_in(1 << 14, SIGTERM));
        assert!(!is_in(0b1, SIGINT) && !is_in(0, SIGHUP) && !is_in(u64::MAX, 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_ignored_signals_stand_in_the_status_of_the_process() {
        let status =
            b"Name:\tSigIgn:\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000004\n";
        assert_eq!(mask_in(status), Some(0x1001));
        assert_eq!(mask_in(b"Name:\thac\n"), None);
        // Rust's start ignores SIGPIPE.
        assert!(is_in(ignored(), signal_hook::consts::SIGPIPE));
    }
}
