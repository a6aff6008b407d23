//! What an export prints, in each of its forms.

use std::fmt::Write as _;

use hac_simulator::Simulator;

use crate::bench::Bench;
use crate::snapshot;

fn bench() -> Bench {
    let bench = Bench::with(Simulator::builder().products(5));
    bench.run(&["session", "start"]);
    bench
}

/// What these commands print, one after the other.
fn told(bench: &Bench, commands: &[&[&str]]) -> String {
    let mut told = String::new();
    for arguments in commands {
        let ran = bench.ran(bench.hac().env("HAC_MASK_KEY", "a key for the tests").arg("flexsearch").args(*arguments));
        writeln!(told, "$ {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    told
}

#[test]
fn all_rows_and_pages_of_any_size_are_printed_alike() {
    let query = "SELECT {pk}, {code}, {name[en]} FROM {Product}";
    let columns = "code,name";
    snapshot!(told(
        &bench(),
        &[
            &["--all", query, "--columns", columns],
            &["--all", "--page-rows", "2", query, "--columns", columns, "--csv"],
            &["--all", "--key", "code", "SELECT {code}, {name[en]} FROM {Product}", "--format", "jsonl"],
        ]
    ));
}

#[test]
fn files_of_every_kind_are_told_with_their_rows() {
    let query = "SELECT {pk}, {code}, {name[en]} FROM {Product}";
    let bench = bench();
    let mut all = told(&bench, &[&["--all", query, "-o", "rows.xlsx"], &["--all", query, "-o", "rows.csv.zst"]]);
    all += &told(&bench, &[&["--all", query, "-o", "rows.json", "--page-rows", "2"]]);
    let two = ["-m", "2", query, "-o", "two.md"];
    all += &told(&bench, &[&two, &two]);
    snapshot!(all);
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_is_told_with_its_rows() {
    let query = "SELECT {pk}, {code}, {name[en]} FROM {Product}";
    snapshot!(told(&bench(), &[&["--all", query, "-o", "rows.parquet"]]));
}

#[test]
fn formulas_are_guarded_where_a_spreadsheet_would_run_them() {
    let query = "SELECT {isocode}, '=1+1' AS sum, '-2' AS number, 'plain' AS text FROM {Language} ORDER BY {isocode}";
    snapshot!(told(
        &bench(),
        &[
            &[query, "--guard-formulas", "--csv"],
            &[query, "--guard-formulas", "--format", "tsv"],
            &[query, "--guard-formulas", "--json"],
        ]
    ));
}

#[test]
fn rows_that_may_not_be_all_are_told_in_every_form() {
    let query = "SELECT {code} FROM {Product} ORDER BY {code}";
    snapshot!(told(
        &bench(),
        &[
            &["-m", "2", query, "--fail-on-truncation"],
            &["-m", "2", query, "--fail-on-truncation", "--json"],
            &["-m", "2", query, "--fail-on-truncation", "-o", "rows.csv"],
            &["-m", "2", query, "--csv"],
        ]
    ));
}

#[test]
fn masked_columns_are_the_same_in_each_run_with_one_key() {
    let query = "SELECT {pk}, {uid}, {name} FROM {Customer}";
    let shown = ["--mask", "uid", "--mask", "name=fake", "--columns", "uid,name"];
    let (all, one) = ([&["--all", query, "--csv"][..], &shown].concat(), [&[query, "--csv"][..], &shown].concat());
    let file = [&["--all", query, "-o", "rows.csv"][..], &shown].concat();
    snapshot!(told(&bench(), &[&all, &one, &file, &["--all", query, "--mask", "pk"]]));
}
