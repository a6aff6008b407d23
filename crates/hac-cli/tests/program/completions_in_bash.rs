use std::process::{Command, Stdio};

use crate::bench::{HAC, home};

#[test]
fn bash_completes_a_command_and_a_flag() {
    let home = home();
    let bash = |line: &str, word: usize| {
        let ask = format!(
            "source <({HAC} completions bash); COMP_WORDS=({line}); COMP_CWORD={word}; _hac hac \"${{COMP_WORDS[{word}]}}\" \
             \"${{COMP_WORDS[{word}-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &ask])
            .env("HOME", home.path())
            .stderr(Stdio::inherit())
            .output()
            .expect("bash");
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    };
    assert_eq!(bash("hac flex", 1), "flexsearch");
    assert_eq!(bash("hac groovy --par", 2), "--param");
    assert_eq!(bash("hac script --type jav", 3), "javascript");
}
