//! Terminals of 60 to 120 columns: what is printed fits, and what is to be copied is whole.

use crate::bench::Bench;
use crate::terminal::Terminal;

/// What is seen, without colours.
fn seen(bench: &Bench, columns: u16, arguments: &[&str]) -> String {
    let terminal = Terminal::start_with(bench, columns, &[("NO_COLOR", "1")], Some("nimda"), arguments);
    terminal.finish_without_waiting().0
}

fn widest(seen: &str) -> usize {
    seen.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

#[test]
fn the_audit_log_is_a_table_of_the_columns_that_fit() {
    let bench = Bench::new();
    let script = "return 'a script whose first line is longer than what any narrow terminal has room for'";
    bench.run(&["script", "--type", "javascript", script]);
    bench.run(&["property", "set", "a.b", "1"]);
    for columns in [60, 80, 100, 120] {
        let seen = seen(&bench, columns, &["audit"]);
        for column in ["environment", "operation", "outcome", "id"] {
            assert!(seen.contains(column), "{columns}, {column}: {seen}");
        }
        assert!(widest(&seen) <= usize::from(columns), "{seen}");
        // Where they have no room as a table, each entry is shown as a whole.
        let is_table = columns > 60;
        assert_eq!(seen.contains('│'), is_table, "{columns}: {seen}");
        assert_eq!(seen.contains("not all columns fit: --format vertical shows all"), is_table, "{seen}");
    }
    let wide = seen(&bench, 300, &["audit"]);
    assert!(wide.contains(script) && !wide.contains("not all columns fit"), "{wide}");
    let all = seen(&bench, 60, &["audit", "--format", "vertical"]);
    assert!(all.contains("hac_user") && !all.contains('…'), "{all}");
}

#[test]
fn a_time_in_a_list_of_sessions_is_not_broken() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for columns in [60, 80, 100] {
        let seen = seen(&bench, columns, &["session", "list"]);
        assert_eq!(seen.contains('│'), columns > 60, "{seen}");
        assert!(widest(&seen) <= usize::from(columns), "{seen}");
        assert!(seen.lines().any(|line| line.contains("alive at 20") && line.contains(':')), "{seen}");
    }
}

#[test]
fn the_parameters_of_an_extension_have_a_line_each() {
    let bench = Bench::new();
    let seen = seen(&bench, 60, &["update", "data"]);
    assert!(seen.contains('│') && widest(&seen) <= 60, "{seen}");
    assert!(seen.lines().any(|line| line.contains("┆ importSampleData=no ")), "{seen}");
    let piped = bench.run(&["update", "data"]).stdout;
    // Scripts for hac-client-cli know lines without names.
    assert!(piped.starts_with("core\n") && piped.contains("\timportCoreData=yes,importSampleData=no"), "{piped}");
}

#[test]
fn the_mark_of_a_mistake_stands_below_it() {
    let bench = Bench::new();
    let cells = ";a cell of some length".repeat(8);
    let file =
        bench.file("a.impex", format!("INSERT Title;code{}\n{cells};$nowhere{cells};more\n", ";name".repeat(16)));
    for columns in [60, 80, 100] {
        let seen = seen(&bench, columns, &["impex", "lint", &file]);
        assert!(widest(&seen) <= usize::from(columns), "{columns}: {seen}");
        let lines: Vec<Vec<char>> = seen.lines().map(|line| line.chars().collect()).collect();
        let marked: Vec<String> = lines
            .windows(2)
            .filter(|pair| pair[1].contains(&'^'))
            .map(|pair| {
                let marks = pair[1].iter().enumerate().filter(|(_, mark)| **mark == '^');
                marks.filter_map(|(at, _)| pair[0].get(at)).collect()
            })
            .collect();
        assert!(marked.contains(&"$nowhere".to_owned()), "{columns}: {marked:?} {seen}");
    }
}

#[test]
fn a_step_of_the_doctor_breaks_no_path() {
    let bench = Bench::new();
    let seen = seen(&bench, 60, &["doctor"]);
    let path = bench.home.path().join(".config/hac-client/config.toml").display().to_string();
    let file: Vec<&str> = seen.lines().filter(|line| line.contains(&path)).collect();
    assert!(matches!(file[..], [line] if line.chars().count() <= 60), "{seen}");
    // All further lines begin behind the status.
    let behind: Vec<&str> = seen.lines().filter(|line| line.starts_with(' ')).collect();
    let (begin, hint) = (" ".repeat(9), " ".repeat(12));
    let is_below =
        |line: &&str| line.strip_prefix(&begin).is_some_and(|rest| !rest.starts_with(' ')) || line.starts_with(&hint);
    let is_long = |line: &&str| line.trim().chars().count() > 51;
    assert!(!behind.is_empty() && behind.iter().all(|line| is_below(line) || is_long(line)), "{seen}");
}
