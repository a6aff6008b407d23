//! HAC's tab "Console": scripting and FlexibleSearch.

pub(crate) mod flexsearch;
mod json;
mod rows;
pub(crate) mod scripting;

pub(crate) use json::JsonAnswer;
