//! A question whose answer is hidden: the terminal is put right whatever ends or stops the program.
//!
//! Every change of the terminal's modes is made under one lock, so that nothing is hidden again
//! once the program has begun to end. The terminal itself edits the line.

use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::os::{self, Hiding};

static STATE: Mutex<State> = Mutex::new(State { question: None, over: false });

struct State {
    /// The question that is asked at the moment.
    question: Option<Question>,
    /// The program ends: nothing is hidden any more.
    over: bool,
}

struct Question {
    terminal: Hiding,
    text: String,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks on the terminal and returns the line that is typed, which is not shown.
pub(crate) fn ask_hidden(text: &str) -> io::Result<String> {
    let terminal = Hiding::open()?;
    let mut typed = terminal.typed()?;
    let asking = Asking::begin(terminal, text)?;
    draw(text);
    let (line, on_the_same_line) = typed.line()?;
    if on_the_same_line {
        draw("\n");
    }
    drop(asking);
    String::from_utf8(line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the input is not valid UTF-8"))
}

/// Draws on the terminal, for what is not there to stay.
pub(crate) fn draw(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// A question is asked, until this is dropped.
struct Asking;

impl Asking {
    fn begin(terminal: Hiding, text: &str) -> io::Result<Self> {
        let mut state = state();
        if state.over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        terminal.begin()?;
        state.question = Some(Question { terminal, text: text.to_owned() });
        Ok(Self)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(question) = state().question.take() {
            question.terminal.show();
        }
    }
}

/// Shows what is typed from now on. Returns whether a question is still open: its line has no end yet.
pub(crate) fn restore() -> bool {
    let mut state = state();
    state.over = true;
    if let Some(question) = &state.question {
        question.terminal.show();
    }
    state.question.is_some()
}

/// Stops the program as its user wants it, and leaves the terminal as it was.
pub(crate) fn stop() {
    if let Some(question) = &state().question {
        question.terminal.show();
    }
    os::stop_self();
}

/// Goes on after a stop: hides again what is typed, and asks again.
pub(crate) fn go_on() {
    let state = state();
    if let Some(question) = &state.question
        && !state.over
    {
        question.terminal.hide();
        draw(&question.text);
    }
}
