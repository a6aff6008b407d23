//! HAC's tab "Platform".

pub(super) mod init;

use super::{Visit, not_found};
use crate::answer::Answer;

/// `path` is below the context path.
pub(super) fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    let get = visit.is_get();
    match path {
        init::PATH if get => init::page(visit),
        init::PATH => Answer::not_allowed("GET"),
        _ => not_found(),
    }
}
