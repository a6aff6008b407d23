//! `hac impex import` in chunks.

use std::fmt::Write as _;
use std::process::Stdio;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran, isolated};
use crate::snapshot;

const IMPORT: &str = "/console/impex/import";

/// Rows that the server refuses to import a second time.
fn users(rows: usize) -> String {
    let mut script = String::from("INSERT Customer;uid;description\n");
    for row in 0..rows {
        writeln!(script, ";bulk{row};x").expect("a string");
    }
    script
}

impl Bench {
    fn import(&self, flags: &[&str]) -> Ran {
        self.run(&[&["impex", "import", "users.impex"], flags].concat())
    }

    /// The number of users with such a name.
    fn users(&self, like: &str) -> String {
        let query = format!("SELECT count(*) FROM {{User}} WHERE {{uid}} LIKE '{like}'");
        let ran = self.run(&["flexsearch", "--no-headers", "--format", "csv", &query]);
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stdout.trim().to_owned()
    }
}

#[test]
fn a_large_file_is_imported_in_chunks_and_its_rows_are_counted() {
    let bench = Bench::new();
    // Over 1 MiB, in more chunks than one.
    let mut script = users(600);
    for row in 0..60 {
        writeln!(script, ";large{row};{}", "x".repeat(20_000)).expect("a string");
    }
    bench.file("users.impex", script);
    let ran = bench.import(&[]);
    assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(0), 2), "{ran}");
    assert_eq!((bench.users("bulk%"), bench.users("large%")), ("600".to_owned(), "60".to_owned()));
    snapshot!(ran);
}

#[test]
fn failures_stop_an_import_that_goes_on_behind_them_when_it_is_resumed() {
    let bench = Bench::new();
    bench.file("users.impex", users(30).replace(";bulk3;", ";;").replace(";bulk25;", ";;"));
    let mut all = String::new();
    for flags in [
        &["--chunk-lines", "10", "--report", "report"][..],
        &["--chunk-lines", "10"],
        &["--chunk-lines", "10", "--resume", "--json"],
        &["--chunk-lines", "10", "--resume"],
    ] {
        writeln!(all, "$ hac impex import users.impex {}\n{}", flags.join(" "), bench.import(flags)).expect("a string");
    }
    snapshot!(all);
    for name in ["failed", "imported", "not-processed"] {
        let path = bench.home.path().join(format!("report/{name}.impex"));
        writeln!(all, "{name}: {}", std::fs::read_to_string(path).expect("a file").lines().count()).expect("a string");
    }
    assert!(all.ends_with("failed: 3\nimported: 10\nnot-processed: 21\n"), "{all}");
}

#[test]
fn what_failed_is_counted_as_it_is_listed_and_nothing_is_said_to_be_imported_that_was_not() {
    let bench = Bench::new();
    bench.file("users.impex", users(3).replace(";bulk0", ";").replace(";bulk1", ";").replace(";bulk2", ";"));
    let run = |flags: &[&str]| bench.import(&[&["--chunk-lines", "1"], flags].concat());
    let first = run(&[]).stderr;
    assert!(first.contains("0 rows imported in 1 chunk, 1 failed, 2 not processed"), "{first}");
    let refused = run(&[]).stderr;
    assert!(refused.contains("1 of 3 rows are done (0 imported, 1 failed)"), "{refused}");
    let resumed = run(&["--resume", "--continue"]).stderr;
    assert!(resumed.contains("(3 rows failed)"), "{resumed}");
    for line in 2..=4 {
        assert!(resumed.contains(&format!("users.impex:{line}: ")), "{resumed}");
    }
    assert!(resumed.contains("; no row was imported (") && !resumed.contains("all others"), "{resumed}");
}

#[test]
fn a_lost_answer_is_told_as_unknown_and_decided_by_a_flag() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("users.impex", users(30));
    bench.simulator.faults().once(On::post(IMPORT).skip(1), Fault::ResetAfter);
    let mut all = String::new();
    for flags in
        [&[][..], &[], &["--resume"], &["--resume", "--json"], &["--resume", "--assume", "imported"], &["--resume"]]
    {
        let flags = [&["--chunk-lines", "10"], flags].concat();
        writeln!(all, "$ hac impex import users.impex {}\n{}", flags.join(" "), bench.import(&flags))
            .expect("a string");
    }
    assert_eq!((bench.users("bulk%").as_str(), bench.simulator.ledger().count(IMPORT)), ("30", 3), "{all}");
    snapshot!(all);
}

#[test]
fn a_small_file_whose_answer_is_lost_is_not_sent_again_unasked() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("users.impex", users(3));
    bench.file("other.impex", users(3).replace("bulk", "other"));
    bench.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    let mut all = String::new();
    for flags in
        [&[][..], &[], &["--resume"], &["--resume", "--json"], &["--resume", "--assume", "imported"], &["--resume"]]
    {
        let ran = bench.import(flags);
        writeln!(all, "$ hac impex import users.impex {}\n{ran}", flags.join(" ")).expect("a string");
        if flags.is_empty() {
            // Of several files, none is sent.
            let ran = bench.run(&["impex", "import", "other.impex", "users.impex"]);
            assert_eq!(ran.code, Some(2), "{ran}");
            writeln!(all, "$ hac impex import other.impex users.impex\n{ran}").expect("a string");
        }
    }
    assert_eq!((bench.users("bulk%").as_str(), bench.simulator.ledger().count(IMPORT)), ("3", 1), "{all}");
    snapshot!(all);
}

#[test]
fn what_is_packed_or_distributed_is_not_sent_again_unasked_either() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, users(3).as_bytes()).expect("packed");
    bench.file("users.impex.gz", packed.finish().expect("packed"));
    bench.file("users.impex", users(3).replace("bulk", "distributed"));
    for (arguments, like) in [(&["users.impex.gz"][..], "bulk%"), (&["users.impex", "--distributed"], "distributed%")] {
        let import = |flags: &[&str]| bench.run(&[&["impex", "import"], arguments, flags].concat());
        bench.simulator.ledger().clear();
        bench.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
        for (flags, code) in [
            (&[][..], 5),
            (&[], 2),
            (&["--resume"], 5),
            (&["--resume", "--assume", "not-imported"], 0),
            (&["--resume", "--assume", "not-imported"], 0),
            (&["--restart"], 1),
        ] {
            let ran = import(flags);
            assert_eq!(ran.code, Some(code), "{flags:?} {ran}");
        }
        assert_eq!((bench.users(like).as_str(), bench.simulator.ledger().count(IMPORT)), ("3", 3));
    }
}

#[test]
fn flags_that_do_not_fit_are_usage_errors_and_nothing_is_sent() {
    let bench = Bench::new();
    bench.file("users.impex", format!("{}INSERT Address;&id\n;1\n", users(3)));
    bench.file("other.impex", users(3));
    let mut all = String::new();
    for arguments in [
        &["users.impex", "--chunk-lines", "10"][..],
        &["users.impex", "--chunk-lines", "0"],
        &["users.impex", "--resume", "--restart"],
        &["users.impex", "--assume", "imported", "--restart"],
        &["-", "--chunk-lines", "10"],
        &["other.impex", "--chunk-lines", "10", "--distributed"],
        &["missing.impex", "--resume"],
    ] {
        let ran = bench.run(&[&["impex", "import"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        writeln!(all, "$ hac impex import {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty());
    snapshot!(all);
}

/// The lines that are said to be unknown.
fn undecided(ran: &Ran) -> (usize, usize) {
    let rest = ran.stderr.split_once("unknown whether lines ").unwrap_or_else(|| panic!("{ran}")).1;
    let words: Vec<_> = rest.split(' ').collect();
    (words[0].parse().expect("a line"), words[2].parse().expect("a line"))
}

#[test]
fn a_client_that_is_killed_again_and_again_imports_each_row_once() {
    const ROWS: usize = 200;
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    bench.file("users.impex", users(ROWS));
    let ledger = bench.simulator.ledger();
    let mut kills = 0;
    let mut assumed: Option<&str> = None;
    loop {
        let sent = ledger.count(IMPORT);
        let mut command = isolated(bench.home.path());
        command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        command.args(["impex", "import", "users.impex", "--chunk-lines", "10", "--resume"]);
        command.args(assumed.map(|assumed| format!("--assume={assumed}")));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        // At another moment each time: some requests later, and some turns after that.
        let ended = loop {
            if let Some(status) = child.try_wait().expect("its state") {
                break Some(status);
            }
            if ledger.count(IMPORT) >= sent + 1 + kills % 3 {
                (0..kills * 50).for_each(|_| std::thread::yield_now());
                break None;
            }
        };
        if let Some(status) = ended {
            assert_eq!(status.code(), Some(0));
            break;
        }
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        kills += 1;
        // What it sent is executed all the same.
        while ledger.in_progress() > 0 {
            std::thread::yield_now();
        }
        let ran = bench.import(&["--chunk-lines", "200000", "--resume"]);
        assumed = match ran.code {
            // It was killed between two chunks, and this was the rest.
            Some(0) => break,
            Some(5) => {
                let (first, last) = undecided(&ran);
                let there: Vec<_> =
                    (first.max(2)..=last).map(|line| bench.users(&format!("bulk{}", line - 2))).collect();
                assert!(there.iter().all(|count| *count == there[0]), "a chunk is imported as a whole: {there:?}");
                Some(if there[0] == "1" { "imported" } else { "not-imported" })
            }
            _ => panic!("{ran}"),
        };
    }
    assert!(kills > 0, "it was never killed");
    assert_eq!(bench.users("bulk%"), ROWS.to_string());
}

#[test]
fn the_command_that_goes_on_names_the_server_that_was_typed() {
    let bench = Bench::new();
    bench.file(
        "my rows.impex",
        "INSERT_UPDATE Title;code[unique=true]\n;a\nINSERT_UPDATE Nothing;code[unique=true]\n;b\n;c\n",
    );
    let url = bench.simulator.url();
    let begun = ["impex", "import", "my rows.impex", "--chunk-lines", "1"];
    for (target, told) in [
        (&[][..], "`hac impex import \"my rows.impex\" --resume`".to_owned()),
        // The import under the other name is unfinished, and is forgotten.
        (
            &["-e", "shop", "--url", &url, "--restart"],
            format!("`hac impex import \"my rows.impex\" -e shop --url {url} --resume`"),
        ),
    ] {
        let ran = bench.ran(bench.hac().args(begun).args(target));
        assert_eq!(ran.code, Some(1), "{ran}");
        // Each system has quotes of its own.
        let said = ran.stderr.replace("http://SIMULATOR", &url).replace('\'', "\"");
        assert!(said.contains(&told), "{told}: {ran}");
    }
}

#[test]
fn an_empty_file_of_a_report_is_no_reason_to_fail() {
    let bench = Bench::new();
    bench.file("right.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    let here = |arguments: &[&str]| bench.ran(bench.hac().current_dir(bench.home.path()).args(arguments));
    assert_eq!(here(&["impex", "import", "right.impex", "--report", "out"]).code, Some(0));
    bench.simulator.ledger().clear();
    let told = "note: out/failed.impex is empty, as --report leaves it without such rows: nothing to send\n";
    for command in [
        &["impex", "import", "out/failed.impex"][..],
        &["impex", "import", "out/failed.impex", "--report", "out"],
        &["impex", "validate", "out/failed.impex"],
    ] {
        let ran = here(command);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", told), "{ran}");
    }
    let json = here(&["impex", "import", "out/failed.impex", "--json"]).json();
    assert_eq!((&json["success"], &json["results"]), (&true.into(), &serde_json::json!([])), "{json}");
    assert_eq!(bench.simulator.ledger().executed(), 0, "nothing was sent");
    // Those of the directory that have rows are sent.
    let all = here(&["impex", "import", "out", "--json"]);
    let file = all.json()["file"].as_str().expect("a file").replace('\\', "/");
    assert_eq!((all.code, file.as_str()), (Some(0), "out/imported.impex"), "{all}");
    bench.file("empty.impex", "");
    assert_eq!(here(&["impex", "import", "empty.impex"]).code, Some(2), "any other file that is empty is a mistake");
}

#[test]
fn flags_without_anything_to_do_are_warned_of_or_do_nothing() {
    let bench = Bench::new();
    bench.file("users.impex", users(3));
    let ran = bench.import(&["--wait", "5", "--assume", "imported"]);
    assert_eq!((ran.code, bench.users("bulk%").as_str()), (Some(0), "3"), "{ran}");
    assert!(ran.stderr.contains("--wait does nothing without --distributed"), "{ran}");
}
