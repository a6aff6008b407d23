//! The program from outside: what it prints, where, and how it exits.

mod bench;
mod cache;
mod demo;
mod flexsearch;
mod interruption;
mod logger;
mod property;
mod script;
mod session;
mod settings;
mod terminal;
mod waiting;
