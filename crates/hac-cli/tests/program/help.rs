use std::fmt::Write as _;

use crate::bench::{bare, home, ran};
#[cfg(unix)] // see below
use crate::commands::Commands;
use crate::snapshot;

#[test]
fn every_topic_is_data_and_wrapped() {
    let home = home();
    for (name, columns) in [("topics", "100"), ("topics_in_60_columns", "60")] {
        let mut all = String::new();
        for topic in ["environment", "sessions", "exit-codes", "protection", "output", "flags"] {
            let ran = ran(bare(home.path()).env("COLUMNS", columns).args(["help", topic]), home.path(), None);
            assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran}");
            for code in ran.stdout.split('`').skip(1).step_by(2) {
                assert!(!code.contains('\n'), "{topic}: {code:?} is broken");
            }
            assert!(!ran.stdout.contains("\n\n\n") && !ran.stdout.ends_with("\n\n"), "{ran}");
            writeln!(all, "$ hac help {topic}\n{}", ran.stdout).expect("a string");
        }
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(name, all);
        });
    }
}

#[cfg(unix)] // The text is the same on every system; starting the program some hundred times is quick on Unix only.
#[test]
fn every_command_has_a_help_that_fits_its_columns() {
    let home = home();
    let commands = Commands::of_the_program();
    let of = |name: &str, columns: usize, color: &str| {
        let mut command = bare(home.path());
        command.env("COLUMNS", columns.to_string()).env(color, "1").args(name.split(' ')).arg("-h");
        let ran = ran(&mut command, home.path(), None);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{name}: {ran}");
        ran.stdout
    };
    for (snapshot, columns) in [("commands_in_120_columns", 120), ("commands_in_60_columns", 60)] {
        let mut all = String::new();
        for name in commands.all() {
            let plain = of(name, columns, "NO_COLOR");
            if columns > 100 {
                let colored = of(name, columns, "CLICOLOR_FORCE");
                assert_ne!(plain, colored, "{name}");
                assert_eq!(plain, anstream::adapter::strip_str(&colored).to_string(), "{name}");
            }
            assert!(!plain.contains("\n\n\n") && !plain.ends_with("\n\n"), "{name}: {plain:?}");
            for code in plain.split('`').skip(1).step_by(2) {
                assert!(!code.contains('\n'), "{name}: {code:?} is broken");
            }
            let mut lines = plain.lines();
            assert!(lines.all(|line| line.chars().count() <= columns), "{name}: {plain}");
            writeln!(all, "$ hac {name} -h\n{plain}").expect("a string");
        }
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(snapshot, all);
        });
    }
}

#[test]
fn the_help_of_a_command_is_short() {
    let home = home();
    let of = |line: &[&str]| ran(bare(home.path()).args(line), home.path(), None);
    snapshot!(format!("{}\n{}\n{}", of(&["logger", "set", "-h"]), of(&["completions", "-h"]), of(&["session", "-h"])));
    assert_eq!(of(&["help", "logger", "set"]).stdout, of(&["logger", "set", "--help"]).stdout);
    assert_eq!(of(&["help"]).stdout, of(&["--help"]).stdout);
}

#[test]
fn a_help_has_colours_where_they_are_wanted() {
    let home = home();
    let mut command = bare(home.path());
    let ran =
        ran(command.env("COLUMNS", "80").env("CLICOLOR_FORCE", "1").args(["logger", "set", "-h"]), home.path(), None);
    snapshot!(ran.stdout.replace('\u{1b}', "␛"));
}

#[test]
fn an_unknown_topic_is_a_usage_error_that_names_the_nearest() {
    let home = home();
    let ran = ran(bare(home.path()).args(["help", "enviroment"]), home.path(), None);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("'environment'"), "{ran}");
}

#[test]
fn a_topic_as_json_holds_the_text() {
    let home = home();
    let json = ran(bare(home.path()).args(["help", "exit-codes", "--json"]), home.path(), None).json();
    assert_eq!((json["success"].as_bool(), json["topic"].as_str()), (Some(true), Some("exit-codes")));
    assert!(json["text"].as_str().is_some_and(|text| text.contains("query_failed")), "{json}");
}

#[test]
fn commands_without_a_server_refuse_the_flags_for_one() {
    let home = home();
    for line in
        [&["completions", "bash", "--proxy", "http://x"][..], &["man", "--no-cache"], &["help", "-e", "shop", "flags"]]
    {
        let ran = ran(bare(home.path()).args(line), home.path(), None);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
        assert!(ran.stderr.contains("talks to no server"), "{ran}");
    }
}
