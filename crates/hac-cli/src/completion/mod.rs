//! What the completion scripts ask: `hac __complete SHELL WORD…` prints what the last word may become.
//!
//! The first line says what follows: `words`, one a line with its meaning behind a tab, or `files`, which the shell lists itself.
//! Whatever goes wrong, nothing is printed to standard error, and nobody logs in: a person is in the middle of a line.

mod configured;
mod line;
mod place;
mod server;
mod values;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::context::RunContext;
use line::Bash;
#[cfg(test)]
pub(crate) use line::split;
use place::Place;

/// The first argument of a call by a completion script.
pub(crate) const HOOK: &str = "__complete";

/// Something that the word may become.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    word: String,
    meaning: String,
}

impl Candidate {
    fn new(word: impl Into<String>) -> Self {
        Self { word: word.into(), meaning: String::new() }
    }

    fn meaning(mut self, text: impl Into<String>) -> Self {
        self.meaning = text.into();
        self
    }
}

/// What there is to choose from.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Words(Vec<Candidate>),
    Files,
}

/// Answers a completion script; `arguments` are those behind the hook.
pub(crate) fn answer(arguments: &[OsString], context: &RunContext) {
    let Some(text) = answered(arguments, context) else { return };
    let mut stdout = io::stdout().lock();
    // The shell has stopped reading, or a person has gone on typing.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

fn answered(arguments: &[OsString], context: &RunContext) -> Option<String> {
    let (shell, rest) = arguments.split_first()?;
    let mut rest: Vec<String> = rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut bash = None;
    match shell.to_str()? {
        "bash" => {
            let [breaks, line] = rest.as_slice() else { return None };
            let read = Bash::read(line, breaks);
            rest.clone_from(&read.words);
            bash = Some(read);
        }
        // Older versions drop an empty argument, so that one character stands before the last.
        "powershell" => {
            let last = rest.pop()?;
            rest.push(last.get(1..)?.to_owned());
        }
        _ => {}
    }
    let mut root = Cli::command();
    root.build();
    let (current, before) = rest.split_last()?;
    let place = Place::find(&root, before.get(1..)?, current);
    let answer = values::answer(&place, current, context);
    Some(match answer {
        Answer::Files => "files\n".to_owned(),
        Answer::Words(mut words) => {
            words.retain(|candidate| candidate.word.starts_with(current.as_str()));
            printed(&words, bash.as_ref())
        }
    })
}

fn printed(words: &[Candidate], bash: Option<&Bash>) -> String {
    let mut text = "words\n".to_owned();
    for Candidate { word, meaning } in words {
        if word.contains(char::is_control) {
            continue;
        }
        if let Some(bash) = bash {
            text.push_str(&bash.reply(word));
        } else {
            text.push_str(word);
            if !meaning.is_empty() {
                text.push('\t');
                text.extend(meaning.chars().map(|char| if char.is_control() { ' ' } else { char }));
            }
        }
        text.push('\n');
    }
    text
}
