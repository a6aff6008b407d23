//! Groovy scripts, in a real Groovy: a process of its own that may do what this user may do.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::ScriptOutcome;

/// How long a script may run, with the start of its process, which takes seconds.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// How much of each text is read.
const TEXT_LIMIT: u64 = 64 << 20;
/// All that the process learns of the simulator's environment: scripts have no use for passwords in it.
const ENVIRONMENT: [&str; 11] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "JAVA_HOME",
    "GROOVY_HOME",
    "SystemRoot",
    "TEMP",
    "TMP",
    "USERPROFILE",
];
/// A small machine that starts fast: scripts here are short.
const JAVA_OPTIONS: &str = "-Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1";

pub(super) fn run(program: &Path, script: &str) -> ScriptOutcome {
    run_for(TIME_LIMIT, program, script)
}

pub(super) fn run_for(limit: Duration, program: &Path, script: &str) -> ScriptOutcome {
    attempt(limit, program, script)
        .unwrap_or_else(|error| ScriptOutcome::failed(format!("{} did not run: {error}", program.display())))
}

fn attempt(limit: Duration, program: &Path, script: &str) -> io::Result<ScriptOutcome> {
    let directory = tempfile::tempdir()?;
    let place = |name: &str| directory.path().join(name);
    fs::write(place("wrapper.groovy"), include_str!("wrapper.groovy"))?;
    fs::write(place("script.groovy"), script)?;
    let console = File::create(place("console"))?;

    let mut command = Command::new(program);
    command
        .arg(place("wrapper.groovy"))
        .arg(place("script.groovy"))
        .arg(directory.path())
        .current_dir(directory.path())
        .env_clear()
        .envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("JAVA_OPTS", JAVA_OPTIONS)
        .stdin(Stdio::null())
        .stdout(console.try_clone()?)
        .stderr(console);
    let status = wait(&mut command.spawn()?, limit)?;

    let output_text = text(&place("output"))?;
    let failure = match status {
        None => Some(format!("the script was ended after {} s", limit.as_secs())),
        Some(status) if !place("done").exists() => {
            Some(format!("the process of the script ended early ({status})\n{}", text(&place("console"))?))
        }
        Some(_) => None,
    };
    Ok(match failure {
        Some(stacktrace_text) => ScriptOutcome { execution_result: String::new(), output_text, stacktrace_text },
        None => ScriptOutcome {
            execution_result: text(&place("result"))?,
            output_text,
            stacktrace_text: text(&place("trace"))?,
        },
    })
}

/// How the process ended; `None` if it had to be killed.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            // Between the look and the kill it may have ended by itself; the wait takes either.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

/// A text that the process wrote; empty if it did not come to that.
fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(TEXT_LIMIT).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
