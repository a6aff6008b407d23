//! Rows of many megabytes: imported in little memory, or refused by their line.

use std::process::{Child, Stdio};

use hac_simulator::{Fault, On};

use crate::bench::{Bench, isolated};

const UPLOAD: &str = "/console/impex/import/upload";

/// The most that the process had in memory, in KiB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

fn script(name: &str, length: usize) -> String {
    let row = "x".repeat(length);
    format!("INSERT Customer;uid;description\n;{name}0;x\n;{name}1;{row}\n;{name}2;x\n")
}

/// Imports a row of this length in a chunk of its own. Returns the peak of the memory, once the server has the row.
fn imported(bench: &Bench, name: &str, length: usize) -> u64 {
    bench.file("users.impex", script(name, length));
    bench.simulator.faults().once(On::post(UPLOAD), Fault::Hold);
    let mut command = isolated(bench.home.path());
    command.env("HAC_URL", bench.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
    command.args(["impex", "import", "users.impex", "--chunk-lines", "1"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    while bench.simulator.faults().held() == 0 {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before");
        std::thread::yield_now();
    }
    let most = peak(&child);
    bench.simulator.faults().release();
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    most
}

#[test]
fn a_row_of_20_mb_is_imported_and_held_in_memory_twice_at_most() {
    const LARGE: usize = 20_000_000;
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    // Just large enough for an upload.
    let few = imported(&bench, "small", 2_000_000);
    let most = imported(&bench, "large", LARGE);
    assert!(most - few < 44 << 10, "{few} KiB for 2 MB, {most} KiB for 20 MB");
    let length = "SELECT p_uid, length(p_description) FROM users WHERE p_uid LIKE 'large%' ORDER BY p_uid";
    let found = bench.run(&["flexsearch", "--sql", "--csv", "--no-headers", length]);
    assert_eq!(found.stdout, format!("large0,1\nlarge1,{LARGE}\nlarge2,1\n"), "{found}");

    // A row that is read has a limit, and is named.
    let query = "SELECT {pk}, {uid}, {description} FROM {Customer} WHERE {uid} LIKE 'large%'";
    let read = bench.run(&["flexsearch", "--all", "-o", "users.csv", query]);
    assert_eq!(read.code, Some(5), "{read}");
    assert!(read.stderr.contains("one row") && read.stderr.contains("16 MiB"), "{read}");
    assert!(read.stderr.contains("the row is the one behind the key"), "{read}");
    assert!(!bench.home.path().join("users.csv").exists());
}

#[test]
fn a_row_beyond_the_limit_is_refused_with_its_line() {
    let bench = Bench::new();
    bench.file("users.impex", script("large", 34_000_000));
    let ran = bench.run(&["impex", "import", "users.impex"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("users.impex:3: the statement that begins here is longer than 32 MiB"), "{ran}");
    assert!(bench.simulator.ledger().is_empty());
}
