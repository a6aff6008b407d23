//! The name that the program was called by: other tools are called `hac` too, so it may be installed under another one.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::OnceLock;

/// The name in the texts.
pub(crate) const NAME: &str = "hac";

static CALLED: OnceLock<String> = OnceLock::new();

/// Keeps the name, from the first word of the command line.
pub(crate) fn keep(program: Option<&OsStr>) {
    if let Some(name) = program.and_then(plain) {
        let _ = CALLED.set(name);
    }
}

/// The name that the program was called by, or its own.
pub(crate) fn called() -> &'static str {
    CALLED.get().map_or(NAME, String::as_str)
}

/// The name in a path, if it is another and one that a person would type.
fn plain(program: &OsStr) -> Option<String> {
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    (name != NAME && !name.is_empty() && name.chars().all(is_plain)).then(|| name.to_owned())
}

static TARGET: OnceLock<String> = OnceLock::new();

/// Keeps what was typed to name the server, as flags after a blank: the commands in our messages are for that server.
pub(crate) fn keep_target(flags: String) {
    if !flags.is_empty() {
        let _ = TARGET.set(flags);
    }
}

/// What stands before a command in a message. At its beginning nothing does.
const COMMANDS: [&str; 3] = ["`", ": ", "such as "];

/// A message of ours, whose commands (`` `hac …` ``) begin with the name that the program was called by.
pub(crate) fn spelled(text: &str) -> Cow<'_, str> {
    spelled_as(text, called())
}

fn spelled_as<'t>(text: &'t str, name: &str) -> Cow<'t, str> {
    if name == NAME {
        return Cow::Borrowed(text);
    }
    let text = COMMANDS
        .iter()
        .fold(text.to_owned(), |text, before| text.replace(&format!("{before}{NAME} "), &format!("{before}{name} ")));
    match text.strip_prefix("hac ") {
        Some(rest) => Cow::Owned(format!("{name} {rest}")),
        None => Cow::Owned(text),
    }
}

/// A message of ours, whose commands name the server that was typed: pasted, they go to no other one.
pub(crate) fn aimed(text: &str) -> Cow<'_, str> {
    match TARGET.get() {
        Some(flags) => Cow::Owned(aimed_at(text, flags)),
        None => Cow::Borrowed(text),
    }
}

/// These ask a server, the one that the flags name, and name none in another way.
const ASKING: [&str; 16] = [
    "about",
    "cache",
    "cronjob",
    "flexsearch",
    "groovy",
    "jdbclog",
    "logger",
    "login",
    "logout",
    "pk",
    "property",
    "script",
    "support",
    "type",
    "update",
    "wait",
];

/// The same for commands of two words.
const ASKING_BELOW: [(&str, &str); 3] = [("session", "start"), ("session", "check"), ("session", "end")];

/// Whether a command is for the server that the flags name: it asks one, and names none itself.
fn is_for_the_typed_one(command: &str) -> bool {
    let mut words = command.split(' ');
    if words.next() != Some(NAME) {
        return false;
    }
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    // `hac session start NAME` names another one.
    let is_below = ASKING_BELOW.contains(&(first, second)) && words.next().is_none_or(|word| word.starts_with('-'));
    (ASKING.contains(&first) || is_below) && !command.contains(" -e ") && !command.contains(" --url ")
}

fn aimed_at(text: &str, flags: &str) -> String {
    let mut pieces = text.split('`');
    let mut aimed = pieces.next().unwrap_or_default().to_owned();
    // What stands between two of them is a command, and then a message again.
    let mut is_code = true;
    for piece in pieces {
        aimed.push('`');
        aimed.push_str(piece);
        if is_code && is_for_the_typed_one(piece) && !piece.ends_with(flags) {
            aimed.push_str(flags);
        }
        is_code = !is_code;
    }
    aimed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_file_where_a_person_would_type_it() {
        let name = |path: &str| plain(OsStr::new(path));
        assert_eq!(name("/usr/bin/hac-client").as_deref(), Some("hac-client"));
        assert_eq!(name("hac-client.exe").as_deref(), Some("hac-client"));
        for path in ["hac", "/usr/bin/hac", "hac.exe", "", "a b", "x;rm", "/"] {
            assert_eq!(name(path), None, "{path}");
        }
    }

    #[test]
    fn commands_in_a_message_name_the_server_that_was_typed() {
        let aimed = |text| aimed_at(text, " -e slow");
        assert_eq!(
            aimed("`hac update log --follow` follows its log, `hac update status` shows more"),
            "`hac update log --follow -e slow` follows its log, `hac update status -e slow` shows more"
        );
        assert_eq!(aimed("run `hac session start`"), "run `hac session start -e slow`");
        assert_eq!(aimed("`hac login --save`"), "`hac login --save -e slow`");
        for text in [
            "`hac session list` shows them",
            "`hac session start NAME --save`",
            "hac update log",
            "`hac env list` lists them",
            "`hac type list -e other`",
            "`update log`",
            "",
        ] {
            assert_eq!(aimed(text), text);
        }
        assert_eq!(aimed(&aimed("`hac type list`")), "`hac type list -e slow`");
    }

    #[test]
    fn commands_in_a_message_begin_with_the_name() {
        let text = "see `hac type list`, or hac alone";
        assert_eq!(spelled_as(text, NAME), text);
        assert_eq!(spelled_as(text, "hac-client"), "see `hac-client type list`, or hac alone");
        let text = "hac env list shows them; add one: hac env add NAME, such as hac env add shop";
        let spelled = "other env list shows them; add one: other env add NAME, such as other env add shop";
        assert_eq!(spelled_as(text, "other"), spelled);
    }
}
