//! Results in each format on terminals of two widths, with and without colours.

use std::fmt::Write as _;

use crate::bench::Bench;
use crate::formats::FORMATS;
use crate::snapshot;
use crate::terminal::Terminal;

const PRODUCTS: &str = "SELECT {pk}, {code}, {name[en]}, {description[en]}, {manufacturerName} FROM {Product} \
     WHERE {code} IN ('CAM-100000', 'DIS-100002', 'LEN-100001') ORDER BY {code}";

/// What is seen, with the colours as a reader of the snapshot sees them.
fn seen(bench: &Bench, columns: u16, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let (seen, code) = Terminal::start_with(bench, columns, environment, None, arguments).finish_without_waiting();
    assert_eq!(code, Some(0), "{seen}");
    seen.replace('\u{1b}', "␛")
}

#[test]
fn each_format_at_60_and_120_columns_with_and_without_colours() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut told = String::new();
    for columns in [60, 120] {
        for (name, environment) in [("colours", &[][..]), ("no colours", &[("NO_COLOR", "1")])] {
            for format in FORMATS {
                let shown = seen(&bench, columns, environment, &["flexsearch", PRODUCTS, "--format", format]);
                assert!(environment.is_empty() || !shown.contains('␛'), "{shown}");
                writeln!(told, "=== {format}, {columns} columns, {name}\n{shown}").expect("a string");
            }
        }
    }
    snapshot!(told);
}

#[test]
fn lists_share_one_table_and_turn_vertical_where_it_does_not_fit() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut told = String::new();
    for columns in [60, 120] {
        for command in
            [&["logger", "list", "root"][..], &["session", "list"], &["update", "patches"], &["type", "list", "Cat"]]
        {
            let shown = seen(&bench, columns, &[("NO_COLOR", "1")], command);
            let shown = shown.replace(&bench.simulator.url(), "http://SIMULATOR");
            writeln!(told, "=== {}, {columns} columns\n{shown}", command.join(" ")).expect("a string");
        }
    }
    snapshot!(told);
}

#[test]
fn variables_and_the_configuration_say_where_colours_are() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let table = ["logger", "list", "root"];
    let is_coloured = |environment: &[(&str, &str)]| seen(&bench, 80, environment, &table).contains('␛');
    assert!(is_coloured(&[]));
    for environment in [[("NO_COLOR", "1")], [("CLICOLOR", "0")], [("TERM", "dumb")]] {
        assert!(!is_coloured(&environment), "{environment:?}");
    }
    let mut piped = bench.hac();
    piped.args(table).args(["--format", "table"]);
    assert!(!bench.ran(&mut piped).stdout.contains('\u{1b}'));
    assert!(bench.ran(piped.env("CLICOLOR_FORCE", "1")).stdout.contains("\u{1b}[1m"));
    let path = bench.home.path().join(".config/hac-client");
    std::fs::create_dir_all(&path).expect("a directory");
    std::fs::write(path.join("config.toml"), "[output]\ncolor = 'never'\nwidth = 40\n").expect("written");
    assert!(!is_coloured(&[]));
    let narrow =
        seen(&bench, 120, &[], &["flexsearch", "SELECT {name[en]}, {description[en]} FROM {Product}", "-m", "1", "-q"]);
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
}
