//! The blocking client: inside a runtime, between a server's keep-alive and the next call, and where the system is short of files.

use hac_client::ErrorKind;

use super::support::{Hac, assert_kind, script};

fn run(client: &hac_client::blocking::HacClient) -> hac_client::Result<bool> {
    client.execute_script(&script("1")).map(|result| result.success())
}

#[tokio::test]
async fn a_blocking_client_works_inside_a_runtime_and_is_dropped_there() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    assert!(client.login().is_ok());
    drop(client);
    assert_eq!(hac.ledger().executed(), 1);
}

#[test]
fn a_blocking_client_may_move_between_a_runtime_and_other_threads() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    assert!(run(&client).expect("a result"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert!(runtime.block_on(async { run(&client) }).expect("a result"));
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| run(&client))).collect();
        assert!(calls.into_iter().all(|call| call.join().expect("no panic").expect("a result")));
    });
    assert_eq!((hac.ledger().executed(), hac.ledger().logins()), (6, 1));
}

const CHILD: &str = "HAC_TEST_DESCRIPTORS_LEFT";

#[test]
fn a_process_without_free_descriptors_gets_an_error_with_a_hint() {
    const NAME: &str = "blocking::a_process_without_free_descriptors_gets_an_error_with_a_hint";
    if let Ok(left) = std::env::var(CHILD) {
        return with_descriptors_left(left.parse().expect("a number"), &std::env::var("HAC_TEST_URL").expect("a URL"));
    }
    let hac = Hac::start();
    for left in 0..=16 {
        let mut child = std::process::Command::new(std::env::current_exe().expect("this program"));
        child.args(["--exact", NAME, "--nocapture"]);
        child.env(CHILD, left.to_string()).env("HAC_TEST_URL", hac.simulator.url());
        let output = child.output().expect("a child");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("1 passed"), "{left} left: {text}");
        assert!(!text.contains("panicked"), "{left} left: {text}");
        let worked = text.contains("it worked");
        assert!(if left == 0 { !worked } else { worked || left < 16 }, "{left} left: {text}");
    }
}

/// One call in a process that may open so many more files. Runs in the child.
fn with_descriptors_left(left: u64, url: &str) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let open = std::fs::read_dir("/proc/self/fd").expect("proc").count() as u64 - 1;
    let limit = rustix::process::Rlimit { current: Some(open + left), ..getrlimit(Resource::Nofile) };
    setrlimit(Resource::Nofile, limit).expect("a limit");
    let client = hac_client::HacClient::builder(url)
        .auth_handler(hac_client::BasicAuthHandler::new("admin", "nimda"))
        .session_persistence(false)
        .build_blocking()
        .expect("a client");
    match run(&client) {
        Ok(success) => say_that_it_worked(success),
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Config | ErrorKind::Connect), "{error:?}");
            assert_kind(&error, error.kind());
            assert!(error.hint().is_some_and(|hint| hint.to_string().contains("ulimit -n")), "{error:?}");
        }
    }
}

fn say_that_it_worked(success: bool) {
    use std::io::Write as _;
    assert!(success);
    writeln!(std::io::stdout(), "it worked").expect("standard output");
}
