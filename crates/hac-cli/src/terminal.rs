//! The terminal while a password is typed: what hides it is undone whatever ends or stops the program.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

use crate::printer::draw;
use crate::signals;

/// The question that is asked at the moment.
static QUESTION: Mutex<Option<Question>> = Mutex::new(None);

struct Question {
    terminal: File,
    /// How the terminal was before.
    shown: Termios,
    /// How it was when the program was stopped.
    hidden: Option<Termios>,
    text: String,
}

fn question() -> MutexGuard<'static, Option<Question>> {
    QUESTION.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Question {
    /// Sets the modes, unless that is the right of another program: it would stop us.
    fn set(&self, modes: &Termios) {
        if tcgetpgrp(&self.terminal).is_ok_and(|group| group == rustix::process::getpgrp()) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, modes);
        }
    }
}

/// A hidden question, until this is dropped.
#[must_use = "the terminal is guarded until this is dropped"]
pub(crate) struct Guard(());

/// Remembers how the terminal is, before a question hides what is typed.
pub(crate) fn guard(text: &str) -> Guard {
    signals::listen_to_stops();
    let terminal = File::options().read(true).write(true).open("/dev/tty");
    *question() = terminal.ok().and_then(|terminal| {
        let shown = tcgetattr(&terminal).ok()?;
        Some(Question { terminal, shown, hidden: None, text: text.to_owned() })
    });
    Guard(())
}

impl Drop for Guard {
    fn drop(&mut self) {
        *question() = None;
    }
}

/// Shows again what is typed, if a question hides it. Returns whether one does: its line has no end yet.
pub(crate) fn restore() -> bool {
    let question = question();
    if let Some(question) = &*question {
        question.set(&question.shown);
    }
    question.is_some()
}

/// Stops the program as the terminal's user wants it, and leaves the terminal as it was.
pub(crate) fn stop() {
    if let Some(question) = &mut *question() {
        question.hidden = tcgetattr(&question.terminal).ok();
        question.set(&question.shown);
    }
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
}

/// Goes on after a stop: hides again what is typed, and asks again.
pub(crate) fn go_on() {
    if let Some(question) = &mut *question()
        && let Some(hidden) = question.hidden.take()
    {
        question.set(&hidden);
        draw(&question.text);
    }
}
