//! The program from outside: what it prints, where, and how it exits.

mod bench;
mod demo;
mod flexsearch;
mod interruption;
mod script;
mod session;
mod settings;
mod terminal;
mod waiting;
