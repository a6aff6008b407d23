//! The log of the statements that users have run, where it is on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Which of the three switches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Switch {
    Log,
    StackTrace,
    Params,
}

/// The lines so far, and what is to be in the next ones.
#[derive(Debug, Default)]
pub(crate) struct StatementLog(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    on: bool,
    stack_trace: bool,
    params: bool,
    lines: Vec<String>,
}

impl StatementLog {
    pub(crate) fn switch(&self, switch: Switch, on: bool) {
        let mut inner = self.lock();
        match switch {
            Switch::Log => inner.on = on,
            Switch::StackTrace => inner.stack_trace = on,
            Switch::Params => inner.params = on,
        }
    }

    pub(crate) fn is_on(&self, switch: Switch) -> bool {
        let inner = self.lock();
        match switch {
            Switch::Log => inner.on,
            Switch::StackTrace => inner.stack_trace,
            Switch::Params => inner.params,
        }
    }

    pub(crate) fn clear(&self) {
        self.lock().lines.clear();
    }

    /// One line a statement.
    pub(crate) fn text(&self) -> String {
        let inner = self.lock();
        inner.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// A statement that was run. `kind` is `statement`, `commit` or `rollback`; the latter two have no SQL.
    pub(super) fn record(&self, kind: &str, sql: &str, took: Duration, place: &str) {
        let mut inner = self.lock();
        if !inner.on {
            return;
        }
        // Line breaks within a statement would end the line.
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let number = inner.lines.len() + 1;
        let mut line = format!("{number}|master|{}|{} ms|{kind}|{sql}", timestamp(SystemTime::now()), took.as_millis());
        if inner.params && !sql.is_empty() {
            // The console binds no values: the text with them is the text.
            line.extend(["|", sql.as_str()]);
        }
        if inner.stack_trace {
            line.extend(["|at ", place]);
        }
        inner.lines.push(line);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `yyMMdd-HH:mm:ss:SSS` in UTC.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    format!(
        "{:02}{month:02}{day:02}-{:02}:{:02}:{:02}:{:03}",
        year % 100,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis()
    )
}

/// The date of a day counted from 1970-01-01, after Howard Hinnant's algorithm: years begin in March, eras have 400 years.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        for (days, expected) in [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (19_722, (2023, 12, 31)),
            (20_515, (2026, 3, 3)),
        ] {
            assert_eq!(date(days), expected);
        }
        let time = UNIX_EPOCH + Duration::from_millis(11_016 * 86_400_000 + 3_723_004);
        assert_eq!(timestamp(time), "000229-01:02:03:004");
    }

    #[test]
    fn only_what_runs_while_it_is_on_is_recorded() {
        let log = StatementLog::default();
        let run = |kind: &str, sql: &str| log.record(kind, sql, Duration::from_millis(7), "x.Y");
        run("statement", "SELECT 1");
        assert_eq!(log.text(), "");
        log.switch(Switch::Log, true);
        run("statement", "SELECT\n 2");
        run("commit", "");
        let lines: Vec<String> = log.text().lines().map(str::to_owned).collect();
        assert!(lines[0].starts_with("1|master|") && lines[0].ends_with("|7 ms|statement|SELECT 2"), "{lines:?}");
        assert!(lines[1].starts_with("2|master|") && lines[1].ends_with("|commit|"), "{lines:?}");
        log.switch(Switch::Params, true);
        log.switch(Switch::StackTrace, true);
        run("statement", "SELECT 3");
        assert!(log.text().ends_with("|statement|SELECT 3|SELECT 3|at x.Y\n"), "{}", log.text());
        log.clear();
        assert_eq!(log.text(), "");
        assert!(log.is_on(Switch::Log) && log.is_on(Switch::Params) && log.is_on(Switch::StackTrace));
    }
}
