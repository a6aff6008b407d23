//! The fault matrix, with a main of its own: its cells are thousands, and most of them wait.

fn main() -> std::process::ExitCode {
    reliability::run(std::env::args().skip(1).collect())
}
