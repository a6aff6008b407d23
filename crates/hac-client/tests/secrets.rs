//! No secret of a run shows in its trace log, its errors or its `Debug` output.
//!
//! A program of its own, because the log is the process's.

#[path = "engine/records.rs"]
#[expect(dead_code, reason = "shared with the engine's tests, of which this needs a part")]
mod records;
#[path = "engine/support.rs"]
#[expect(dead_code, reason = "shared with the engine's tests, of which this needs a part")]
mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use hac_client::{BasicAuthHandler, ImpexImport};
use hac_simulator::{Fault, On, Release};
use tracing_subscriber::fmt::MakeWriter;

use support::{EXECUTE, Hac, Notices, run};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The records of the libraries that log without `tracing`: the HTTP client among them.
struct Records(Log);

impl log::Log for Records {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(self.0.clone(), "{} {}", record.target(), record.args());
    }

    fn flush(&self) {}
}

const PASSWORD: &str = "correct-horse-battery";
const GATE: &str = "open-sesame-please";

#[test]
fn no_secret_of_a_run_shows_anywhere() {
    let log = Log::default();
    // Everything at the lowest level, the libraries below us included.
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_max_level(tracing::Level::TRACE).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    log::set_boxed_logger(Box::new(Records(log.clone()))).expect("the first");
    log::set_max_level(log::LevelFilter::Trace);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut shown: Vec<String> = Vec::new();
    let mut secrets = vec![PASSWORD.to_owned(), GATE.to_owned()];
    {
        for release in [Release::R1811, Release::R2211Jdk21] {
            let hac = Hac::with(|simulator| {
                simulator.release(release).user("boss", PASSWORD, &["ROLE_ADMINGROUP"]).gate("door", GATE).nodes(2)
            });
            let notices = Notices::default();
            let builder =
                notices.of(hac.builder().auth_handler(BasicAuthHandler::new("boss", PASSWORD)).gate("door", GATE));
            shown.push(format!("{builder:?}"));
            let client = builder.build().expect("a client");
            let note = |secrets: &mut Vec<String>| {
                for session in hac.manager().list_sessions().expect("sessions") {
                    secrets.push(session.session_id.expose().to_owned());
                    secrets.push(session.csrf_token.expose().to_owned());
                }
            };
            runtime.block_on(async {
                run(&client, "1").await.expect("cold");
                note(&mut secrets);
                hac.simulator.faults().rotate_tokens();
                run(&client, "1").await.expect("refreshed");
                note(&mut secrets);
                hac.simulator.faults().expire_sessions();
                run(&client, "1").await.expect("renewed");
                note(&mut secrets);
                // An upload, which other clients send with the token in its address.
                let upload = ImpexImport::from_bytes("a.impex", b"INSERT Language;isocode\n;\xe4\n".to_vec());
                let upload = upload.encoding("ISO-8859-1");
                hac.simulator.faults().rotate_tokens();
                client.import_impex(upload.clone()).await.expect("refreshed");
                note(&mut secrets);
                hac.simulator.faults().once(On::post("/import/upload"), Fault::ResetAfter);
                let error = client.import_impex(upload.clone()).await.expect_err("lost");
                shown.push(format!("{error} {error:?} {:?} {upload:?}", error.hint()));
                let last = hac.manager().list_sessions().expect("sessions").pop().expect("one");
                let (id, token) = (last.session_id.expose(), last.csrf_token.expose());
                let echo = format!("<title>{id}</title>{token} {id} {PASSWORD}").replace(PASSWORD, "");
                for (status, execute) in [(403, true), (500, true), (404, false), (200, true)] {
                    let fault = Fault::Answer { status, headers: vec![], body: echo.clone(), execute };
                    hac.simulator.faults().once(On::post(EXECUTE), fault);
                    let error = run(&client, "1").await.expect_err("an error");
                    shown.push(format!("{error} {error:?} {:?}", error.hint()));
                }
                hac.simulator.faults().once(
                    On::post(EXECUTE),
                    Fault::Redirect(format!("https://x.example.com/a;jsessionid={id}?t={token}")),
                );
                shown.push(format!("{:?}", run(&client, "1").await.expect_err("elsewhere")));
                let wrong = hac
                    .builder()
                    .auth_handler(BasicAuthHandler::new("boss", format!("{PASSWORD}2")))
                    .gate("door", GATE);
                let wrong = wrong.session_persistence(false).build().expect("a client");
                shown.push(format!("{:?}", wrong.login().await.expect_err("wrong")));
                shown.push(format!("{last:?} {client:?} {:?}", client.session_info()));
                client.logout().await.expect("logged out");
            });
            shown.extend(notices.all());
        }
    }
    let shown = shown.join("\n");
    let log = String::from_utf8_lossy(&log.0.lock().expect("unpoisoned")).into_owned();
    assert!(log.contains("answered") && log.contains("reqwest"), "the log holds both kinds of records: {log}");
    secrets.sort();
    secrets.dedup();
    assert!(secrets.len() >= 8, "{}", secrets.len());
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{secret} shows in: {shown}");
        assert!(!log.contains(secret.as_str()), "{secret} shows in the log");
    }
}
