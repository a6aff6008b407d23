//! The session engine against a simulated HAC, over real HTTP: a module for each behaviour.

mod answers;
mod audit;
mod big;
mod blocking;
mod calls;
mod changes;
mod clock;
#[cfg(target_os = "linux")] // limits on descriptors
mod descriptors;
mod diagnosis;
mod echo;
mod executions;
mod faults;
mod forms;
mod handlers;
mod impex;
mod limits;
mod login;
mod logout;
mod monitoring;
mod network;
mod outcomes;
mod pace;
mod pages;
mod parameters;
mod password;
mod platform;
mod protection;
mod refusals;
mod relocation;
mod requests;
mod rows;
mod support;
mod updates;
mod validation;
mod writes;
