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
