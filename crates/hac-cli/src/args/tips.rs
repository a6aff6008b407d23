//! What clap suggests for a flag that does not exist, without the suggestions that mislead.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use hac_client::nearest_names;

/// Corrects the suggestions of an error.
///
/// clap suggests flags that share a few letters only, the flag that exists to be refused, and to pass a misspelled flag as a value.
pub(super) fn corrected(mut error: Error) -> Error {
    match error.kind() {
        ErrorKind::UnknownArgument => {}
        ErrorKind::InvalidSubcommand => return corrected_command(error),
        _ => return error,
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

/// Corrects the suggestions of a command that does not exist: clap suggests what has a few letters in common.
fn corrected_command(mut error: Error) -> Error {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand).cloned() else { return error };
    let suggested = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(names)) => names.clone(),
        Some(ContextValue::String(name)) => vec![name.clone()],
        _ => Vec::new(),
    };
    let near = nearest_names(&given, suggested.iter().map(String::as_str));
    let near: Vec<String> = near.into_iter().map(str::to_owned).collect();
    error.remove(ContextKind::SuggestedSubcommand);
    if given == "version" {
        let tip = "to print the version, use 'hac --version'".to_owned();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if !near.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
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
    fn a_command_that_resembles_none_gets_no_suggestion() {
        let version = refusal(&["hac", "version"]);
        assert!(version.contains("hac --version") && !version.contains("session"), "{version}");
        let misspelled = refusal(&["hac", "flexsaerch", "x"]);
        assert!(misspelled.contains("'flexsearch'"), "{misspelled}");
        let nothing = refusal(&["hac", "frobnicate"]);
        assert!(!nothing.contains("tip:"), "{nothing}");
    }

    #[test]
    fn a_value_that_begins_with_a_hyphen_can_be_passed_behind_two_hyphens() {
        let text = refusal(&["hac", "property", "set", "key", "-x"]);
        assert!(text.contains("to pass '-x' as a value"), "{text}");
    }
}
