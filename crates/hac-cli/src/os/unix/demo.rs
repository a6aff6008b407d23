//! What `hac demo` and `hac simulator` say of files and shells.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::quoted;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        assert_eq!(set_variables(&[("A", "b"), ("C", "d e")]), "export A=b C=\"d e\"");
        assert_eq!(alias("hac", "/opt/hac"), "alias hac=/opt/hac");
    }
}
