use std::fmt::Write as _;
use std::time::Duration;

use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::snapshot;

const IMPORT: &str = "/console/impex/import";
const GOOD: &str = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n";
const CATEGORIES: &str = "INSERT_UPDATE Category;code[unique=true];name[lang=en]";

/// A script with every kind of failed line.
const BAD: &str = "# a comment\n$cv=catalogVersion(catalog(id),version)[unique=true]\n\n\
    INSERT_UPDATE Product;code[unique=true];$cv;name[lang=en]\n\
    ;new1;electronicsProductCatalog:Staged;\"one\nand more\"\n\
    ;new2;none:Staged;\"two\nlines\"\n\
    INSERT Language;isocode[unique=true];active\n;yy;maybe\n;zz;true\n;zz;true\n\
    INSERT Foo;code\n;a\n";

impl Bench {
    /// With the name of a file relative to the home, as a person types it.
    fn impex(&self, arguments: &[&str]) -> crate::bench::Ran {
        self.run(&[&["impex"], arguments].concat())
    }
}

#[test]
fn an_import_says_what_hac_says() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    snapshot!(bench.impex(&["import", "good.impex"]));
}

#[test]
fn lines_that_failed_are_told_with_file_and_line() {
    let bench = Bench::new();
    bench.file("bad.impex", BAD);
    snapshot!(bench.impex(&["import", "bad.impex"]));
}

#[test]
fn a_cell_of_a_megabyte_in_very_many_lines_is_imported_and_what_fails_behind_it_has_its_line() {
    let bench = Bench::new();
    let cell = "x\"\"y\n".repeat(200_000);
    let header = "INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true];description";
    let rows = [
        format!(";big;electronicsProductCatalog:Staged;\"{cell}\""),
        format!(";bad;no:where;\"{cell}\""),
        ";c;no:where;z".to_owned(),
    ];
    bench.file("big.impex", format!("{header}\n{}\n", rows.join("\n")));
    let ran = bench.impex(&["import", "big.impex", "--json"]).json();
    let lines: Vec<_> =
        ran["failures"].as_array().expect("failures").iter().map(|told| told["line"].as_u64()).collect();
    assert_eq!(lines, [Some(200_003), Some(400_004)]);
    let found = bench.run(&["flexsearch", "SELECT {code} FROM {Product} WHERE {code} IN ('big', 'bad')"]);
    assert_eq!(found.stdout, "p_code\nbig\n");
}

#[test]
fn lines_that_failed_are_told_as_json() {
    let bench = Bench::new();
    bench.file("bad.impex", BAD);
    snapshot!(bench.impex(&["import", "bad.impex", "--json"]));
}

#[test]
fn several_files_end_at_the_first_that_fails_and_all_are_accounted_for() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    bench.file("bad.impex", "INSERT Foo;code\n");
    bench.file("last.impex", GOOD);
    let mut all = String::new();
    for flags in [&[][..], &["--keep-going"], &["--json"], &["--json", "--keep-going"]] {
        let arguments = [&["import", "good.impex", "bad.impex", "last.impex"], flags].concat();
        writeln!(all, "$ hac impex {}\n{}", arguments.join(" "), bench.impex(&arguments)).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn of_several_files_the_one_whose_answer_is_lost_is_named_and_so_are_the_others() {
    let mut all = String::new();
    for flags in [&[][..], &["--json"]] {
        let bench = Bench::new();
        bench.run(&["session", "start"]);
        for name in ["a.impex", "b.impex", "c.impex"] {
            bench.file(name, GOOD);
        }
        bench.simulator.ledger().clear();
        bench.simulator.faults().once(On::post(IMPORT).skip(1), Fault::ResetAfter);
        let ran = bench.impex(&[&["import", "a.impex", "b.impex", "c.impex"], flags].concat());
        assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(5), 2), "{ran}");
        writeln!(all, "{ran}").expect("a string");
    }
    snapshot!(all);
}

#[test]
fn of_several_files_the_name_stands_in_front_of_what_could_not_be_done() {
    let bench = Bench::new();
    bench.file("ok.impex", GOOD);
    bench.file("more.impex", GOOD);
    for task in ["import", "validate"] {
        let mut hac = bench.hac();
        let files = ["impex", task, "ok.impex", "more.impex"];
        let unreachable = bench.impex(&[&files[1..], &["--url", "http://127.0.0.1:1"]].concat());
        assert_eq!(unreachable.code, Some(3), "{unreachable}");
        let told = format!("error: cannot {task} ok.impex: cannot connect to http://127.0.0.1:1: ");
        assert!(unreachable.stderr.contains(&told), "{unreachable}");
        let unknown = bench.ran(hac.env("HAC_PASSWORD", "wrong").args(files));
        assert_eq!(unknown.code, Some(4), "{unknown}");
        assert!(unknown.stderr.contains(&format!("error: cannot {task} ok.impex: cannot log in")), "{unknown}");
    }
}

#[test]
fn an_import_that_outlives_the_limit_is_of_unknown_outcome() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("good.impex", GOOD);
    bench.simulator.faults().once(On::post(IMPORT), Fault::Delay(Duration::from_secs(3600)));
    snapshot!(bench.impex(&["import", "good.impex", "--timeout", "0.1"]));
}

#[test]
fn the_switches_are_the_checkboxes_of_the_page() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    let boxes = ["legacyMode", "enableCodeExecution", "distributedMode", "sldEnabled"];
    for (flags, on) in [
        (&[][..], [false; 4]),
        (&["--legacy"], [true, false, false, false]),
        (&["--code-execution", "--distributed"], [false, true, true, false]),
        (&["--sld"], [false, false, false, true]),
    ] {
        for command in [&["-f", "good.impex"][..], &["import", "good.impex"], &["validate", "-f", "good.impex"]] {
            bench.simulator.ledger().clear();
            assert_eq!(bench.impex(&[command, flags].concat()).code, Some(0));
            let entries = bench.simulator.ledger().entries();
            let sent = entries.iter().find(|entry| entry.path.contains(IMPORT)).expect("it was sent");
            for (name, on) in boxes.iter().zip(on) {
                assert_eq!(sent.field(name), Some(if on { "true" } else { "false" }), "{flags:?} {name}");
            }
        }
    }
}

#[test]
fn the_four_spellings_of_hac_client_cli_choose_the_validation() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    for (spelling, sent) in [
        ("import_strict", "IMPORT_STRICT"),
        ("import_relaxed", "IMPORT_RELAXED"),
        ("strict", "IMPORT_STRICT"),
        ("relaxed", "IMPORT_RELAXED"),
        ("IMPORT_RELAXED", "IMPORT_RELAXED"),
    ] {
        bench.simulator.ledger().clear();
        let ran = bench.impex(&["-f", "good.impex", "--validation", spelling, "--threads", "8"]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let entries = bench.simulator.ledger().entries();
        let fields: Vec<_> = entries
            .iter()
            .filter_map(|entry| Some((entry.field("validationEnum")?, entry.field("maxThreads")?)))
            .collect();
        assert_eq!(fields, [(sent, "8")]);
    }
}

#[test]
fn a_script_comes_from_standard_input() {
    let bench = Bench::new();
    let ran = bench.ran(bench.hac().args(["impex", "import", "-"]).write_stdin(GOOD));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Import finished successfully\n"), "{ran}");
    let ran = bench.ran(bench.hac().args(["impex", "-f", "-"]).write_stdin("INSERT Foo;a\n"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("standard input:1: unknown type 'Foo'"), "{ran}");
}

#[test]
fn what_is_too_large_for_a_form_and_archives_go_by_upload() {
    let bench = Bench::new();
    let mut large = String::from("INSERT User;uid[unique=true];description\n");
    for row in 0..100 {
        writeln!(large, "Employee;u{row};{}", "x".repeat(20_000)).expect("a string");
    }
    large.push_str("Nobody;u;x\n");
    bench.file("large.impex", &large);
    let ran = bench.impex(&["import", "large.impex"]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("large.impex:102: 'Nobody' is no type below User"), "{}", &ran.stderr[..400]);
    // An export is an archive with a script in it.
    let ran = bench.impex(&["export", CATEGORIES, "-o", "x.zip"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let ran = bench.impex(&["import", "x.zip"]);
    // The simulator does not run the code that reads the data beside the script, and says so.
    assert!(ran.stderr.contains("code execution is not enabled"), "{ran}");
    assert_eq!(bench.simulator.ledger().count("/console/impex/import/upload"), 2);
}

#[test]
fn a_validation_imports_nothing_and_names_the_line() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    bench.file("bad.impex", "# x\nINSERT Foo;code\n");
    snapshot!(bench.impex(&["validate", "good.impex", "bad.impex"]));
    let found = bench.run(&["flexsearch", "SELECT count(*) FROM {Language} WHERE {isocode} = 'xx'"]);
    assert!(found.stdout.contains("\n0\n"), "{found}");
}

#[test]
fn what_cannot_be_read_is_a_usage_error_and_nothing_is_sent() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    bench.file("latin1.impex", b"INSERT Language;isocode\n;\xe4\n");
    bench.file("empty.impex", " \n");
    bench.file("there.zip", "mine");
    std::fs::create_dir(bench.home.path().join("folder")).expect("a directory");
    let mut all = String::new();
    for arguments in [
        &["import", "good.impex", "missing.impex"][..],
        &["import", "folder"],
        &["import", "good.impex", "latin1.impex"],
        &["import", "empty.impex"],
        &["import", "good.impex", "--encoding", "klingon"],
        &["import", "-", "-"],
        &["import", "-", "--password-stdin"],
        &["import"],
        &["import", "good.impex", "--validation", "lax"],
        &["import", "good.impex", "--threads", "0"],
        &["export", CATEGORIES],
        &["export", CATEGORIES, "-o", "there.zip"],
        &["export", CATEGORIES, "-o", "folder"],
        &["export", CATEGORIES, "-o", "none/x.zip"],
        &["export", "", "-o", "x.zip"],
        &["export", CATEGORIES, "-o", "x.zip", "--mode", "all"],
    ] {
        let ran = bench.impex(arguments);
        writeln!(all, "$ hac impex {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    snapshot!(all);
}

#[test]
fn a_user_without_the_right_exits_4() {
    let bench =
        Bench::with(hac_simulator::Simulator::builder().user("reader", "secret", &["ROLE_HAC_CONSOLE_FLEXIBLESEARCH"]));
    bench.file("good.impex", GOOD);
    let mut hac = bench.hac();
    hac.env("HAC_USERNAME", "reader").env("HAC_PASSWORD", "secret").args(["impex", "import", "good.impex"]);
    snapshot!(bench.ran(&mut hac));
    assert_eq!(bench.simulator.ledger().executed(), 0);
}

#[test]
fn an_export_says_what_it_wrote() {
    let bench = Bench::new();
    bench.file("categories.impex", format!("{CATEGORIES}\n\"#% impex.exportItems( \"\"Category\"\" , false );\"\n"));
    let mut all = String::new();
    for arguments in [
        &["export", "-f", "categories.impex", "-o", "x.zip", "-v"][..],
        &["export", "categories.impex", "-o", "y.zip", "--mode", "export-only", "-q"],
        &["export", CATEGORIES, "-o", "x.zip", "--force", "--json"],
        &["export", "INSERT Foo;code", "-o", "z.zip"],
        &["export", "INSERT Foo;code", "-o", "z.zip", "--json"],
    ] {
        let ran = bench.impex(arguments);
        writeln!(all, "$ hac impex {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
    for (name, there) in [("x.zip", true), ("y.zip", true), ("z.zip", false)] {
        assert_eq!(bench.home.path().join(name).exists(), there, "{name}");
    }
}

#[test]
fn an_import_whose_code_was_not_run_names_the_flag() {
    let bench = Bench::new();
    let file = bench.file("code.impex", "#% impex.info(\"x\");\n");
    let ran = bench.run(&["impex", "import", &file]);
    assert_eq!(ran.code, Some(1), "{ran}");
    assert!(ran.stderr.contains("lines that begin with #% run only with --code-execution"), "{ran}");
}

#[test]
fn a_distributed_import_is_told_with_its_cron_job_and_what_hac_ignores() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    snapshot!(bench.impex(&["import", "good.impex", "--distributed", "--legacy", "--threads", "4"]));
    bench.file("bad.impex", "INSERT Language;isocode[unique=true]\n;xx\n;en\n");
    let failed = bench.impex(&["import", "bad.impex", "--distributed"]);
    assert_eq!(failed.code, Some(1), "{failed}");
    assert!(failed.stderr.contains("bad.impex:3:"), "{failed}");
    let ignored = bench.impex(&["import", "good.impex", "--sld"]);
    assert!(ignored.stderr.contains("HAC ignores --sld without --distributed"), "{ignored}");
}

#[test]
fn a_distributed_import_that_goes_on_is_of_unknown_outcome_and_says_how_to_look() {
    let bench = Bench::new();
    bench.file("good.impex", GOOD);
    bench.simulator.hold_import_jobs(true);
    snapshot!(bench.impex(&["import", "good.impex", "--distributed", "--wait", "0"]));
}

#[test]
fn directories_patterns_and_compressed_files_are_imported_in_the_order_of_their_names() {
    use std::io::Write as _;

    let bench = Bench::new();
    let data = bench.home.path().join("data");
    std::fs::create_dir(&data).expect("created");
    let language = |code: &str| format!("INSERT_UPDATE Language;isocode[unique=true]\n;{code}\n");
    std::fs::write(data.join("10-last.impex"), language("c")).expect("written");
    std::fs::write(data.join("2-first.impex"), language("a")).expect("written");
    std::fs::write(data.join("notes.txt"), "no ImpEx").expect("written");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(language("b").as_bytes()).expect("packed");
    std::fs::write(data.join("3-second.impex.gz"), packed.finish().expect("packed")).expect("written");
    let sent = |bench: &Bench| {
        let entries = bench.simulator.ledger().entries();
        let scripts =
            entries.iter().filter(|entry| entry.path.contains(IMPORT)).filter_map(|entry| entry.field("scriptContent"));
        scripts.map(|script| script.trim_end().rsplit(';').next().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    // The separator is that of the system.
    snapshot!(bench.impex(&["import", "data"]).to_string().replace('\\', "/"));
    assert_eq!(sent(&bench), ["a", "b", "c"]);
    bench.simulator.ledger().clear();
    let validated = bench.impex(&["import", "data/10-last.impex", "data/*.impex"]);
    assert_eq!(validated.code, Some(0), "{validated}");
    assert_eq!(sent(&bench), ["c", "a"]);
    bench.simulator.ledger().clear();
    let nothing = bench.impex(&["validate", "data/*.csv"]);
    assert_eq!(nothing.code, Some(2), "{nothing}");
    assert!(nothing.stderr.contains("data/*.csv: no file matches it"), "{nothing}");
    assert_eq!(sent(&bench), [""; 0]);
}
