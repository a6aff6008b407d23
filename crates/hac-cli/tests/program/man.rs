use std::process::Command;

use crate::bench::{bare, home, ran};

#[test]
fn every_command_has_a_manual_page() {
    let home = home();
    let ran = ran(bare(home.path()).args(["man", "man1"]), home.path(), None);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
    let directory = home.path().join("man1");
    for name in ["hac.1", "hac-flexsearch.1", "hac-session-clear-all.1", "hac-man.1"] {
        let text = std::fs::read_to_string(directory.join(name)).expect("a page");
        assert!(text.contains(".SH EXAMPLES"), "{name}: {text}");
    }
    let mut lint = Command::new("mandoc");
    lint.args(["-T", "lint", "-W", "error"]).current_dir(&directory);
    let pages = std::fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    match lint.args(pages).output() {
        Ok(output) => {
            let complaints = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{complaints}");
        }
        Err(error) => println!("skipped: mandoc cannot be started: {error}"),
    }
}

#[test]
fn the_manual_page_of_the_program_goes_to_standard_output() {
    let home = home();
    let text = ran(bare(home.path()).args(["man"]), home.path(), None).stdout;
    assert!(text.contains(".TH hac 1") && text.contains("EXIT STATUS") && text.contains("HAC_CACHE_DIR"), "{text}");
}

#[test]
fn the_name_of_a_command_is_not_taken_for_a_directory() {
    let home = home();
    let man = |directory: &str| ran(bare(home.path()).args(["man", directory]), home.path(), None);
    let refused = man("flexsearch");
    assert_eq!((refused.code, home.path().join("flexsearch").exists()), (Some(2), false), "{refused}");
    assert!(
        refused.stderr.contains("hint: `hac help flexsearch`") && refused.stderr.contains("hac man ./flexsearch"),
        "{refused}"
    );
    assert_eq!(man("./flexsearch").code, Some(0));
    // It is there now.
    assert_eq!(man("flexsearch").code, Some(0));
}
