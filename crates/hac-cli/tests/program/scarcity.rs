//! Streams that are closed or full, and a system that gives few descriptors, no thread, or little memory.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::bench::{Bench, HAC, Ran};
use crate::manners::command;

const SCRIPT: [&str; 4] = ["script", "--type", "javascript", "6 * 7"];
/// Where a script is sent.
const EXECUTE: &str = "/console/scripting/execute";
const INCOMPLETE: &str = "warning: the audit log is not complete";

/// Runs the program behind a line of the shell, where `"$@"` is the program and its arguments.
fn behind(bench: &Bench, line: &str, arguments: &[&str]) -> Ran {
    let output = command(bench, &["sh", "-c", line, "sh", HAC], arguments).output().expect("it runs");
    Ran::new(&output, bench.home.path(), Some(&bench.simulator.url()))
}

#[track_caller]
fn no_defect(ran: &Ran, what: &str) {
    for word in ["panicked", "defect", "RUST_BACKTRACE"] {
        assert!(!ran.stderr.contains(word), "{what}: {ran}");
    }
}

/// It worked, or there is one error with a way out.
#[track_caller]
fn works_or_says_why(ran: &Ran, what: &str) -> bool {
    no_defect(ran, what);
    if ran.code == Some(0) {
        assert_eq!(ran.stdout, "42\n", "{what}: {ran}");
        return true;
    }
    assert!(matches!(ran.code, Some(2 | 3)), "{what}: {ran}");
    assert!(ran.stderr.contains("error: ") && ran.stderr.contains("hint: "), "{what}: {ran}");
    false
}

#[test]
fn closed_streams_are_no_defect_and_the_script_runs_once() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        bench.simulator.ledger().clear();
        let ran = behind(&bench, &format!("exec \"$@\" {closed}"), &SCRIPT);
        no_defect(&ran, closed);
        assert_eq!(ran.code, Some(0), "{closed}: {ran}");
        assert_eq!(
            ran.stdout,
            if closed.contains(" >&-") || closed.starts_with(">&-") { "" } else { "42\n" },
            "{closed}"
        );
        assert_eq!(bench.simulator.ledger().executed(), 1, "{closed}");
    }
    let ran = behind(&bench, "exec \"$@\" <&-", &["script", "--type", "javascript", "-"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("the script is empty"), "{ran}");
}

#[test]
fn full_streams_are_no_defect_and_the_script_runs_once() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (full, works) in [(">/dev/full", false), ("2>/dev/full", true), (">/dev/full 2>/dev/full", false)] {
        bench.simulator.ledger().clear();
        let ran = behind(&bench, &format!("exec \"$@\" {full}"), &SCRIPT);
        no_defect(&ran, full);
        assert_eq!(ran.code == Some(0), works, "{full}: {ran}");
        assert_eq!(bench.simulator.ledger().executed(), 1, "{full}");
    }
    // Whoever is asked and cannot be heard.
    for line in ["exec \"$@\" >/dev/full", "exec \"$@\" 2>/dev/full"] {
        let ran = behind(&bench, line, &["script", "--type", "javascript", "throw new Error('oops')"]);
        no_defect(&ran, line);
        assert_eq!(ran.code, Some(1), "{line}: {ran}");
    }
}

#[test]
fn with_few_descriptors_it_works_or_says_what_is_missing() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let log = bench.home.path().join(".local/state/hac-client/audit.jsonl");
    let (mut worked, mut recorded) = (Vec::new(), 0);
    for count in 6..32 {
        bench.simulator.ledger().clear();
        let what = format!("{count} descriptors");
        let ran = behind(&bench, &format!("ulimit -n {count}; exec \"$@\""), &SCRIPT);
        if works_or_says_why(&ran, &what) {
            worked.push(count);
            let lines = std::fs::read_to_string(&log).unwrap_or_default().matches("\"sending\"").count();
            if lines == recorded {
                assert!(ran.stderr.contains(INCOMPLETE), "{what}: {ran}");
                bench.home.lacks(1, EXECUTE, "no descriptor is left for the log, as the warning says");
            }
            recorded = lines;
        } else {
            assert_eq!(bench.simulator.ledger().executed(), 0, "{what}: {ran}");
        }
        if count == 6 {
            assert!(ran.stderr.contains("no more files can be opened") && ran.stderr.contains("ulimit -n"), "{ran}");
        }
    }
    assert!(worked.last() == Some(&31), "{worked:?}");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_of_the_write_and_ends_nothing() {
    let bench = Bench::new();
    let limited = "ulimit -f 0; exec \"$@\"";
    let ran = behind(&bench, limited, &SCRIPT);
    assert_eq!((ran.code, bench.simulator.ledger().executed()), (Some(0), 1), "{ran}");
    assert!(ran.stderr.contains(INCOMPLETE), "{ran}");
    bench.home.lacks(1, EXECUTE, "no file may grow, as the warning says");
    let ran = behind(&bench, limited, &["support", "zip", "--all", "--output", "support.zip"]);
    assert!(ran.code.is_some_and(|code| code != 0) && ran.stderr.contains("error:"), "{ran}");
    assert!(ran.stderr.contains(INCOMPLETE), "{ran}");
    bench.home.lacks(1, "/platform/support/zip", "no file may grow, as the warning says");
    let files = std::fs::read_dir(bench.home.path()).expect("home").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = files.filter(|name| name.to_string_lossy().contains(".part") || name == "support.zip").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn without_a_thread_it_says_what_is_missing_and_sends_nothing() {
    let bench = Bench::new();
    // Such a limit is not for root.
    let root = rustix::process::geteuid().is_root();
    let prefix = if root { "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all " } else { "" };
    if root {
        let open = |path: &std::path::Path| std::fs::set_permissions(path, Permissions::from_mode(0o777));
        open(bench.home.path()).expect("opened");
        let able = command(&bench, &["sh", "-c", &format!("{prefix} \"$@\"")], &["sh", HAC, "--version"])
            .stderr(Stdio::null())
            .status();
        if !able.is_ok_and(|status| status.success()) {
            println!("left out: root has no such limit, and setpriv cannot make anybody else of it here");
            return;
        }
    }
    for arguments in [&SCRIPT[..], &["simulator", "--port", "0"], &["session", "start"]] {
        // The program takes the place of the shell: it is the one process that may be.
        let line = format!("exec {prefix} sh -c 'ulimit -u 1 2>/dev/null || ulimit -p 1; exec \"$@\"' sh \"$@\"");
        let ran = behind(&bench, &line, arguments);
        no_defect(&ran, &arguments.join(" "));
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("no more threads can be started"), "{ran}");
        assert!(ran.stderr.contains("ulimit -u") && ran.stderr.contains("nothing was sent"), "{ran}");
    }
    assert_eq!(bench.simulator.ledger().len(), 0);
}

#[test]
fn with_little_memory_it_works_or_says_what_is_missing() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut worked = Vec::new();
    for mebibytes in [16, 24, 32, 40, 48, 64, 96, 128, 256, 512] {
        bench.simulator.ledger().clear();
        let what = format!("{mebibytes} MiB");
        let ran = behind(&bench, &format!("ulimit -v {}; exec \"$@\"", mebibytes << 10), &SCRIPT);
        // The loader of the system, and an allocation in the middle of anything, end a process without asking us.
        let not_ours = ran.code.is_none() || ran.stderr.contains("shared libraries");
        if not_ours {
            assert!(!ran.stderr.contains("panicked") && ran.code != Some(0), "{what}: {ran}");
        } else if works_or_says_why(&ran, &what) {
            worked.push(mebibytes);
        }
        assert!(bench.simulator.ledger().executed() <= 1, "{what}");
    }
    assert!(worked.contains(&512), "{worked:?}");
}

#[test]
fn an_unusual_time_limit_is_a_usage_error_or_no_limit_and_never_a_panic() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (limit, code) in [
        ("0", 0),
        ("-0", 0),
        ("1e19", 0),
        ("1e300", 0),
        ("18446744073709551615", 0),
        ("9e18", 0),
        ("1e12", 0),
        ("inf", 2),
        ("-inf", 2),
        ("nan", 2),
        ("-1", 2),
        ("-1e-300", 2),
        ("1e-300", 2),
        ("1e-10", 2),
        ("", 2),
        ("abc", 2),
    ] {
        for command in [&SCRIPT[..], &["session", "check"], &["update", "log"]] {
            let timeout = format!("--timeout={limit}");
            let ran = bench.run(&[&[timeout.as_str()], command].concat());
            no_defect(&ran, limit);
            assert_eq!(ran.code, Some(code), "{limit:?} {command:?}: {ran}");
        }
    }
}
