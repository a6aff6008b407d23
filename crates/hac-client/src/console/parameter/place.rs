//! Where in a script its parameters are declared: before everything that runs, and on a line that is there already.

use crate::console::script_type::ScriptType;

/// Puts the declarations into the script.
pub(super) fn put(language: ScriptType, text: &str, prologue: &str) -> String {
    // A line `#!` is one only at the very beginning.
    let start = if text.starts_with("#!") { text.find('\n').map_or(text.len(), |end| end + 1) } else { 0 };
    let code = start + blank(&text[start..]);
    let (at, before) = match language {
        ScriptType::Groovy => package(&text[code..]).map_or((start, ""), |length| (code + length, ";")),
        // The directive counts only where nothing stands before it.
        ScriptType::JavaScript if ["\"use strict\"", "'use strict'"].iter().any(|it| text[code..].starts_with(it)) => {
            (start, "\"use strict\";")
        }
        ScriptType::JavaScript | ScriptType::BeanShell => (start, ""),
    };
    let newline = if at == text.len() && start == at { "\n" } else { "" };
    format!("{}{newline}{before}{prologue}{}", &text[..at], &text[at..])
}

/// How much white space and comments there are at the beginning.
fn blank(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        rest = if let Some(comment) = rest.strip_prefix("//") {
            comment.find('\n').map_or("", |end| &comment[end..])
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or("", |end| &comment[end + 2..])
        } else {
            return text.len() - rest.len();
        };
    }
}

/// How long the declaration of a package is, with its semicolon; nothing may stand before it.
fn package(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("package")?;
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let name = rest.trim_start_matches(|char: char| char.is_alphanumeric() || " \t._$".contains(char));
    let rest = name.strip_prefix(';').unwrap_or(name);
    Some(text.len() - rest.len())
}
