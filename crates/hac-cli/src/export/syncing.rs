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

    /// Begins with all that was given to the operating system.
    pub(super) fn begin(&mut self, file: File, covers: Synced) -> io::Result<()> {
        self.last = Some((Instant::now(), covers.bytes()));
        let thread = Builder::new().name("sync".to_owned()).stack_size(64 << 10).spawn(move || file.sync_data())?;
        self.under_way = Some(UnderWay { covers, thread });
        Ok(())
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
