//! The program from outside: what it prints, where, and how it exits.

mod bench;
mod cache;
mod completions;
mod cronjob;
mod demo;
mod endless;
mod extension;
mod flexsearch;
mod impex;
mod interruption;
mod jdbclog;
mod logger;
mod parameters;
mod pk;
mod property;
mod script;
mod session;
mod settings;
mod support;
mod terminal;
mod types;
mod untrusted;
mod unwritable;
mod update;
mod waiting;
