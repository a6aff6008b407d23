//! Cells that go through the program `hac`, as people run it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use crate::cell::{Cell, PATIENCE, counted, secrets_in};
use crate::expectations::{Class, Expected, Outcome};
use crate::operations::Nature;
use crate::server::tls::Trusts;
use crate::server::{Server, pages};

/// What came of a run.
struct Ran {
    /// `None`: it did not end, or a signal ended it.
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the cell's operation with the program; returns what is not allowed.
pub(crate) async fn run(
    cell: &Cell,
    server: &Server,
    trusts: &Trusts,
    directory: &Path,
    json: bool,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let impex = directory.join("titles.impex");
    fs::write(&impex, "INSERT_UPDATE Title;code[unique=true]\n;mr\n")?;
    let zip = directory.join("titles.zip");
    fs::write(&zip, pages::zip())?;
    let mut command = Command::new(built());
    for argument in cell.operation.arguments {
        match *argument {
            "IMPEX" => command.arg(&impex),
            "ZIP" => command.arg(&zip),
            "OUT" => command.arg(directory.join("out.zip")),
            plain => command.arg(plain),
        };
    }
    // A format that the arguments name cannot stand beside it.
    let named = cell.operation.arguments.iter().any(|argument| matches!(*argument, "--format" | "--csv"));
    // And an update is reported with its outcome, not with a kind of error.
    let json = json && !named && cell.operation.name != "update";
    if json {
        command.arg("--json");
    }
    if cell.fault.security.is_some() {
        command.arg("--cacert").arg(trusts.bundle());
    }
    command
        .args(["-vvv", "--timeout", &cell.limit().as_secs().to_string(), "--cache-dir"])
        .arg(directory.join("cache"))
        .env_clear()
        .env("HOME", directory)
        .env("HAC_URL", cell.url(server))
        .env("HAC_USERNAME", "admin")
        .env("HAC_PASSWORD", cell.password())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ran = tokio::task::spawn_blocking(move || command.spawn().map(ended)).await??;
    let mut expected = cell.case().expected();
    if asks_first(cell) {
        // What the fault is about may be met by a request before.
        expected.sent = 0..=*expected.sent.end();
    }
    let mut problems = judge(cell, &expected, &ran, json);
    problems.extend(counted(server, &expected));
    problems.extend(secrets_in(&format!("{}\n{}", ran.stdout, ran.stderr), &server.secrets()));
    Ok(problems)
}

/// Whether the program sends other requests before the operation's own.
fn asks_first(cell: &Cell) -> bool {
    cell.operation.name == "update" || cell.operation.name.starts_with("download")
}

fn judge(cell: &Cell, expected: &Expected, ran: &Ran, json: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let said: String = ran.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    let nature = cell.operation.nature;
    let mut codes: Vec<i32> =
        expected.outcomes.iter().flat_map(|outcome| outcome.exit_codes(nature)).copied().collect();
    if cell.operation.name == "update" && codes.contains(&3) && cell.fault.executes {
        // What answered may be anything, and the update may run: how it ends is not known.
        codes.push(5);
    }
    if nature == Nature::Check && cell.fault.class == Class::Initializing {
        // Alive, as the contract has it.
        codes = vec![0];
    }
    match ran.code {
        Some(code) if codes.contains(&code) => {}
        Some(code) => problems.push(format!("exit code {code} and not {codes:?} ({said})")),
        None => problems.push(format!("was ended by a signal, or has not ended after {} s", PATIENCE.as_secs())),
    }
    let error_expected = expected.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Error(_)));
    if error_expected && said.is_empty() {
        problems.push(format!("failed without a word on standard error: {:?}", ran.stderr));
    }
    if json && error_expected {
        let kinds = expected.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Error(kind) => Some(format!("\"kind\":\"{kind}\"")),
            _ => None,
        });
        let bare: String = ran.stdout.chars().filter(|c| !c.is_whitespace()).collect();
        if !kinds.into_iter().any(|kind| bare.contains(&kind)) {
            problems.push(format!("its JSON has none of the kinds {:?}: {bare}", expected.outcomes));
        }
    }
    problems
}

/// Waits for its end, and ends it when it takes too long.
fn ended(mut child: Child) -> Ran {
    let mut readers = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        readers.push(thread::spawn(move || read(&mut stdout)));
    }
    if let Some(mut stderr) = child.stderr.take() {
        readers.push(thread::spawn(move || read(&mut stderr)));
    }
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
        }
    };
    let mut texts = readers.into_iter().map(|reader| reader.join().unwrap_or_default());
    let (stdout, stderr) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    Ran { code: status.and_then(|status| status.code()), stdout, stderr }
}

fn read(stream: &mut impl std::io::Read) -> String {
    let mut bytes = Vec::new();
    let _ = stream.take(64 << 20).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `HAC_PROGRAM`, or else built here, once: no test program may ask for one of another package.
pub(crate) fn built() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("HAC_PROGRAM") {
            return program.into();
        }
        let own = std::env::current_exe().expect("the matrix's own path");
        let target = own.ancestors().nth(3).expect("target/debug/deps/matrix").to_owned();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--locked", "--package", "hac-cli", "--target-dir"]).arg(&target);
        // What cargo told the matrix about itself would make it build a dependency anew that looks at it.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                cargo.env_remove(name);
            }
        }
        assert!(cargo.status().expect("cargo runs").success(), "hac cannot be built");
        target.join("debug").join("hac")
    })
}
