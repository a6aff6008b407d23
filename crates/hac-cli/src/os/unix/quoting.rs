//! Words in a line that is typed in a shell.

/// What ends a line of a command that goes on in the next one.
pub(crate) const GOES_ON: &str = " \\";

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        format!("\"{word}\"")
    }
}

/// What a shell replaces by the text of a file, as one argument.
pub(crate) fn text_of_file(name: &str) -> String {
    format!("\"$(cat {})\"", quoted(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_something_else() {
        assert_eq!(quoted("--type"), "--type");
        assert_eq!(quoted("SELECT {pk} FROM {Product}"), "\"SELECT {pk} FROM {Product}\"");
        assert_eq!(quoted("it's $1"), r"'it'\''s $1'");
    }
}
