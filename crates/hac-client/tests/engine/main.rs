//! The session engine against a simulated HAC, over real HTTP: a module for each behaviour.

mod answers;
mod changes;
mod clock;
mod faults;
mod forms;
mod limits;
mod login;
mod network;
mod refusals;
mod requests;
mod support;
mod validation;
