//! Builds the examples once and runs them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use hac_simulator::SimulatorHandle;
use tempfile::TempDir;

/// The text of each example by its name.
pub(crate) fn sources() -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(directory).expect("the examples").map(|entry| entry.expect("an entry").path());
    files
        .map(|file| {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(file).expect("a text"))
        })
        .collect()
}

/// Where the examples are, built with the features that the workspace has.
fn built() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let own = std::env::current_exe().expect("the test's own path");
        let target = own.ancestors().nth(3).expect("target/debug/deps/examples").to_owned();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--workspace", "--examples", "--target-dir"]).arg(&target);
        cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        // What cargo told this test about itself would make it build a dependency anew that looks at it.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "the examples cannot be built");
        target.join("debug").join("examples")
    })
}

/// A run of an example, in a directory of its own with a session cache of its own.
pub(crate) struct Example {
    command: Command,
    pub(crate) directory: TempDir,
}

impl Example {
    pub(crate) fn new(name: &str, hac: &SimulatorHandle) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut command = Command::new(built().join(name));
        command.current_dir(directory.path()).env("HAC_CACHE_DIR", directory.path().join("sessions"));
        command.env("HAC_URL", hac.url()).env("HAC_USERNAME", "admin").env("HAC_PASSWORD", "nimda");
        Self { command, directory }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn run(&mut self, input: &str) -> Ran {
        let piped = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("its input");
        let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { good: status.success(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// What a file in its directory holds.
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).expect(name)
    }
}

#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) good: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}
