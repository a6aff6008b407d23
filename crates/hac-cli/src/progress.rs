//! What a person sees who waits: after a second a line with what is going on, and a bar where the
//! end is known.
//!
//! Only on a terminal on standard error, never with `--quiet`, `--json` or `-vv`, nor where
//! `TERM` is `dumb` or nothing. It stands on the last line and is gone
//! before anything else is printed.
//!
//! Our own, because the terminal shows `^C` behind what is there: indicatif fills its line up with
//! spaces, so that the `^C` goes to the next one, where it is cleared in the place of the line.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr as _;

use crate::interrupt::Interrupt;
use crate::terminal::draw;

/// Shorter waits are not reported.
const PATIENCE: Duration = Duration::from_secs(1);
const BETWEEN_TICKS: Duration = Duration::from_millis(100);
/// The columns of the wheel and its space, and of the `^C` that a terminal shows behind the line:
/// on a line that is full it would go to the next one, and the line would stay.
const AROUND: usize = 4;
const WHEEL: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// The columns of a bar.
const BAR: usize = 24;
pub(crate) const CLEAR: &str = "\r\x1b[2K";

/// The line on which the waiting is shown. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screen(Option<Arc<Mutex<State>>>);

#[derive(Debug)]
struct State {
    began: Instant,
    /// What is waited for while nothing else is said.
    waiting: Option<String>,
    /// What is counted, while something is.
    counted: Option<Counted>,
    /// What was said last, to see when something else begins.
    said: String,
    /// How many times it was drawn, and whether it stands there.
    turn: usize,
    shown: bool,
    /// How many ask a question at the moment, or have a line of their own begun.
    held: usize,
    /// Nothing is shown any more.
    over: bool,
}

#[derive(Debug, Clone)]
struct Counted {
    what: String,
    unit: Unit,
    total: Option<u64>,
    at: u64,
    /// How fast it goes on, and how long that takes.
    pace: Option<(f64, Duration)>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes, shown as KiB, MiB, GiB.
    Bytes,
    /// Anything else, by its name in the plural: `rows`, `lines`.
    Of(&'static str),
}

impl Screen {
    /// A line on the terminal; `shown` says whether there is one to draw on.
    pub(crate) fn new(shown: bool) -> Self {
        Self(shown.then(|| {
            Arc::new(Mutex::new(State {
                began: Instant::now(),
                waiting: None,
                counted: None,
                said: String::new(),
                turn: 0,
                shown: false,
                held: 0,
                over: false,
            }))
        }))
    }

    fn state(&self) -> Option<MutexGuard<'_, State>> {
        self.0.as_ref().map(|state| state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is waited for while nothing is written: the host.
    pub(crate) fn waits_for(&self, host: &str) {
        if let Some(mut state) = self.state() {
            state.waiting = Some(format!("waiting for {host}"));
        }
    }

    /// Counts something until the handle is dropped.
    pub(crate) fn count(&self, what: impl Into<String>, unit: Unit, total: Option<u64>) -> Progress {
        if let Some(mut state) = self.state() {
            state.hide();
            state.counted = Some(Counted { what: what.into(), unit, total, at: 0, pace: None });
        }
        Progress(self.clone())
    }

    /// So many of what is counted are there, of so many in all; so many come each second, and the rest takes this long.
    pub(crate) fn reach(&self, at: u64, total: u64, rate: Option<f64>, left: Option<Duration>) {
        if let Some(mut state) = self.state()
            && let Some(counted) = &mut state.counted
        {
            (counted.at, counted.total) = (at, Some(total));
            counted.pace = rate.zip(left);
        }
    }

    /// A callback that shows how far a big request is.
    pub(crate) fn sending(&self) -> impl Fn(hac_client::Progress) + Send + Sync + use<> {
        let screen = self.clone();
        move |progress| screen.sends(progress.sent, progress.total)
    }

    /// So much of a big request has left, of so much in all.
    fn sends(&self, sent: u64, total: u64) {
        const WHAT: &str = "sending";
        let Some(mut state) = self.state() else { return };
        let begun = state.counted.as_ref().is_some_and(|counted| counted.what == WHAT);
        if sent >= total || !begun {
            state.hide();
        }
        state.counted = (sent < total).then(|| Counted {
            what: WHAT.to_owned(),
            unit: Unit::Bytes,
            total: Some(total),
            at: sent,
            pace: None,
        });
    }

    /// Prints something, the line being out of its way meanwhile.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match self.state() {
            Some(mut state) => {
                state.hide();
                print()
            }
            None => print(),
        }
    }

    /// Shows nothing until the guard is dropped: for a question, whose answer is typed on its line.
    pub(crate) fn hold(&self) -> Hold {
        if let Some(mut state) = self.state() {
            state.hide();
            state.held += 1;
        }
        Hold(self.clone())
    }

    /// Shows nothing any more: the result is there.
    pub(crate) fn end(&self) {
        if let Some(mut state) = self.state() {
            state.hide();
            state.over = true;
        }
    }

    #[cfg(test)]
    pub(crate) fn counted(&self) -> Option<(String, u64, Option<u64>)> {
        self.state()?.counted.as_ref().map(|counted| (counted.what.clone(), counted.at, counted.total))
    }

    #[cfg(test)]
    pub(crate) fn is_over(&self) -> bool {
        self.state().is_some_and(|state| state.over)
    }

    /// Keeps the line up to date, for ever. There is one timer for the first second, and nothing at
    /// all where nothing would be shown.
    pub(crate) async fn keep(&self, interrupt: &Interrupt) -> Infallible {
        if self.0.is_none() {
            return std::future::pending().await;
        }
        tokio::time::sleep(PATIENCE).await;
        loop {
            if let Some(mut state) = self.state() {
                state.tick(interrupt.doing());
            }
            tokio::time::sleep(BETWEEN_TICKS).await;
        }
    }
}

impl State {
    fn hide(&mut self) {
        if self.shown {
            draw(CLEAR);
            self.shown = false;
        }
    }

    fn tick(&mut self, doing: Option<String>) {
        if self.over || self.held > 0 {
            return;
        }
        let counted = self.counted.clone();
        let said = match (&counted, doing, &self.waiting) {
            (Some(counted), _, _) => counted.what.clone(),
            (None, Some(doing), _) => doing,
            (None, None, Some(waiting)) => waiting.clone(),
            // Nobody is waited for yet.
            (None, None, None) => return,
        };
        if said != self.said {
            self.hide();
            // The first thing that is said began with the program, or nearly.
            if !self.said.is_empty() {
                self.began = Instant::now();
            }
            self.said = said;
        }
        let elapsed = self.began.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let line = line(&self.said, counted.as_ref(), elapsed, columns().saturating_sub(AROUND));
        draw(&format!("{CLEAR}{} {line}", WHEEL[self.turn % WHEEL.len()]));
        self.turn += 1;
        self.shown = true;
    }
}

/// What is said, in so many columns.
fn line(said: &str, counted: Option<&Counted>, elapsed: Duration, room: usize) -> String {
    let line = match counted {
        Some(Counted { unit, total: Some(total), at, pace, .. }) => {
            let numbers = format!("{} of {}", bare(*at, *unit), amount(*total, *unit));
            let rate = pace.map(|(rate, _)| format!(" · {rate:.0}/s")).unwrap_or_default();
            let left = pace.map(|(_, left)| format!(" · {} left", duration(left))).unwrap_or_default();
            // The first that fits whole.
            let mut forms = [
                format!("{said} [{}] {numbers}{rate}{left}", bar(*at, *total)),
                format!("{said} · {numbers}{rate}{left}"),
                format!("{said} · {numbers}{left}"),
                format!("{said} · {numbers}"),
            ]
            .into_iter();
            forms.find(|form| form.width() <= room).unwrap_or_else(|| format!("{said} · {numbers}"))
        }
        Some(Counted { unit, at, .. }) => format!("{said} · {} · {}", amount(*at, *unit), duration(elapsed)),
        None => format!("{said} · {}", duration(elapsed)),
    };
    cut(&line, room)
}

fn bar(at: u64, total: u64) -> String {
    let part = u128::from(at.min(total)) * BAR as u128 / u128::from(total.max(1));
    let part = usize::try_from(part).unwrap_or(BAR);
    format!("{}{}", "━".repeat(part), "─".repeat(BAR - part))
}

/// How wide the terminal is; as wide as most where it does not say.
fn columns() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(columns, _)| usize::from(columns.0))
}

/// So much of the text as fits.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut fitting = String::new();
    for char in text.chars() {
        fitting.push(char);
        if fitting.width() >= room {
            fitting.pop();
            break;
        }
    }
    fitting.push('…');
    fitting
}

fn amount(at: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => bare(at, unit),
        Unit::Of(what) => format!("{} {what}", bare(at, unit)),
    }
}

/// The number, with the unit of bytes but not the name of anything else.
fn bare(at: u64, unit: Unit) -> String {
    if unit == Unit::Bytes {
        let (shift, name) = match at {
            0..0x400 => return format!("{at} B"),
            0x400..0x10_0000 => (10, "KiB"),
            0x10_0000..0x4000_0000 => (20, "MiB"),
            _ => (30, "GiB"),
        };
        let tenths = (u128::from(at) * 10) >> shift;
        return format!("{}.{} {name}", tenths / 10, tenths % 10);
    }
    grouped(at)
}

/// The number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn duration(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// Something that is counted while it is waited for. Where nothing is shown, it costs nothing.
///
/// ```ignore
/// let progress = printer.talk.progress("receiving export.zip", Unit::Bytes, answer.content_length());
/// while let Some(piece) = answer.next().await? {
///     file.write_all(&piece)?;
///     progress.advance(piece.len() as u64);
/// }
/// drop(progress); // or the end of its scope: the line is cleared
/// ```
#[derive(Debug)]
#[must_use = "it is counted until this is dropped"]
pub(crate) struct Progress(Screen);

impl Progress {
    /// So many more are there. Drawing is left to the next tick.
    pub(crate) fn advance(&self, by: u64) {
        if let Some(mut state) = self.0.state()
            && let Some(counted) = &mut state.counted
        {
            counted.at = counted.at.saturating_add(by);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(mut state) = self.0.state() {
            state.hide();
            state.counted = None;
        }
    }
}

/// See [`Screen::hold`].
#[derive(Debug)]
#[must_use = "the line comes back when this is dropped"]
pub(crate) struct Hold(Screen);

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(mut state) = self.0.state() {
            state.held = state.held.saturating_sub(1);
            // Who typed an answer has not waited.
            state.began = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_counted_until_all_has_left_and_anew_when_it_is_sent_again() {
        let screen = Screen::new(true);
        let counted = |at| Some(("sending".to_owned(), at, Some(9)));
        for (sent, shown) in [(3, counted(3)), (8, counted(8)), (9, None), (3, counted(3)), (9, None)] {
            screen.sends(sent, 9);
            assert_eq!(screen.counted(), shown, "{sent}");
        }
        Screen::new(false).sends(3, 9);
    }

    #[test]
    fn a_duration_is_shown_in_its_two_largest_units() {
        for (seconds, told) in [(1, "1 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
        {
            assert_eq!(duration(Duration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn a_line_is_as_wide_as_there_is_room() {
        assert_eq!(cut("running", 7), "running");
        assert_eq!(cut("running", 6), "runni…");
        assert_eq!(cut("東京都", 5), "東京…");
        assert_eq!(cut("東京都", 4), "東…");
        for room in 0..12 {
            assert!(cut("e\u{301}東 running", room).width() <= room.max(1));
        }
    }

    #[test]
    fn progress_is_a_bar_if_the_total_is_known() {
        let counted = |unit, total, at| Counted { what: String::new(), unit, total, at, pace: None };
        let told = |counted: &Counted, room| line("receiving x", Some(counted), Duration::from_secs(3), room);
        let half = counted(Unit::Bytes, Some(3 << 20), 3 << 19);
        assert_eq!(told(&half, 80), "receiving x [━━━━━━━━━━━━────────────] 1.5 MiB of 3.0 MiB");
        assert_eq!(told(&half, 40), "receiving x · 1.5 MiB of 3.0 MiB");
        assert_eq!(told(&half, 12), "receiving x…");
        assert_eq!(
            told(&counted(Unit::Of("rows"), Some(2_000), 3_000), 80),
            "receiving x [━━━━━━━━━━━━━━━━━━━━━━━━] 3,000 of 2,000 rows"
        );
        assert_eq!(told(&counted(Unit::Of("rows"), None, 1_234_567), 80), "receiving x · 1,234,567 rows · 3 s");
        assert_eq!(told(&counted(Unit::Bytes, None, 1_023), 80), "receiving x · 1023 B · 3 s");
        assert_eq!(bar(0, 0), "─".repeat(BAR));
        assert_eq!(bare(u64::MAX, Unit::Bytes), "17179869183.9 GiB");
    }

    #[test]
    fn rate_and_time_left_are_shown_where_they_are_known() {
        let screen = Screen::new(true);
        let counting = screen.count("importing x", Unit::Of("rows"), Some(0));
        screen.reach(500, 2_000, Some(12.6), Some(Duration::from_secs(119)));
        let counted = screen.state().expect("shown").counted.clone().expect("counted");
        assert_eq!(
            line("importing x", Some(&counted), Duration::ZERO, 100),
            "importing x [━━━━━━──────────────────] 500 of 2,000 rows · 13/s · 1 min 59 s left"
        );
        for (room, shown) in [
            (56, "importing x · 500 of 2,000 rows · 13/s · 1 min 59 s left"),
            (55, "importing x · 500 of 2,000 rows · 1 min 59 s left"),
            (40, "importing x · 500 of 2,000 rows"),
            (20, "importing x · 500 o…"),
        ] {
            assert_eq!(line("importing x", Some(&counted), Duration::ZERO, room), shown);
        }
        screen.reach(0, 2_000, None, None);
        let counted = screen.state().expect("shown").counted.clone().expect("counted");
        assert_eq!(
            line("importing x", Some(&counted), Duration::ZERO, 100),
            "importing x [────────────────────────] 0 of 2,000 rows"
        );
        drop(counting);
    }

    #[test]
    fn time_spent_at_a_prompt_is_not_waiting_time() {
        let screen = Screen::new(true);
        screen.waits_for("https://localhost");
        let long_ago = Instant::now().checked_sub(PATIENCE * 3).expect("the machine runs for longer");
        screen.state().expect("shown").began = long_ago;
        drop(screen.hold());
        screen.state().expect("shown").tick(None);
        assert!(!screen.state().expect("shown").shown);
    }
}
