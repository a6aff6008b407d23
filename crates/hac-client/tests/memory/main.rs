//! How much memory an answer may take: measured where the kernel tells.

#![expect(clippy::print_stdout, reason = "a harness tells what it runs, and its children what they took")]

#[cfg(target_os = "linux")] // the peak of a process, which only Linux tells
mod linux;

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("left out: memory: only Linux tells the peak of a process (/proc/self/status)");
    ExitCode::SUCCESS
}
