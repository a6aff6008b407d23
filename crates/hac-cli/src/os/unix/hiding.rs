//! The terminal of a question whose answer is hidden: it edits the line itself, and sends the signals of Ctrl-C, Ctrl-Z and Ctrl-\.

use std::fs::File;
use std::io::{self, Read as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

use super::stops;

/// A line is at most so long: terminals take no more.
const LONGEST: usize = 4096;

/// The controlling terminal, with its modes before and during a question.
#[derive(Debug)]
pub(crate) struct Hiding {
    terminal: File,
    shown: Termios,
    hidden: Termios,
}

impl Hiding {
    /// Opens the terminal, and listens from now on to the signals that stop and continue the program.
    pub(crate) fn open() -> io::Result<Self> {
        let terminal = File::options().read(true).write(true).open("/dev/tty")?;
        stops::listen();
        let shown = tcgetattr(&terminal)?;
        let mut hidden = shown.clone();
        hidden.local_modes -= LocalModes::ECHO;
        hidden.local_modes |= LocalModes::ECHONL;
        Ok(Self { terminal, shown, hidden })
    }

    /// What is typed on it.
    pub(crate) fn typed(&self) -> io::Result<Typed> {
        self.terminal.try_clone().map(Typed)
    }

    /// Hides what is typed, for the first time.
    pub(crate) fn begin(&self) -> io::Result<()> {
        Ok(tcsetattr(&self.terminal, OptionalActions::Now, &self.hidden)?)
    }

    /// Hides what is typed, once more.
    pub(crate) fn hide(&self) {
        self.set(&self.hidden);
    }

    /// Shows what is typed, as before the question.
    pub(crate) fn show(&self) {
        self.set(&self.shown);
    }

    /// Sets the modes, unless another program has the terminal: setting them would stop this one.
    fn set(&self, modes: &Termios) {
        if tcgetpgrp(&self.terminal).is_ok_and(|group| group == rustix::process::getpgrp()) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, modes);
        }
    }
}

/// What is typed on the terminal.
#[derive(Debug)]
pub(crate) struct Typed(File);

impl Typed {
    /// Reads a line without its end, and says whether the cursor has still to go to the next one.
    pub(crate) fn line(&mut self) -> io::Result<(Vec<u8>, bool)> {
        // Never moved to a larger place, which would leave a copy behind.
        let mut line = Vec::with_capacity(LONGEST);
        let mut byte = [0];
        while line.len() < LONGEST {
            match self.0.read(&mut byte) {
                // Ctrl-D ends no line.
                Ok(0) => return Ok((line, true)),
                Ok(_) if byte[0] == b'\n' => break,
                Ok(_) => line.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok((line, false))
    }
}
