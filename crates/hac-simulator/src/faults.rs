//! What goes wrong on demand.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::cluster::Cluster;
use crate::fault::{Fault, On};
use crate::front::Front;
use crate::knobs::{GatewayLimit, RateLimit, XssFilter};
use crate::workers::Workers;

struct Rule {
    on: On,
    /// How often it still applies; `None`: always.
    left: Option<usize>,
    fault: Fault,
}

/// Makes things go wrong. Clones act on the same simulator.
///
/// Of the faults for single requests, a request meets at most one: the first that was registered of those that match.
#[derive(Clone)]
pub struct Faults {
    inner: Arc<Inner>,
}

struct Inner {
    cluster: Arc<Cluster>,
    front: Arc<Front>,
    workers: Arc<Workers>,
    rules: Mutex<VecDeque<Rule>>,
    initializing: AtomicBool,
    /// After how many steps an update stops.
    update_stops: watch::Sender<Option<usize>>,
    held: AtomicUsize,
    released: watch::Sender<u64>,
    closed: watch::Sender<usize>,
}

impl Faults {
    pub(crate) fn new(cluster: Arc<Cluster>, front: Arc<Front>, workers: Arc<Workers>) -> Self {
        Self {
            inner: Arc::new(Inner {
                cluster,
                front,
                workers,
                rules: Mutex::default(),
                initializing: AtomicBool::new(false),
                update_stops: watch::Sender::new(None),
                held: AtomicUsize::new(0),
                released: watch::Sender::new(0),
                closed: watch::Sender::new(0),
            }),
        }
    }

    /// Ends all sessions of users; anonymous ones live on.
    pub fn expire_sessions(&self) {
        self.inner.cluster.forget(|session| session.user.is_some());
    }

    /// Ends the sessions of one user.
    pub fn expire_session_of(&self, user: &str) {
        self.inner.cluster.forget(|session| session.user.as_deref() == Some(user));
    }

    /// Gives every session a new token; the old one is refused.
    pub fn rotate_tokens(&self) {
        self.inner.cluster.rotate_tokens();
    }

    /// Whether every page leads to the initialisation page.
    pub fn initializing(&self, on: bool) {
        self.inner.initializing.store(on, Ordering::SeqCst);
    }

    /// An update stops after so many steps, until this is set to more of them, or to `None`: it goes on to its end.
    pub fn stop_update_after(&self, steps: Option<usize>) {
        self.inner.update_stops.send_replace(steps);
    }

    /// Forgets all sessions, as a restart does.
    pub fn forget_everything(&self) {
        self.inner.cluster.forget(|_| true);
    }

    /// Takes a node down, counted from 1. Its sessions are lost, and the balancer picks another.
    pub fn kill_node(&self, node: usize) {
        self.inner.cluster.set_up(node, false);
    }

    /// Brings a node back, without its old sessions.
    pub fn revive_node(&self, node: usize) {
        self.inner.cluster.set_up(node, true);
    }

    /// Sends every request to this node, whatever its `ROUTE` says. 0 ends it.
    pub fn route_to(&self, node: usize) {
        self.inner.cluster.force(node);
    }

    /// Switches the endpoint with this dotted path off or on again, such as `platform.init`. A real HAC reads the property
    /// `endpoint.hac.platform.init.disabled` at its start only, so this is a restart that keeps the sessions.
    pub fn disable_endpoint(&self, dotted: &str, disabled: bool) {
        self.inner.front.disable(dotted, disabled);
    }

    /// The rate limit of the gateway in front. Its count begins anew.
    pub fn limit_rate(&self, limit: Option<RateLimit>) {
        self.inner.front.limit_rate(limit);
    }

    /// How long the gateway in front waits for an answer. Delays and held requests count, as they are the server's.
    pub fn limit_time(&self, limit: Option<GatewayLimit>) {
        self.inner.front.limit_time(limit);
    }

    /// What the filter for markup does.
    pub fn filter_xss(&self, filter: XssFilter) {
        self.inner.front.filter_xss(filter);
    }

    /// Whether the server gets no threads any more: scripts, queries and imports are answered with 503 and do not run.
    pub fn starve_threads(&self, starved: bool) {
        self.inner.workers.starve(starved);
    }

    /// The next request that matches meets the fault.
    pub fn once(&self, on: On, fault: Fault) {
        self.times(1, on, fault);
    }

    /// The next `count` requests that match meet the fault.
    pub fn times(&self, count: usize, on: On, fault: Fault) {
        if count > 0 {
            self.register(on, Some(count), fault);
        }
    }

    /// Every request that matches meets the fault, until [`clear`](Self::clear).
    pub fn always(&self, on: On, fault: Fault) {
        self.register(on, None, fault);
    }

    /// Nothing goes wrong any more: no fault is registered, held requests and updates go on, the platform is initialised, `ROUTE`
    /// counts again, there are threads, and what stands in front is as the knobs have it. Sessions and nodes that are gone stay gone.
    pub fn clear(&self) {
        self.rules().clear();
        self.initializing(false);
        self.stop_update_after(None);
        self.route_to(0);
        self.starve_threads(false);
        self.inner.front.reset();
        self.release();
    }

    /// How many requests are parked by [`Fault::Hold`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.inner.held.load(Ordering::SeqCst)
    }

    /// Lets the parked requests go on. Those that come later are parked again.
    pub fn release(&self) {
        self.inner.released.send_modify(|count| *count += 1);
    }

    /// Closes the connections that are open now, in order, as a server does after its idle limit; one in use after its answer.
    pub fn close_connections(&self) {
        self.inner.closed.send_modify(|count| *count += 1);
    }

    /// Changes with each [`close_connections`](Self::close_connections) after this call.
    pub(crate) fn closings(&self) -> watch::Receiver<usize> {
        self.inner.closed.subscribe()
    }

    fn register(&self, on: On, left: Option<usize>, fault: Fault) {
        self.rules().push_back(Rule { on, left, fault });
    }

    pub(crate) fn is_initializing(&self) -> bool {
        self.inner.initializing.load(Ordering::SeqCst)
    }

    /// Waits for as long as an update that has made so many steps is stopped.
    pub(crate) async fn pass_update_stop(&self, made: usize) {
        let mut stops = self.inner.update_stops.subscribe();
        // It fails only where the sender is gone, and that is here.
        let _ = stops.wait_for(|stop| stop.is_none_or(|after| made < after)).await;
    }

    /// The fault that this request meets.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut rules = self.rules();
        let mut found = None;
        for (index, rule) in rules.iter_mut().enumerate() {
            if rule.on.meets(method, path) {
                found = Some(index);
                break;
            }
        }
        let index = found?;
        let rule = &mut rules[index];
        let fault = rule.fault.clone();
        if let Some(left) = &mut rule.left {
            *left -= 1;
            if *left == 0 {
                rules.remove(index);
            }
        }
        Some(fault)
    }

    /// Parks a request.
    pub(crate) async fn hold(&self) {
        let mut released = self.inner.released.subscribe();
        self.inner.held.fetch_add(1, Ordering::SeqCst);
        let _held = Held(&self.inner.held);
        // It fails only where the sender is gone, and that is here.
        let _ = released.changed().await;
    }

    fn rules(&self) -> MutexGuard<'_, VecDeque<Rule>> {
        self.inner.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Held<'a>(&'a AtomicUsize);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults")
            .field("registered", &self.rules().len())
            .field("held", &self.held())
            .finish_non_exhaustive()
    }
}
