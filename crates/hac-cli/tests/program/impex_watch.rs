//! `hac impex watch`: a file is imported when it is saved.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Stdio};

use hac_simulator::{Fault, On};

use crate::bench::{Bench, isolated};

/// The program that watches, and what it says.
struct Watching<'a> {
    bench: &'a Bench,
    child: Child,
    said: Lines<BufReader<ChildStderr>>,
}

impl<'a> Watching<'a> {
    fn new(bench: &'a Bench) -> Self {
        let mut command = isolated(bench.home.path());
        command
            .env("HAC_URL", bench.simulator.url())
            .env("HAC_USERNAME", "admin")
            .env("HAC_PASSWORD", "nimda")
            .args(["impex", "watch", "data", "-v"])
            .stdout(fs::File::create(bench.home.path().join("told")).expect("made"))
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let said = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut watching = Self { bench, child, said };
        watching.until("watching data");
        watching
    }

    /// Reads on to the line that holds this text.
    fn until(&mut self, text: &str) -> String {
        self.said.by_ref().map(|line| line.expect("UTF-8")).find(|line| line.contains(text)).expect("it is said")
    }

    fn save(&self, name: &str, content: &str) {
        fs::write(self.bench.home.path().join("data").join(name), content).expect("written");
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_file_is_imported_once_each_time_that_it_is_saved_with_another_content() {
    let bench = Bench::new();
    let data = bench.home.path().join("data");
    fs::create_dir(&data).expect("made");
    fs::write(data.join("before.impex"), "INSERT_UPDATE Language;isocode[unique=true]\n;aa\n").expect("written");
    let mut watching = Watching::new(&bench);
    watching.save("notes.txt", "no ImpEx");
    watching.save("one.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;fr\n");
    watching.until("one.impex: ");
    // Only its date is another one, and that of what was there before.
    watching.save("one.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;fr\n");
    watching.save("before.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;aa\n");
    watching.save("two.impex", "INSERT_UPDATE Language;isocode[unique=true];active\n;es;maybe\n");
    let failed = watching.until("error: ");
    assert!(failed.contains("two.impex"), "{failed}");
    watching.until("two.impex: ");
    // A mistake does not end it.
    watching.save("two.impex", "INSERT_UPDATE Language;isocode[unique=true];active\n;es;true\n");
    watching.until("two.impex: ");
    assert_eq!(bench.simulator.ledger().count("/console/impex/import"), 3);
}

#[cfg(unix)] // A console of Windows passes no signals to a test.
#[test]
fn a_signal_is_the_way_to_end_it() {
    let bench = Bench::new();
    fs::create_dir(bench.home.path().join("data")).expect("made");
    let mut watching = Watching::new(&bench);
    watching.save("one.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;fr\n");
    watching.until("one.impex: ");
    let process = rustix::process::Pid::from_child(&watching.child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("sent");
    let rest: Vec<String> = watching.said.by_ref().map(|line| line.expect("UTF-8")).collect();
    assert_eq!((watching.child.wait().expect("it ends").code(), rest), (Some(130), Vec::new()));
}

#[test]
fn a_large_file_is_split_and_a_success_names_its_file_as_the_directory_was_named() {
    let bench = Bench::new();
    fs::create_dir(bench.home.path().join("data")).expect("made");
    let mut watching = Watching::new(&bench);
    let large = |name: &str| {
        let rows: Vec<_> = (0..600).map(|row| format!(";{name}{row};{}\n", "x".repeat(4_000))).collect();
        format!("INSERT Customer;uid;description\n{}", rows.concat())
    };
    watching.save("big.impex", &large("a"));
    let counts = watching.until("rows imported in");
    assert!(counts.starts_with("600 rows imported in 2 chunks"), "{counts}");
    // The answer of the second chunk is lost: what is saved then is not sent, but the answer is asked for.
    bench.simulator.faults().once(On::post("/console/impex/import"), Fault::ResetAfter);
    watching.save("big.impex", &large("b"));
    watching.until("--resume --assume not-imported");
    let sent = bench.simulator.ledger().executed();
    watching.save("big.impex", &large("c"));
    let hint = watching.until("with --restart in place of --resume");
    assert!(hint.contains("`hac impex import ") && hint.contains("big.impex --resume --assume imported`"), "{hint}");
    assert_eq!(bench.simulator.ledger().executed(), sent);
    watching.save("one.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;fr\n");
    // Standard output comes behind what is said of it.
    let told = loop {
        let told = fs::read_to_string(bench.home.path().join("told")).expect("written").replace('\\', "/");
        if told.contains("one.impex") && told.ends_with('\n') {
            break told;
        }
        assert!(watching.child.try_wait().expect("its state").is_none(), "it ended: {told}");
        std::thread::yield_now();
    };
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines, ["data/big.impex: Import finished successfully", "data/one.impex: Import finished successfully"]);
}

#[test]
fn a_directory_that_is_not_there_is_a_usage_error() {
    let bench = Bench::new();
    let ran = bench.run(&["impex", "watch", "nowhere"]);
    assert_eq!(ran.code, Some(2), "{ran}");
    assert!(ran.stderr.contains("there is no such directory"), "{ran}");
}
