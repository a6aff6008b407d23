//! HAC's tab "Monitoring".

pub(crate) mod cache;
