//! Where in a command line the word stands that is being typed.

use clap::{Arg, ArgAction, Command};

/// The place of a word.
#[derive(Debug)]
pub(super) struct Place<'c> {
    /// The names of the command.
    pub(super) path: Vec<&'c str>,
    pub(super) command: &'c Command,
    pub(super) wanted: Wanted<'c>,
    /// What was given so far: arguments and their values.
    pub(super) given: Vec<(&'c Arg, Option<String>)>,
}

/// What is expected.
#[derive(Debug)]
pub(super) enum Wanted<'c> {
    /// The name of a flag.
    Flag,
    /// A command, or the next argument without a flag.
    Word { commands: bool, argument: Option<&'c Arg> },
    /// The value of a flag; what stands before it in the same word.
    Value(&'c Arg, String),
    /// Something that cannot be known.
    Nothing,
}

impl<'c> Place<'c> {
    /// The place behind the words `before`, which do not have the name of the program.
    pub(super) fn find(root: &'c Command, before: &[String], current: &str) -> Self {
        let mut place = Self { path: Vec::new(), command: root, wanted: Wanted::Nothing, given: Vec::new() };
        let mut waiting: Option<&Arg> = None;
        let mut only_words = false;
        for word in before {
            if let Some(argument) = waiting.take()
                && !(is_optional(argument) && word.starts_with('-'))
            {
                place.given.push((argument, Some(word.clone())));
            } else if only_words {
                place.positional(word);
            } else if word == "--" {
                only_words = true;
            } else if let Some(long) = word.strip_prefix("--") {
                waiting = place.long(long);
            } else if word.len() > 1 && word.starts_with('-') {
                waiting = place.cluster(&word[1..]);
            } else {
                place.word(word);
            }
        }
        place.wanted = match waiting {
            Some(argument) if !(is_optional(argument) && current.starts_with('-')) => {
                Wanted::Value(argument, String::new())
            }
            _ if only_words => Wanted::Word { commands: false, argument: place.next() },
            _ => place.wanted_by(current),
        };
        place
    }

    fn wanted_by(&self, current: &str) -> Wanted<'c> {
        if let Some((long, _)) = current.strip_prefix("--").and_then(|flag| flag.split_once('=')) {
            let argument = self.flag(|argument| is_named(argument, long));
            return argument.map_or(Wanted::Nothing, |argument| Wanted::Value(argument, format!("--{long}=")));
        }
        if current.starts_with('-') {
            return Wanted::Flag;
        }
        Wanted::Word { commands: self.positionals() == 0, argument: self.next() }
    }

    /// A flag with two hyphens. Returns it if the next word is its value.
    fn long(&mut self, text: &str) -> Option<&'c Arg> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        let argument = self.flag(|argument| is_named(argument, name))?;
        if value.is_none() && takes_value(argument) {
            return Some(argument);
        }
        self.given.push((argument, value));
        None
    }

    /// Flags behind one hyphen. Returns the last if the next word is its value.
    fn cluster(&mut self, text: &str) -> Option<&'c Arg> {
        for (at, char) in text.char_indices() {
            let argument = self.flag(|argument| argument.get_short() == Some(char))?;
            if takes_value(argument) {
                let rest = &text[at + char.len_utf8()..];
                if rest.is_empty() {
                    return Some(argument);
                }
                self.given.push((argument, Some(rest.trim_start_matches('=').to_owned())));
                return None;
            }
            self.given.push((argument, None));
        }
        None
    }

    /// The name of a command, or an argument.
    fn word(&mut self, word: &str) {
        let below = (self.positionals() == 0).then(|| self.command.find_subcommand(word)).flatten();
        match below {
            Some(below) => {
                self.command = below;
                self.path.push(below.get_name());
            }
            None => self.positional(word),
        }
    }

    fn positional(&mut self, word: &str) {
        if let Some(argument) = self.next() {
            self.given.push((argument, Some(word.to_owned())));
        }
    }

    /// How many arguments without a flag were given.
    fn positionals(&self) -> usize {
        self.given.iter().filter(|(argument, _)| argument.is_positional()).count()
    }

    /// The next argument without a flag; the last may be one that is repeated.
    fn next(&self) -> Option<&'c Arg> {
        let mut left = self.positionals();
        for argument in self.command.get_positionals() {
            if left == 0 || matches!(argument.get_action(), ArgAction::Append) {
                return Some(argument);
            }
            left -= 1;
        }
        None
    }

    /// A flag of the command. What every command has, each has after it is built.
    fn flag(&self, is_it: impl Fn(&Arg) -> bool) -> Option<&'c Arg> {
        self.command.get_arguments().find(|argument| !argument.is_positional() && is_it(argument))
    }

    /// The last value of an argument.
    pub(super) fn value(&self, id: &str) -> Option<&str> {
        self.given.iter().rev().find(|(argument, _)| argument.get_id() == id)?.1.as_deref()
    }

    /// Whether an argument was given.
    pub(super) fn has(&self, argument: &Arg) -> bool {
        self.given.iter().any(|(given, _)| given.get_id() == argument.get_id())
    }
}

fn is_named(argument: &Arg, long: &str) -> bool {
    argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|all| all.contains(&long))
}

pub(super) fn takes_value(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Whether its value may be left out.
fn is_optional(argument: &Arg) -> bool {
    argument.get_num_args().is_some_and(|range| range.min_values() == 0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    /// The path, and what is wanted.
    fn wanted(line: &str) -> String {
        let mut root = Cli::command();
        root.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let (current, before) = words.split_last().expect("a word");
        let place = Place::find(&root, &before[1..], current);
        let what = match &place.wanted {
            Wanted::Flag => "flag".to_owned(),
            Wanted::Word { commands, argument } => {
                let argument = argument.map_or("-", |argument| argument.get_id().as_str());
                format!("{}{argument}", if *commands { "command or " } else { "" })
            }
            Wanted::Value(argument, before) => format!("{before}value of {}", argument.get_id()),
            Wanted::Nothing => "nothing".to_owned(),
        };
        format!("{}: {what}", place.path.join(" "))
    }

    #[test]
    fn the_place_of_a_word_is_found() {
        for (line, expected) in [
            ("hac fl", ": command or -"),
            ("hac -e shop fl", ": command or -"),
            ("hac -e ", ": value of environment"),
            ("hac -qe ", ": value of environment"),
            ("hac -eshop lo", ": command or -"),
            ("hac --environment=sh", ": --environment=value of environment"),
            ("hac --env sh", ": value of environment"),
            ("hac type show ", "type show: command or code"),
            ("hac type show Product ", "type show: -"),
            ("hac logger set root ", "logger set: level"),
            ("hac logger --quiet set root --no", "logger set: flag"),
            ("hac impex import a.impex ", "impex import: files"),
            ("hac groovy -f ", "groovy: value of file"),
            ("hac groovy -f -", "groovy: flag"),
            ("hac groovy -f -c ", "groovy: command or text"),
            ("hac property set -- ", "property set: key"),
            ("hac flexsearch --nonsense= x", "flexsearch: command or text"),
            ("hac flexsearch --nonsense=x", "flexsearch: nothing"),
        ] {
            assert_eq!(wanted(line), expected, "{line}");
        }
    }
}
