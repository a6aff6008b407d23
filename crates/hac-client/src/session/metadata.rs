//! Stored sessions: nine fields, shared with hac-client-core.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::secret::{CsrfToken, SessionId};

/// A stored session. It never contains a password.
///
/// `Debug` omits the session id, the token and the route cookie.
#[derive(Clone, PartialEq)]
pub struct SessionMetadata {
    /// The value of the session cookie (`JSESSIONID` unless renamed).
    pub session_id: SessionId,
    /// The CSRF token of the session.
    pub csrf_token: CsrfToken,
    /// The cookie that pins the node behind a load balancer, with its name: `ROUTE=…`.
    pub route_cookie: Option<String>,
    /// The environment, or `environment/endpoint`.
    pub environment: String,
    /// The base URL without trailing slashes.
    pub base_url: String,
    /// The user.
    pub username: String,
    /// The time of the login, in seconds since 1970 UTC.
    pub created_at: f64,
    /// The time of last use, in seconds since 1970 UTC, accurate to five seconds.
    pub last_used_at: f64,
    /// Whether the login was completed. Sessions with `false` are never loaded.
    pub is_authenticated: bool,
}

impl SessionMetadata {
    /// Returns the time of the login in local time: `2026-11-23 19:03:45`.
    pub fn created_at_formatted(&self) -> String {
        formatted(self.created_at, TimeZone::system())
    }

    /// Returns the time of last use in local time: `2026-11-23 19:03:45`.
    pub fn last_used_at_formatted(&self) -> String {
        formatted(self.last_used_at, TimeZone::system())
    }

    /// Returns the time since the login in seconds; see [`idle_seconds`](Self::idle_seconds).
    pub fn age_seconds(&self) -> f64 {
        self.age_seconds_at(now())
    }

    /// Returns the time since the last use in seconds: finite, never negative.
    ///
    /// A stored time in the future is wrong, so the session counts as old: the result is then the time since 1970, more than any
    /// limit.
    pub fn idle_seconds(&self) -> f64 {
        self.idle_seconds_at(now())
    }

    pub(crate) fn age_seconds_at(&self, now: f64) -> f64 {
        elapsed(self.created_at, now)
    }

    pub(crate) fn idle_seconds_at(&self, now: f64) -> f64 {
        elapsed(self.last_used_at, now)
    }
}

impl fmt::Debug for SessionMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionMetadata")
            .field("session_id", &self.session_id)
            .field("csrf_token", &self.csrf_token)
            .field("route_cookie", &self.route_cookie.as_ref().map(|_| "(redacted)"))
            .field("environment", &self.environment)
            .field("base_url", &self.base_url)
            .field("username", &self.username)
            .field("created_at", &self.created_at)
            .field("last_used_at", &self.last_used_at)
            .field("is_authenticated", &self.is_authenticated)
            .finish()
    }
}

/// The time in seconds since 1970, as it stands in session files.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// Seconds from `then` to `now`; a `then` in the future, or no time at all, counts as 1970.
pub(crate) fn elapsed(then: f64, now: f64) -> f64 {
    if then.is_finite() && then <= now { now - then } else { now.max(0.0) }
}

/// A time in a time zone, `unknown` where it is beyond the calendar.
pub(crate) fn formatted(seconds: f64, zone: TimeZone) -> String {
    with_format(seconds, zone, "%Y-%m-%d %H:%M:%S")
}

/// The time of day in the local time zone.
pub(crate) fn time_of_day(seconds: f64) -> String {
    with_format(seconds, TimeZone::system(), "%H:%M:%S")
}

fn with_format(seconds: f64, zone: TimeZone, format: &str) -> String {
    SignedDuration::try_from_secs_f64(seconds)
        .and_then(Timestamp::from_duration)
        .map_or_else(|_| "unknown".to_owned(), |time| time.to_zoned_datetime(zone).strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(created_at: f64, last_used_at: f64) -> SessionMetadata {
        SessionMetadata {
            session_id: "5E55104".into(),
            csrf_token: "70CE4".into(),
            route_cookie: Some("ROUTE=.n0de7".into()),
            environment: "local".into(),
            base_url: "https://localhost:9002".into(),
            username: "admin".into(),
            created_at,
            last_used_at,
            is_authenticated: true,
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
    fn ages_count_from_the_time_given() {
        let session = metadata(100.0, 160.0);
        assert_eq!(session.age_seconds_at(200.0), 100.0);
        assert_eq!(session.idle_seconds_at(200.0), 40.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "small whole numbers are exact")]
    fn a_time_in_the_future_counts_as_old_and_no_age_is_negative() {
        let now = 1_700_000_000.0;
        for wrong in [now + 0.5, 9e18, f64::INFINITY, f64::NAN] {
            let session = metadata(wrong, wrong);
            assert_eq!(session.idle_seconds_at(now), now, "{wrong}");
            assert_eq!(session.age_seconds_at(now), now, "{wrong}");
        }
        assert_eq!(metadata(5.0, 5.0).age_seconds_at(-1.0), 0.0);
    }

    #[test]
    fn times_are_written_as_hac_client_core_writes_them() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(formatted(1_795_457_025.9, zone), "2026-11-23 19:03:45");
        assert_eq!(formatted(f64::NAN, TimeZone::UTC), "unknown");
        assert_eq!(formatted(1e300, TimeZone::UTC), "unknown");
    }

    #[test]
    fn debug_output_shows_neither_id_nor_token_nor_route() {
        let text = format!("{:?}", metadata(1.0, 2.0));
        for secret in ["5E55104", "70CE4", "n0de7"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert!(text.contains("admin"));
    }
}
