//! A word where a flag belongs: an environment or a URL without the flag that names it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory as _};
use hac_client::Error;

use super::{Cli, parse};
use crate::diagnostics::usage;
use crate::name;

const DOING: &str = "read the command line";

/// Flags whose values may be secrets: a line that has one is not repeated.
const SECRET: [&str; 4] = ["--header", "--session-id", "--csrf-token", "--route-cookie"];

/// What to say of a command line in which a word has no flag, with the one that was meant; `None` if something else is wrong with it.
///
/// `is_environment` is whether an environment of this name is configured.
pub(crate) fn misplaced(
    error: &clap::Error,
    arguments: &[OsString],
    is_environment: impl Fn(&str) -> bool,
) -> Option<Error> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let given = text(ContextKind::InvalidArg)?;
            copied(arguments).or_else(|| url(given, arguments)).or_else(|| {
                let line = is_environment(given).then(|| with_environment(given, arguments))??;
                Some(environment(given, &line))
            })
        }
        ErrorKind::MissingRequiredArgument => copied(arguments),
        ErrorKind::InvalidSubcommand => {
            let given = text(ContextKind::InvalidSubcommand)?;
            if is_environment(given) {
                return Some(environment(given, &with_environment(given, arguments)?));
            }
            // It resembles a command.
            if [ContextKind::SuggestedSubcommand, ContextKind::Suggested].iter().any(|kind| error.get(*kind).is_some())
            {
                return None;
            }
            let line = with_environment(given, arguments)?;
            let why = format!("there is no command {given}");
            Some(usage(DOING, why, format!("if it is an environment, name it with -e: {line}")))
        }
        _ => None,
    }
}

fn environment(given: &str, line: &str) -> Error {
    usage(DOING, format!("{given} is an environment, and has no flag"), format!("name it with -e: {line}"))
}

/// The line with the environment behind its flag, if it can be read then.
fn with_environment(given: &str, arguments: &[OsString]) -> Option<String> {
    let at = arguments.iter().skip(1).position(|word| word == given)? + 1;
    let is_named = |word: &OsString| {
        word.to_str().is_some_and(|word| word.starts_with("--env") || word.starts_with("-e") || word == "--")
    };
    if arguments.iter().any(is_named) {
        return None;
    }
    let mut line = arguments.to_vec();
    line.remove(at);
    line.extend(["-e".into(), given.into()]);
    readable(&line)
}

/// A URL without its flag, and perhaps a username behind it.
fn url(given: &str, arguments: &[OsString]) -> Option<Error> {
    if !["http://", "https://"].iter().any(|scheme| given.starts_with(scheme)) {
        return None;
    }
    let at = arguments.iter().position(|word| word == given)?;
    let mut line = arguments.to_vec();
    line.insert(at, "--url".into());
    let line = readable(&line).or_else(|| {
        line.get(at + 2)?;
        line.insert(at + 2, "--username".into());
        readable(&line)
    })?;
    Some(usage(DOING, "the URL has no flag", format!("name it with --url: {line}")))
}

/// `hac copy ONE OTHER TYPE`, as other programs copy files.
fn copied(arguments: &[OsString]) -> Option<Error> {
    let Line { path, flags, words } = Line::of(arguments)?;
    if path != ["copy"] {
        return None;
    }
    let is_given = |flag: &str| flags.iter().any(|given| given.split('=').next() == Some(flag));
    let missing: Vec<&str> = ["--from", "--to"].into_iter().filter(|flag| !is_given(flag)).collect();
    if missing.is_empty() || words.len() < 2 {
        return None;
    }
    let (environments, what) = words.split_at_checked(missing.len())?;
    let what = if what.is_empty() { "TYPE".to_owned() } else { what.join(" ") };
    let mut line: Vec<OsString> = ["hac", "copy"].map(OsString::from).into();
    for (flag, environment) in missing.iter().zip(environments) {
        line.extend([OsString::from(flag), OsString::from(environment)]);
    }
    line.extend(flags.iter().map(OsString::from).chain([what.into()]));
    let why = format!("{} {}", missing.join(" and "), if missing.len() == 1 { "is missing" } else { "are missing" });
    Some(usage(DOING, why, format!("name both environments: {}", readable(&line)?)))
}

/// The line as it is typed, if it can be read and repeated.
fn readable(line: &[OsString]) -> Option<String> {
    let words = line.iter().skip(1).map(|word| word.to_str()).collect::<Option<Vec<_>>>()?;
    let is_secret =
        |word: &&str| SECRET.iter().any(|flag| word.starts_with(flag)) || (word.contains("://") && word.contains('@'));
    if words.iter().any(is_secret) {
        return None;
    }
    parse(line).ok()?;
    let words: Vec<String> = words.into_iter().map(crate::os::quoted).collect();
    Some(format!("{} {}", name::called(), words.join(" ")))
}

/// A command line in its parts.
struct Line {
    /// The words of the command.
    path: Vec<String>,
    /// The flags, each with its value behind it.
    flags: Vec<String>,
    words: Vec<String>,
}

impl Line {
    fn of(arguments: &[OsString]) -> Option<Self> {
        let mut root = Cli::command();
        root.build();
        let mut command = &root;
        let mut line = Self { path: Vec::new(), flags: Vec::new(), words: Vec::new() };
        let mut rest = arguments.iter().skip(1).map(|word| word.to_str());
        while let Some(word) = rest.next() {
            let word = word?;
            if word.starts_with('-') && word.len() > 1 {
                line.flags.push(word.to_owned());
                if takes_next(command, word) {
                    line.flags.push(rest.next()??.to_owned());
                }
            } else if let (true, Some(below)) = (line.words.is_empty(), command.find_subcommand(word)) {
                command = below;
                line.path.push(below.get_name().to_owned());
            } else {
                line.words.push(word.to_owned());
            }
        }
        Some(line)
    }
}

/// Whether the word behind a flag is its value.
fn takes_next(command: &clap::Command, flag: &str) -> bool {
    let is_it = |argument: &clap::Arg| match flag.strip_prefix("--") {
        Some(long) => {
            argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|all| all.contains(&long))
        }
        None => argument.get_short().is_some_and(|short| flag.ends_with(short)),
    };
    command.get_arguments().any(|argument| {
        let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
        takes_value && !argument.is_positional() && is_it(argument)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Option<String> {
        let arguments: Vec<OsString> = crate::completion::split(line).into_iter().map(OsString::from).collect();
        let error = parse(&arguments).expect_err("refused");
        Some(misplaced(&error, &arguments, |name| ["dev", "pkk"].contains(&name))?.hint()?.to_string())
    }

    #[test]
    fn the_line_that_was_meant_is_told() {
        for (line, meant) in [
            ("hac copy dev production Product", "hac copy --from dev --to production Product"),
            ("hac copy --dry-run dev production Product", "hac copy --from dev --to production --dry-run Product"),
            ("hac copy dev production", "hac copy --from dev --to production TYPE"),
            ("hac copy --from dev production Product", "hac copy --to production --from dev Product"),
            ("hac copy --to=b --key code dev Product", "hac copy --from dev --to=b --key code Product"),
            (
                "hac copy dev production 'SELECT {pk} FROM {Product}'",
                "hac copy --from dev --to production \"SELECT {pk} FROM {Product}\"",
            ),
            ("hac env add dev https://localhost:9002", "hac env add dev --url https://localhost:9002"),
            (
                "hac env add dev https://localhost:9002 admin",
                "hac env add dev --url https://localhost:9002 --username admin",
            ),
            ("hac endpoint add dev node2 http://localhost:1", "hac endpoint add dev node2 --url http://localhost:1"),
            ("hac logger list root https://localhost:1", "hac logger list root --url https://localhost:1"),
            ("hac dev flexsearch 'SELECT 1'", "hac flexsearch \"SELECT 1\" -e dev"),
            ("hac dev logger set root DEBUG -q", "hac logger set root DEBUG -q -e dev"),
            ("hac dev flexsearch", "hac flexsearch -e dev"),
            ("hac logger dev list", "hac logger list -e dev"),
            ("hac update status dev", "hac update status -e dev"),
            ("hac pkk pk 1", "hac pk 1 -e pkk"),
            ("hac nowhere flexsearch 'SELECT 1'", "hac flexsearch \"SELECT 1\" -e nowhere"),
        ] {
            let told = told(line);
            // A shell of Windows has other quotes.
            let quoted = |meant: String, text: &str| meant.replace(&format!("\"{text}\""), &crate::os::quoted(text));
            let meant = quoted(quoted(format!(": {meant}"), "SELECT 1"), "SELECT {pk} FROM {Product}");
            assert!(told.as_ref().is_some_and(|told| told.ends_with(&meant)), "{line}: {told:?}");
        }
    }

    #[test]
    fn other_mistakes_are_left_to_others() {
        for line in [
            "hac copy Product",
            "hac copy --from a --to b Product Order",
            "hac flexsaerch groovy 1",
            "hac nowhere",
            "hac dev",
            "hac nowhere flexsearch 'SELECT 1' -e dev",
            "hac update status other",
            "hac property set a b https://localhost:1 one more",
            "hac dev flexsearch 'SELECT 1' --header 'X: secret'",
            "hac env add dev https://admin:nimda@localhost:9002",
        ] {
            assert_eq!(told(line), None, "{line}");
        }
    }
}
