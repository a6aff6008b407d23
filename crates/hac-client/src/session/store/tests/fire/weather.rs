//! Requests that fail, a clock that jumps, and a death at a chosen moment.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use super::super::*;
use super::dice::Dice;

#[derive(Debug)]
pub(super) struct Weather {
    dice: Mutex<Dice>,
    /// How many requests of a thousand fail.
    failing: u64,
    requests: AtomicU64,
    /// The process kills itself before this request.
    dies_before: Option<u64>,
    failed: AtomicU64,
    /// By how many seconds the clock is wrong.
    skew: AtomicI64,
}

impl Weather {
    pub(super) fn rough(seed: u64, dies_before: Option<u64>) -> Arc<Self> {
        Self::of(seed, 30, dies_before, 0)
    }

    /// Nothing fails, and it is so many seconds later.
    pub(super) fn calm(later: i64) -> Arc<Self> {
        Self::of(1, 0, None, later)
    }

    fn of(seed: u64, failing: u64, dies_before: Option<u64>, skew: i64) -> Arc<Self> {
        Arc::new(Self {
            dice: Mutex::new(Dice(seed | 1)),
            failing,
            requests: AtomicU64::new(0),
            dies_before,
            failed: AtomicU64::new(0),
            skew: AtomicI64::new(skew),
        })
    }

    pub(super) fn set_clock(&self, skew: i64) {
        self.skew.store(skew, Ordering::Relaxed);
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}

impl Trouble for Weather {
    fn strike(&self, request: Request) -> io::Result<()> {
        if self.dies_before == Some(self.requests.fetch_add(1, Ordering::Relaxed)) {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        let mut dice = self.dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if dice.below(1000) >= self.failing {
            return Ok(());
        }
        let causes: &[io::ErrorKind] = match request {
            Request::Open => &[io::ErrorKind::PermissionDenied, io::ErrorKind::Other],
            Request::Read | Request::List => &[io::ErrorKind::Other, io::ErrorKind::PermissionDenied],
            Request::Create | Request::Rename => &[
                io::ErrorKind::StorageFull,
                io::ErrorKind::ReadOnlyFilesystem,
                io::ErrorKind::PermissionDenied,
                io::ErrorKind::QuotaExceeded,
            ],
            Request::Write => &[io::ErrorKind::StorageFull, io::ErrorKind::FileTooLarge, io::ErrorKind::Other],
            Request::Remove => &[io::ErrorKind::ReadOnlyFilesystem, io::ErrorKind::PermissionDenied],
            Request::Lock => &[io::ErrorKind::Unsupported, io::ErrorKind::Other],
        };
        self.failed.fetch_add(1, Ordering::Relaxed);
        Err((*dice.pick(causes)).into())
    }

    fn clock(&self, time: SystemTime) -> SystemTime {
        let skew = self.skew.load(Ordering::Relaxed);
        let distance = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { time - distance } else { time + distance }
    }
}
