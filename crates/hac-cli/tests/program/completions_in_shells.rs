//! The scripts in the shells that this machine has.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::{HAC, home};
use crate::home::Home;

/// A home with a configuration, and the program on its PATH.
struct Place {
    home: Home,
    path: String,
}

impl Place {
    fn new() -> Self {
        let home = home();
        let bin = home.path().join("bin");
        std::fs::create_dir_all(&bin).expect("made");
        std::os::unix::fs::symlink(HAC, bin.join("hac")).expect("linked");
        let directory = home.path().join(".config/hac-client");
        std::fs::create_dir_all(&directory).expect("made");
        let text = "[environments.shop.endpoints.hac]\nurl = 'http://localhost:1'\n[environments.'my prod'.endpoints.hac]\n\
                    url = 'http://localhost:2'\n";
        std::fs::write(directory.join("config.toml"), text).expect("written");
        std::fs::write(home.path().join("products.impex"), "").expect("written");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        Self { home, path }
    }

    /// What a shell prints; `None`, with a line that says so, where it is not installed.
    #[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
    fn run(&self, shell: &str, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(shell);
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.home.path())
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        match command.output() {
            Ok(output) => Some(String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()),
            Err(error) => {
                println!("skipped: {shell} cannot be started: {error}");
                None
            }
        }
    }

    fn script(&self, shell: &str) -> PathBuf {
        let script = self.run(HAC, &["completions", shell]).expect("the program");
        let path = self.home.path().join(format!("_hac.{shell}"));
        std::fs::write(&path, script + "\n").expect("written");
        path
    }
}

#[test]
fn bash_completes_commands_flags_values_and_files() {
    let place = Place::new();
    let script = place.script("bash");
    let bash = |line: &str, words: &str| {
        let ask = format!(
            "source {}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             compopt() {{ echo \"option $2\"; }}; _hac hac; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        place.run("bash", &["--norc", "-c", &ask]).unwrap_or_default()
    };
    assert_eq!(bash("hac flex", "hac flex"), "flexsearch");
    assert_eq!(bash("hac groovy --par", "hac groovy --par"), "--param");
    assert_eq!(bash("hac script --type jav", "hac script --type jav"), "javascript");
    assert_eq!(bash("hac flexsearch --format=jsonl", "hac flexsearch --format = jsonl"), "jsonl");
    assert_eq!(bash("hac flexsearch -e sh", "hac flexsearch -e sh"), "shop");
    assert_eq!(bash("hac flexsearch -e m", "hac flexsearch -e m"), r"my\ prod");
    assert_eq!(bash("hac impex import ", "hac impex import ''"), "option default");
}

#[test]
fn an_interactive_bash_completes_what_is_typed() {
    let place = Place::new();
    let script = place.script("bash");
    std::fs::write(place.home.path().join("rc"), format!("source {}\n", script.display())).expect("written");
    // Readline completes what it reads, also from a pipe. Ctrl-A, and the line is printed instead of executed.
    let typed = "set -o emacs\nhac flexse\t -e s\t --format=jsonl\t\x01echo got \n";
    let mut child = Command::new("bash")
        .args(["--noprofile", "--rcfile", "rc", "-i"])
        .current_dir(place.home.path())
        .env_clear()
        .env("PATH", &place.path)
        .env("HOME", place.home.path())
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash");
    child.stdin.take().expect("piped").write_all(typed.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("got hac flexsearch -e shop --format=jsonl"), "{text}");
}

#[test]
fn zsh_completes_commands_and_values() {
    let place = Place::new();
    let script = place.script("zsh");
    // The functions of zsh's completion system that the script ends in print what they are given.
    let zsh = |words: &str, prefix: &str| {
        let ask = format!(
            "compdef() {{ :; }}; _files() {{ echo files; }}; _describe() {{ print -l -- \"${{(@P)4}}\"; }}; source {}; \
             words=({words}); CURRENT=$#words; PREFIX='{prefix}'; _hac",
            script.display()
        );
        place.run("zsh", &["-f", "-c", &ask])
    };
    let Some(first) = zsh("hac flex", "flex") else { return };
    assert_eq!(first, "flexsearch:Run a FlexibleSearch query, or raw SQL");
    assert_eq!(zsh("hac flexsearch -e ''", "").as_deref(), Some("my prod:http://localhost:2\nshop:http://localhost:1"));
    assert_eq!(zsh("hac logger set root D", "D").as_deref(), Some("DEBUG"));
    assert_eq!(zsh("hac impex import ''", "").as_deref(), Some("files"));
}

#[test]
fn fish_completes_commands_values_and_files() {
    let place = Place::new();
    let script = place.script("fish");
    let fish = |line: &str| {
        let ask = format!("source {}; complete -C '{line}'", script.display());
        place.run("fish", &["--no-config", "-c", &ask])
    };
    let Some(first) = fish("hac flex") else { return };
    assert_eq!(first, "flexsearch\tRun a FlexibleSearch query, or raw SQL");
    assert_eq!(fish("hac flexsearch -e s").as_deref(), Some("shop\thttp://localhost:1"));
    assert_eq!(fish("hac flexsearch --format=jsonl").as_deref(), Some("--format=jsonl\tOne object per row"));
    assert!(fish("hac impex import prod").is_some_and(|offered| offered.starts_with("products.impex")));
}

#[test]
fn elvish_completes_commands_values_and_files() {
    let place = Place::new();
    let script = std::fs::read_to_string(place.script("elvish")).expect("readable");
    // The module of elvish's line editor is there only where somebody types.
    let editor = "var completion: = (ns [&arg-completer=[&]])\n\
                  var edit: = (ns [&completion:=$completion: &complete-filename~={|@words| put files} \
                  &complex-candidate~={|word &display=''| put $display}])\n";
    let elvish = |words: &str| {
        let ask =
            format!("{editor}{script}\n$edit:completion:arg-completer[hac] {words} | each {{|offered| echo $offered}}");
        place.run("elvish", &["-norc", "-c", &ask])
    };
    let Some(first) = elvish("hac flex") else { return };
    assert_eq!(first, "flexsearch  Run a FlexibleSearch query, or raw SQL");
    assert_eq!(elvish("hac flexsearch -e s").as_deref(), Some("shop  http://localhost:1"));
    assert_eq!(elvish("hac logger set root D").as_deref(), Some("DEBUG"));
    assert_eq!(elvish("hac impex import ''").as_deref(), Some("files"));
}
