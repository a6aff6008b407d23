//! What arrived, what was answered, and what really ran.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::{Serialize, Serializer};

use crate::account::Account;

/// Every request that the simulator received, in order of arrival. Clones are the same ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    begun: Instant,
    book: Mutex<Book>,
    account: OnceLock<Account>,
    connections: AtomicUsize,
    disconnected: AtomicUsize,
    in_progress: AtomicUsize,
}

#[derive(Debug, Default)]
struct Book {
    next: u64,
    lines: Vec<(u64, Entry)>,
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its method, in upper case.
    pub method: String,
    /// Its path, without the query.
    pub path: String,
    /// What followed the `?`.
    pub query: Option<String>,
    /// The node that it was routed to, from 1; 0 where it was answered before any node.
    pub node: usize,
    /// Whose session it came with, or who logged in by it.
    pub user: Option<String>,
    /// The status that was sent; `None` if no answer was sent (yet).
    pub status: Option<u16>,
    /// Whether it really ran something: a script, a query, a change.
    pub executed: bool,
    /// Whether it made an authenticated session out of a user and a password.
    pub login: bool,
    /// The names of its cookies.
    pub cookies: Vec<String>,
    /// Its headers. The values of cookies and credentials are replaced by `***`.
    pub headers: Vec<(String, String)>,
    /// Its form fields, as sent. A password is replaced by `***`.
    pub form: Vec<(String, String)>,
    /// Its body, where it is JSON.
    pub json: Option<String>,
    /// When it arrived, counted from the start of the simulator; milliseconds in JSON.
    #[serde(serialize_with = "millis")]
    pub at: Duration,
    /// The connection that it came on, from 1.
    pub connection: u64,
}

fn millis<S: Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128(at.as_millis())
}

impl Entry {
    /// The first value of the header, by its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first value of the form field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn is_login_attempt(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/j_spring_security_check")
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            inner: Arc::new(Inner {
                begun: Instant::now(),
                book: Mutex::default(),
                account: OnceLock::new(),
                connections: AtomicUsize::new(0),
                disconnected: AtomicUsize::new(0),
                in_progress: AtomicUsize::new(0),
            }),
        }
    }

    /// All entries, in order of arrival.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.book().lines.iter().map(|(_, entry)| entry.clone()).collect()
    }

    /// How many requests arrived.
    #[must_use]
    pub fn len(&self) -> usize {
        self.book().lines.len()
    }

    /// Whether no request arrived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all entries. Requests in progress stay counted by [`in_progress`](Self::in_progress).
    pub fn clear(&self) {
        self.book().lines.clear();
    }

    /// Adds up, from the first call on, what [`clear`](Self::clear) does not forget. Secrets are kept in plain text, so a server that
    /// nobody checks keeps no account.
    #[must_use]
    pub fn account(&self) -> Account {
        self.inner.account.get_or_init(Account::default).clone()
    }

    /// How many requests had a path that ends in `path_suffix`.
    #[must_use]
    pub fn count(&self, path_suffix: &str) -> usize {
        self.tally(|entry| entry.path.ends_with(path_suffix))
    }

    /// How many form logins succeeded, whether or not their answer was sent.
    #[must_use]
    pub fn logins(&self) -> usize {
        self.tally(|entry| entry.login && entry.is_login_attempt())
    }

    /// How many form logins were posted.
    #[must_use]
    pub fn login_attempts(&self) -> usize {
        self.tally(Entry::is_login_attempt)
    }

    /// How many requests really ran something.
    #[must_use]
    pub fn executed(&self) -> usize {
        self.tally(|entry| entry.executed)
    }

    /// The scripts that really ran, in order of arrival.
    #[must_use]
    pub fn executed_scripts(&self) -> Vec<String> {
        self.book()
            .lines
            .iter()
            .filter(|(_, entry)| entry.executed && entry.path.contains("/console/scripting/"))
            .filter_map(|(_, entry)| entry.field("script").map(str::to_owned))
            .collect()
    }

    /// How many connections were accepted, those without a request included.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// How many of them are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.connections() - self.inner.disconnected.load(Ordering::SeqCst)
    }

    /// How many requests are being handled now, delayed and held ones included.
    #[must_use]
    pub fn in_progress(&self) -> usize {
        self.inner.in_progress.load(Ordering::SeqCst)
    }

    pub(crate) fn connected(&self) -> u64 {
        self.inner.connections.fetch_add(1, Ordering::SeqCst) as u64 + 1
    }

    pub(crate) fn disconnected(&self) {
        self.inner.disconnected.fetch_add(1, Ordering::SeqCst);
    }

    /// Enters a request; its ticket completes the entry.
    pub(crate) fn enter(&self, mut entry: Entry) -> Ticket {
        entry.at = self.inner.begun.elapsed();
        let mut book = self.book();
        let id = book.next;
        book.next += 1;
        book.lines.push((id, entry));
        self.inner.in_progress.fetch_add(1, Ordering::SeqCst);
        Ticket { id, progress: Progress(self.clone()) }
    }

    /// Enters secrets into the account, if there is one.
    pub(crate) fn hide<S: IntoIterator<Item = String>>(&self, secrets: impl FnOnce() -> S) {
        if let Some(account) = self.inner.account.get() {
            account.hide(secrets());
        }
    }

    fn tally(&self, matches: impl Fn(&Entry) -> bool) -> usize {
        self.book().lines.iter().filter(|(_, entry)| matches(entry)).count()
    }

    fn amend(&self, id: u64, change: impl FnOnce(&mut Entry)) {
        if let Some((_, entry)) = self.book().lines.iter_mut().rev().find(|(line, _)| *line == id) {
            change(entry);
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.inner.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to complete one entry; the request counts as in progress until it is dropped.
pub(crate) struct Ticket {
    id: u64,
    progress: Progress,
}

struct Progress(Ledger);

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.inner.in_progress.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Ticket {
    pub(crate) fn form(&self, fields: Vec<(String, String)>) {
        self.amend(|entry| entry.form = fields);
    }

    pub(crate) fn json(&self, body: Option<&str>) {
        let body = body.map(str::to_owned);
        self.amend(|entry| entry.json = body);
    }

    pub(crate) fn node(&self, node: usize) {
        self.amend(|entry| entry.node = node);
    }

    pub(crate) fn user(&self, name: &str) {
        self.amend(|entry| entry.user = Some(name.to_owned()));
    }

    pub(crate) fn login(&self, name: &str) {
        self.amend(|entry| {
            entry.user = Some(name.to_owned());
            entry.login = true;
        });
    }

    /// It ran, and may have changed something.
    pub(crate) fn executed(&self) {
        self.amend(|entry| {
            entry.executed = true;
            if let Some(account) = self.progress.0.inner.account.get() {
                account.change(&entry.path);
            }
        });
    }

    /// It ran, and could change nothing.
    pub(crate) fn queried(&self) {
        self.amend(|entry| entry.executed = true);
    }

    /// Records the status, so that it is in the ledger when the client reads the answer.
    pub(crate) fn answered(&self, status: u16) {
        self.amend(|entry| entry.status = Some(status));
    }

    fn amend(&self, change: impl FnOnce(&mut Entry)) {
        self.progress.0.amend(self.id, change);
    }
}
