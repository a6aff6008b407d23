//! The kinds of failures as JSON names them: those of the library, and those of results that a command has judged.

use hac_client::ErrorKind;

/// Kinds of results that are no error of the library. Their exit code is 1.
pub(crate) const OF_RESULTS: [&str; 14] = [
    "impex_failed",
    "lint_failed",
    "update_failed",
    "truncated",
    "no_sql",
    "no_pk",
    "unknown_type",
    "unknown_property",
    "property_not_set",
    "level_not_set",
    "cache_not_cleared",
    "jdbc_log_not_switched",
    "jdbc_log_not_cleared",
    "support_files_not_packed",
];

/// The name of a kind of the library. That of a failed import was here first: programs look for it.
pub(crate) fn printed(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ImportFailed => "impex_failed",
        other => other.code(),
    }
}

#[cfg(all(test, unix))] // it reads the sources, which are where they were only on the machine that built it
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn sources(directory: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, texts);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && path.file_name() != Some("kind.rs".as_ref())
            {
                let text = std::fs::read_to_string(&path).expect("UTF-8");
                texts.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned());
            }
        }
    }

    #[test]
    fn the_kinds_that_commands_print_are_those_that_are_listed() {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
        // What makes a report of a failure names its kind in front of one of these.
        let signs = [" kind: \"", "const KIND: &str = \"", "acknowledged::failure(&"];
        let mut found = BTreeSet::new();
        for text in &texts {
            for (at, sign) in signs.iter().flat_map(|sign| text.match_indices(sign)) {
                let rest = &text[at + sign.len() - usize::from(sign.ends_with('"'))..];
                found.insert(rest.split('"').nth(1).expect("a text in quotes").to_owned());
            }
        }
        let listed: BTreeSet<String> = OF_RESULTS.iter().map(|kind| (*kind).to_owned()).collect();
        assert_eq!(found, listed);
    }

    #[test]
    fn each_of_them_is_documented() {
        let document = include_str!("../../../docs/errors.md");
        for kind in OF_RESULTS {
            assert!(document.contains(&format!("`{kind}`")), "{kind}");
        }
    }
}
