//! Applies what an answer changes in the session, and stores it.

use std::sync::Arc;

use http::HeaderMap;
use tokio::time::Instant;

use super::metadata::now;
use super::store::Replaced;
use super::{ActiveSession, Sessions};
use crate::error::{Error, Result};
use crate::notice::Notice;
use crate::secret::SessionId;

/// `last_used_at` is written at most this often.
const TOUCH_SECONDS: f64 = 5.0;

/// What to store after an answer.
enum Save {
    Nothing,
    /// Only the time of its last use.
    Touch(SessionId, f64),
    /// The session with what has changed in it.
    Session(Arc<ActiveSession>),
}

impl Sessions {
    /// An expected answer came: its cookies count, and the session was used just now.
    pub(crate) fn answered(&self, used: &ActiveSession, headers: &HeaderMap, path: &str) {
        match self.apply_answer(used, headers, path) {
            Save::Nothing => {}
            Save::Touch(id, at) => self.warn_unless_stored(self.store.touch(&self.key, &id, at)),
            Save::Session(session) => self.store_change(&session),
        }
    }

    /// Puts the answer's cookies and the time into the session, unless another has taken its place since.
    fn apply_answer(&self, used: &ActiveSession, headers: &HeaderMap, path: &str) -> Save {
        let now = now();
        let mut state = self.state();
        let state = &mut *state;
        let Some(current) = state.current.as_mut().filter(|current| current.generation == used.generation) else {
            return Save::Nothing;
        };
        state.confirmed = Some((used.generation, Instant::now()));
        if headers.contains_key(http::header::SET_COOKIE) {
            Arc::make_mut(current).take_cookies(headers, path, &self.options.session_cookie);
        }
        let due = now - current.last_used_at >= TOUCH_SECONDS || current.last_used_at > now;
        // A balancer may turn its cookie with each answer.
        let changed = current.unsaved.as_ref().is_some_and(|unsaved| due || unsaved.urgent);
        if due || changed {
            Arc::make_mut(current).last_used_at = now;
        }
        if changed {
            Save::Session(Arc::clone(current))
        } else if due {
            Save::Touch(current.session_id.clone(), now)
        } else {
            Save::Nothing
        }
    }

    /// Stores what has changed, if the store still has the session in which it changed: one that someone removed stays removed, one
    /// that another process made since is not overwritten.
    ///
    /// Does not wait for the lock: a change that is not stored now is stored with one of the next answers.
    pub(super) fn store_change(&self, session: &Arc<ActiveSession>) {
        let Some(unsaved) = &session.unsaved else { return };
        let urgent = match self.store.replace(&self.key, &unsaved.in_place_of, &session.to_stored(&self.key)) {
            Ok(Replaced::Skipped) => true,
            Ok(Replaced::Saved | Replaced::Superseded) => return self.note_stored(session),
            Ok(Replaced::SavedWithoutLock(error)) => {
                self.note_stored(session);
                return self.warn_not_locked(error);
            }
            Err(error) => {
                self.warn_not_stored(&error);
                false
            }
        };
        let mut state = self.state();
        if let Some(current) = state.current.as_mut().filter(|current| current.generation == session.generation)
            && current.unsaved.as_ref().is_some_and(|unsaved| unsaved.urgent != urgent)
            && let Some(unsaved) = &mut Arc::make_mut(current).unsaved
        {
            unsaved.urgent = urgent;
        }
    }

    /// The store has this session, or will never have it. What has changed since is still to be stored.
    fn note_stored(&self, session: &Arc<ActiveSession>) {
        let mut state = self.state();
        let Some(current) = state.current.as_mut().filter(|current| current.generation == session.generation) else {
            return;
        };
        let is_the_same = Arc::ptr_eq(current, session);
        let next = Arc::make_mut(current);
        if is_the_same {
            next.unsaved = None;
        } else if let Some(unsaved) = &mut next.unsaved {
            unsaved.in_place_of = session.session_id.clone();
        }
    }

    /// Warns, once, of what could not be written, or of a lock without which it was written.
    pub(super) fn warn_unless_stored(&self, written: Result<()>) {
        match written {
            Ok(()) => {
                let not_locked = self.state().not_locked.take();
                if let Some(error) = not_locked {
                    self.warn_not_locked(error);
                }
            }
            Err(error) => self.warn_not_stored(&error),
        }
    }

    fn warn_not_locked(&self, error: Error) {
        if !std::mem::replace(&mut self.state().warned, true) {
            self.notify(&Notice::NotLocked(error));
        }
    }

    pub(super) fn warn_not_stored(&self, error: &Error) {
        if !std::mem::replace(&mut self.state().warned, true) {
            self.notify(&Notice::NotKept(error.clone()));
        }
    }
}
