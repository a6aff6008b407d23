//! HAC's tab "Platform".

mod about;
pub(crate) mod config;
pub(crate) mod init;
pub(crate) mod log4j;
pub(crate) mod pk;
mod support;
