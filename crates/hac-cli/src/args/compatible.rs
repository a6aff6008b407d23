//! Command lines of hac-client-cli that clap would read in another way.

use std::borrow::Cow;
use std::ffi::OsString;

/// The same command line, with the short forms of hac-client-cli spelled out.
///
/// There `-f` of `groovy` has no value, so that `-fc FILE` is `-f -c FILE`; and `-v` of `impex` is `--validation`.
pub(super) fn spelled_out(arguments: &[OsString]) -> Cow<'_, [OsString]> {
    if let Some(spelled) = help(arguments) {
        return Cow::Owned(spelled);
    }
    let is_there = |name: &str| arguments.iter().any(|argument| argument == name);
    let spelled = if is_there("groovy") {
        clustered(arguments)
    } else if is_there("impex") && !["import", "validate", "lint", "watch", "export"].into_iter().any(is_there) {
        validation(arguments)
    } else {
        None
    };
    spelled.map_or(Cow::Borrowed(arguments), Cow::Owned)
}

/// `session start help` as `session start --help`: nobody calls an environment so.
fn help(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let at = match arguments.get(1)?.to_str()? {
        "login" | "logout" => 2,
        "session" | "env" | "endpoint" => 3,
        _ => return None,
    };
    // `session help start` is clap's.
    if arguments.get(at)? != "help" || arguments.get(at - 1)? == "help" {
        return None;
    }
    let mut spelled = arguments.to_vec();
    spelled[at] = OsString::from("--help");
    Some(spelled)
}

/// `-fc FILE` as `-c -f FILE`.
fn clustered(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let flags = |argument: &OsString| {
        let flags = argument.to_str()?.strip_prefix("-f")?;
        (!flags.is_empty() && flags.bytes().all(|flag| matches!(flag, b'c' | b'q'))).then(|| format!("-{flags}"))
    };
    let at = arguments.iter().position(|argument| flags(argument).is_some())?;
    // Without a file behind it, it is the name of one.
    let next = arguments.get(at + 1)?;
    if next.as_encoded_bytes().starts_with(b"-") {
        return None;
    }
    let mut spelled = arguments.to_vec();
    spelled.splice(at..=at, [OsString::from(flags(&arguments[at])?), OsString::from("-f")]);
    Some(spelled)
}

/// `-v MODE` as `--validation MODE`. Behind the command no other argument could follow, so that a mode that is none is named, too.
fn validation(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let command = arguments.iter().position(|argument| argument == "impex")?;
    let is_value = |argument: &OsString| !argument.as_encoded_bytes().starts_with(b"-") && argument != "help";
    let after = arguments.get(command + 1..)?;
    let at = command + 1 + after.windows(2).position(|pair| pair[0] == "-v" && is_value(&pair[1]))?;
    let mut spelled = arguments.to_vec();
    spelled[at] = OsString::from("--validation");
    Some(spelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(line: &str) -> String {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let words =
            spelled_out(&arguments).iter().map(|word| word.to_str().expect("text").to_owned()).collect::<Vec<_>>();
        words.join(" ")
    }

    #[test]
    fn short_forms_of_hac_client_cli_are_spelled_out() {
        for (line, expected) in [
            ("hac groovy -fc fix.groovy", "hac groovy -c -f fix.groovy"),
            ("hac groovy -fqc fix.groovy --json", "hac groovy -qc -f fix.groovy --json"),
            ("hac impex -f a.impex -v import_relaxed", "hac impex -f a.impex --validation import_relaxed"),
            ("hac impex -v STRICT -f a.impex", "hac impex --validation STRICT -f a.impex"),
        ] {
            assert_eq!(spelled(line), expected);
        }
    }

    #[test]
    fn help_is_no_name_of_an_environment() {
        for (line, expected) in [
            ("hac session start help", "hac session start --help"),
            ("hac login help", "hac login --help"),
            ("hac env add help --url x", "hac env add --help --url x"),
            ("hac endpoint list help", "hac endpoint list --help"),
        ] {
            assert_eq!(spelled(line), expected);
        }
    }

    #[test]
    fn what_means_something_here_stays() {
        for line in [
            "hac session help start",
            "hac session help help",
            "hac groovy help",
            "hac session start -e help",
            "hac groovy -fc",
            "hac groovy -fc --json",
            "hac groovy -ffix.groovy",
            "hac groovy -f c",
            "hac script -fc x -t js",
            "hac impex import -v strict",
            "hac impex -f a.impex -v",
            "hac -v impex -f a.impex",
            "hac impex -v help",
            "hac impex -f a.impex -v --json",
        ] {
            assert_eq!(spelled(line), line);
        }
    }
}
