//! Prose in as many lines as a terminal needs, broken between words: a terminal breaks in the middle of them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

use crate::env::{self, Environment};
use crate::name;
use crate::os::GOES_ON;

/// Nothing is broken on a terminal that is narrower.
const NARROWEST: usize = 20;
/// What people read without effort, and what there is where no terminal is.
pub(crate) const WIDEST: usize = 100;
/// In front of the further lines of a command.
const CONTINUED: &str = "    ";

/// How many columns help has, as clap sees them: where no terminal is, `COLUMNS` decides.
pub(crate) fn of_help(environment: &Environment) -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let set = || environment.raw(env::COLUMNS)?.to_str()?.parse().ok();
    terminal.or_else(set).filter(|width| *width > 0).unwrap_or(WIDEST).min(WIDEST)
}

/// Stands for the blanks at which a text must not be broken, until it is printed.
const UNBROKEN: char = '\u{a0}';

/// The text with marks for the blanks in backticks, which whatever wraps it takes for letters.
pub(crate) fn marked(text: &str) -> String {
    // A backtick that nothing closes is a character like others.
    if text.matches('`').count() % 2 == 1 {
        return text.to_owned();
    }
    let mut is_code = false;
    let mark = |char| {
        is_code ^= char == '`';
        if is_code && char == ' ' { UNBROKEN } else { char }
    };
    text.chars().map(mark).collect()
}

/// The same text without marks.
pub(crate) fn unmarked(text: &str) -> String {
    text.replace(UNBROKEN, " ")
}

/// The help of a command as it is printed: without marks, and with a usage that fits. clap breaks no usage.
pub(crate) fn printed(help: &str, room: usize) -> String {
    let fitting = |line: &str| {
        if !line.contains("Usage:") || width(line) <= room {
            return line.to_owned();
        }
        let (mut into, mut taken) = (String::new(), 0);
        for word in line.split_inclusive(' ') {
            if taken > 0 && taken + width(word.trim_end()) > room {
                into.truncate(into.trim_end().len());
                into.push_str("\n       ");
                taken = "Usage: ".len();
            }
            into.push_str(word);
            taken += width(word);
        }
        into
    };
    unmarked(&help.split('\n').map(fitting).collect::<Vec<_>>().join("\n"))
}

/// A command in lines of so many columns that a shell reads as one: with its sign at the end, or within quotes, where a line break
/// is white space of a query or a script.
pub(crate) fn command(line: &str, room: usize) -> String {
    let mut into = String::new();
    let mut taken = 0;
    let words = words(line, room.saturating_sub(CONTINUED.len() + GOES_ON.len()));
    for (at, (is_quoted, word)) in words.iter().enumerate() {
        let mark = if at + 1 < words.len() && !words[at + 1].0 { GOES_ON.len() } else { 0 };
        if at > 0 && taken + 1 + width(word) + mark <= room {
            into.push(' ');
            taken += 1;
        } else if at > 0 {
            into.push_str(if *is_quoted { "" } else { GOES_ON });
            into.push('\n');
            into.push_str(CONTINUED);
            taken = CONTINUED.len();
        }
        into.push_str(word);
        taken += width(word);
    }
    into
}

/// The words of a command, and whether the blank in front of each is in quotes. Such a blank counts only where the quotes need more room.
fn words(line: &str, room: usize) -> Vec<(bool, &str)> {
    let mut words = Vec::new();
    let (mut quote, mut start, mut begun) = (None, 0, false);
    for (at, char) in line.char_indices() {
        match char {
            '\'' | '"' if quote.is_none() => quote = Some((char, at)),
            _ if quote.is_some_and(|(mark, _)| mark == char) => quote = None,
            ' ' => {
                let is_quoted = quote.is_some();
                let fits = quote.is_some_and(|(mark, from)| {
                    let end = line[at..].find(mark).map_or(line.len(), |end| at + end);
                    width(&line[from..end]) < room
                });
                if !fits {
                    words.push((begun, &line[start..at]));
                    (start, begun) = (at + 1, is_quoted);
                }
            }
            _ => {}
        }
    }
    words.push((begun, &line[start..]));
    with_values(line, &words, room)
}

/// The same, with the value of a flag beside it where both fit.
fn with_values<'l>(line: &'l str, words: &[(bool, &'l str)], room: usize) -> Vec<(bool, &'l str)> {
    let mut joined: Vec<(bool, &'l str)> = Vec::new();
    let mut end = 0;
    for (is_quoted, word) in words {
        let start = if joined.is_empty() { 0 } else { end + 1 };
        end = start + word.len();
        let is_value = !is_quoted && !word.starts_with(['-', '>', '<', '|']);
        match joined.last_mut() {
            Some((_, flag))
                if is_value
                    && flag.starts_with('-')
                    && !flag.contains(' ')
                    && width(flag) + 1 + width(word) <= room =>
            {
                *flag = &line[start - 1 - flag.len()..end];
            }
            _ => joined.push((*is_quoted, word)),
        }
    }
    joined
}

/// The text, whose lines have room for so many columns. `begun` columns of the first line are taken.
///
/// What a person is to copy stays on one line if it can: a command in backticks, or one at the end of a line, and a flag with its value.
pub(crate) fn wrapped(text: &str, room: Option<usize>, begun: usize) -> Cow<'_, str> {
    let Some(room) = room.filter(|room| *room >= NARROWEST) else { return Cow::Borrowed(text) };
    let mut taken = begun;
    let mut into = String::new();
    for line in text.split_inclusive('\n') {
        put(line, room, taken, &mut into);
        taken = 0;
    }
    if into == text { Cow::Borrowed(text) } else { Cow::Owned(into) }
}

fn put(line: &str, room: usize, begun: usize, into: &mut String) {
    let end = line.trim_end_matches(['\n', ' ']).len();
    let mut taken = begun;
    let mut is_first = true;
    let mut rest = &line[..end];
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let (piece, behind) = rest.split_at(blanks + piece(&rest[blanks..]));
        let word = &piece[blanks..];
        if begins_command(word.trim_start_matches(['`', '('])) && width(word) > room {
            into.push_str(if is_first { "" } else { "\n" });
            let lines = command(word, room);
            taken = width(lines.rsplit('\n').next().unwrap_or_default());
            into.push_str(&lines);
        } else if is_first || taken + blanks + width(word) <= room {
            into.push_str(piece);
            taken += blanks + width(word);
        } else {
            into.push('\n');
            into.push_str(word);
            taken = width(word);
        }
        is_first = false;
        rest = behind;
    }
    into.push_str(&line[end..]);
}

/// Whether a command begins here, under whatever name the program was called by.
fn begins_command(text: &str) -> bool {
    let first_of = |name: &str| text.strip_prefix(name)?.strip_prefix(' ')?.chars().next();
    // "hac 0.2.0" is none.
    [name::NAME, name::called()].into_iter().filter_map(first_of).any(|first| !first.is_ascii_digit())
}

/// How long the beginning of a text is that is not broken: a word, or a command.
fn piece(text: &str) -> usize {
    if begins_command(text) || text.starts_with("Usage:") {
        // A command that is not in backticks goes up to what ends it.
        return [";", ")", "\n"]
            .iter()
            .filter_map(|sign| text.find(sign))
            .min()
            .map_or(text.len(), |end| end + text[end..].find(' ').unwrap_or(text.len() - end));
    }
    let mut is_code = false;
    for (at, char) in text.char_indices() {
        match char {
            '`' => is_code = !is_code,
            ' ' if !is_code => {
                let word = &text[..at];
                let value = &text[at + 1..];
                // A flag and its value.
                let is_flag = word.trim_start_matches('(').starts_with("--") && !word.ends_with([',', ';', ')', '.']);
                let has_value = value.starts_with(|char: char| char.is_ascii_uppercase() || char == '\'');
                if is_flag && has_value {
                    return at + 1 + value.find(' ').unwrap_or(value.len());
                }
                return at;
            }
            _ => {}
        }
    }
    // A backtick that nothing closes is a character like others.
    if is_code { text.find(' ').unwrap_or(text.len()) } else { text.len() }
}

/// How many columns a text takes, without its colours.
pub(crate) fn width(text: &str) -> usize {
    let mut columns = 0;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            // `ESC [ … m`: our own, what is a server's is shown by then.
            let _ = chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            columns += char.width().unwrap_or_default();
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, room: usize, begun: usize) -> Vec<String> {
        wrapped(text, Some(room), begun).lines().map(str::to_owned).collect()
    }

    #[test]
    fn words_stay_whole_and_what_is_longer_than_a_line_has_one_of_its_own() {
        assert_eq!(lines("one two three four five six", 20, 7), ["one two three", "four five six"]);
        let address = "https://a.very.long.name.example.com/hac";
        assert_eq!(lines(&format!("cannot reach {address} at all"), 24, 0), ["cannot reach", address, "at all"]);
        assert_eq!(lines("  indented: it stays so here", 20, 0), ["  indented: it stays", "so here"]);
        assert_eq!(wrapped("x y\n\nz \n", Some(20), 0), "x y\n\nz \n");
    }

    #[test]
    fn a_command_is_not_broken_where_it_has_room_on_a_line_of_its_own() {
        assert_eq!(
            lines("it follows the log with `hac update log --follow` and ends", 30, 6),
            ["it follows the log with", "`hac update log --follow` and", "ends"]
        );
        assert_eq!(
            lines("put it in quotes: hac groovy \"return 1\"; nothing was sent", 30, 0),
            ["put it in quotes:", "hac groovy \"return 1\"; nothing", "was sent"]
        );
        assert_eq!(
            lines("raise the limit with --timeout SECONDS or so", 30, 0),
            ["raise the limit with", "--timeout SECONDS or so"]
        );
    }

    #[test]
    fn a_command_that_is_longer_than_a_line_is_broken_as_a_shell_reads_it() {
        let broken = |line: &str, room| command(line, room).replace(GOES_ON, " \\");
        assert_eq!(broken("hac a b", 20), "hac a b");
        assert_eq!(broken("hac copy --from one --to two", 20), "hac copy \\\n    --from one \\\n    --to two");
        assert_eq!(broken("hac flexsearch 'a b' -e x", 20), "hac flexsearch \\\n    'a b' -e x");
        assert_eq!(
            broken("hac flexsearch 'SELECT a FROM {B}' -e x", 24),
            "hac flexsearch 'SELECT a\n    FROM {B}' -e x"
        );
        assert_eq!(
            lines("keep it: hac session start --url x --save", 24, 0),
            ["keep it:", &format!("hac session start{GOES_ON}"), "    --url x --save"]
        );
        assert_eq!(
            lines("run `hac session start --url x --save` again", 24, 0),
            ["run", &format!("`hac session start{GOES_ON}"), "    --url x --save`", "again"]
        );
    }

    #[test]
    fn a_command_in_help_is_not_broken_and_a_usage_fits() {
        let text = "see `hac update log` and `a` b `";
        assert_eq!(marked(text), text);
        let text = "see `hac update log` and `a b` c";
        assert_eq!(marked(text).split(' ').count(), 5);
        assert_eq!(printed(&marked(text), 100), text);
        let usage = "Copy\n\nUsage: hac copy [OPTIONS] --from <A> --to <B> <TYPE>\n\nOptions:";
        assert_eq!(printed(usage, 100), usage);
        assert_eq!(
            printed(usage, 40),
            "Copy\n\nUsage: hac copy [OPTIONS] --from <A>\n       --to <B> <TYPE>\n\nOptions:"
        );
    }

    #[test]
    fn colours_take_no_room_and_wide_letters_take_two() {
        assert_eq!(lines("\u{1b}[1m\u{1b}[31merror:\u{1b}[0m twelve chars", 20, 0).len(), 1);
        assert_eq!(lines("商品商品 商品商品商品", 20, 0), ["商品商品", "商品商品商品"]);
    }

    #[test]
    fn without_a_terminal_and_on_one_that_is_too_narrow_nothing_is_broken() {
        let text = "one two three four five six seven eight nine";
        assert_eq!(wrapped(text, None, 0), text);
        assert_eq!(wrapped(text, Some(NARROWEST - 1), 0), text);
    }
}
