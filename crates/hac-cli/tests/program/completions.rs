use std::process::{Command, Stdio};

use crate::bench::{bare, home, ran};

#[test]
fn every_shell_gets_completions_of_every_command() {
    let home = home();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = ran(bare(home.path()).args(["completions", shell]), home.path(), None);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
        for word in ["flexsearch", "groovy", "clear-all", "--param", "password-stdin"] {
            let word = if shell == "fish" { word.trim_start_matches("--") } else { word };
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
    }
    let unknown = ran(bare(home.path()).args(["completions", "tcsh"]), home.path(), None);
    assert_eq!(unknown.code, Some(2), "{unknown}");
}

#[test]
fn completions_as_json_hold_the_script() {
    let home = home();
    let json = ran(bare(home.path()).args(["completions", "fish", "--json"]), home.path(), None).json();
    assert_eq!((json["success"].as_bool(), json["shell"].as_str()), (Some(true), Some("fish")));
    assert!(json["script"].as_str().is_some_and(|script| script.contains("complete -c hac")), "{json}");
}

#[test]
fn bash_completes_a_command_and_a_flag() {
    let home = home();
    let bash = |line: &str, word: usize| {
        let ask = format!(
            "source <({} completions bash); COMP_WORDS=({line}); COMP_CWORD={word}; _hac hac \"${{COMP_WORDS[{word}]}}\" \
             \"${{COMP_WORDS[{word}-1]}}\"; echo \"${{COMPREPLY[@]}}\"",
            crate::bench::HAC
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
