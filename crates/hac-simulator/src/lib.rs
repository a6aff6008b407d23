//! A simulator of SAP Commerce's administration console (HAC): real HTTP on this machine, sessions and CSRF as Spring Security
//! has them, scripts and queries that really run, a ledger of what arrived, and faults on demand.
//!
//! ```
//! use hac_simulator::{Fault, On, Release, Simulator};
//!
//! let simulator = Simulator::builder().release(Release::R2211).start()?;
//! simulator.faults().once(On::post("/console/scripting/execute"), Fault::ResetAfter);
//! println!("a HAC at {}/hac", simulator.url());
//!
//! // … whatever is to be tested talks to it …
//!
//! assert_eq!(simulator.ledger().logins(), 0);
//! # Ok::<(), hac_simulator::StartError>(())
//! ```
//!
//! It shares no code with the client, so that the two cannot share a mistake. Its pages are this project's own; they bear the
//! markers that public clients look for.

mod account;
mod answer;
mod archive;
mod body;
mod builder;
mod cluster;
mod content;
mod control;
mod database;
mod exchange;
mod exports;
mod fault;
mod faults;
mod front;
mod handle;
mod html;
mod import_jobs;
mod knobs;
mod ledger;
mod line;
mod multipart;
mod outcome;
mod pages;
mod release;
mod request;
mod scripting;
mod security;
mod server;
mod spoil;
mod state;
mod system;
mod token;
mod updates;
mod workers;

pub use account::Account;
pub use builder::{Simulator, SimulatorBuilder, StartError};
pub use fault::{Fault, On, RefusedBy};
pub use faults::Faults;
pub use handle::SimulatorHandle;
pub use knobs::{
    BesideRoot, DeniedPage, GatewayEnd, GatewayLimit, Knobs, Locations, LoginPage, RateLimit, Refusal, RoutePolicy,
    TokenStyle, XssFilter,
};
pub use ledger::{Entry, Ledger};
pub use release::{Release, UnknownRelease};
