//! The session engine against a simulated HAC, over real HTTP: a module for each behaviour.

mod answers;
mod big;
mod calls;
mod changes;
mod clock;
mod faults;
mod forms;
mod impex;
mod limits;
mod login;
mod monitoring;
mod network;
mod parameters;
mod platform;
mod refusals;
mod requests;
mod support;
mod updates;
mod validation;
