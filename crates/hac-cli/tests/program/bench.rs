//! A simulated HAC, a home directory of its own, and the program run from outside.

use std::fmt;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use hac_simulator::{Simulator, SimulatorBuilder, SimulatorHandle};

use crate::home::Home;
pub(crate) use crate::home::home;

#[cfg(unix)]
pub(crate) use crate::unix as system;
#[cfg(windows)]
pub(crate) use crate::windows as system;

/// The program.
pub(crate) const HAC: &str = env!("CARGO_BIN_EXE_hac");

/// One HAC and one user's home.
pub(crate) struct Bench {
    pub(crate) simulator: SimulatorHandle,
    pub(crate) home: Home,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Simulator::builder())
    }

    pub(crate) fn with(builder: SimulatorBuilder) -> Self {
        let (simulator, home) = (builder.start().expect("the simulator starts"), home());
        home.records(&simulator);
        Self { simulator, home }
    }

    /// The program with a URL, a username and a password in its environment.
    pub(crate) fn hac(&self) -> Command {
        let mut command = bare(self.home.path());
        command.env("HAC_URL", self.simulator.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        command
    }

    /// Runs it with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.hac().args(arguments))
    }

    /// What became of a command.
    pub(crate) fn ran(&self, command: &mut Command) -> Ran {
        ran(command, self.home.path(), Some(&self.simulator.url()))
    }

    /// A file in the home directory, by its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).expect("the file is written");
        path.display().to_string()
    }
}

/// The program with nothing in its environment but a home.
pub(crate) fn bare(home: &Path) -> Command {
    Command::from_std(isolated(home))
}

/// The same, for a test that handles the pipes or the process itself.
pub(crate) fn isolated(home: &Path) -> std::process::Command {
    let mut command = std::process::Command::new(HAC);
    command.env_clear().env("TZ", "UTC").current_dir(home).envs(system::variables(home));
    command
}

/// Runs a command, and replaces in its output what differs from run to run.
pub(crate) fn ran(command: &mut Command, home: &Path, url: Option<&str>) -> Ran {
    Ran::new(&command.output().expect("the program runs"), home, url)
}

/// A text without what differs from run to run.
pub(crate) fn named_alike(text: &str, home: &Path, url: Option<&str>) -> String {
    let home = home.display().to_string();
    // In JSON, the backslashes of a path are escaped.
    let text = text.replace(&(home.replace('\\', "\\\\") + "\\\\"), "HOME/");
    let text = system::as_elsewhere(text.replace(&home, "HOME"));
    match url {
        Some(url) => {
            let host = url.split_once("://").map_or(url, |(_, host)| host);
            text.replace(host, "SIMULATOR")
        }
        None => text,
    }
}

/// How a run ended. Its `Display` is what the snapshots hold.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn new(output: &Output, home: &Path, url: Option<&str>) -> Self {
        let text = |bytes: &[u8]| named_alike(std::str::from_utf8(bytes).expect("the output is UTF-8"), home, url);
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The rows of a list that is printed as JSON.
    pub(crate) fn objects(&self) -> Vec<serde_json::Map<String, serde_json::Value>> {
        let json = self.json();
        let headers: Vec<String> = serde_json::from_value(json["headers"].clone()).expect("names of columns");
        let rows: Vec<Vec<serde_json::Value>> = serde_json::from_value(json["rows"].clone()).expect("rows");
        let object = |row: Vec<serde_json::Value>| {
            assert_eq!(row.len(), headers.len(), "{self}");
            headers.iter().cloned().zip(row).collect()
        };
        rows.into_iter().map(object).collect()
    }

    /// The JSON on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        write!(f, "exit code {code}\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Compares with the snapshot of the test, times and durations left out.
#[macro_export]
macro_rules! snapshot {
    ($name:expr, $text:expr) => {
        $crate::snapshot!(@ insta::assert_snapshot!($name, $text))
    };
    ($ran:expr) => {
        $crate::snapshot!(@ insta::assert_snapshot!($ran.to_string()))
    };
    (@ $assert:expr) => {
        insta::with_settings!({
            omit_expression => true,
            prepend_module_to_snapshot => false,
            filters => vec![
                (r#"_time_ms":( ?)\d+"#, r#"_time_ms":${1}MS"#),
                (r#"_(seconds|at)":( ?)[\d.]+"#, r#"_$1":${2}SECONDS"#),
                (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE"),
                (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "UTC"),
                // Where the program is built with it.
                (r", keep it in the system's keyring with `hac login --save[^`]*`", ""),
                (r"\b\d+\.\d{6,}\b", "SECONDS"),
                (r"\b\d+s\b", "TIME"),
                (r"\b[0-9a-f]{16}-(\d+)\b", "RUN-$1"),
                (r#"(: ?"?|[\t,])[0-9A-Za-z_-]{1,6}\.\.\."#, "${1}SHORT..."),
            ],
        }, {
            $assert
        })
    };
}
