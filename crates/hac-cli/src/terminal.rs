//! A question whose answer is hidden: the terminal is put right whatever ends or stops the program.
//!
//! Every change of the terminal's modes is made under one lock, so that nothing is hidden again
//! once the program has begun to end. The terminal itself edits the line and sends the signals of Ctrl-C, Ctrl-Z and
//! Ctrl-\.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

use crate::stops;

/// A line is at most so long: terminals take no more.
const LONGEST: usize = 4096;

static STATE: Mutex<State> = Mutex::new(State { question: None, over: false });

struct State {
    /// The question that is asked at the moment.
    question: Option<Question>,
    /// The program ends: nothing is hidden any more.
    over: bool,
}

struct Question {
    terminal: File,
    shown: Termios,
    hidden: Termios,
    text: String,
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Question {
    /// Sets the modes, unless another program has the terminal: setting them would stop this one.
    fn set(&self, modes: &Termios) {
        if tcgetpgrp(&self.terminal).is_ok_and(|group| group == rustix::process::getpgrp()) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, modes);
        }
    }
}

/// Asks on the terminal and returns the line that is typed, which is not shown.
pub(crate) fn ask_hidden(text: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let asking = Asking::begin(&terminal, text)?;
    draw(text);
    // Never moved to a larger place, which would leave a copy behind.
    let mut line = Vec::with_capacity(LONGEST);
    let mut byte = [0];
    while line.len() < LONGEST {
        match terminal.read(&mut byte) {
            Ok(0) => {
                // Ctrl-D ends no line.
                draw("\n");
                break;
            }
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) => line.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    drop(asking);
    String::from_utf8(line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is no UTF-8 text"))
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
    fn begin(terminal: &File, text: &str) -> io::Result<Self> {
        stops::listen();
        let terminal = terminal.try_clone()?;
        let shown = tcgetattr(&terminal)?;
        let mut hidden = shown.clone();
        hidden.local_modes -= LocalModes::ECHO;
        hidden.local_modes |= LocalModes::ECHONL;
        let mut state = state();
        if state.over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        tcsetattr(&terminal, OptionalActions::Now, &hidden)?;
        state.question = Some(Question { terminal, shown, hidden, text: text.to_owned() });
        Ok(Self)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(question) = state().question.take() {
            question.set(&question.shown);
        }
    }
}

/// Shows what is typed from now on. Returns whether a question is still open: its line has no end yet.
pub(crate) fn restore() -> bool {
    let mut state = state();
    state.over = true;
    if let Some(question) = &state.question {
        question.set(&question.shown);
    }
    state.question.is_some()
}

/// Stops the program as its user wants it, and leaves the terminal as it was.
pub(crate) fn stop() {
    if let Some(question) = &state().question {
        question.set(&question.shown);
    }
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
}

/// Goes on after a stop: hides again what is typed, and asks again.
pub(crate) fn go_on() {
    let state = state();
    if let Some(question) = &state.question
        && !state.over
    {
        question.set(&question.hidden);
        draw(&question.text);
    }
}
