use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::bench::{Ran, bare, home, isolated, ran};

/// A simulator on a file, and its address.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut command = isolated(home);
        command.args(["simulator", "--port", "0", "--json", "--database", "hac.db"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        Self { process, url: json["url"].as_str().expect("a URL").to_owned() }
    }

    fn run(&self, home: &Path, arguments: &[&str]) -> Ran {
        let mut command = bare(home);
        command.env("HAC_URL", &self.url).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        ran(command.args(arguments), home, Some(&self.url))
    }

    /// Ends it as `kill -9` does.
    fn kill(mut self) {
        self.process.kill().expect("it is killed");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failed test.
        let _ = self.process.kill();
    }
}

#[test]
fn a_killed_simulator_goes_on_with_every_import_that_was_answered() {
    let home = home();
    home.records_of_a_process("/console/impex/import", 3);
    let home = home.path();
    for (round, code) in ["fr", "it", "es"].into_iter().enumerate() {
        let server = Server::start(home, &[]);
        std::fs::write(home.join("one.impex"), format!("INSERT Language;isocode[unique=true]\n;{code}\n"))
            .expect("written");
        let imported = server.run(home, &["impex", "import", "one.impex"]);
        assert_eq!(imported.code, Some(0), "{imported}");
        server.kill();

        let server = Server::start(home, &[]);
        let found =
            server.run(home, &["flexsearch", "--format", "tsv", "--no-headers", "SELECT count(*) FROM {Language}"]);
        assert_eq!(found.stdout.trim(), (round + 3).to_string(), "{found}");
        server.kill();
    }
}

#[test]
fn a_database_that_is_in_use_or_is_none_is_named() {
    let home = home();
    let home = home.path();
    let server = Server::start(home, &["--stock-levels", "5"]);
    let found =
        server.run(home, &["flexsearch", "--format", "tsv", "--no-headers", "SELECT count(*) FROM {StockLevel}"]);
    assert_eq!(found.stdout, "5\n", "{found}");
    let again = ran(bare(home).args(["simulator", "--port", "0", "--database", "hac.db"]), home, None);
    assert_eq!(again.code, Some(2), "{again}");
    assert!(again.stderr.contains("hac.db is in use by another process"), "{again}");
    std::fs::write(home.join("notes.txt"), "no database, but a text of more than some bytes").expect("written");
    let none = ran(bare(home).args(["simulator", "--port", "0", "--database", "notes.txt"]), home, None);
    assert_eq!(none.code, Some(2), "{none}");
    assert!(none.stderr.contains("notes.txt is not a database of the simulator"), "{none}");
    server.kill();
}

#[test]
fn a_simulator_that_is_to_run_groovy_does_not_start_without_one_and_says_how_to_get_it() {
    let home = home();
    let home = home.path();
    std::fs::create_dir(home.join("empty")).expect("a directory");
    for flags in [&[][..], &["--json"]] {
        let mut command = bare(home);
        command.env("PATH", home.join("empty")).args(["simulator", "--groovy", "--port", "0"]).args(flags);
        // One that starts would never end.
        let refused = ran(command.timeout(Duration::from_secs(60)), home, None);
        assert_eq!(refused.code, Some(2), "{refused}");
        let text = refused.to_string();
        for part in ["there is no groovy on the PATH", "apt-get install groovy", "mvn ", "--type javascript"] {
            assert!(text.contains(part), "{part}: {refused}");
        }
    }
}
