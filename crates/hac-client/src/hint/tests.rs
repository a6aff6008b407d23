use std::path::Path;

/// What belongs to the program `hac`, and is none of the library's business.
fn names_the_program(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "`\"'(),;".contains(c)).collect();
    let is_flag =
        |word: &str| word.strip_prefix("--").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
    let commands = ["session", "update", "script", "flexsearch", "impex", "simulator", "groovy"];
    words.iter().any(|word| is_flag(word)) || words.windows(2).any(|two| two[0] == "hac" && commands.contains(&two[1]))
}

/// The text of the library's own code: without comments, which are for people who read it, and without its tests.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a source");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn sources(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" && name != "fuzzing" {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

#[test]
fn no_text_of_the_library_names_a_flag_or_a_command_of_the_program() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 50, "{}", found.len());
    for file in found {
        for (at, line) in code(&file).lines().enumerate() {
            // The foreign programs whose arguments are shown, and curl, whose arguments are read.
            let of_curl = file.ends_with("session/manager/copied.rs") && line.contains("\"-");
            let foreign = of_curl || line.contains("openssl") || line.contains("ant updatesystem");
            assert!(foreign || !names_the_program(line), "{}, line of code {}: {line}", file.display(), at + 1);
        }
    }
}

#[test]
fn a_flag_and_a_command_are_seen_where_they_are() {
    for text in
        ["raise it with --timeout (0 for no limit)", "`hac update log --follow`", "log in again (hac session start)"]
    {
        assert!(names_the_program(text), "{text}");
    }
    for text in ["a -- comment", "hac-client", "the port of hac", "i--"] {
        assert!(!names_the_program(text), "{text}");
    }
}
