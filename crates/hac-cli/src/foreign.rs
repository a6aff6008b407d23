//! Text that others wrote, as it may stand on a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use crate::wrap::wrapped;

/// The words with which our own lines begin.
const LABELS: [&str; 5] = ["error", "hint", "warning", "note", "caused by"];

/// Text that may be a server's: its control characters shown, and `| ` in front of each line that
/// could be taken for one of ours.
pub(crate) fn foreign(text: &str) -> String {
    foreign_in(text, None)
}

/// The same in lines of so many columns.
pub(crate) fn foreign_in(text: &str, room: Option<usize>) -> String {
    let mut shown = String::with_capacity(text.len() + 16);
    mark(&wrapped(&visible(&text.replace("\r\n", "\n")), room, 0), &mut shown);
    shown
}

/// The same for text that goes on behind a label of ours, which takes `begun` columns. A line that begins only because there is no more room
/// is marked, too.
pub(crate) fn continued(text: &str, room: Option<usize>, begun: usize) -> String {
    let text = text.replace("\r\n", "\n");
    let text = visible(&text);
    let text = wrapped(&text, room, begun);
    let (first, rest) = text.split_at(text.find('\n').map_or(text.len(), |end| end + 1));
    let mut shown = first.to_owned();
    mark(rest, &mut shown);
    shown
}

fn mark(text: &str, into: &mut String) {
    for line in text.split_inclusive('\n') {
        if looks_like_ours(line) {
            into.push_str("| ");
        }
        into.push_str(line);
    }
}

/// Whether the line begins with a label, as a reader sees it: white space and characters without
/// a width do not count, nor does the case.
fn looks_like_ours(line: &str) -> bool {
    /// More than the longest label, and some space around it.
    const LOOKED_AT: usize = 32;
    let begin: String = line
        .chars()
        .filter(|char| char.width().is_some_and(|width| width > 0))
        .skip_while(|char| char.is_whitespace())
        .take(LOOKED_AT)
        .flat_map(char::to_lowercase)
        .collect();
    LABELS
        .iter()
        .any(|label| begin.strip_prefix(label).is_some_and(|rest| rest.trim_start().starts_with([':', '\u{ff1a}'])))
}

/// The text with its control characters shown as `\x1b`, `\x07`, `\u{202e}`; newlines and tabs stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if !is_unsafe(char) {
            shown.push(char);
        } else if (char as u32) < 0x100 {
            let _ = write!(shown, "\\x{:02x}", char as u32);
        } else {
            let _ = write!(shown, "\\u{{{:x}}}", char as u32);
        }
    }
    Cow::Owned(shown)
}

/// Control characters that move the cursor, colour the text, end the line, or turn its direction round.
pub(crate) fn is_unsafe(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        other => other.is_control(),
    }
}
