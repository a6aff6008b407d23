//! A query or a script without quotes: the shell makes several arguments of it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use hac_client::Error;

use crate::diagnostics::usage;

/// The commands that take one text, and what it is.
const COMMANDS: [(&str, &str); 3] = [("flexsearch", "query"), ("groovy", "script"), ("script", "script")];

/// What to say of a command line in which quotes are missing; `None` if something else is wrong with it.
pub(crate) fn unquoted(error: &clap::Error, arguments: &[OsString]) -> Option<Error> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else { return None };
    let at = arguments.iter().position(|argument| COMMANDS.iter().any(|(name, _)| argument == name))?;
    let (name, what) = COMMANDS.into_iter().find(|(name, _)| arguments[at] == *name)?;
    // The first word is taken for the text, the second one is in its way.
    let words: Vec<&str> = arguments[at + 1..].iter().map_while(|word| word.to_str()).collect();
    let first = words.iter().position(|word| !word.starts_with('-'))?;
    if given.starts_with('-') || words.get(first + 1) != Some(&given.as_str()) {
        return None;
    }
    if words[first + 1..].iter().any(|word| is_file(word)) && !is_file(words[first]) {
        return Some(usage(
            &format!("read the {what}"),
            "it is several arguments: without quotes the shell splits it at blanks, and puts names of files in the place of *",
            format!("put it in quotes: hac {name} \"{} …\"", words[first]),
        ));
    }
    let text = words[first..].join(" ");
    // What a shell would take for something else in double quotes is not repeated.
    let example = if text.contains(['"', '$', '`', '\\', '!']) { "…" } else { &text };
    Some(usage(
        &format!("read the {what}"),
        "it is several arguments: without quotes the shell splits it at blanks",
        format!("put it in quotes: hac {name} \"{example}\""),
    ))
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
        Some(unquoted(&error, &arguments)?.hint()?.to_string())
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
