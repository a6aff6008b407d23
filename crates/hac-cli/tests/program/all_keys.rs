//! The key by which `flexsearch --all` reads.

use hac_simulator::{Fault, On};

use crate::all_rows::{EXECUTE, bench};

#[test]
fn a_key_that_is_no_key_is_told_with_the_one_request_that_reads_the_rows() {
    let bench = bench();
    let row = |cells: &str| {
        format!(r#"{{"headers":["C1","C2"],"resultList":[{cells}],"resultCount":null,"exception":null}}"#)
    };
    for (rows, why) in [
        (r#"["a","1"],[null,"2"]"#, "the key of a row is null"),
        (r#"["a","1"],["a","2"]"#, "the key \"a\" came twice, so it is not unique"),
    ] {
        bench.simulator.faults().clear();
        bench.simulator.faults().once(On::post(EXECUTE).skip(1), Fault::Body(row(rows)));
        let ran = bench.run(&["flexsearch", "--all", "-q", "--key", "name", "SELECT {name}, {code} FROM {Product}"]);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains(why), "{ran}");
        assert!(ran.stderr.contains("the server has to hold in memory: -m 0 in place of --all and --key"), "{ran}");
    }
    bench.simulator.faults().clear();
    let twice = bench.run(&["flexsearch", "--all", "-q", "SELECT {pk}, {pk} FROM {Product}"]);
    assert_eq!((twice.code, twice.stdout.lines().count()), (Some(0), 301), "{twice}");
}

#[test]
fn a_text_as_the_key_is_warned_of_unless_that_is_asked_for() {
    let bench = bench();
    let query = "SELECT {code}, {pk} FROM {Product}";
    let loud = ["flexsearch", "--all", "--key", "code", "--page-rows", "40", query, "--csv"];
    let ran = bench.run(&loud);
    let warned = ran.stderr.matches("warning: the key \"{code}\" is compared as text").count();
    assert_eq!((ran.code, warned, ran.stdout.lines().count()), (Some(0), 1, 301), "{ran}");
    let file = bench.run(&[&loud[..7], &["-o", "rows.csv"]].concat());
    assert_eq!(file.stderr.matches("is compared as text").count(), 1, "{file}");
    let quiet = bench.run(&[&loud[..], &["-q"]].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""), "{quiet}");
}
