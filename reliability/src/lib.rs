//! Every fault that a server can make, against every operation of the client.
//!
//! ```text
//! cargo test -p reliability --test matrix                  all of it
//! cargo test -p reliability --test matrix -- drips         the cells with this in their name
//! cargo test -p reliability --test matrix -- --library     none that go through the program
//! cargo test -p reliability --test matrix -- --write       writes docs/reliability.md
//! ```
//!
//! `HAC_PROGRAM` is a built `hac`; without it, it is built.

mod alone;
mod cell;
mod expectations;
mod faults;
mod matrix;
mod operations;
mod program;
mod report;
mod secrets;
mod server;
mod talk;

pub use matrix::run;
