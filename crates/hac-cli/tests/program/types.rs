use std::fmt::Write as _;

use crate::bench::Bench;
use crate::snapshot;

#[test]
fn types_are_listed() {
    let bench = Bench::new();
    snapshot!(bench.run(&["type", "list"]));
    assert_eq!(
        bench.run(&["type", "list", "cat", "--csv"]).stdout,
        "type\nCatalog\nCatalogVersion\nCategory\nCategoryProductRelation\n"
    );
}

#[test]
fn a_type_is_shown_with_its_attributes() {
    let bench = Bench::new();
    snapshot!(bench.run(&["type", "show", "Customer"]));
    let json = bench.run(&["type", "show", "Language", "--json"]).json();
    assert_eq!((&json["success"], &json["result_count"]), (&true.into(), &7.into()));
}

#[test]
fn a_type_that_is_not_there_exits_1_with_the_near_codes() {
    let bench = Bench::new();
    let mut all = String::new();
    for arguments in [&["Prodcut"][..], &["Nothing"], &["Prodcut", "--json"], &[""]] {
        let ran = bench.run(&[&["type", "show"], arguments].concat());
        writeln!(all, "$ hac type show {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
}
