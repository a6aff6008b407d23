//! Sessions that are carried from a browser or another machine, and written to files.

use serde_json::Value;

use crate::bench::{Bench, bare};
#[cfg(unix)]
use crate::unix::assert_private;
#[cfg(windows)]
use crate::windows::assert_private;

/// The session of a browser, and the request that it copies for the form of the query console.
struct Browser {
    url: String,
    id: String,
    token: String,
}

impl Browser {
    fn new(bench: &Bench) -> Self {
        bench.run(&["session", "start"]);
        let session: Value = bench.run(&["session", "export"]).json();
        let text = |name: &str| session[name].as_str().expect("text").to_owned();
        Self { url: bench.simulator.url(), id: text("session_id"), token: text("csrf_token") }
    }

    fn for_unix(&self) -> String {
        let Self { url, id, token } = self;
        format!(
            "curl '{url}/hac/console/flexsearch/execute' \\\n  -H 'Accept: application/json' \\\n  \
             -b 'other=1; JSESSIONID={id}' \\\n  -H 'X-CSRF-TOKEN: {token}' \\\n  --data-raw 'maxCount=1' \\\n  --insecure\n"
        )
    }

    fn for_windows(&self) -> String {
        let Self { url, id, token } = self;
        format!(
            "curl ^\"{url}/hac/console/flexsearch/execute^\" ^\r\n  -b ^\"JSESSIONID={id}^\" ^\r\n  \
             -H ^\"X-CSRF-TOKEN: {token}^\" ^\r\n  --data-raw ^\"maxCount=1^\""
        )
    }
}

#[test]
fn a_session_comes_from_the_request_that_a_browser_copies() {
    let bench = Bench::new();
    let browser = Browser::new(&bench);
    for (label, text) in [("unix", browser.for_unix()), ("windows", browser.for_windows())] {
        let file = bench.file("copied.txt", &text);
        for arguments in [&["--from-curl", "-f", &file][..], &["--from-curl", "--check"]] {
            let mut import = bare(bench.home.path());
            import.args(["session", "import", label, "-u", "admin"]).args(arguments).write_stdin(text.clone());
            let imported = bench.ran(&mut import);
            assert_eq!(imported.code, Some(0), "{imported}");
            assert!(!imported.to_string().contains(&browser.id) && !imported.to_string().contains(&browser.token));
            let mut query = bare(bench.home.path());
            query.args(["-e", label, "flexsearch", "-q", "SELECT {isocode} FROM {Language} WHERE {isocode} = 'de'"]);
            let found = bench.ran(&mut query);
            assert_eq!(found.code, Some(0), "{found}");
            bench.run(&["session", "clear", label]);
        }
    }
    assert_eq!(bench.simulator.ledger().logins(), 1, "only the browser's");
}

#[test]
fn a_copied_request_for_another_server_is_not_taken() {
    let bench = Bench::new();
    let browser = Browser::new(&bench);
    bench.run(&["env", "add", "shop", "--url", "https://shop.example.com"]);
    for arguments in [&["shop"][..], &["x", "--url", "http://127.0.0.1:1"]] {
        let mut import = bare(bench.home.path());
        import.args(["session", "import", "-u", "admin", "--from-curl"]).args(arguments);
        let refused = bench.ran(import.write_stdin(browser.for_unix()));
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("the copied request is for"), "{refused}");
    }
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "local\n");
}

#[test]
fn what_a_copied_request_lacks_is_named() {
    let bench = Bench::new();
    let import = |arguments: &[&str], text: &str| {
        let mut import = bench.hac();
        bench.ran(import.args(["session", "import"]).args(arguments).write_stdin(text))
    };
    for (arguments, text, why) in [
        (&["--from-curl"][..], "", "it is empty"),
        (&["--from-curl"], "curl http://h/hac/ -b JSESSIONID=SECRET", "it has no CSRF token"),
        (&["--from-curl"], "Invoke-WebRequest http://h", "it does not begin with curl"),
        (&[], "curl http://h/hac/ -b JSESSIONID=SECRET", "pass --from-curl"),
        (&["--from-curl", "--session-id", "1"], "", "cannot be used with"),
    ] {
        let refused = import(arguments, text);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains(why) && !refused.to_string().contains("SECRET"), "{refused}");
    }
}

#[test]
fn a_session_that_has_ended_is_not_stored_if_the_server_is_asked_first() {
    let bench = Bench::new();
    let browser = Browser::new(&bench);
    bench.simulator.faults().expire_sessions();
    bench.simulator.ledger().clear();
    let import = |arguments: &[&str]| {
        let mut import = bench.hac();
        bench.ran(import.args(["session", "import", "ci"]).args(arguments).write_stdin(browser.for_unix()))
    };
    let dead = import(&["--from-curl", "--check"]);
    assert_eq!(dead.code, Some(4), "{dead}");
    assert!(dead.stderr.contains("nothing was stored"), "{dead}");
    assert_eq!((bench.simulator.ledger().len(), bench.simulator.ledger().logins()), (1, 0));
    assert_eq!(bench.run(&["session", "list", "-q"]).stdout, "local\n");
    // Unasked, it is stored as it is.
    assert_eq!(import(&["--from-curl"]).code, Some(0));
    assert_eq!(bench.simulator.ledger().len(), 1);
}

#[test]
fn an_exported_file_is_private_and_replaces_none_unasked() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let path = bench.home.path().join("session.json");
    let name = path.display().to_string();
    let written = bench.run(&["session", "export", "-o", &name]);
    assert_eq!((written.code, written.stdout.as_str()), (Some(0), "HOME/session.json\n"), "{written}");
    assert_private(&path);
    let text = std::fs::read_to_string(&path).expect("a file");
    let again = bench.run(&["session", "export", "-o", &name]);
    assert_eq!(again.code, Some(2), "{again}");
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), text);
    assert_eq!(bench.run(&["session", "export", "-o", &name, "--force", "--json"]).json()["success"], true);
    let imported = bench.ran(bench.hac().args(["session", "import", "copy", "--check", "-f", &name]));
    assert_eq!(imported.code, Some(0), "{imported}");
    // Without a session there is no file.
    let none = bench.home.path().join("none.json");
    let absent = bench.run(&["session", "export", "nope", "-o", &none.display().to_string()]);
    assert_eq!((absent.code, none.exists()), (Some(4), false), "{absent}");
}
