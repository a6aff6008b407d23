//! The files that directories and patterns name, in an order that does not depend on the system.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use hac_client::Result;

use crate::diagnostics::usage;

const DOING: &str = "find the ImpEx files";
/// What a directory is searched for.
const ENDINGS: [&str; 2] = [".impex", ".impex.gz"];
/// The most files that one directory or pattern may name.
const MOST_FILES: usize = 10_000;

/// Replaces directories and patterns by the files they name. Files that were named before are not named again.
pub(super) fn expanded(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut known: HashSet<PathBuf> = HashSet::new();
    for name in named {
        let found = of_name(name)?.unwrap_or_else(|| vec![name.clone()]);
        // Standard input is no file: whoever names it twice is told that it can be read once.
        let is_new = |file: &PathBuf| file.as_os_str() == "-" || known.insert(from_the_root(file));
        files.extend(found.into_iter().filter(is_new));
    }
    Ok(files)
}

/// The same for `a` and `./a`.
fn from_the_root(file: &Path) -> PathBuf {
    std::path::absolute(file).map_or_else(|_| file.to_owned(), |file| file.components().collect())
}

/// The files of a directory or a pattern. `None`: it is the name of a file.
fn of_name(name: &Path) -> Result<Option<Vec<PathBuf>>> {
    if name.as_os_str() == "-" {
        return Ok(None);
    }
    if name.is_dir() {
        let is_impex = |file: &str| ENDINGS.iter().any(|ending| file.to_ascii_lowercase().ends_with(ending));
        return found(name, name, is_impex, "no file in it ends in .impex or .impex.gz").map(Some);
    }
    let pattern = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // A file may be called like a pattern.
    if !pattern.contains(['*', '?', '[']) || name.exists() {
        return Ok(None);
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let directory = name.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    found(name, directory, |file| matches(&pattern, &file.chars().collect::<Vec<_>>()), "no file matches it").map(Some)
}

fn found(name: &Path, directory: &Path, is_meant: impl Fn(&str) -> bool, nothing: &str) -> Result<Vec<PathBuf>> {
    let failed = |why: String| usage(DOING, format!("{}: {why}", name.display()), "nothing was sent");
    let shows_hidden =
        name.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) && name != directory;
    let entries = directory.read_dir().map_err(|cause| failed(cause.to_string()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|cause| failed(cause.to_string()))?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let path = if directory == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
        // Systems and editors hide files of their own: `._a.impex` is no ImpEx. As in a shell, a pattern may ask for them.
        let is_hidden = file.starts_with('.') && !shows_hidden;
        if is_meant(&file) && !is_hidden && path.is_file() {
            files.push((file, path));
        }
        if files.len() > MOST_FILES {
            return Err(failed(format!("it names more than {MOST_FILES} files")));
        }
    }
    if files.is_empty() {
        return Err(failed(nothing.to_owned()));
    }
    files.sort_by(|(one, _), (two, _)| natural(one, two));
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

/// Names by their letters, numbers in them by their value: 2 comes before 10.
fn natural(one: &str, two: &str) -> Ordering {
    let (mut left, mut right) = (one, two);
    loop {
        if let (Some((value, rest)), Some((other, other_rest))) = (number(left), number(right)) {
            // Without leading zeros, the longer number is the larger one.
            let by_value = value.len().cmp(&other.len()).then_with(|| value.cmp(other));
            if by_value != Ordering::Equal {
                return by_value;
            }
            (left, right) = (rest, other_rest);
            continue;
        }
        let (mut letters, mut others) = (left.chars(), right.chars());
        match (letters.next(), others.next()) {
            (Some(letter), Some(other)) if letter == other => {
                (left, right) = (letters.as_str(), others.as_str());
            }
            // 01 and 1 are equal up to here.
            (None, None) => return one.cmp(two),
            (letter, other) => return letter.cmp(&other),
        }
    }
}

/// The number at the beginning, without leading zeros, and what is behind it.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (!digits.is_empty()).then(|| (digits.trim_start_matches('0'), rest))
}

/// `*` is any text, `?` one character, `[a-z]` one of these, `[!a-z]` one that is none of these.
fn matches(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    // Where to go on if the last star has to stand for one character more.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, in_name));
            at += 1;
            continue;
        }
        if let Some(taken) = one_matches(&pattern[at..], name[in_name]) {
            at += taken;
            in_name += 1;
            continue;
        }
        let Some((behind, from)) = star else { return false };
        star = Some((behind, from + 1));
        (at, in_name) = (behind, from + 1);
    }
    pattern[at..].iter().all(|left| *left == '*')
}

/// How much of the pattern stands for this character.
fn one_matches(pattern: &[char], letter: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => {
            let negated = pattern.get(1) == Some(&'!');
            let from = if negated { 2 } else { 1 };
            // A bracket right behind the opening one is one of the characters.
            let Some(end) = pattern.iter().skip(from + 1).position(|end| *end == ']').map(|end| end + from + 1) else {
                return (letter == '[').then_some(1);
            };
            let set = &pattern[from..end];
            let ranged = set.windows(3).any(|range| range[1] == '-' && (range[0]..=range[2]).contains(&letter));
            (negated != (ranged || set.contains(&letter))).then_some(end + 1)
        }
        other => (*other == letter).then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn names_are_sorted_with_their_numbers_by_value() {
        let mut names = ["10-b", "2-b", "a", "01-x", "1-x", "2-a", "b10c2", "b10c1", "b9", "1", ""];
        names.sort_by(|one, two| natural(one, two));
        assert_eq!(names, ["", "1", "01-x", "1-x", "2-a", "2-b", "10-b", "a", "b9", "b10c1", "b10c2"]);
    }

    #[test]
    fn a_pattern_matches_as_a_shell_does_it() {
        for (pattern, name, is) in [
            ("*.impex", "a.impex", true),
            ("*.impex", ".impex", true),
            ("*.impex", "a.impex.gz", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("??-*.impex", "01-x.impex", true),
            ("??-*.impex", "1-x.impex", false),
            ("[0-9]*", "7up", true),
            ("[!0-9]*", "7up", false),
            ("[]a]", "]", true),
            ("[a", "[a", true),
            ("", "", true),
            ("*", "ü", true),
        ] {
            assert_eq!(matches(&chars(pattern), &chars(name)), is, "{pattern} {name}");
        }
        // Soon, too.
        assert!(!matches(&chars(&format!("{}c", "a*".repeat(30))), &chars(&"a".repeat(5_000))));
    }

    #[test]
    fn directories_and_patterns_are_replaced_and_nothing_is_named_twice() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["10.impex", "2.impex", "3.IMPEX.GZ", "notes.txt", "4.zip", "._2.impex"] {
            std::fs::write(directory.path().join(name), "").expect("written");
        }
        std::fs::create_dir(directory.path().join("5.impex")).expect("created");
        let in_directory = |names: &[&str]| names.iter().map(|name| directory.path().join(name)).collect::<Vec<_>>();
        let whole = expanded(&[directory.path().to_owned()]).expect("files");
        assert_eq!(whole, in_directory(&["2.impex", "3.IMPEX.GZ", "10.impex"]));
        let both = expanded(&in_directory(&["10.impex", "*.impex", "4.zip", "missing.impex"])).expect("files");
        assert_eq!(both, in_directory(&["10.impex", "2.impex", "4.zip", "missing.impex"]));
        let twice = expanded(&in_directory(&["4.zip", ".", "./10.impex", "2.impex", "../4.zip/../4.zip", "4.zip"]));
        assert_eq!(twice.expect("files").len(), 5, "what leads over another directory may be another file");
        assert_eq!(expanded(&in_directory(&["._*"])).expect("files"), in_directory(&["._2.impex"]));
        let none = expanded(&in_directory(&["x*.impex"])).expect_err("nothing");
        assert!(none.to_string().contains("no file matches it"), "{none}");
        assert_eq!(expanded(&[PathBuf::from("-")]).expect("standard input"), [PathBuf::from("-")]);
    }
}
