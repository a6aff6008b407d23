//! The program under another name, since other tools are called hac too.

use std::path::Path;
use std::process::Command;

use crate::bench::{HAC, Ran, home, system};
use crate::commands::Commands;

fn run(home: &Path, arguments: &[&str]) -> Ran {
    let program = home.join("hac-client");
    if !program.exists() {
        std::os::unix::fs::symlink(HAC, &program).expect("linked");
    }
    let mut command = Command::new(&program);
    command.args(arguments).env_clear().envs(system::variables(home)).current_dir(home);
    Ran::new(&command.output().expect("it runs"), home, None)
}

#[test]
fn help_hints_and_completions_have_the_name_that_the_program_was_called_by() {
    let home = home();
    let help = run(home.path(), &["logger", "set", "-h"]).stdout;
    assert!(help.contains("Usage: hac-client logger set") && help.contains("hac-client help flags"), "{help}");
    assert!(!help.contains("  hac logger"), "{help}");
    let script = run(home.path(), &["completions", "bash"]).stdout;
    assert!(script.contains("complete -F _hac_client hac-client"), "{script}");
    let refused = run(home.path(), &["flexsearch", "q", "-e", "nowhere"]);
    assert!(refused.code == Some(2) && !refused.stderr.contains("`hac "), "{refused}");
    let page = run(home.path(), &["man"]).stdout;
    assert!(page.contains(".TH hac\\-client 1") || page.contains(".TH hac-client 1"), "{page}");
    let version = run(home.path(), &["--version"]).stdout;
    assert!(version.contains("hac-client project"), "{version}");
}

/// What is left of the other name where a command is meant.
fn of_the_other_name(text: &str) -> Vec<&str> {
    let is_command = |line: &&str| {
        ["`hac ", "`hac`", ": hac ", "  hac ", "$ hac ", "| hac "].iter().any(|sign| line.contains(sign))
            || line.starts_with("hac ")
            // Broken behind the name.
            || line.ends_with("`hac")
    };
    text.lines().filter(is_command).collect()
}

#[test]
fn every_topic_every_help_and_the_example_have_the_name_that_the_program_was_called_by() {
    let home = home();
    let mut lines: Vec<Vec<String>> = ["environment", "sessions", "exit-codes", "protection", "output", "flags"]
        .map(|topic| vec!["help".to_owned(), topic.to_owned()])
        .into();
    lines.extend([vec!["-h".to_owned()], vec!["--help".to_owned()]]);
    lines.extend([vec!["config".to_owned(), "-x".to_owned()], vec!["man".to_owned()]]);
    for command in Commands::of_the_program().all() {
        lines.push(command.split(' ').chain(["--help"]).map(str::to_owned).collect());
    }
    for line in lines {
        let arguments: Vec<&str> = line.iter().map(String::as_str).collect();
        let shown = run(home.path(), &arguments);
        assert_eq!(shown.code, Some(0), "{shown}");
        assert_eq!(of_the_other_name(&shown.stdout), [""; 0], "{arguments:?}");
    }
}

#[test]
fn a_hint_has_the_name_also_where_the_command_is_not_in_quotes() {
    let home = home();
    for arguments in [&["about", "-e", "nowhere"][..], &["wait", "--until", "down"], &["env", "show", "x"]] {
        let refused = run(home.path(), arguments);
        assert!(refused.code == Some(2) && refused.stderr.contains("hac-client "), "{refused}");
        assert_eq!(of_the_other_name(&refused.stderr.replace("hint: hac ", "hac ")), [""; 0], "{refused}");
    }
}
