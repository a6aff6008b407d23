//! What an interruption means: that depends on what is going on.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hac_client::{Error, ErrorKind, Writes};
use tokio::sync::Notify;

use crate::os;

/// What is going on, for the case that it is interrupted. Cheap to clone; any thread may ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    doing: Mutex<Doing>,
    signal: AtomicI32,
    arrived: Notify,
    json: AtomicBool,
    progress: AtomicBool,
    /// A command that ended itself after a signal says how.
    told: AtomicBool,
    /// A command is repeated until a signal comes.
    watches: AtomicBool,
    /// The exit code of the last round of it that failed.
    failed: AtomicU8,
}

#[derive(Debug, Default)]
struct Doing {
    activity: Activity,
    /// What the client knows of its writes, and how many had left when the activity began.
    writes: Option<Writes>,
    sent_before: u64,
}

/// What an interruption would cut off.
#[derive(Debug, Clone, Default)]
pub(crate) enum Activity {
    /// Nothing that leaves traces.
    #[default]
    Reading,
    /// A script or a statement that the server may still be executing, once it was sent.
    Writing { what: &'static str, host: String },
    /// An update that the server goes on executing, whatever happens here, once it was sent.
    Updating { what: &'static str, host: String },
    /// Rows go into a file, and what has come is kept.
    Exporting,
    /// Something is changed for a while, and put back at the end.
    Lending { what: String, host: String, put_back: String },
    /// A file is imported in chunks: the command ends after the one in flight.
    Importing { file: String, go_on: String, host: String },
    /// A file is imported in one request, and its checkpoint says that it is on its way.
    ImportingAtOnce { file: String, go_on: String, host: String },
    /// Somebody is asked before anything is done.
    Asking { doing: &'static str, undone: &'static str },
    /// Serving until a signal comes: that is the way to end it.
    #[cfg_attr(not(feature = "simulator"), expect(dead_code, reason = "only the simulator serves"))]
    Serving,
}

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// No request has left.
    No,
    /// It is perhaps running.
    UnderWay,
    /// The server answered it, be it with a refusal.
    Answered,
}

impl Doing {
    fn sent(&self) -> Sent {
        match &self.writes {
            Some(writes) if writes.under_way() => Sent::UnderWay,
            Some(writes) if writes.sent() == self.sent_before => Sent::No,
            None => Sent::No,
            Some(_) => Sent::Answered,
        }
    }

    /// What the server may be executing now, and where.
    fn running(&self) -> Option<(&'static str, &str)> {
        match (&self.activity, self.sent()) {
            (Activity::Importing { host, .. } | Activity::ImportingAtOnce { host, .. }, Sent::UnderWay) => {
                Some(("import", host))
            }
            (Activity::Writing { what, host }, Sent::UnderWay)
            // An update is watched after the answer, too.
            | (Activity::Updating { what, host }, Sent::UnderWay | Sent::Answered) => Some((what, host)),
            _ => None,
        }
    }
}

impl Interrupt {
    fn doing_now(&self) -> MutexGuard<'_, Doing> {
        self.0.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is done from now on.
    pub(crate) fn now(&self, activity: Activity) {
        let mut doing = self.doing_now();
        doing.sent_before = doing.writes.as_ref().map_or(0, Writes::sent);
        doing.activity = activity;
    }

    /// Whose writes they are. An activity does not say whether its request has left; the client does.
    pub(crate) fn writes_of(&self, writes: Writes) {
        self.doing_now().writes = Some(writes);
    }

    /// What the server is doing, for somebody who waits; `None` where there is nothing more to say than
    /// that an answer is waited for.
    pub(crate) fn doing(&self) -> Option<String> {
        self.doing_now().running().map(|(what, host)| format!("running the {what} on {host}"))
    }

    /// How an end that cannot wait has to talk: as JSON too, and over a line of progress.
    pub(crate) fn talks(&self, json: bool, progress: bool) {
        self.0.json.store(json, Ordering::SeqCst);
        self.0.progress.store(progress, Ordering::SeqCst);
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.0.json.load(Ordering::SeqCst)
    }

    pub(crate) fn shows_progress(&self) -> bool {
        self.0.progress.load(Ordering::SeqCst)
    }

    /// The command has ended itself after a signal, and says how.
    pub(crate) fn tells(&self) {
        self.0.told.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_told(&self) -> bool {
        self.0.told.load(Ordering::SeqCst)
    }

    /// The command is repeated: a signal is the way to end it.
    pub(crate) fn watches(&self) {
        self.0.watches.store(true, Ordering::SeqCst);
    }

    /// A round of the command failed with this exit code.
    pub(crate) fn round_failed(&self, code: u8) {
        self.0.failed.store(code, Ordering::SeqCst);
    }

    /// A signal to end has come; only the first one counts.
    pub(crate) fn arrived(&self, signal: i32) {
        let _ = self.0.signal.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
        self.0.arrived.notify_one();
    }

    /// Waits for a signal to end; one that the command handles itself is none.
    pub(crate) async fn wait(&self) {
        while self.signal().is_none() || self.ends_by_itself() {
            self.0.arrived.notified().await;
        }
    }

    /// Whether the command looks for signals itself.
    fn ends_by_itself(&self) -> bool {
        matches!(self.doing_now().activity, Activity::Lending { .. } | Activity::Importing { .. })
    }

    /// The signal to end that has come.
    pub(crate) fn signal(&self) -> Option<i32> {
        Some(self.0.signal.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }

    /// The exit code after a signal: the one that shells give, or 0 where it was the way to end it.
    pub(crate) fn exit_code(&self, signal: i32) -> u8 {
        match &self.doing_now().activity {
            Activity::Serving => 0,
            _ if self.0.failed.load(Ordering::SeqCst) != 0 => self.0.failed.load(Ordering::SeqCst),
            _ => u8::try_from(128 + signal).unwrap_or(130),
        }
    }

    /// The error after an interruption; `None` if interrupting is the normal way to end it.
    pub(crate) fn verdict(&self) -> Option<Error> {
        let interrupted = self.signal().map_or("interrupted", os::ending_of);
        let error = |doing: &str| Error::new(ErrorKind::Interrupted, doing);
        let doing = self.doing_now();
        Some(match (&doing.activity, doing.sent()) {
            (Activity::Serving, _) => return None,
            (Activity::Reading, _) if self.0.watches.load(Ordering::SeqCst) => return None,
            (Activity::Updating { what, .. }, Sent::No) => {
                error("finish").because(format!("{interrupted} before the {what} was started"))
            }
            (Activity::Updating { what, host }, _) => error(&format!("watch the {what}"))
                .because(format!("{interrupted}; if the {what} was started, it continues on {host}"))
                .with_hint(
                    "`hac update log --follow` follows its log, `hac update status` shows whether it is still running",
                ),
            (Activity::Writing { what, host }, Sent::UnderWay) => error(&format!("wait for the {what}"))
                .because(format!("{interrupted}; the {what} may still be running on {host}"))
                .with_hint("check what it changed before you run it again"),
            (Activity::Writing { what, .. }, Sent::No) => {
                error("finish").because(format!("{interrupted} before the {what} was sent"))
            }
            (Activity::Writing { what, host }, Sent::Answered) => error("finish")
                .because(format!("{interrupted} after {host} had answered the {what}; its result is lost"))
                .with_hint("check what it changed before you run it again"),
            (Activity::ImportingAtOnce { file, go_on, host }, Sent::UnderWay) => error(&format!(
                "wait for the import of {file}"
            ))
            .because(format!("{interrupted}; the import may still be running on {host}"))
            .with_hint(format!(
                "check on the server whether the file was imported, then go on with `{go_on} --assume imported`, or \
                         send it again with `{go_on} --assume not-imported`"
            )),
            (Activity::ImportingAtOnce { file, .. } | Activity::Importing { file, .. }, Sent::No) => {
                error("finish").because(format!("{interrupted} before {file} was sent"))
            }
            // The job of a distributed import goes on, or the checkpoint is just about to be removed.
            (Activity::ImportingAtOnce { file, go_on, host }, Sent::Answered) => error("finish")
                .because(format!("{interrupted} after {host} had answered the import of {file}; its result is lost"))
                .with_hint(format!(
                    "check what it changed; if the next import is refused, go on with `{go_on} --assume imported`, or send \
                     it again with `{go_on} --assume not-imported`"
                )),
            (Activity::Lending { what, .. }, Sent::No) => {
                error("finish").because(format!("{interrupted} before the change of the {what} was sent"))
            }
            (Activity::Lending { what, host, put_back }, _) => error(&format!("put back the {what}"))
                .because(format!("{interrupted}; it may still be changed on {host}"))
                .with_hint(format!("set it with `{put_back}`")),
            (Activity::Exporting, _) => error("finish").because(interrupted).with_hint(crate::export::GO_ON),
            (Activity::Importing { file, go_on, host }, _) => error(&format!("finish the import of {file}"))
                .because(format!("{interrupted}; the last chunk may still be running on {host}"))
                .with_hint(format!("`{go_on}` goes on; it asks first whether that chunk was imported")),
            (Activity::Asking { doing, undone }, _) => error(doing).because(format!("{interrupted}; {undone}")),
            (Activity::Reading, _) => error("finish").because(interrupted),
        })
    }

    /// What a defect of ours has to say about the server: what may still be running there.
    pub(crate) fn left_behind(&self) -> Option<String> {
        self.doing_now().running().map(|(what, host)| format!("the {what} may still be running on {host}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    fn writing() -> Activity {
        Activity::Writing { what: "script", host: "https://hac".into() }
    }

    #[test]
    fn each_signal_has_its_exit_code_and_the_first_one_counts() {
        for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129), (SIGQUIT, 131)] {
            let interrupt = Interrupt::default();
            interrupt.arrived(signal);
            interrupt.arrived(SIGINT);
            assert_eq!(interrupt.signal(), Some(signal));
            assert_eq!(interrupt.exit_code(signal), code);
            interrupt.now(Activity::Serving);
            assert_eq!((interrupt.exit_code(signal), interrupt.verdict().is_none()), (0, true));
        }
    }

    #[test]
    fn a_write_whose_request_has_not_left_is_not_said_to_run() {
        let interrupt = Interrupt::default();
        interrupt.now(writing());
        assert_eq!(interrupt.left_behind(), None);
        let error = interrupt.verdict().expect("an error");
        assert_eq!(error.to_string(), "cannot finish: interrupted before the script was sent");
    }
}
