//! A query or a script without quotes: the shell makes several arguments of it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use hac_client::Error;

use crate::diagnostics::usage;

/// The commands that take one text, and what it is.
const COMMANDS: [(&str, &str); 3] = [("flexsearch", "query"), ("groovy", "script"), ("script", "script")];

/// What to say of a command line in which quotes are missing; `None` if something else is wrong with it.
///
/// `is_environment` is whether an environment of this name is configured: as the first of several words it is none of the text.
pub(crate) fn unquoted(
    error: &clap::Error,
    arguments: &[OsString],
    is_environment: impl Fn(&str) -> bool,
) -> Option<Error> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else { return None };
    let at = arguments.iter().position(|argument| COMMANDS.iter().any(|(name, _)| argument == name))?;
    let (name, what) = COMMANDS.into_iter().find(|(name, _)| arguments[at] == *name)?;
    // The first word is taken for the text, the second one is in its way.
    let words: Vec<&str> = arguments[at + 1..].iter().map_while(|word| word.to_str()).collect();
    let first = beginning(&words, given)?;
    let names_environment = |word: &&str| word.starts_with("--env") || word.starts_with("-e");
    let named = arguments.iter().filter_map(|word| word.to_str()).any(|word| names_environment(&word));
    if !named && is_environment(words[first]) {
        let flags: Vec<String> = words[..first].iter().map(|word| crate::os::quoted(word)).collect();
        let flags = if flags.is_empty() { String::new() } else { format!("{} ", flags.join(" ")) };
        let text = quoted(&words[first + 1..].join(" "));
        return Some(usage(
            &format!("read the {what}"),
            format!("it is several arguments, and the first one, {}, is an environment", words[first]),
            format!("name the environment with -e: hac {name} {flags}-e {} {text}", words[first]),
        ));
    }
    if words[first + 1..].iter().any(|word| is_file(word)) && !is_file(words[first]) {
        return Some(usage(
            &format!("read the {what}"),
            "it is several arguments: without quotes the shell splits it at blanks, and puts names of files in the place of *",
            format!("put it in quotes: hac {name} \"{} …\"", words[first]),
        ));
    }
    let text = quoted(&words[first..].join(" "));
    Some(usage(
        &format!("read the {what}"),
        "it is several arguments: without quotes the shell splits it at blanks",
        format!("put it in quotes: hac {name} {text}"),
    ))
}

/// Where the word is that was taken for the text: the one before the word that is in its way.
fn beginning(words: &[&str], in_its_way: &str) -> Option<usize> {
    if in_its_way.starts_with('-') {
        return None;
    }
    let is_flag = |place: usize| words[place].starts_with('-');
    let first = (0..words.len()).find(|place| !is_flag(*place))?;
    if words.get(first + 1) == Some(&in_its_way) {
        return Some(first);
    }
    // Behind flags with values: each word before it is a flag, or follows one.
    let place = (1..words.len()).find(|place| !is_flag(*place) && !is_flag(place - 1))?;
    (first > 0 && words.get(place + 1) == Some(&in_its_way)).then_some(place)
}

/// The text in double quotes. What a shell would take for something else in them is not repeated.
fn quoted(text: &str) -> String {
    let text = if text.contains(['"', '$', '`', '\\', '!']) { "…" } else { text };
    format!("\"{text}\"")
}

/// Whether a file of this name is there: what the shell makes of a `*`.
fn is_file(word: &str) -> bool {
    std::fs::symlink_metadata(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::parse;

    fn hint(line: &[&str]) -> Option<String> {
        let arguments: Vec<OsString> = line.iter().map(OsString::from).collect();
        let error = parse(&arguments).expect_err("refused");
        Some(unquoted(&error, &arguments, |name| name == "dev")?.hint()?.to_string())
    }

    #[test]
    fn a_text_without_quotes_is_recognised() {
        assert_eq!(
            hint(&["hac", "flexsearch", "SELECT", "{pk}", "FROM", "{Product}"]).as_deref(),
            Some("put it in quotes: hac flexsearch \"SELECT {pk} FROM {Product}\"")
        );
        assert_eq!(
            hint(&["hac", "-e", "dev", "groovy", "--commit", "return", "\"a\""]).as_deref(),
            Some("put it in quotes: hac groovy \"…\"")
        );
    }

    #[test]
    fn an_environment_before_a_text_is_named_with_the_flag() {
        for (line, right) in [
            (&["flexsearch", "dev", "SELECT 1"][..], "flexsearch -e dev \"SELECT 1\""),
            (&["flexsearch", "dev", "SELECT", "1"], "flexsearch -e dev \"SELECT 1\""),
            (&["flexsearch", "-m", "5", "dev", "SELECT 1"], "flexsearch -m 5 -e dev \"SELECT 1\""),
            (&["groovy", "--commit", "dev", "a$b"], "groovy --commit -e dev \"…\""),
            (&["script", "--type", "groovy", "dev", "1"], "script --type groovy -e dev \"1\""),
        ] {
            let told = hint(&[&["hac"], line].concat());
            assert_eq!(told, Some(format!("name the environment with -e: hac {right}")), "{line:?}");
        }
        // It is named already, or there is none of this name.
        let told = hint(&["hac", "-e", "prod", "groovy", "dev", "1"]);
        assert_eq!(told.as_deref(), Some("put it in quotes: hac groovy \"dev 1\""));
        let told = hint(&["hac", "flexsearch", "-m", "5", "other", "SELECT"]);
        assert_eq!(told.as_deref(), Some("put it in quotes: hac flexsearch \"other SELECT\""));
        assert_eq!(hint(&["hac", "flexsearch", "q", "-m", "5", "dev"]), None);
    }

    #[test]
    fn other_mistakes_are_left_to_clap() {
        for line in [
            &["hac", "flexsearch", "x", "--nonsense"][..],
            &["hac", "flexsearch", "--nonsense", "x"],
            &["hac", "session", "list", "one"],
            &["hac", "flexsearch", "-e", "dev", "x", "--nope"],
        ] {
            assert_eq!(hint(line), None, "{line:?}");
        }
    }
}
