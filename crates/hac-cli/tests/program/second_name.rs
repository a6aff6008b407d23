//! The program under another name, since other tools are called hac too.

use std::path::Path;
use std::process::Command;

use crate::bench::{HAC, Ran, home, system};

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
