//! `hac help`, and the help texts: which flags they list, and their examples.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::builder::{StyledStr, Styles};
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{Args, CommandFactory as _, ValueEnum};
use hac_client::nearest_names;

use super::Cli;
use super::examples::examples;
use crate::env::Environment;
use crate::name;
use crate::wrap;

/// Commands that have nothing to do with servers, environments or sessions.
const LOCAL: [&str; 5] = ["demo", "simulator", "completions", "man", "help"];

/// Print the help of a command or a topic
#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command such as `logger set`, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub words: Vec<String>,
}

/// What `hac help` explains besides the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Topic {
    /// Variables, and which setting wins
    Environment,
    /// How sessions are started, stored and renewed
    Sessions,
    /// The exit codes
    ExitCodes,
    /// What keeps a production server safe
    Protection,
    /// Formats, standard output, colours
    Output,
    /// The flags of every command
    Flags,
}

impl Topic {
    /// As it is typed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it is about, in a line.
    pub(crate) fn about(self) -> String {
        let value = self.to_possible_value();
        value.and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }
}

impl HelpArgs {
    /// The topic, if one is named.
    pub(crate) fn topic(&self) -> Option<Topic> {
        match self.words.as_slice() {
            [word] => Topic::from_str(word, true).ok(),
            _ => None,
        }
    }
}

/// The command line without `help`, as the one that prints the same: `hac help type list` as `hac type list --help`.
pub(super) fn as_flag(words: &[String], arguments: &[OsString]) -> Vec<OsString> {
    let program = arguments.first().cloned().unwrap_or_else(|| name::NAME.into());
    std::iter::once(program).chain(words.iter().map(OsString::from)).chain(["--help".into()]).collect()
}

/// `hac session help list` as `hac session list --help`, if `help` is what could not be read.
pub(super) fn of_a_group(error: &Error, arguments: &[OsString]) -> Option<Vec<OsString>> {
    let is_help = [ContextKind::InvalidSubcommand, ContextKind::InvalidArg]
        .into_iter()
        .any(|kind| matches!(error.get(kind), Some(ContextValue::String(text)) if text == "help"));
    if !is_help {
        return None;
    }
    let at = arguments.iter().position(|argument| argument == "help")?;
    let others = arguments[..at].iter().chain(&arguments[at + 1..]).cloned();
    Some(others.chain(["--help".into()]).collect())
}

/// Names the topics that resemble a word that is no command.
pub(super) fn with_topics(mut error: Error) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let topics: Vec<String> = Topic::value_variants().iter().map(|topic| topic.name()).collect();
    let near = nearest_names(given, topics.iter().map(String::as_str));
    if near.is_empty() {
        return error;
    }
    let mut suggested = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(commands)) => commands.clone(),
        _ => Vec::new(),
    };
    suggested.extend(near.into_iter().map(str::to_owned));
    error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(suggested));
    error
}

/// All commands as a person sees them: with examples, and without the flags that every command has.
pub(crate) fn described() -> clap::Command {
    let mut root = Cli::command();
    let about = epilogue(&root, &[]);
    let pieces = [about.as_str(), &topics(), &new_here()];
    root = folded(root)
        .after_help(pieces.iter().filter(|piece| !piece.is_empty()).copied().collect::<Vec<_>>().join("\n\n"));
    marked(root).bin_name(name::called()).mut_subcommands(|command| with_examples(command, &mut Vec::new()))
}

/// The command without the flags that every command has.
fn folded(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| if argument.is_global_set() { argument.hide(true) } else { argument })
}

/// The same command, its texts with the name that the program was called by, and with marks where clap must not break them:
/// `wrap::printed` removes these.
fn marked(mut command: clap::Command) -> clap::Command {
    let text = |text: &StyledStr| wrap::marked(&name::spelled(&text.to_string()));
    let [about, long_about] = [command.get_about(), command.get_long_about()].map(|about| about.map(text));
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(long_about) = long_about {
        command = command.long_about(long_about);
    }
    command.mut_args(|argument| {
        let help = argument.get_help().map(text);
        let long_help = argument.get_long_help().map(text);
        let argument = if let Some(help) = help { argument.help(help) } else { argument };
        if let Some(long_help) = long_help { argument.long_help(long_help) } else { argument }
    })
}

fn with_examples(command: clap::Command, above: &mut Vec<String>) -> clap::Command {
    above.push(command.get_name().to_owned());
    let text = epilogue(&command, above);
    let command = marked(folded(command)).after_help(text).mut_subcommands(|below| with_examples(below, above));
    above.pop();
    command
}

/// What stands below the flags of a command.
fn epilogue(command: &clap::Command, path: &[String]) -> String {
    // clap breaks lines at any blank.
    let columns = wrap::of_help(&Environment::of_this_process());
    let mut text = heading("Examples:");
    for example in lines(command, path) {
        let example = wrap::command(&renamed(&example), columns.saturating_sub(2)).replace('\n', "\n  ");
        let _ = writeln!(text, "  {example}");
    }
    if !path.first().is_some_and(|first| LOCAL.contains(&first.as_str())) {
        let flags =
            format!("Flags of every command (-e, -n, -q, -v, --url, --json, …): `{} help flags`", name::called());
        let _ = writeln!(text, "\n{}", wrap::wrapped(&flags, Some(columns), 0));
    }
    text.trim_end().to_owned()
}

/// The examples of a command; of a group, one of each of its commands.
pub(super) fn lines(command: &clap::Command, path: &[String]) -> Vec<String> {
    let own = examples(&path.join(" "));
    if !own.is_empty() {
        return own.iter().map(|line| (*line).to_owned()).collect();
    }
    let below = command.get_subcommands().filter_map(|below| {
        let name = [path, &[below.get_name().to_owned()]].concat().join(" ");
        examples(&name).first().map(|line| (*line).to_owned())
    });
    below.take(4).collect()
}

/// An example with the name that the program was called by.
fn renamed(example: &str) -> String {
    let called = name::called();
    let renamed = example.strip_prefix("hac ").map_or_else(|| example.to_owned(), |rest| format!("{called} {rest}"));
    renamed.replace("| hac ", &format!("| {called} "))
}

/// A page of the manual.
pub(crate) struct ManualPage {
    /// As `man` finds it: `hac-logger-set`.
    pub name: String,
    /// The program of the command; of the program itself, none.
    pub of: Option<String>,
    pub command: clap::Command,
    pub examples: Vec<String>,
}

/// The pages of the manual, that of the program first. Only it has the flags that every command has.
pub(crate) fn manual() -> Vec<ManualPage> {
    let mut root = Cli::command().name(name::called());
    let called = name::called();
    root.build();
    let mut left = vec![(Vec::new(), root)];
    let mut pages = Vec::new();
    while let Some((path, command)) = left.pop() {
        for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
            left.push(([&path[..], &[below.get_name().to_owned()]].concat(), below.clone()));
        }
        let examples = lines(&command, &path).iter().map(|line| renamed(line)).collect();
        let is_root = path.is_empty();
        let command =
            if is_root { command.override_usage(format!("{called} [FLAGS] <COMMAND>")) } else { folded(command) };
        let name = [&[called.to_owned()], &path[..]].concat().join("-");
        pages.push(ManualPage { name, of: (!is_root).then(|| called.to_owned()), command, examples });
    }
    pages
}

fn topics() -> String {
    let mut text = heading("Topics, for `hac help TOPIC`:").replace("`hac ", &format!("`{} ", name::called()));
    for topic in Topic::value_variants() {
        let _ = writeln!(text, "  {:<12} {}", topic.name(), topic.about());
    }
    text.trim_end().to_owned()
}

fn new_here() -> String {
    if cfg!(feature = "simulator") {
        format!("New to hac? `{} demo` shows what it does, without a server.", name::called())
    } else {
        String::new()
    }
}

fn heading(text: &str) -> String {
    let style = Styles::styled().get_header().to_owned();
    format!("{style}{text}{style:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::completion::split;

    /// Each command and group with its path.
    fn all() -> Vec<(Vec<String>, clap::Command)> {
        let mut left = vec![(Vec::new(), Cli::command())];
        let mut found = Vec::new();
        while let Some((path, command)) = left.pop() {
            for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
                let path: Vec<String> = [&path[..], &[below.get_name().to_owned()]].concat();
                left.push((path, below.clone()));
            }
            found.push((path, command));
        }
        found
    }

    #[test]
    fn every_help_text_has_an_example() {
        for (path, command) in all() {
            let lines = lines(&command, &path);
            assert!(!lines.is_empty(), "add an example of `{}` to args/examples.rs", path.join(" "));
        }
    }

    #[test]
    fn every_example_is_a_command_line_of_its_command() {
        let paths: Vec<String> = all().into_iter().map(|(path, _)| path.join(" ")).collect();
        for (path, lines) in super::super::examples::ALL {
            assert!(paths.iter().any(|known| known == path), "there is no command {path}");
            for line in *lines {
                let calls: Vec<&str> = line.split(" | ").filter(|part| part.starts_with("hac ")).collect();
                assert!(!calls.is_empty(), "{line}");
                let named = format!("hac {path}");
                assert!(path.is_empty() || calls.iter().any(|call| call.starts_with(&named)), "{path}: {line}");
                for call in calls {
                    let typed = call.split(" > ").next().unwrap_or(call).split(" < ").next().unwrap_or(call);
                    let words: Vec<OsString> = split(typed).into_iter().map(OsString::from).collect();
                    if let Err(error) = super::super::parse(&words) {
                        assert!(!error.use_stderr(), "{line}: {error}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_example_stays_a_command_line_whatever_the_width() {
        for (_, lines) in super::super::examples::ALL {
            for (line, columns) in lines.iter().flat_map(|line| [40, 60, 80, 100].map(|columns| (line, columns))) {
                let broken = wrap::command(line, columns);
                let joined = broken.replace(&format!("{}\n", crate::os::GOES_ON), " ").replace('\n', " ");
                let blanks = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(split(&joined).iter().map(|word| blanks(word)).collect::<Vec<_>>(), split(line), "{broken}");
                let longest = line.split(' ').map(wrap::width).max().unwrap_or_default();
                assert!(
                    broken.lines().all(|line| wrap::width(line) <= columns.max(longest + 6)),
                    "{columns}: {broken}"
                );
            }
        }
    }

    #[test]
    fn no_help_text_lists_the_flags_of_every_command() {
        let mut root = described();
        root.build();
        let mut left = vec![root];
        while let Some(mut command) = left.pop() {
            left.extend(command.get_subcommands().cloned());
            let text = command.render_long_help().to_string();
            for flag in ["--proxy", "--cacert", "--cache-dir", "--json"] {
                let listed = text.lines().any(|line| line.trim_start().starts_with(flag));
                assert!(!listed, "{} lists {flag}", command.get_name());
            }
        }
    }

    #[test]
    fn a_misspelled_topic_gets_the_topic_that_was_meant() {
        for (given, meant) in [("enviroment", "environment"), ("exit-code", "exit-codes"), ("flag", "flags")] {
            let line = ["hac", "help", given].map(OsString::from);
            let text = super::super::parse(&line).expect_err("unknown").to_string();
            assert!(text.contains(&format!("'{meant}'")), "{text}");
        }
    }
}
