//! The program from outside: what it prints, where, and how it exits.

mod bench;
mod cache;
mod completions;
mod cronjob;
#[cfg(unix)]
mod demo;
mod endless;
mod extension;
mod flexsearch;
mod impex;
#[cfg(unix)]
mod interruption;
mod jdbclog;
mod logger;
#[cfg(unix)]
mod manners;
#[cfg(unix)]
mod panics;
mod parameters;
mod pk;
mod property;
#[cfg(unix)]
mod scarcity;
mod script;
mod session;
mod settings;
mod support;
#[cfg(unix)]
mod terminal;
mod types;
#[cfg(unix)]
mod unix;
mod untrusted;
#[cfg(unix)]
mod unwritable;
mod update;
#[cfg(unix)]
mod update_attended;
#[cfg(unix)]
mod waiting;
#[cfg(windows)]
mod windows;
