//! Archives that wait for their download.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::token;

/// How many wait at most; the oldest gives way.
const MOST: usize = 16;

/// The archives, each for one download by the user who exported it.
#[derive(Default)]
pub(crate) struct Exports(Mutex<VecDeque<Waiting>>);

struct Waiting {
    user: String,
    name: String,
    archive: Bytes,
}

impl Exports {
    /// Keeps an archive, and gives it a name.
    pub(crate) fn keep(&self, user: &str, archive: Bytes) -> String {
        let name = format!("dataexport_{}.zip", token::hex(8));
        let mut waiting = self.lock();
        if waiting.len() == MOST {
            waiting.pop_front();
        }
        waiting.push_back(Waiting { user: user.to_owned(), name: name.clone(), archive });
        name
    }

    /// Gives an archive away.
    pub(crate) fn take(&self, user: &str, name: &str) -> Option<Bytes> {
        let mut waiting = self.lock();
        let at = waiting.iter().position(|waiting| waiting.user == user && waiting.name == name)?;
        waiting.remove(at).map(|waiting| waiting.archive)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
