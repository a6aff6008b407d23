//! What a ledger adds up for whoever checks what a client wrote of itself: it outlasts `Ledger::clear`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The changes and the secrets of a run, from the first call of [`Ledger::account`](crate::Ledger::account) on. Clones are the same
/// account.
#[derive(Clone, Default)]
pub struct Account {
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    changes: BTreeMap<String, usize>,
    secrets: BTreeSet<String>,
}

impl Account {
    /// How many requests for each path, without its query, really ran something that may change a server. A script counts even if it
    /// is rolled back, a query only if it is SQL or is committed.
    #[must_use]
    pub fn changes(&self) -> BTreeMap<String, usize> {
        self.book().changes.clone()
    }

    /// Everything that the ledger shows as `***`, the ids of sessions, and CSRF tokens; not the cookie that names a node.
    #[must_use]
    pub fn secrets(&self) -> BTreeSet<String> {
        self.book().secrets.clone()
    }

    pub(crate) fn change(&self, path: &str) {
        *self.book().changes.entry(path.to_owned()).or_default() += 1;
    }

    pub(crate) fn hide(&self, secrets: impl IntoIterator<Item = String>) {
        self.book().secrets.extend(secrets);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("changes", &self.changes()).finish_non_exhaustive()
    }
}
