//! Prose in as many lines as a terminal needs, broken between words: a terminal breaks in the middle of them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// Nothing is broken on a terminal that is narrower.
const NARROWEST: usize = 20;

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
        if is_first || taken + blanks + width(word) <= room {
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

/// How long the beginning of a text is that is not broken: a word, or a command.
fn piece(text: &str) -> usize {
    if text.starts_with("hac ") || text.starts_with("Usage:") {
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
fn width(text: &str) -> usize {
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
