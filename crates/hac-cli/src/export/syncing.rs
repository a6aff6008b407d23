//! Rows are brought to the disk itself while the next ones come.

use std::fs::File;
use std::io;
use std::panic::resume_unwind;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::checkpoint::Synced;

/// So often the rows are brought to the disk, and as soon as so many bytes of them are new. If the power fails, those since then are
/// read again. What is left for the end is waited for there: less than this.
const EVERY: Duration = Duration::from_secs(1);
const BYTES: u64 = 8 << 20;

/// Brings a file to the disk in a thread of its own, one part after the other.
#[derive(Debug, Default)]
pub(super) struct Syncing {
    under_way: Option<UnderWay>,
    /// When the last one began, and where the rows ended then.
    last: Option<(Instant, u64)>,
}

#[derive(Debug)]
struct UnderWay {
    covers: Synced,
    thread: JoinHandle<io::Result<()>>,
}

impl Syncing {
    /// Whether it is time for the rows that end there.
    pub(super) fn is_due(&self, end: u64) -> bool {
        let due = |(began, bytes): (Instant, u64)| began.elapsed() >= EVERY || end.saturating_sub(bytes) >= BYTES;
        self.under_way.is_none() && self.last.is_none_or(due)
    }

    /// Begins with all that was given to the operating system. Where there is no thread for it, that waits for the end.
    pub(super) fn begin(&mut self, file: File, covers: Synced) {
        self.last = Some((Instant::now(), covers.bytes()));
        let thread = Builder::new().name("sync".to_owned()).stack_size(64 << 10).spawn(move || file.sync_data());
        self.under_way = thread.ok().map(|thread| UnderWay { covers, thread });
    }

    /// What has come to the disk since it was asked last, if anything has.
    pub(super) fn ended(&mut self) -> io::Result<Option<Synced>> {
        match self.under_way.take_if(|under_way| under_way.thread.is_finished()) {
            Some(ended) => ended.wait().map(Some),
            None => Ok(None),
        }
    }

    /// Waits for what is under way.
    pub(super) fn wait(&mut self) -> io::Result<()> {
        self.under_way.take().map_or(Ok(()), |under_way| under_way.wait().map(drop))
    }
}

impl UnderWay {
    fn wait(self) -> io::Result<Synced> {
        self.thread.join().unwrap_or_else(|panic| resume_unwind(panic)).map(|()| self.covers)
    }
}

impl Drop for Syncing {
    /// The file is closed behind this, for whoever opens it next.
    fn drop(&mut self) {
        let _ = self.wait();
    }
}

#[cfg(test)]
mod tests {
    use hac_client::console::PagePosition;

    use super::*;

    fn up_to(bytes: u64) -> Synced {
        Synced::new(PagePosition::new("5", 10), bytes)
    }

    #[test]
    fn the_first_rows_are_brought_to_the_disk_and_then_many_more() {
        let mut syncing = Syncing::default();
        assert!(syncing.is_due(1));
        syncing.begin(tempfile::tempfile().expect("a file"), up_to(1));
        assert!(!syncing.is_due(1 + BYTES), "one after the other");
        syncing.wait().expect("on the disk");
        assert!(syncing.is_due(1 + BYTES));
    }

    #[test]
    #[cfg(target_os = "linux")] // a pipe, which has no disk
    fn what_could_not_be_brought_to_the_disk_is_told() {
        use std::os::fd::OwnedFd;

        let begun = || {
            let (_, writer) = io::pipe().expect("a pipe");
            let mut syncing = Syncing::default();
            syncing.begin(File::from(OwnedFd::from(writer)), up_to(1));
            syncing
        };
        assert!(begun().wait().is_err());
        let mut syncing = begun();
        let told = loop {
            match syncing.ended() {
                Ok(None) => std::thread::yield_now(),
                told => break told,
            }
        };
        assert!(told.is_err(), "{told:?}");
    }
}
