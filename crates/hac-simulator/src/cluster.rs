//! The nodes and their sessions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::token;

/// The nodes, counted from 1.
pub(crate) struct Cluster {
    nodes: Vec<Node>,
    turn: AtomicUsize,
    forced: AtomicUsize,
}

/// One application server: its sessions are its own.
pub(crate) struct Node {
    number: usize,
    suffix: bool,
    up: AtomicBool,
    sessions: Mutex<HashMap<String, Session>>,
}

/// One session, anonymous or somebody's.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) user: Option<String>,
    /// The page to which a login leads back.
    pub(crate) saved: Option<String>,
    used: Instant,
}

impl Cluster {
    pub(crate) fn new(nodes: usize) -> Self {
        let count = nodes.max(1);
        Self {
            nodes: (1..=count)
                .map(|number| Node { number, suffix: count > 1, up: AtomicBool::new(true), sessions: Mutex::default() })
                .collect(),
            turn: AtomicUsize::new(0),
            forced: AtomicUsize::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number.checked_sub(1)?)
    }

    /// The node that the cookie's value asks for, if it is up.
    pub(crate) fn routed(&self, route: &str) -> Option<&Node> {
        let number = route.strip_prefix(".n")?.parse().ok()?;
        self.node(number).filter(|node| node.is_up())
    }

    /// The next node that is up.
    pub(crate) fn next(&self) -> Option<&Node> {
        (0..self.nodes.len())
            .map(|_| {
                let turn = self.turn.fetch_add(1, Ordering::SeqCst);
                &self.nodes[turn % self.nodes.len()]
            })
            .find(|node| node.is_up())
    }

    /// The node to which everything goes, whatever the cookie says.
    pub(crate) fn forced(&self) -> Option<&Node> {
        self.node(self.forced.load(Ordering::SeqCst))
    }

    pub(crate) fn force(&self, number: usize) {
        self.forced.store(number, Ordering::SeqCst);
    }

    pub(crate) fn set_up(&self, number: usize, up: bool) {
        if let Some(node) = self.node(number) {
            node.up.store(up, Ordering::SeqCst);
            node.sessions().clear();
        }
    }

    /// Forgets the sessions for which `matches` holds.
    pub(crate) fn forget(&self, matches: impl Fn(&Session) -> bool) {
        for node in &self.nodes {
            node.sessions().retain(|_, session| !matches(session));
        }
    }

    /// The session with one of these ids, on whichever node. It does not count as used.
    pub(crate) fn find(&self, ids: &[String]) -> Option<Session> {
        self.nodes.iter().find_map(|node| {
            let sessions = node.sessions();
            ids.iter().find_map(|id| sessions.get(id).cloned())
        })
    }

    pub(crate) fn rotate_tokens(&self) {
        for node in &self.nodes {
            for session in node.sessions().values_mut() {
                session.token = token::fresh();
            }
        }
    }
}

impl Node {
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    pub(crate) fn is_up(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    /// The live session with this id, which now counts as used.
    pub(crate) fn find(&self, id: &str, idle: Option<Duration>) -> Option<Session> {
        let mut sessions = self.sessions();
        let session = sessions.get_mut(id)?;
        if idle.is_some_and(|idle| session.used.elapsed() >= idle) {
            sessions.remove(id);
            return None;
        }
        session.used = Instant::now();
        Some(session.clone())
    }

    pub(crate) fn create(&self, user: Option<&str>) -> Session {
        let mut id = token::hex(16);
        if self.suffix {
            id = format!("{id}.n{}", self.number);
        }
        let session = Session {
            id: id.clone(),
            token: token::fresh(),
            user: user.map(str::to_owned),
            saved: None,
            used: Instant::now(),
        };
        self.sessions().insert(id, session.clone());
        session
    }

    /// Makes the session somebody's: new token, and a new id where `rotate` says so.
    pub(crate) fn promote(&self, session: &Session, user: &str, rotate: bool) -> Session {
        let mut promoted = if rotate {
            self.remove(&session.id);
            self.create(Some(user))
        } else {
            session.clone()
        };
        promoted.token = token::fresh();
        promoted.user = Some(user.to_owned());
        promoted.saved = None;
        self.sessions().insert(promoted.id.clone(), promoted.clone());
        promoted
    }

    /// Notes the page to which a login leads back.
    pub(crate) fn save_request(&self, id: &str, target: String) {
        if let Some(session) = self.sessions().get_mut(id) {
            session.saved = Some(target);
        }
    }

    pub(crate) fn remove(&self, id: &str) {
        self.sessions().remove(id);
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
