//! Reports for pipelines.

use std::fs;

use hac_simulator::{Fault, On};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::bench::Bench;
use crate::snapshot;

const GOOD: &str = "INSERT_UPDATE Language;isocode[unique=true]\n;fr\n";
const BAD: &str =
    "INSERT_UPDATE Language;isocode[unique=true];active\n;es;true\n;pt;maybe\n;it;\"<a> & ]]> \u{1} no\"\n";

fn read(bench: &Bench, name: &str) -> String {
    let text = fs::read_to_string(bench.home.path().join(name)).expect("it was written");
    text.split('"').map(|part| if is_seconds(part) { "SECONDS" } else { part }).collect::<Vec<_>>().join("\"")
}

fn is_seconds(text: &str) -> bool {
    text.parse::<f64>().is_ok() && text.contains('.')
}

/// How often each element begins; fails where the document is not well-formed.
fn elements(document: &str, name: &str) -> usize {
    let (mut reader, mut count) = (Reader::from_str(document), 0);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(element) | Event::Empty(element) => {
                count += usize::from(element.name().as_ref() == name);
            }
            Event::Eof => return count,
            _ => {}
        }
    }
}

#[test]
fn lines_that_fail_are_written_as_junit_code_quality_and_annotations() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    bench.file("bad.impex", BAD);
    bench.file("last.impex", GOOD);
    let ran = bench.run(&[
        "impex",
        "import",
        "good.impex",
        "./bad.impex",
        "last.impex",
        "--junit",
        "out.xml",
        "--code-quality",
        "out.json",
        "--annotations",
        "github",
    ]);
    assert_eq!(ran.code, Some(1), "{ran}");
    let junit = read(&bench, "out.xml");
    for (element, count) in [("testcase", 3), ("failure", 1), ("skipped", 1), ("error", 0)] {
        assert_eq!(elements(&junit, element), count, "{element}: {junit}");
    }
    snapshot!(format!("{}\n--- JUnit\n{junit}\n--- code quality\n{}", ran.stderr, read(&bench, "out.json")));
}

#[test]
fn a_script_that_throws_is_written_with_its_line() {
    let bench = Bench::new();
    bench.file("fix.js", "var ok = 1;\nthrow new Error('a,b:c%\\n::stop-commands::x');\n");
    let script = ["script", "-t", "javascript", "-f", "fix.js"];
    let ran = bench.run(&[&script[..], &["--junit", "out.xml", "--annotations", "github"]].concat());
    assert_eq!(ran.code, Some(1), "{ran}");
    let annotations: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(annotations.len(), 1, "{ran}");
    assert!(annotations[0].starts_with("::error file=fix.js,line=2,title=script_failed::the script failed: "), "{ran}");
    assert!(read(&bench, "out.xml").contains("fix.js:2: the script failed"), "{}", read(&bench, "out.xml"));
}

#[test]
fn a_file_of_unknown_outcome_is_an_error_in_junit_and_the_next_is_skipped() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("one.impex", GOOD);
    bench.file("two.impex", GOOD);
    bench.simulator.faults().once(On::path("/import"), Fault::CloseAfter);
    let ran = bench.run(&["impex", "import", "one.impex", "two.impex", "--junit", "out.xml"]);
    assert_eq!(ran.code, Some(5), "{ran}");
    let junit = read(&bench, "out.xml");
    for (element, count) in [("testcase", 2), ("failure", 0), ("skipped", 1), ("error", 1)] {
        assert_eq!(elements(&junit, element), count, "{element}: {junit}");
    }
    assert!(junit.contains("type=\"outcome_unknown\""), "{junit}");
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    let ran = bench.run(&["impex", "import", "good.impex", "--junit", "nowhere/out.xml"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert_eq!(bench.simulator.ledger().len(), 0, "{ran}");
}
