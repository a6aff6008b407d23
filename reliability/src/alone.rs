//! Cells in a process of their own, whose memory is measured.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use crate::cell::Finding;

/// Far beyond the client's own limits: such cells compute, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(200);
/// What is collected is 64 MiB at most; growing and reading it may take as much again, a few times.
const MEMORY: u64 = 320 << 20;

/// The argument that makes this program run one cell only.
pub(crate) const ARGUMENT: &str = "--alone";

/// Runs the cell of this name in a process of its own.
pub(crate) fn run(name: &str) -> Finding {
    let began = Instant::now();
    let problems = match attempt(name) {
        Ok(problems) => problems,
        Err(error) => vec![format!("could not be run alone: {error}")],
    };
    Finding { problems, took: began.elapsed() }
}

fn attempt(name: &str) -> io::Result<Vec<String>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([ARGUMENT, name])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let began = Instant::now();
    let mut peak = 0;
    loop {
        peak = peak.max(peak_memory(&child.id().to_string()).unwrap_or(0));
        if peak > 4 * MEMORY {
            child.kill()?;
            child.wait()?;
            return Ok(vec![format!("{} MiB of memory, allowed are {}; it was ended", peak >> 20, MEMORY >> 20)]);
        }
        if child.try_wait()?.is_some() {
            break;
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(vec![format!("has not ended after {} s", PATIENCE.as_secs())]);
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let (problems, measured) = text.rsplit_once("peak ").unwrap_or((&text, ""));
    let mut problems: Vec<String> = problems.lines().map(str::to_owned).collect();
    match measured.trim().parse::<u64>() {
        Ok(own) => peak = peak.max(own),
        Err(_) => problems.push(format!("broke down: {}", output.status)),
    }
    if peak > MEMORY {
        problems.push(format!("{} MiB of memory, allowed are {}", peak >> 20, MEMORY >> 20));
    }
    Ok(problems)
}

/// The most memory that a process has had so far, in bytes. Only Linux tells.
pub(crate) fn peak_memory(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
