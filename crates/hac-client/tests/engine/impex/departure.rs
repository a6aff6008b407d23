//! What is noted of an import on disk while it is on its way: nothing before its request leaves, and everything from then on.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Crc;
use hac_client::console::{Assumption, BulkImport, BulkStart, ImpexSwitch};
use hac_client::{Error, ErrorKind, FlexibleSearch, HacClient, ImpexImport, Notice};
use hac_simulator::{Fault, On};
use tokio::task::JoinHandle;

use super::at_once::gzip;
use super::{IMPORT, UPLOAD};
use crate::support::Hac;

const LOGIN: &str = "/j_spring_security_check";

/// A row that the server refuses to import a second time.
const SCRIPT: &str = "INSERT Customer;uid\n;once\n";

/// How the file is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Chunks,
    Whole,
    Compressed,
    Archive,
    Distributed,
}

const WAYS: [Way; 5] = [Way::Chunks, Way::Whole, Way::Compressed, Way::Archive, Way::Distributed];

/// A ZIP archive, its files as they are.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    let long = |number: usize| u32::try_from(number).expect("short").to_le_bytes();
    let short = |number: usize| u16::try_from(number).expect("short").to_le_bytes();
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

struct Departure {
    hac: Hac,
    client: HacClient,
    directory: tempfile::TempDir,
    path: PathBuf,
    way: Way,
    told: Arc<Mutex<Vec<ErrorKind>>>,
}

impl Departure {
    /// Nobody has logged in yet.
    fn of(way: Way) -> Self {
        let hac = Hac::start();
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("customers.impex");
        let content = match way {
            Way::Compressed => gzip(SCRIPT.as_bytes()),
            Way::Archive => archive(&[("importscript.impex", SCRIPT.as_bytes()), ("logo.png", b"\x89PNG")]),
            Way::Chunks | Way::Whole | Way::Distributed => SCRIPT.as_bytes().to_vec(),
        };
        std::fs::write(&path, content).expect("written");
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let builder = hac.builder().session_persistence(false).on_notice(move |notice| {
            if let Notice::NotResumable(error) = notice {
                heard.lock().expect("unpoisoned").push(error.kind());
            }
        });
        let client = builder.build().expect("a client");
        Self { hac, client, directory, path, way, told }
    }

    /// Why an import was said to have no checkpoint.
    fn told(&self) -> Vec<ErrorKind> {
        self.told.lock().expect("unpoisoned").clone()
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn reports(&self) -> PathBuf {
        self.directory.path().join("report")
    }

    fn file(&self) -> BulkImport {
        BulkImport::new(&self.path).state_directory(self.state()).report(self.reports())
    }

    fn begin(&self, start: BulkStart) -> JoinHandle<Result<(), Error>> {
        self.begin_by(&self.client, self.file().start(start))
    }

    fn begin_by(&self, client: &HacClient, file: BulkImport) -> JoinHandle<Result<(), Error>> {
        let (client, way) = (client.clone(), self.way);
        let import = ImpexImport::from_file(&self.path).expect("a file").poll_interval(Duration::from_millis(1));
        tokio::spawn(async move {
            match way {
                Way::Chunks => client.import_impex_bulk(file).await.map(drop),
                Way::Distributed => {
                    let import = import.switch_on(ImpexSwitch::DistributedMode);
                    client.import_impex_at_once(import, file).await.map(drop)
                }
                Way::Whole | Way::Compressed | Way::Archive => {
                    client.import_impex_at_once(import, file).await.map(drop)
                }
            }
        })
    }

    /// Parks the requests whose path ends like this.
    fn hold(&self, path: &str) {
        self.hac.simulator.faults().once(On::post(path), Fault::Hold);
    }

    /// Waits until a request is parked.
    async fn parked(&self, running: &JoinHandle<Result<(), Error>>) {
        while self.hac.simulator.faults().held() == 0 {
            assert!(!running.is_finished(), "{:?}: it ended before that", self.way);
            tokio::task::yield_now().await;
        }
    }

    /// Where the import goes.
    fn goal(&self) -> &'static str {
        if self.way == Way::Archive { UPLOAD } else { IMPORT }
    }

    /// Leaves an import of unknown outcome.
    async fn leave_undecided(&self) {
        self.hac.simulator.faults().once(On::post(self.goal()), Fault::ResetBefore);
        let error = self.begin(BulkStart::New).await.expect("no panic").expect_err("unknown");
        assert_eq!((error.kind(), self.undecided()), (ErrorKind::OutcomeUnknown, 1), "{:?}: {error}", self.way);
    }

    fn sent(&self) -> usize {
        self.hac.ledger().count(IMPORT) + self.hac.ledger().count(UPLOAD)
    }

    /// How often the row was imported.
    async fn count(&self) -> usize {
        let query = FlexibleSearch::new("SELECT {uid} FROM {Customer} WHERE {uid} = 'once'");
        self.client.execute_flexiblesearch(query).await.expect("rows").rows.len()
    }

    /// How many chunks are undecided for who looks at the files now, as a client that is killed now leaves them.
    fn undecided(&self) -> usize {
        checkpoint(&self.state())
            .map_or(0, |checkpoint| checkpoint["first"]["in_flight"].as_array().map_or(0, Vec::len))
    }
}

fn checkpoint(state: &Path) -> Option<serde_json::Value> {
    let entries = std::fs::read_dir(state).ok()?.map(|entry| entry.expect("an entry").path());
    let mut found = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let path = found.next()?;
    Some(serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("a whole file"))
}

#[tokio::test]
async fn a_client_that_ends_during_a_login_leaves_nothing_to_decide() {
    for way in WAYS {
        let departure = Departure::of(way);
        departure.hold(LOGIN);
        let running = departure.begin(BulkStart::New);
        departure.parked(&running).await;
        // What a client leaves that is killed here, and then what one leaves that is given up.
        assert_eq!(departure.undecided(), 0, "{way:?}");
        running.abort();
        let _ = running.await;
        assert_eq!(departure.undecided(), 0, "{way:?}");
        departure.hac.simulator.faults().release();
        departure.begin(BulkStart::New).await.expect("no panic").expect("imported");
        assert_eq!((departure.sent(), departure.count().await), (1, 1), "{way:?}");
    }
}

#[tokio::test]
async fn a_client_that_ends_behind_the_departure_leaves_something_to_decide() {
    for way in WAYS {
        let departure = Departure::of(way);
        departure.hold(departure.goal());
        let running = departure.begin(BulkStart::New);
        departure.parked(&running).await;
        assert_eq!(departure.undecided(), 1, "{way:?}");
        running.abort();
        let _ = running.await;
        departure.hac.simulator.faults().release();
        assert_eq!(departure.undecided(), 1, "{way:?}");
        let refused = departure.begin(BulkStart::New).await.expect("no panic").expect_err("undecided");
        assert_eq!((refused.kind(), departure.sent()), (ErrorKind::Usage, 1), "{way:?}: {refused}");
    }
}

#[tokio::test]
async fn what_was_refused_stays_noted_until_it_is_answered() {
    for way in WAYS {
        let departure = Departure::of(way);
        departure.client.login().await.expect("a login");
        if way == Way::Distributed {
            // Its queries would renew the session before it.
            departure.hac.simulator.faults().once(On::post(IMPORT), Fault::Redirect("/hac/login".into()));
        } else {
            departure.hac.simulator.faults().expire_sessions();
        }
        departure.hold(LOGIN);
        let running = departure.begin(BulkStart::New);
        departure.parked(&running).await;
        assert_eq!((departure.sent(), departure.undecided()), (1, 1), "{way:?}");
        departure.hac.simulator.faults().release();
        running.await.expect("no panic").expect("imported");
        assert_eq!((departure.sent(), departure.count().await), (2, 1), "{way:?}");
        assert_eq!(departure.undecided(), 0, "{way:?}");
    }
}

#[cfg(unix)] // Windows keeps a directory with an open file.
#[tokio::test]
async fn what_cannot_be_noted_is_not_sent_unless_it_may_go_without() {
    for way in WAYS {
        for start in [BulkStart::New, BulkStart::Resume, BulkStart::Restart] {
            let departure = Departure::of(way);
            departure.hold(LOGIN);
            let running = departure.begin(start);
            departure.parked(&running).await;
            std::fs::remove_dir_all(departure.state()).expect("removed");
            departure.hac.simulator.faults().release();
            let ended = running.await.expect("no panic");
            let told = departure.told();
            if way != Way::Chunks && start == BulkStart::New {
                ended.expect("imported");
                assert_eq!((departure.sent(), told), (1, vec![ErrorKind::Config]), "{way:?}");
                continue;
            }
            let error = ended.expect_err("it has to be noted");
            assert_eq!((error.kind(), departure.sent(), told), (ErrorKind::Config, 0, vec![]), "{way:?}: {error}");
            assert!(error.to_string().contains("the directory for checkpoints"), "{error}");
            assert!(!departure.reports().join("unknown.impex").exists(), "nothing is unknown");
        }
    }
}

#[tokio::test]
async fn what_was_refused_and_then_gets_no_session_leaves_nothing_to_decide() {
    for way in WAYS {
        let departure = Departure::of(way);
        departure.client.login().await.expect("a login");
        departure.hac.simulator.faults().expire_sessions();
        let refusal = Fault::Redirect("/hac/login?login_error=1".into());
        departure.hac.simulator.faults().always(On::post(LOGIN), refusal);
        let error = departure.begin(BulkStart::New).await.expect("no panic").expect_err("no session");
        assert_eq!((error.kind(), departure.told()), (ErrorKind::BadCredentials, vec![]), "{way:?}: {error}");
        // A distributed import asks for cron jobs first, and is not sent.
        let sent = usize::from(way != Way::Distributed);
        assert_eq!((departure.sent(), departure.undecided()), (sent, 0), "{way:?}: {error}");
    }
}

#[tokio::test]
async fn a_decision_is_kept_while_the_next_request_has_not_left() {
    for way in WAYS {
        let departure = Departure::of(way);
        departure.leave_undecided().await;
        departure.hold(LOGIN);
        let decided = departure.file().start(BulkStart::Resume).assume(Assumption::NotImported);
        let cold = departure.hac.builder().session_persistence(false).build().expect("a client");
        let running = departure.begin_by(&cold, decided);
        departure.parked(&running).await;
        assert_eq!(departure.undecided(), 0, "{way:?}");
        running.abort();
        let _ = running.await;
        departure.hac.simulator.faults().release();
        assert_eq!(departure.undecided(), 0, "{way:?}");
    }
}

#[tokio::test]
async fn what_is_begun_anew_and_ends_during_a_login_leaves_what_was_there() {
    for way in WAYS.into_iter().filter(|way| *way != Way::Chunks) {
        let departure = Departure::of(way);
        departure.leave_undecided().await;
        departure.hold(LOGIN);
        let cold = departure.hac.builder().session_persistence(false).build().expect("a client");
        let running = departure.begin_by(&cold, departure.file().start(BulkStart::Restart));
        departure.parked(&running).await;
        running.abort();
        let _ = running.await;
        departure.hac.simulator.faults().release();
        assert_eq!(departure.undecided(), 1, "{way:?}");
    }
}
