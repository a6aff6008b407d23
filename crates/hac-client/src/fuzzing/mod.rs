//! What is fuzzed: each target takes any bytes, gives them to a reader of ours, and asserts what must hold of the outcome.
//!
//! The same targets run twice: under cargo-fuzz (`fuzz/` in the repository), and as tests over the committed corpus and over
//! generated inputs (`tests.rs`). A target panics where a promise is broken, and for no other reason.

mod answers;
mod audit;
mod bulk;
mod copied;
mod impex;
mod paged;
mod pages;
mod server_text;
mod session;
mod settings;
#[cfg(test)]
mod tests;

pub use answers::{query_answer, script_answer};
pub use audit::audit_log;
pub use bulk::impex_chunks;
pub use copied::curl_command;
pub use impex::{impex_input, impex_report};
pub use paged::paged_query;
pub use pages::{page, update_log};
pub use server_text::server_text;
pub use session::{session_file, set_cookie, side_file};
pub use settings::settings;

/// A target's name, which is that of its corpus and of its file in `fuzz/fuzz_targets`, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 15] = [
    ("audit_log", audit_log),
    ("curl_command", curl_command),
    ("impex_chunks", impex_chunks),
    ("impex_input", impex_input),
    ("impex_report", impex_report),
    ("page", page),
    ("paged_query", paged_query),
    ("query_answer", query_answer),
    ("script_answer", script_answer),
    ("server_text", server_text),
    ("session_file", session_file),
    ("set_cookie", set_cookie),
    ("settings", settings),
    ("side_file", side_file),
    ("update_log", update_log),
];

/// The parts of an input for a target that takes several: what stands between two bytes 0xFF, which no UTF-8 text holds.
fn parts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == 0xff)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
