//! What a person sees who waits: after a second a line with what is going on, and a bar where the
//! end is known.
//!
//! Only on a terminal on standard error, never with `--quiet`, `--json` or `-vv`, nor where
//! `TERM=dumb` says that a line cannot be drawn twice. It stands on the last line and is gone
//! before anything else is printed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::interrupt::Interrupt;

/// Whoever waits shorter does not want to be told.
const PATIENCE: Duration = Duration::from_secs(1);
const BETWEEN_TICKS: Duration = Duration::from_millis(100);

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
    shown: Option<ProgressBar>,
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
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Bytes, shown as KiB, MiB, GiB.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the commands that receive files"))]
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
                shown: None,
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
            state.counted = Some(Counted { what: what.into(), unit, total, at: 0 });
        }
        Progress(self.clone())
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
    pub(crate) fn is_over(&self) -> bool {
        self.state().is_some_and(|state| state.over)
    }

    /// Keeps the line up to date, for ever. There is one timer for the first second, and nothing at
    /// all where nothing would be shown.
    pub(crate) async fn keep(&self, interrupt: &Interrupt) {
        if self.0.is_none() {
            std::future::pending::<()>().await;
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
        if let Some(bar) = self.shown.take() {
            bar.finish_and_clear();
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
        let said = &self.said;
        let bar = self.shown.get_or_insert_with(|| bar(counted.as_ref()));
        match counted {
            Some(Counted { total: Some(total), at, .. }) => {
                bar.set_length(total);
                bar.set_position(at);
                bar.set_message(said.clone());
            }
            Some(Counted { unit, at, .. }) => {
                bar.set_message(format!("{said} · {} · {}", amount(at, unit), duration(elapsed)));
            }
            None => bar.set_message(format!("{said} · {}", duration(elapsed))),
        }
        bar.tick();
    }
}

fn bar(counted: Option<&Counted>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = match counted {
        Some(Counted { total: Some(_), unit: Unit::Bytes, .. }) => {
            "{spinner} {msg} [{bar:24}] {binary_bytes} of {binary_total_bytes}"
        }
        Some(Counted { total: Some(_), unit: Unit::Of(_), .. }) => "{spinner} {msg} [{bar:24}] {pos} of {len}",
        _ => "{spinner} {wide_msg}",
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ").progress_chars("━╸─"));
    bar
}

fn amount(at: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => indicatif::BinaryBytes(at).to_string(),
        Unit::Of(what) => format!("{} {what}", indicatif::HumanCount(at)),
    }
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
    fn a_duration_is_told_in_the_two_units_that_matter() {
        for (seconds, told) in [(1, "1 s"), (59, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
        {
            assert_eq!(duration(Duration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn every_template_is_one() {
        for template in [None, Some(Unit::Bytes), Some(Unit::Of("rows"))] {
            let counted = template.map(|unit| Counted { what: String::new(), unit, total: Some(1), at: 0 });
            let bar = bar(counted.as_ref());
            bar.finish_and_clear();
        }
    }

    #[test]
    fn who_typed_an_answer_has_not_waited() {
        let screen = Screen::new(true);
        screen.waits_for("https://localhost");
        let long_ago = Instant::now().checked_sub(PATIENCE * 3).expect("the machine runs for longer");
        screen.state().expect("shown").began = long_ago;
        drop(screen.hold());
        screen.state().expect("shown").tick(None);
        assert!(screen.state().expect("shown").shown.is_none());
    }
}
