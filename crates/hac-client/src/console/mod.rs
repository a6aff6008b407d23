//! HAC's tab "Console": scripting, FlexibleSearch and ImpEx.

pub(crate) mod flexsearch;
pub(crate) mod impex;
pub(crate) mod parameter;
pub(crate) mod script_type;
pub(crate) mod scripting;
mod types;
