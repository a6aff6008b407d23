//! The name of a file where a text belongs.

use std::ffi::OsStr;
use std::path::Path;

use crate::ending::blocking;

/// Whether what was typed as the text names a file that is there.
pub(crate) fn is_name_of_file(text: &str) -> bool {
    may_be_name(text) && blocking(|| Path::new(text).is_file())
}

/// Whether the text may be the name of a file: a word, or several that end in an extension.
fn may_be_name(text: &str) -> bool {
    let is_plain = |extension: &OsStr| {
        extension.to_str().is_some_and(|extension| extension.chars().all(|char| char.is_ascii_alphanumeric()))
    };
    !text.is_empty()
        && !text.contains(['\n', '\r'])
        && (!text.contains(char::is_whitespace) || Path::new(text).extension().is_some_and(is_plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_or_what_ends_in_an_extension_is_looked_for_as_a_file() {
        for name in ["q.fxs", "query", "my query.fxs", "a/b c.js"] {
            assert!(may_be_name(name), "{name}");
        }
        for text in ["", "SELECT {p.code} FROM {Product AS p}", "return 1", "a\nb.js"] {
            assert!(!may_be_name(text), "{text}");
        }
    }
}
