//! The simulator from outside, over real sockets.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod accounts;
mod browser;
mod chain;
mod control;
mod doors;
mod execution;
mod faults;
mod front;
mod impex;
mod monitoring;
mod nodes;
mod platform;
mod releases;
mod updates;
