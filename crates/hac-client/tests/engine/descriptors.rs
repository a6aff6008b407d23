//! Where a process may open no more files: limits, and the count of what is open, as Linux has them.

use hac_client::ErrorKind;

use super::blocking::run;
use super::support::{EXECUTE, Hac, assert_kind};

const CHILD: &str = "HAC_TEST_DESCRIPTORS_LEFT";

#[test]
fn a_process_without_free_descriptors_gets_an_error_with_a_hint() {
    const NAME: &str = "descriptors::a_process_without_free_descriptors_gets_an_error_with_a_hint";
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
        hac.records.lack(usize::from(worked), EXECUTE, "a log would need a descriptor more");
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
