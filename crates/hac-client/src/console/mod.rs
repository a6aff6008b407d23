//! HAC's tab "Console": scripting and FlexibleSearch.

pub(crate) mod flexsearch;
mod json;
pub(crate) mod parameter;
pub(crate) mod scripting;
mod types;

pub(crate) use json::{COLLECTED_LIMIT, JsonAnswer};
