//! What clap suggests for a flag that does not exist, without the suggestions that mislead.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use hac_client::nearest_names;

/// Corrects the suggestions of an error.
///
/// clap suggests flags that share a few letters only, the flag that exists to be refused, and to pass a misspelled flag as a value.
pub(super) fn corrected(mut error: Error) -> Error {
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let text = |error: &Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let Some(given) = text(&error, ContextKind::InvalidArg) else { return error };
    if given.starts_with("--") && !given.contains(char::is_whitespace) {
        error.remove(ContextKind::Suggested);
    }
    if let Some(suggested) = text(&error, ContextKind::SuggestedArg) {
        if suggested == "--password" {
            // The usage beside it names the same flag.
            error.remove(ContextKind::Usage);
            error.insert(ContextKind::SuggestedArg, ContextValue::String("--password-stdin".to_owned()));
        } else if nearest_names(&given, [suggested.as_str()]).is_empty() {
            error.remove(ContextKind::Usage);
            error.remove(ContextKind::SuggestedArg);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    fn refusal(arguments: &[&str]) -> String {
        let error = Cli::try_parse_from(arguments).expect_err("refused");
        corrected(error).render().to_string()
    }

    #[test]
    fn a_misspelled_password_is_led_to_the_flag_that_is_accepted() {
        for flag in ["--pass", "--passwort", "--pasword"] {
            let text = refusal(&["hac", "session", "list", flag, "x"]);
            assert!(text.contains("'--password-stdin'") && !text.contains("--password'"), "{text}");
        }
    }

    #[test]
    fn a_flag_that_resembles_none_gets_no_suggestion() {
        for command in [&["hac", "session", "list", "--nope"][..], &["hac", "groovy", "--nope"], &["hac", "--nope"]] {
            let text = refusal(command);
            assert!(text.contains("'--nope'") && !text.contains("tip:") && !text.contains("--endpoint"), "{text}");
        }
    }

    #[test]
    fn a_misspelled_flag_gets_the_flag_that_was_meant() {
        let text = refusal(&["hac", "flexsearch", "--max-cont", "3", "x"]);
        assert!(text.contains("'--max-count'"), "{text}");
    }

    #[test]
    fn a_value_that_begins_with_a_hyphen_can_be_passed_behind_two_hyphens() {
        let text = refusal(&["hac", "property", "set", "key", "-x"]);
        assert!(text.contains("to pass '-x' as a value"), "{text}");
    }
}
