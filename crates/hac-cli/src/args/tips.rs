//! What clap suggests for a flag or a command that does not exist, without the suggestions that mislead.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{CommandFactory as _, ValueEnum as _};
use hac_client::nearest_names;
use hac_client::platform::LogLevel;

use super::{Cli, RowFormat, is_name_of_file};
use crate::name;

/// What people call commands elsewhere.
const ELSEWHERE: [(&str, &str); 29] = [
    ("fs", "flexsearch"),
    ("flex", "flexsearch"),
    ("search", "flexsearch"),
    ("exec", "groovy"),
    ("eval", "groovy"),
    ("prop", "property"),
    ("props", "property"),
    ("info", "about"),
    ("ping", "doctor"),
    ("upgrade", "update"),
    ("query", "flexsearch"),
    ("fxs", "flexsearch"),
    ("flexible-search", "flexsearch"),
    ("sql", "flexsearch --sql"),
    ("run", "groovy"),
    ("execute", "groovy"),
    ("properties", "property"),
    ("loggers", "logger"),
    ("log", "logger"),
    ("logs", "support list"),
    ("types", "type"),
    ("extensions", "extension"),
    ("sessions", "session"),
    ("endpoints", "endpoint"),
    ("envs", "env"),
    ("environment", "env"),
    ("environments", "env"),
    ("cronjobs", "cronjob"),
    ("completion", "completions"),
];

/// What people call the commands of a group elsewhere, and what to do in their place.
const BELOW: [(&str, &[&str], &str); 7] = [
    (
        "property",
        &["unset", "delete", "remove", "rm", "reset"],
        "HAC cannot remove a property: `hac audit undo ID` puts back the value before a change, `hac property set KEY=` makes it empty",
    ),
    ("update", &["options", "list", "show"], "to list what can be updated, use `hac update data`"),
    ("logger", &["get", "show", "level"], "to show the level of a logger, use `hac logger list NAME`"),
    ("type", &["get", "describe"], "to list the attributes of a type, use `hac type show TYPE`"),
    (
        "cronjob",
        &["run", "start", "stop", "abort"],
        "HAC only lists cron jobs: start and stop them in a script, with `hac groovy`",
    ),
    ("impex", &["run"], "to import a file, use `hac impex import FILE`"),
    (
        "impex",
        &["check", "verify", "test"],
        "`hac impex lint FILE` finds mistakes without a server, `hac impex validate FILE` has the server read the file",
    ),
];

/// The command of a group for whoever names a thing and no command: `hac type Product`.
const OF_A_NAME: [(&str, &str); 6] = [
    ("type", "show"),
    ("property", "get"),
    ("logger", "list"),
    ("env", "show"),
    ("session", "show"),
    ("impex", "import"),
];

/// What people call flags elsewhere.
const FLAGS_ELSEWHERE: [(&str, &str); 12] = [
    ("--output-format", "--format"),
    ("--fmt", "--format"),
    ("--fields", "--columns"),
    ("--limit", "--max-count"),
    ("--max", "--max-count"),
    ("--max-rows", "--max-count"),
    ("--rows", "--max-count"),
    ("--count", "--max-count"),
    ("--user", "--username"),
    ("--host", "--url"),
    ("--server", "--url"),
    ("--node", "--route"),
];

/// How people ask for a file in which to write what is printed.
const INTO_FILES: [&str; 4] = ["-o", "--output", "--out", "--outfile"];

/// Corrects the suggestions of an error.
///
/// clap suggests flags that share a few letters only, the flag that exists to be refused, and to pass a misspelled flag as a value.
pub(super) fn corrected(error: Error, arguments: &[OsString]) -> Error {
    match error.kind() {
        ErrorKind::UnknownArgument => flag(error, arguments),
        ErrorKind::InvalidSubcommand => command(error, arguments),
        ErrorKind::MissingRequiredArgument => argument(error, arguments),
        _ => error,
    }
}

/// Why a command line cannot be read and what to do, each on one line: the tips, or else the usage.
pub(crate) fn in_words(error: &Error) -> (String, String) {
    let text = error.render().to_string();
    let mut parts = text.trim_start_matches("error: ").split("\n\n");
    let on_one_line = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = on_one_line(parts.next().unwrap_or_default());
    let rest: Vec<&str> = parts.collect();
    let tips = rest.iter().flat_map(|part| part.lines()).filter_map(|line| line.trim().strip_prefix("tip: "));
    let tips = tips.collect::<Vec<_>>().join("; ");
    let usage = || rest.iter().find(|part| part.trim_start().starts_with("Usage: ")).map(|part| on_one_line(part));
    let hint = if tips.is_empty() { usage() } else { Some(tips) };
    (why, hint.unwrap_or_else(|| name::spelled("`hac help COMMAND` lists the flags of a command").into_owned()))
}

/// A command: what resembles it, what it is called elsewhere, and where a command of that name is.
fn command(mut error: Error, arguments: &[OsString]) -> Error {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let given = given.clone();
    let mut meant = resembling(&given, &path(&error));
    // A command of the program, not of a group: a usage with another command in it is that of a group.
    let is_first = matches!(error.get(ContextKind::Usage), Some(ContextValue::StyledStr(usage))
        if usage.to_string().split_whitespace().nth(2).is_none_or(|word| word.starts_with(['[', '<'])));
    if is_first {
        let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == given).map(|(_, command)| (*command).to_owned());
        if let Some(command) = elsewhere {
            meant = vec![command];
        } else {
            let root = Cli::command();
            let groups = root.get_subcommands().filter(|group| group.find_subcommand(&given).is_some());
            let groups: Vec<String> = groups.map(|group| format!("{} {given}", group.get_name())).collect();
            if !groups.is_empty() {
                meant = groups;
            }
        }
    }
    error.remove(ContextKind::SuggestedSubcommand);
    let group = path(&error).into_iter().next().unwrap_or_default();
    let below = BELOW.iter().find(|(its, names, _)| *its == group && names.contains(&given.as_str()));
    if is_first && given.starts_with('v') && is_near(&given, "version") {
        tell(&mut error, &format!("to print the version, use `{} --version`", name::NAME));
    } else if let Some((_, _, tip)) = below {
        tell(&mut error, tip);
    } else if let Some(tip) = setting(&group, &given, arguments) {
        tell(&mut error, &tip);
    } else if let (true, Some((_, command))) = (meant.is_empty(), OF_A_NAME.iter().find(|(its, _)| *its == group)) {
        let given = crate::os::quoted(&given);
        let what = if group == "impex" { "a file" } else { "a name" };
        tell(&mut error, &format!("if {given} is {what}, use `hac {group} {command} {given}`"));
    } else if !meant.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(meant));
    }
    error
}

/// The commands of a group, or of the program, that somebody may have meant. clap passes over those of a few letters.
fn resembling(given: &str, group: &[String]) -> Vec<String> {
    let root = Cli::command();
    let group = group.iter().try_fold(&root, |above, word| above.find_subcommand(word)).unwrap_or(&root);
    let names = group.get_subcommands().filter(|below| !below.is_hide_set()).map(clap::Command::get_name);
    nearest_names(given, names).into_iter().filter(|name| is_near(given, name)).map(str::to_owned).collect()
}

/// Whether one name was mistyped for the other. One that is only a part of it is another name.
fn is_near(given: &str, name: &str) -> bool {
    given.len() > 1 && given.len().abs_diff(name.len()) <= 2 && !nearest_names(given, [name]).is_empty()
}

/// What to do where somebody names a thing and what it is to be, without `set`.
fn setting(group: &str, given: &str, arguments: &[OsString]) -> Option<String> {
    let quoted = crate::os::quoted;
    match group {
        "logger" => {
            let place = arguments.iter().position(|word| word == given)?;
            let level = arguments.get(place + 1)?.to_str()?;
            level.parse::<LogLevel>().ok()?;
            Some(format!("to set a level, use `hac logger set {} {level}`", quoted(given)))
        }
        "property" if given.split_once('=').is_some_and(|(key, _)| !key.is_empty()) => {
            Some(format!("to set a property, use `hac property set {}`", quoted(given)))
        }
        _ => None,
    }
}

/// An argument that is missing.
fn argument(mut error: Error, arguments: &[OsString]) -> Error {
    if path(&error) == ["script"] {
        let file = arguments.iter().skip(1).filter_map(|word| word.to_str()).find(|word| is_name_of_file(word));
        let tip = match file.map(|file| (crate::os::quoted(file), type_of(file))) {
            Some((file, Some("groovy"))) => format!("to run this file, use `hac groovy -f {file}`"),
            Some((file, Some(its))) => format!("to run this file, use `hac script --type {its} -f {file}`"),
            Some((file, None)) => format!("to run this file, use `hac script --type TYPE -f {file}`; {TYPES}"),
            None => format!(
                "to run a file, use `hac script --type TYPE -f FILE`; {TYPES}. Groovy has a command of its own: \
                 `hac groovy -f FILE`"
            ),
        };
        tell(&mut error, &tip);
    }
    error
}

const TYPES: &str = "TYPE is groovy, javascript or beanshell";

/// The type of the script in a file, by the end of its name.
fn type_of(file: &str) -> Option<&'static str> {
    match Path::new(file).extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "groovy" | "gvy" | "gy" | "gsh" => Some("groovy"),
        "js" | "mjs" => Some("javascript"),
        "bsh" => Some("beanshell"),
        _ => None,
    }
}

/// Adds a tip, whose commands begin with the name that the program was called by.
fn tell(error: &mut Error, tip: &str) {
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![name::spelled(tip).into_owned().into()]));
}

/// The words of the command that an error is about, without the program.
fn path(error: &Error) -> Vec<String> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return Vec::new() };
    let usage = usage.to_string();
    let words = usage.split_whitespace().skip(2);
    words.take_while(|word| !word.starts_with(['[', '<', '-', '.'])).map(str::to_owned).collect()
}

/// Whether a command has a flag, by its long name.
fn has_flag(path: &[String], flag: &str) -> bool {
    let mut command = Cli::command();
    command.build();
    let mut at = &command;
    for word in path {
        match at.find_subcommand(word) {
            Some(below) => at = below,
            None => return false,
        }
    }
    at.get_arguments().any(|argument| argument.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long)))
}

/// What to do where the result of a command cannot be limited to so many rows.
fn without_limit(path: &[String]) -> Option<String> {
    let command = path.join(" ");
    if ["copy", "diff query"].contains(&command.as_str()) {
        return Some("to take fewer rows, put a condition in the query: WHERE …".to_owned());
    }
    if !has_flag(path, "--columns") {
        return None;
    }
    let mut root = Cli::command();
    root.build();
    let below = path.iter().try_fold(&root, |at, word| at.find_subcommand(word))?;
    let has_text = below.get_positionals().any(|argument| argument.get_id() == "filter");
    Some(if has_text {
        format!("it prints all: `hac {command} TEXT` prints only those whose names contain TEXT")
    } else {
        format!("it prints all: `hac {command} | head` prints the first lines")
    })
}

/// The flag of a command that is called so, or almost so, elsewhere.
fn elsewhere(given: &str, path: &[String]) -> Option<&'static str> {
    /// Shorter ones resemble too much.
    const SHORTEST: usize = "--limit".len();
    let known = || FLAGS_ELSEWHERE.iter().filter(|(_, ours)| has_flag(path, ours));
    let same = known().find(|(name, _)| *name == given);
    let long = || known().map(|(name, _)| *name).filter(|name| name.len() >= SHORTEST);
    let near = || nearest_names(given, long()).first().copied();
    let found = same.or_else(|| known().find(|(name, _)| Some(*name) == near()));
    found.map(|(_, ours)| *ours)
}

/// A flag.
fn flag(mut error: Error, arguments: &[OsString]) -> Error {
    let text = |error: &Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let Some(given) = text(&error, ContextKind::InvalidArg) else { return error };
    let command = path(&error);
    let limits = |name: &str| FLAGS_ELSEWHERE.iter().any(|(its, ours)| *its == name && *ours == "--max-count");
    let is_limit = ["-m", "--max-count"].contains(&given.as_str()) || limits(&given);
    if let Some(tip) = without_limit(&command).filter(|_| is_limit && !has_flag(&command, "--max-count")) {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Suggested);
        tell(&mut error, &tip);
        return error;
    }
    if given == "--for" {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Suggested);
        error.remove(ContextKind::Usage);
        let undo = if command == ["property", "set"] { "; `hac audit undo` puts a property back" } else { "" };
        tell(&mut error, &format!("only `hac logger set` has --for{undo}"));
        return error;
    }
    // What clap found is a flag of ours, and nearer than what others call one.
    let is_near = text(&error, ContextKind::SuggestedArg)
        .is_some_and(|suggested| !nearest_names(&given, [suggested.as_str()]).is_empty());
    let is_of_file = INTO_FILES.contains(&given.as_str());
    if let Some(ours) = elsewhere(&given, &command).filter(|_| !is_near && !is_of_file && given.starts_with("--")) {
        error.remove(ContextKind::Suggested);
        error.remove(ContextKind::Usage);
        error.insert(ContextKind::SuggestedArg, ContextValue::String(ours.to_owned()));
        return error;
    }
    let behind = arguments.iter().position(|word| *word == *given).and_then(|at| arguments.get(at + 1)?.to_str());
    if let Some(format) = behind.filter(|word| {
        is_of_file
            && has_flag(&command, "--format")
            && RowFormat::value_variants().iter().any(|format| format.name() == *word)
    }) {
        error.remove(ContextKind::SuggestedArg);
        tell(&mut error, &format!("to choose the format, use `--format {format}`"));
        return error;
    }
    if is_of_file && !has_flag(&command, "--output") {
        error.remove(ContextKind::SuggestedArg);
        let redirected = format!("hac {} > FILE", command.join(" "));
        tell(&mut error, &format!("it prints its result: to write that to a file, use `{redirected}`"));
        return error;
    }
    if command.first().is_some_and(|first| first == "diff") && !given.starts_with('-') {
        tell(&mut error, &format!("to compare two environments, name both: `hac {} -e ONE,OTHER`", command.join(" ")));
        return error;
    }
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
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        corrected(error, &arguments).render().to_string()
    }

    #[test]
    fn a_misspelled_password_is_led_to_the_flag_that_is_accepted() {
        for flag in ["--pass", "--passwort", "--pasword"] {
            let text = refusal(&["hac", "session", "list", flag, "x"]);
            assert!(text.contains("'--password-stdin'") && !text.contains("--password'"), "{text}");
        }
    }

    #[test]
    fn a_command_that_does_not_exist_gets_the_one_that_was_meant() {
        for (given, meant) in [
            (&["flexsearhc"][..], "'flexsearch'"),
            (&["version"], "`hac --version`"),
            (&["query", "SELECT"], "'flexsearch'"),
            (&["clear-all"], "'session clear-all'"),
            (&["import", "a.impex"], "'impex import'"),
            (&["logs"], "'support list'"),
            (&["sql", "SELECT 1"], "'flexsearch --sql'"),
            (&["property", "unset", "a.b"], "`hac audit undo ID`"),
            (&["property", "delete", "a.b"], "`hac property set KEY=`"),
            (&["update", "options"], "`hac update data`"),
            (&["impex", "check", "a.impex"], "`hac impex lint FILE`"),
            (&["impex", "a.impex"], "`hac impex import a.impex`"),
            (&["script", "fix.js"], "`hac script --type TYPE -f FILE`"),
            (&["type", "Prodct"], "`hac type show Prodct`"),
            (&["property", "mail.smtp.server"], "`hac property get mail.smtp.server`"),
            (&["property", "mail.smtp.server=x"], "`hac property set mail.smtp.server=x`"),
            (&["property", "=x"], "`hac property get =x`"),
            (&["logger", "root", "DEBUG"], "`hac logger set root DEBUG`"),
            (&["logger", "list.x", "debug"], "`hac logger set list.x debug`"),
            (&["logger", "root"], "`hac logger list root`"),
            (&["logger", "root", "loud"], "`hac logger list root`"),
            (&["diff", "properties", "staging", "prod"], "`hac diff properties -e ONE,OTHER`"),
            (&["flexsearch", "q", "--limit", "10"], "'--max-count'"),
            (&["fs", "SELECT 1"], "'flexsearch'"),
            (&["ping"], "'doctor'"),
            (&["flexsearch", "q", "--lmit", "10"], "'--max-count'"),
            (&["logger", "list", "--output-format", "json"], "'--format'"),
            (&["logger", "list", "--output-fromat=json"], "'--format'"),
            (&["logger", "list", "-o", "json"], "`--format json`"),
            (&["logger", "list", "--output", "csv"], "`--format csv`"),
            (&["logger", "list", "-m", "10"], "`hac logger list TEXT`"),
            (&["cronjob", "list", "--limit", "10"], "`hac cronjob list | head`"),
            (&["diff", "query", "-e", "a,b", "q", "-m10"], "WHERE"),
            (&["copy", "--from", "a", "--to", "b", "Product", "--max-count", "10"], "WHERE"),
            (&["logger", "list", "-o", "x"], "`hac logger list > FILE`"),
            (&["about", "--output", "x"], "`hac about > FILE`"),
            (&["session", "lits"], "'list'"),
            (&["logger", "sett"], "'set'"),
            (&["update", "rn"], "'run'"),
            (&["impex", "lnt"], "'lint'"),
            (&["env", "ad"], "'add'"),
            (&["verson"], "`hac --version`"),
            (&["vesion"], "`hac --version`"),
        ] {
            let text = refusal(&[&["hac"], given].concat());
            assert!(text.contains(meant), "{given:?}: {text}");
        }
        let text = refusal(&["hac", "session", "version"]);
        assert!(!text.contains("--version"), "{text}");
        let text = refusal(&["hac", "nonsense"]);
        assert!(!text.contains("tip:"), "{text}");
    }

    #[test]
    fn a_refusal_in_words_says_each_thing_once() {
        let of = |line: &str| {
            let line: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            in_words(&super::super::parse(&line).expect_err("refused"))
        };
        let (why, hint) = of("hac flexsearch q --limit 1");
        assert_eq!(why, "unexpected argument '--limit' found");
        assert_eq!(hint, "a similar argument exists: '--max-count'");
        let (why, hint) = of("hac copy");
        assert!(why.ends_with("not provided: --from <ENVIRONMENT> --to <ENVIRONMENT> <TYPE|QUERY>"), "{why}");
        assert!(hint.starts_with("Usage: hac copy --from") && !hint.contains('\n'), "{hint}");
        let (_, hint) = of("hac impex lint --format nonsense");
        assert_eq!(hint, "`hac help COMMAND` lists the flags of a command");
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
