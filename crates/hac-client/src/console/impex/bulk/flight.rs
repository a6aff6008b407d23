//! Requests on their way: noted in the checkpoint at the last moment before they leave, behind every login.
//!
//! So nothing has to be decided of what never left, and what has left is noted before its first byte.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::checkpoint::{Checkpoint, InFlight};
use super::store::Store;
use crate::auth::BoxFuture;
use crate::client::HacClient;
use crate::console::impex::{ImpexImport, ImpexResult};
use crate::error::{Error, ErrorKind, Result};
use crate::offload::offload;
use crate::writes::Witness;

const DOING: &str = "import";

/// The checkpoint of an import, and where it is kept.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) store: Store,
    pub(super) checkpoint: Checkpoint,
}

impl Notes {
    /// Writes the checkpoint.
    pub(super) fn save(&self) -> Result<()> {
        self.store.save(&self.checkpoint)
    }

    fn depart(&mut self, chunk: InFlight, retries: bool) -> Result<()> {
        self.checkpoint.round(retries).depart(chunk);
        let saved = self.save();
        if saved.is_err() {
            self.checkpoint.round(retries).withdraw(chunk);
        }
        saved
    }

    /// Takes a chunk back that was certainly not executed, if it was noted.
    pub(super) fn withdraw(&mut self, chunk: InFlight, retries: bool) -> Result<()> {
        let was_noted = self.checkpoint.round(retries).withdraw(chunk);
        match self.checkpoint.at_once {
            false if was_noted => self.save(),
            // What an earlier import has left stays as it is.
            true if was_noted || self.store.is_empty() => self.store.forget(),
            _ => Ok(()),
        }
    }
}

/// The notes, for the import and for its requests on their way.
#[derive(Debug, Clone)]
pub(super) struct SharedNotes(Arc<Mutex<Notes>>);

impl SharedNotes {
    pub(super) fn new(store: Store, checkpoint: Checkpoint) -> Self {
        Self(Arc::new(Mutex::new(Notes { store, checkpoint })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Notes> {
        locked(&self.0)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What to do where no note can be written.
pub(super) enum Noteless {
    /// Nothing is sent.
    Refused,
    /// It is sent all the same, and this is told why.
    Told(Box<dyn Fn(Error) + Send + Sync>),
}

/// A chunk, or a whole file, whose request is about to be sent. Whoever drops it before the request has left has nothing to decide.
pub(super) struct Flight(Arc<Noted>);

struct Noted {
    notes: SharedNotes,
    chunk: InFlight,
    retries: bool,
    noteless: Noteless,
    stage: Mutex<Stage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    /// It is noted that it may have left.
    Noted,
    Left,
    /// It leaves without a note.
    Noteless,
    /// It was answered or given up: nothing leaves any more.
    Over,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departed {
    Never,
    /// It has left once at least, and is noted.
    Noted,
    /// It may have left, and nothing is noted.
    Noteless,
}

impl Flight {
    pub(super) fn of(notes: SharedNotes, chunk: InFlight, retries: bool, noteless: Noteless) -> Self {
        Self(Arc::new(Noted { notes, chunk, retries, noteless, stage: Mutex::new(Stage::Waiting) }))
    }

    /// Sends an import. It is noted from the last moment before its request leaves; what becomes of the note is up to the caller.
    pub(super) async fn fly(self, client: &HacClient, import: ImpexImport) -> (Result<ImpexResult>, Departed) {
        let witness: Arc<Noted> = Arc::clone(&self.0);
        let answered = client.import_impex(import.witnessed_by(witness)).await;
        let departed = match self.0.end() {
            Stage::Left => Departed::Noted,
            Stage::Noteless => Departed::Noteless,
            Stage::Waiting | Stage::Noted | Stage::Over => Departed::Never,
        };
        (answered, departed)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if matches!(self.0.end(), Stage::Waiting | Stage::Noted) {
            // What stays is told as unknown, which is the safe side.
            let _ = self.0.notes.lock().withdraw(self.0.chunk, self.0.retries);
        }
    }
}

impl Noted {
    /// From now on nothing leaves. Returns how far it was.
    fn end(&self) -> Stage {
        mem::replace(&mut *locked(&self.stage), Stage::Over)
    }

    fn note(&self) -> Result<()> {
        let mut stage = locked(&self.stage);
        match *stage {
            Stage::Waiting => self.notes.lock().depart(self.chunk, self.retries)?,
            Stage::Over => return Err(given_up()),
            // It was refused, and is sent again: it stays noted.
            Stage::Noted | Stage::Left | Stage::Noteless => return Ok(()),
        }
        *stage = Stage::Noted;
        Ok(())
    }

    fn leave_noteless(&self) -> Result<()> {
        let mut stage = locked(&self.stage);
        if *stage == Stage::Over {
            return Err(given_up());
        }
        *stage = Stage::Noteless;
        Ok(())
    }
}

impl Witness for Noted {
    fn before_departure(self: Arc<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(async move {
            let flight = Arc::clone(&self);
            let noted = offload(DOING, move || flight.note()).await.and_then(|noted| noted);
            match (noted, &self.noteless) {
                (Ok(()), _) => Ok(()),
                (Err(error), Noteless::Told(tell)) if error.kind() == ErrorKind::Config => {
                    tell(error);
                    self.leave_noteless()
                }
                (Err(error), _) => {
                    let why = error.to_string();
                    Err(error.because(why))
                }
            }
        })
    }

    fn departs(&self) -> bool {
        let mut stage = locked(&self.stage);
        match *stage {
            Stage::Noted => {
                *stage = Stage::Left;
                true
            }
            Stage::Left | Stage::Noteless => true,
            Stage::Waiting | Stage::Over => false,
        }
    }
}

impl std::fmt::Debug for Noted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Noted").field("chunk", &self.chunk).field("stage", &self.stage).finish_non_exhaustive()
    }
}

fn given_up() -> Error {
    Error::new(ErrorKind::Internal, DOING).because("it was given up before it was sent")
}

/// Whether an import that failed was certainly not executed.
pub(super) fn was_not_executed(error: &Error, departed: Departed) -> bool {
    // A login that met something else than HAC, for example, was before it left.
    error.kind() != ErrorKind::OutcomeUnknown && (departed == Departed::Never || error.kind().may_be_resent())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::store::Found;
    use super::*;

    const CHUNK: InFlight = InFlight { first_line: 2, last_line: 11, rows: 10 };

    fn flight(directory: &Path, at_once: bool) -> Flight {
        let file = directory.join("rows.impex");
        std::fs::write(&file, "x").expect("written");
        let store = Store::open(Some(&directory.join("state")), &file, "local").expect("a store");
        let checkpoint = Checkpoint { version: super::super::checkpoint::VERSION, at_once, ..Checkpoint::default() };
        Flight::of(SharedNotes::new(store, checkpoint), CHUNK, false, Noteless::Refused)
    }

    /// The chunks that are undecided for the next process.
    fn on_disk(directory: &Path) -> Vec<InFlight> {
        match Store::peek(Some(&directory.join("state")), &directory.join("rows.impex"), "local").expect("readable") {
            Found::Nothing => Vec::new(),
            Found::Checkpoint(checkpoint) => checkpoint.undecided(),
            Found::Unusable(why) => panic!("{why}"),
        }
    }

    #[tokio::test]
    async fn it_is_noted_before_it_leaves_and_what_has_left_stays_noted() {
        for at_once in [false, true] {
            let directory = tempfile::tempdir().expect("a directory");
            let flight = flight(directory.path(), at_once);
            let witness = Arc::clone(&flight.0);
            assert_eq!(on_disk(directory.path()), []);
            assert!(!witness.departs(), "nothing leaves without a note");
            // The second time, it was refused before.
            for _ in 0..2 {
                Arc::clone(&witness).before_departure().await.expect("noted");
                assert_eq!(on_disk(directory.path()), [CHUNK]);
                assert!(witness.departs());
            }
            drop(flight);
            assert_eq!(on_disk(directory.path()), [CHUNK]);
        }
    }

    #[tokio::test]
    async fn what_was_noted_and_is_given_up_before_it_leaves_is_taken_back_and_cannot_leave() {
        for at_once in [false, true] {
            let directory = tempfile::tempdir().expect("a directory");
            let flight = flight(directory.path(), at_once);
            let witness = Arc::clone(&flight.0);
            Arc::clone(&witness).before_departure().await.expect("noted");
            drop(flight);
            assert_eq!(on_disk(directory.path()), []);
            assert!(!witness.departs());
        }
    }

    #[tokio::test]
    async fn what_is_given_up_before_it_is_noted_is_not_noted_any_more() {
        let directory = tempfile::tempdir().expect("a directory");
        let flight = flight(directory.path(), false);
        let witness = Arc::clone(&flight.0);
        drop(flight);
        // Its thread may come late.
        witness.note().expect_err("given up");
        assert_eq!(on_disk(directory.path()), []);
    }
}
