//! A program that shows long results page by page, such as `less`.
//!
//! It is started when the result turns out to be longer than the terminal, and never where standard output is none. Rows go into
//! it as they come. While it runs the terminal is its own: Ctrl-C is meant for it, and what is to be said on standard error waits
//! for its end. Who leaves it early has seen enough, which is no failure.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::ending;
use crate::env::{self, Environment};
use crate::foreground::Foreground;
use crate::os;

/// What may be started, and from which length on.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The line of `HAC_PAGER` or `PAGER`; `None` for `less`, if there is one.
    line: Option<String>,
    /// The size of the terminal.
    pub columns: usize,
    pub rows: usize,
    /// The variables that `less` needs and that are not set.
    variables: Vec<(&'static str, &'static str)>,
}

impl Plan {
    /// The pager that the variables name. `None` where they name none.
    pub(crate) fn of(environment: &Environment, columns: usize, rows: usize) -> Option<Self> {
        let named = |name| environment.raw(name).and_then(|value| value.into_string().ok());
        let line = named(env::PAGER_OF_HAC).or_else(|| named(env::PAGER));
        if line.as_ref().is_some_and(|line| line.trim() == "cat") {
            return None;
        }
        let mut variables = Vec::new();
        if environment.raw("LESS").is_none() {
            variables.push(("LESS", "FRX"));
        }
        if environment.raw("LESSCHARSET").is_none() {
            // What is printed is UTF-8, whatever the locale says.
            variables.push(("LESSCHARSET", "utf-8"));
        }
        Some(Self { line, columns, rows, variables })
    }

    /// Starts it. `Ok(None)` where there is none and nobody asked for one.
    pub(crate) fn start(&self) -> io::Result<Option<Pager>> {
        let mut command = match &self.line {
            None => {
                let mut less = Command::new("less");
                less.arg("-FRX");
                less
            }
            Some(line) => command(line),
        };
        command.envs(self.variables.iter().copied()).stdin(Stdio::piped());
        match command.spawn() {
            Ok(child) => Pager::of(child).map(Some),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && self.line.is_none() => Ok(None),
            Err(cause) => Err(cause),
        }
    }

    /// What is to be started, in words.
    pub(crate) fn name(&self) -> &str {
        self.line.as_deref().unwrap_or("less")
    }
}

/// A program and its arguments, or a line for the shell where it takes more than that.
fn command(line: &str) -> Command {
    let is_plain = |char: char| char.is_alphanumeric() || " /._-+=:,@".contains(char);
    if !line.chars().all(is_plain) {
        return os::shell(line);
    }
    let mut words = line.split_whitespace().map(OsString::from);
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// A pager that runs.
#[derive(Debug)]
pub(crate) struct Pager {
    input: ChildStdin,
    ended: Receiver<Option<ExitStatus>>,
}

impl Pager {
    fn of(mut child: Child) -> io::Result<Self> {
        let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let foreground = Foreground::begin(child.id());
        let (tell, ended) = channel();
        std::thread::Builder::new().name("pager".into()).stack_size(64 << 10).spawn(move || {
            let status = child.wait().ok();
            drop(foreground);
            let _ = tell.send(status);
        })?;
        Ok(Self { input, ended })
    }

    /// Passes some bytes on.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.input.write(bytes)
    }

    /// Waits until its user has seen enough. Returns whether it could not be started: shells say so with these exit codes.
    pub(crate) fn finish(self) -> bool {
        let Self { input, ended } = self;
        drop(input);
        let status = ending::blocking(|| ended.recv()).ok().flatten();
        status.and_then(|status| status.code()).is_some_and(|code| matches!(code, 126 | 127))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_the_program_wins_and_cat_is_no_pager() {
        let line = |variables: &[(&str, &str)]| Plan::of(&Environment::of(variables), 80, 24).map(|plan| plan.line);
        assert_eq!(line(&[]), Some(None));
        assert_eq!(line(&[("PAGER", "more")]), Some(Some("more".to_owned())));
        assert_eq!(line(&[("PAGER", "more"), ("HAC_PAGER", "less -S")]), Some(Some("less -S".to_owned())));
        assert_eq!(line(&[("PAGER", "more"), ("HAC_PAGER", "cat")]), None);
        assert_eq!(line(&[("PAGER", "")]), Some(None));
    }

    #[test]
    fn less_gets_what_it_needs_and_keeps_what_is_set() {
        let variables = |set: &[(&str, &str)]| Plan::of(&Environment::of(set), 80, 24).expect("a pager").variables;
        assert_eq!(variables(&[]), [("LESS", "FRX"), ("LESSCHARSET", "utf-8")]);
        assert_eq!(variables(&[("LESS", "-S"), ("LESSCHARSET", "latin1")]), []);
    }
}
