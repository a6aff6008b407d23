//! HTML's character references: `&amp;`, `&#38;`, `&#x26;`.
//!
//! The names are those of the HTML standard, section "Named character references". They stand in one text, without a table of
//! pointers, which the system would have to relocate at each start of the program.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A name and the code points that it stands for on each line, sorted by name.
const NAMES: &str = include_str!("names.txt");

/// Replaces each reference that ends with a semicolon and stands for a character, once. Everything else stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let mut decoded = String::new();
    // What has been decoded, and what has been looked at.
    let (mut done, mut at) = (0, 0);
    while let Some(ampersand) = memchr::memchr(b'&', &text.as_bytes()[at..]) {
        let begin = at + ampersand;
        at = begin + 1;
        let Some(length) = memchr::memchr2(b';', b'&', &text.as_bytes()[at..]) else { break };
        let end = at + length;
        if text.as_bytes()[end] == b';' && append(&mut decoded, &text[done..begin], &text[at..end]) {
            done = end + 1;
        }
        at = end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    decoded.push_str(&text[done..]);
    Cow::Owned(decoded)
}

/// Appends the text before a reference, and what the reference stands for, if it does.
fn append(decoded: &mut String, before: &str, reference: &str) -> bool {
    let character = if let Some(number) = reference.strip_prefix('#') {
        let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
        numbered(digits, radix)
    } else {
        common(reference)
    };
    if let Some(character) = character {
        decoded.push_str(before);
        decoded.push(character);
        return true;
    }
    let Some(characters) = named(reference) else { return false };
    decoded.push_str(before);
    decoded.extend(characters);
    true
}

/// What servers escape stands for, without looking it up: it is in every other row.
fn common(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}

/// A character by its number. Of the control characters below the blank, only those that are white space in HTML.
fn numbered(digits: &str, radix: u32) -> Option<char> {
    let begins_with_digit = digits.starts_with(|first: char| first.is_digit(radix));
    let character = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    let is_text = character >= ' ' || matches!(character, '\t' | '\n' | '\x0c' | '\r');
    (begins_with_digit && is_text).then_some(character)
}

/// What a name stands for.
fn named(name: &str) -> Option<impl Iterator<Item = char>> {
    // Bisects the text; its halves are cut behind the end of a line.
    let mut rest = NAMES;
    while !rest.is_empty() {
        let half = rest.len() / 2;
        let begin = rest[..half].rfind('\n').map_or(0, |end| end + 1);
        let end = rest[begin..].find('\n').map_or(rest.len(), |end| begin + end + 1);
        let mut words = rest[begin..end].split_ascii_whitespace();
        match words.next().unwrap_or_default().cmp(name) {
            Ordering::Less => rest = &rest[end..],
            Ordering::Greater => rest = &rest[..begin],
            Ordering::Equal => {
                return Some(words.filter_map(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of the same names that others keep.
    fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
        html_escape::NAMED_ENTITIES.iter().map(|(name, value)| (std::str::from_utf8(name).expect("ASCII"), *value))
    }

    #[test]
    fn each_name_stands_for_what_others_say_and_there_are_no_more() {
        for (name, value) in listed() {
            assert_eq!(decode(&format!("&{name};")), value, "{name}");
        }
        assert_eq!(NAMES.lines().count(), listed().count());
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in [
            "",
            "&",
            "&;",
            "&#;",
            "&#x;",
            "&amp",
            "&am p;",
            "&Amp;",
            "&#+38;",
            "&#x+26;",
            "&#55296;",
            "&#0;",
            "&#x1b;",
            "&#99999999999;",
        ] {
            assert!(matches!(decode(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn a_reference_is_decoded_once() {
        for (text, decoded) in [
            ("A &amp; B", "A & B"),
            ("&amp;amp;", "&amp;"),
            ("&&lt;&#62;&#x3e;&", "&<>>&"),
            ("é&nbsp;&acE;", "é\u{a0}\u{223e}\u{333}"),
            ("&ampersand &quot;", "&ampersand \""),
        ] {
            assert_eq!(decode(text), decoded, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_decoded_as_others_do(text in "(&|#|x|;|amp|lt|[0-9]{1,3}|é|\\PC){0,12}") {
            proptest::prop_assert_eq!(decode(&text), html_escape::decode_html_entities(&text));
        }
    }
}
