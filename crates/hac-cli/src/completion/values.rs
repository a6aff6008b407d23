//! What a word may become: commands, flags, values of the program, names of the configuration.

use clap::builder::ValueHint;
use clap::{Arg, Command};
use hac_client::platform::LogLevel;

use super::configured::{self, endpoints, environments};
use super::place::{Place, Wanted, takes_value};
use super::server::{self, Listed};
use super::{Answer, Candidate};
use crate::args::{HelpArgs, Topic, reach_of};
use crate::context::RunContext;

/// What the word of `place` may become, of which `current` is typed.
pub(super) fn answer(place: &Place<'_>, current: &str, context: &RunContext) -> Answer {
    match &place.wanted {
        Wanted::Nothing => Answer::Words(Vec::new()),
        Wanted::Flag => Answer::Words(flags(place)),
        Wanted::Value(argument, before) => {
            match values(argument, place, current.strip_prefix(before).unwrap_or_default(), context) {
                // The shell would look for a file of that name.
                Answer::Files if !before.is_empty() => Answer::Words(Vec::new()),
                Answer::Files => Answer::Files,
                Answer::Words(words) => {
                    let with =
                        |candidate: Candidate| Candidate { word: format!("{before}{}", candidate.word), ..candidate };
                    Answer::Words(words.into_iter().map(with).collect())
                }
            }
        }
        Wanted::Word { commands, argument } => {
            let mut words = if *commands { commands_of(place.command) } else { Vec::new() };
            match argument.map(|argument| values(argument, place, current, context)) {
                Some(Answer::Files) if words.is_empty() => return Answer::Files,
                Some(Answer::Words(values)) => words.extend(values),
                _ => {}
            }
            Answer::Words(words)
        }
    }
}

fn commands_of(command: &Command) -> Vec<Candidate> {
    let visible = command.get_subcommands().filter(|below| !below.is_hide_set());
    visible.map(|below| Candidate::new(below.get_name()).meaning(first_line(below.get_about()))).collect()
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(|text| text.to_string().lines().next().unwrap_or_default().to_owned()).unwrap_or_default()
}

/// The flags that were not given; those of the command first, then those of every command.
fn flags(place: &Place<'_>) -> Vec<Candidate> {
    let reach = reach_of(&place.path);
    let offered = |argument: &&Arg| {
        let is_spent = place.has(argument) && !matches!(argument.get_action(), clap::ArgAction::Append);
        // Those that would be refused are not offered.
        let is_unused = argument.is_global_set()
            && argument.get_help_heading().is_some_and(|heading| heading != "Output")
            && argument.get_long().is_some_and(|long| !reach.uses(&format!("--{long}")));
        !argument.is_positional() && !argument.is_hide_set() && !is_spent && !is_unused
    };
    let mut found: Vec<&Arg> = place.command.get_arguments().filter(offered).collect();
    found.sort_by_key(|argument| argument.is_global_set());
    let named = found.into_iter().filter_map(|argument| {
        let name = match (argument.get_long(), argument.get_short()) {
            (Some(long), _) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => return None,
        };
        Some(Candidate::new(name).meaning(first_line(argument.get_help())))
    });
    named.collect()
}

fn values(argument: &Arg, place: &Place<'_>, typed: &str, context: &RunContext) -> Answer {
    let possible: Vec<Candidate> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| Candidate::new(value.get_name()).meaning(first_line(value.get_help())))
        .collect();
    if takes_value(argument) && !possible.is_empty() {
        return Answer::Words(possible);
    }
    if matches!(argument.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath) {
        return Answer::Files;
    }
    let words = match (place.path.as_slice(), argument.get_id().as_str()) {
        // A new name.
        (["env" | "endpoint", "add"], "ENVIRONMENT" | "ENDPOINT") if place.path != ["endpoint", "add"] => Vec::new(),
        (["endpoint", "add"], "ENDPOINT") => Vec::new(),
        (["session", _] | ["login" | "logout"], "ENVIRONMENT") => {
            let mut names = environments(context);
            names.extend(server::labels(place, context));
            names
        }
        ([] | ["diff", ..], "environment") if typed.contains(',') => second(environments(context), typed),
        (_, "environment" | "ENVIRONMENT" | "yes_i_mean") | (["copy"], "from" | "to") => environments(context),
        (_, "endpoint" | "ENDPOINT") => endpoints(place, context),
        (["groovy" | "script"] | ["impex", "export"], "text") => return Answer::Files,
        (["logger", "set"], "level") => LogLevel::ALL.iter().map(|level| Candidate::new(level.as_str())).collect(),
        (["logger", "set"], "name") => server::names(Listed::Loggers, place, context),
        (["audit", "undo"], "id") => configured::changes(),
        (["property", "get" | "set"], "key") => server::names(Listed::Properties, place, context),
        (["type", "show"], "code") => server::names(Listed::Types, place, context),
        (["wait"], "until") => ["up", "idle", "node"].map(Candidate::new).into(),
        (["help"], "words") => helped(place),
        _ => Vec::new(),
    };
    Answer::Words(words)
}

/// The second of two names behind the first and a comma. Two of the same are not compared.
fn second(names: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let Some((first, _)) = typed.split_once(',') else { return names };
    let others = names.into_iter().filter(|name| name.word != first);
    others.map(|name| Candidate { word: format!("{first},{}", name.word), ..name }).collect()
}

/// Commands below those that were named, and topics.
fn helped(place: &Place<'_>) -> Vec<Candidate> {
    let words: Vec<String> = place.given.iter().filter_map(|(_, value)| value.clone()).collect();
    let mut root = &<crate::args::Cli as clap::CommandFactory>::command();
    for word in &words {
        match root.find_subcommand(word) {
            Some(below) => root = below,
            None => return Vec::new(),
        }
    }
    let mut found = commands_of(root);
    if words.is_empty() && (HelpArgs { words }).topic().is_none() {
        let topics = <Topic as clap::ValueEnum>::value_variants().iter();
        found.extend(topics.map(|topic| Candidate::new(topic.name()).meaning(topic.about())));
    }
    found
}
