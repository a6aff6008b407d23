//! What stands between the client and HAC's pages: the gateway's limits, the switched-off endpoints, the filter for markup.

mod rate;
pub(crate) mod xss;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::knobs::{GatewayLimit, Knobs, RateLimit, XssFilter};
use rate::Meter;

/// What is in force now. It begins with the knobs, and faults change it while the simulator runs.
pub(crate) struct Front {
    now: Mutex<Settings>,
    begins_with: Settings,
    meter: Mutex<Meter>,
}

#[derive(Clone)]
struct Settings {
    /// Paths below the context path.
    disabled: Vec<String>,
    rate: Option<RateLimit>,
    time: Option<GatewayLimit>,
    xss: XssFilter,
}

impl Front {
    pub(crate) fn new(knobs: &Knobs) -> Self {
        let settings = Settings {
            disabled: knobs.disabled_endpoints.iter().map(|dotted| path(dotted)).collect(),
            rate: knobs.rate_limit,
            time: knobs.gateway_limit,
            xss: knobs.xss_filter,
        };
        Self { now: Mutex::new(settings.clone()), begins_with: settings, meter: Mutex::default() }
    }

    /// Back to what the knobs say.
    pub(crate) fn reset(&self) {
        *self.now() = self.begins_with.clone();
        *self.meter() = Meter::default();
    }

    /// Switches the endpoint with this dotted path off, or on again.
    pub(crate) fn disable(&self, dotted: &str, disabled: bool) {
        let path = path(dotted);
        let mut now = self.now();
        now.disabled.retain(|known| *known != path);
        if disabled {
            now.disabled.push(path);
        }
    }

    /// Whether the path, which is below the context path, belongs to an endpoint that is switched off.
    pub(crate) fn is_disabled(&self, path: &str) -> bool {
        self.now()
            .disabled
            .iter()
            .any(|off| path.strip_prefix(off.as_str()).is_some_and(|below| below.is_empty() || below.starts_with('/')))
    }

    pub(crate) fn limit_rate(&self, limit: Option<RateLimit>) {
        self.now().rate = limit;
        *self.meter() = Meter::default();
    }

    /// The limit that a request which arrives now exceeds.
    pub(crate) fn exceeded(&self, now: Instant) -> Option<RateLimit> {
        let limit = self.now().rate?;
        (!self.meter().admits(&limit, now)).then_some(limit)
    }

    pub(crate) fn limit_time(&self, limit: Option<GatewayLimit>) {
        self.now().time = limit;
    }

    pub(crate) fn time_limit(&self) -> Option<GatewayLimit> {
        self.now().time
    }

    pub(crate) fn filter_xss(&self, filter: XssFilter) {
        self.now().xss = filter;
    }

    pub(crate) fn xss_filter(&self) -> XssFilter {
        self.now().xss
    }

    fn now(&self) -> MutexGuard<'_, Settings> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `platform.init` as `/platform/init`.
fn path(dotted: &str) -> String {
    format!("/{}", dotted.replace('.', "/"))
}
