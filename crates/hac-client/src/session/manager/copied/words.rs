//! The words of a command, as a Unix shell or the Windows command prompt reads them.

use std::iter::Peekable;
use std::str::Chars;

/// The words; `None` if a quote is not closed. Nothing is expanded.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let text = text.replace("\r\n", "\n");
    if is_for_windows(&text) { windows(&without_carets(&text)) } else { unix(&text) }
}

/// The command prompt escapes with carets, which no Unix shell does.
fn is_for_windows(text: &str) -> bool {
    text.contains("^\n") || text.contains("^\"")
}

type Letters<'a> = Peekable<Chars<'a>>;

fn unix(text: &str) -> Option<Vec<String>> {
    let mut letters = text.chars().peekable();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => words.extend(word.take()),
            '\'' => until_apostrophe(&mut letters, word.get_or_insert_default())?,
            '"' => until_quote(&mut letters, word.get_or_insert_default())?,
            '$' if letters.next_if_eq(&'\'').is_some() => escaped(&mut letters, word.get_or_insert_default())?,
            '\\' => match letters.next() {
                Some('\n') => {}
                other => word.get_or_insert_default().extend(other),
            },
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

fn until_apostrophe(letters: &mut Letters<'_>, word: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '\'' => return Some(()),
            letter => word.push(letter),
        }
    }
}

fn until_quote(letters: &mut Letters<'_>, word: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '"' => return Some(()),
            '\\' => match letters.next()? {
                '\n' => {}
                letter @ ('"' | '\\' | '$' | '`') => word.push(letter),
                letter => word.extend(['\\', letter]),
            },
            letter => word.push(letter),
        }
    }
}

/// `$'…'`, in which browsers write quotes, line ends and everything that is not ASCII.
fn escaped(letters: &mut Letters<'_>, word: &mut String) -> Option<()> {
    loop {
        match letters.next()? {
            '\'' => return Some(()),
            '\\' => match letters.next()? {
                'n' => word.push('\n'),
                'r' => word.push('\r'),
                't' => word.push('\t'),
                'x' => word.push(coded(letters, 2)),
                'u' => word.push(coded(letters, 4)),
                letter => word.push(letter),
            },
            letter => word.push(letter),
        }
    }
}

/// A character by its number. Half of a pair of UTF-16 is in no cookie.
fn coded(letters: &mut Letters<'_>, digits: usize) -> char {
    let mut number = 0;
    for _ in 0..digits {
        let Some(digit) = letters.peek().and_then(|letter| letter.to_digit(16)) else { break };
        letters.next();
        number = number * 16 + digit;
    }
    char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// What the command prompt passes on: a caret takes the meaning of what follows, outside of quotes.
fn without_carets(text: &str) -> String {
    let mut letters = text.chars();
    let mut passed = String::with_capacity(text.len());
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '^' if !quoted => match letters.next() {
                // The line goes on.
                Some('\n') | None => {}
                Some(meant) => passed.push(meant),
            },
            letter => {
                quoted ^= letter == '"';
                passed.push(letter);
            }
        }
    }
    passed
}

/// As programs for Windows read their command line.
fn windows(text: &str) -> Option<Vec<String>> {
    let mut letters = text.chars().peekable();
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            letter if letter.is_whitespace() && !quoted => words.extend(word.take()),
            '"' => {
                let word = word.get_or_insert_default();
                if quoted && letters.next_if_eq(&'"').is_some() {
                    word.push('"');
                } else {
                    quoted = !quoted;
                }
            }
            '\\' => backslashes(&mut letters, word.get_or_insert_default()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (!quoted).then_some(words)
}

/// Backslashes stand for themselves unless a quote follows: then two of them are one, and an odd one takes the quote's meaning.
fn backslashes(letters: &mut Letters<'_>, word: &mut String) {
    let mut count = 1;
    while letters.next_if_eq(&'\\').is_some() {
        count += 1;
    }
    if letters.peek() != Some(&'"') {
        word.extend(std::iter::repeat_n('\\', count));
        return;
    }
    word.extend(std::iter::repeat_n('\\', count / 2));
    if count % 2 == 1 {
        word.extend(letters.next());
    }
}
