//! Imports that end on their way: before the request leaves nothing has to be decided, from then on it has to be.

use std::fmt::Write as _;
use std::process::{Child, Stdio};

use flate2::Crc;
use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran, isolated};

const LOGIN: &str = "/j_spring_security_check";
const IMPORT: &str = "/console/impex/import";
const UPLOAD: &str = "/console/impex/import/upload";

/// Rows that the server refuses to import a second time.
fn users() -> String {
    let rows = (0..30).map(|row| format!(";bulk{row}\n"));
    format!("INSERT Customer;uid\n{}", rows.collect::<String>())
}

/// A ZIP archive with a script and a picture, as they are.
pub(crate) fn archive(script: &str) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    let long = |number: usize| u32::try_from(number).expect("short").to_le_bytes();
    let short = |number: usize| u16::try_from(number).expect("short").to_le_bytes();
    let files = [("importscript.impex", script.as_bytes()), ("media/logo.png", b"\x89PNG\r\n\x1a\n")];
    for (name, content) in files {
        let mut checksum = Crc::new();
        checksum.update(content);
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 33, 0][..],
            &checksum.sum().to_le_bytes(),
            &long(content.len()),
            &long(content.len()),
            &short(name.len()),
            &[0, 0],
        ]
        .concat();
        directory.extend([b"PK\x01\x02\x14\0", &common[..], &[0; 10], &long(archive.len()), name.as_bytes()].concat());
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), content].concat());
    }
    let (length, begins, count) = (long(directory.len()), long(archive.len()), short(files.len()));
    archive.extend(directory);
    archive.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &length, &begins, &[0, 0]].concat());
    archive
}

/// What is imported, and where its request goes.
const WAYS: [(&[&str], &str); 4] = [
    (&["users.impex", "--chunk-lines", "10"], IMPORT),
    (&["users.impex"], IMPORT),
    (&["users.zip"], UPLOAD),
    (&["users.impex", "--distributed"], IMPORT),
];

fn bench() -> Bench {
    let bench = Bench::new();
    bench.file("users.impex", users());
    bench.file("users.zip", archive(&users()));
    bench
}

impl Bench {
    fn import_of(&self, way: &[&str], flags: &[&str]) -> Ran {
        self.run(&[&["impex", "import"], way, flags].concat())
    }

    fn start_import_of(&self, way: &[&str]) -> Child {
        let mut command = isolated(self.home.path());
        command.env("HAC_URL", self.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        command.args(["impex", "import"]).args(way);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts")
    }

    /// Kills an import as soon as its request to this path is parked.
    fn kill_at(&self, path: &str, way: &[&str]) {
        self.simulator.faults().once(On::post(path), Fault::Hold);
        let mut child = self.start_import_of(way);
        while self.simulator.faults().held() == 0 {
            assert!(child.try_wait().expect("its state").is_none(), "{way:?}: it ended before that");
            std::thread::yield_now();
        }
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        self.simulator.faults().release();
        while self.simulator.ledger().in_progress() > 0 {
            std::thread::yield_now();
        }
    }

    fn count_of_users(&self) -> String {
        let query = "SELECT count(*) FROM {User} WHERE {uid} LIKE 'bulk%'";
        let ran = self.run(&["flexsearch", "--no-headers", "--format", "csv", query]);
        assert_eq!(ran.code, Some(0), "{ran}");
        ran.stdout.trim().to_owned()
    }
}

#[test]
fn a_client_that_is_killed_during_a_login_leaves_nothing_to_decide() {
    for (way, _) in WAYS {
        let bench = bench();
        bench.kill_at(LOGIN, way);
        let ran = bench.import_of(way, &[]);
        assert_eq!((ran.code, bench.count_of_users().as_str()), (Some(0), "30"), "{way:?}: {ran}");
    }
}

#[test]
fn a_client_that_is_killed_while_its_request_is_on_its_way_leaves_something_to_decide() {
    for (way, path) in WAYS {
        let bench = bench();
        bench.run(&["session", "start"]);
        bench.kill_at(path, way);
        let refused = bench.import_of(way, &[]);
        assert_eq!(refused.code, Some(2), "{way:?}: {refused}");
        let undecided = bench.import_of(way, &["--resume"]);
        assert_eq!(undecided.code, Some(5), "{way:?}: {undecided}");
        assert_eq!(bench.simulator.ledger().count(path), 1, "{way:?}");
    }
}

#[test]
fn an_archive_with_media_whose_answer_is_lost_is_not_sent_again_unasked() {
    for (fault, assumed, requests) in [(Fault::ResetAfter, "imported", 1), (Fault::ResetBefore, "not-imported", 2)] {
        let bench = bench();
        bench.run(&["session", "start"]);
        bench.simulator.faults().once(On::post(UPLOAD), fault);
        let mut all = String::new();
        for (flags, code, said) in [
            (&[][..], 5, "the request may have been executed"),
            (&[], 2, "it is unknown whether an earlier import of this file into"),
            (&["--resume"], 5, "it is unknown whether the file was imported"),
            (&["--resume", "--assume", assumed], 0, ""),
            (&["--resume"], 0, ""),
        ] {
            let ran = bench.import_of(&["users.zip"], flags);
            writeln!(all, "$ hac impex import users.zip {}\n{ran}", flags.join(" ")).expect("a string");
            assert_eq!((ran.code, ran.stderr.contains(said)), (Some(code), true), "{all}");
        }
        let sent = bench.simulator.ledger().count(UPLOAD);
        assert_eq!((bench.count_of_users().as_str(), sent), ("30", requests), "{all}");
        assert!(all.contains("hac impex import users.zip --resume"), "{all}");
    }
}
