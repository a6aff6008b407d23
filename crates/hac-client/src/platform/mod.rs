//! HAC's tab "Platform".

pub(crate) mod config;
pub(crate) mod init;
pub(crate) mod log4j;
pub(crate) mod pk;
