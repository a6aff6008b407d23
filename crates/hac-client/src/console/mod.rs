//! HAC's tab "Console": scripting, FlexibleSearch and ImpEx.

pub(crate) mod flexsearch;
pub(crate) mod impex;
mod json;
pub(crate) mod parameter;
pub(crate) mod scripting;
mod types;
pub(crate) mod weight;

pub(crate) use json::{COLLECTED_LIMIT, JsonAnswer};
