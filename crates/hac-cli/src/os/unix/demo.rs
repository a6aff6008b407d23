//! What `hac demo` and `hac simulator` say of files and shells.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Whether only the user of this program can read a file.
pub(crate) fn is_private(path: &Path) -> bool {
    let for_others = |metadata: Metadata| metadata.permissions().mode() & 0o077;
    std::fs::metadata(path).is_ok_and(|metadata| for_others(metadata) == 0)
}

/// What is typed in a shell to set these variables.
pub(crate) fn set_variables(variables: &[(&str, &str)]) -> String {
    let words: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    format!("export {}", words.join(" "))
}

/// What is typed in a shell to call a program by a name.
pub(crate) fn alias(name: &str, program: &str) -> String {
    format!("alias {name}={}", quoted(program))
}

/// The value of a variable as it is typed in a shell.
pub(crate) fn value_of(name: &str) -> String {
    format!("${name}")
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_read_something_else() {
        assert_eq!(quoted("--type"), "--type");
        assert_eq!(quoted("SELECT {pk} FROM {Product}"), "\"SELECT {pk} FROM {Product}\"");
        assert_eq!(quoted("it's $1"), r"'it'\''s $1'");
        assert_eq!(set_variables(&[("A", "b"), ("C", "d e")]), "export A=b C=\"d e\"");
        assert_eq!(alias("hac", "/opt/hac"), "alias hac=/opt/hac");
    }
}
