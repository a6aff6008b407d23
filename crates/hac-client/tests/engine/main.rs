//! The session engine against a simulated HAC, over real HTTP: a module for each behaviour.

mod answers;
mod faults;
mod limits;
mod login;
mod network;
mod refusals;
mod support;
mod validation;
