//! The program `hac`, as people run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) ok: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it as admin against a server, with its files in `home`.
pub(crate) async fn hac(url: &str, home: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(built());
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("HAC_URL", url)
        .env("HAC_USERNAME", "admin")
        .env("HAC_PASSWORD", "nimda")
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("hac runs")).await.expect("no panic");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The directory `target`, which the suite itself was built into.
pub(crate) fn target() -> PathBuf {
    let suite = std::env::current_exe().expect("the suite's own path");
    suite.ancestors().nth(3).expect("target/debug/deps/suite").to_owned()
}

/// `HAC_PROGRAM`, or else built here, once: no test program may ask for one of another package.
fn built() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("HAC_PROGRAM") {
            return program.into();
        }
        let target = target();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "hac-cli", "--target-dir"]).arg(&target);
        // What cargo told the suite about itself would make it build a dependency anew that looks at it.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "hac cannot be built");
        target.join("debug").join("hac")
    })
}
