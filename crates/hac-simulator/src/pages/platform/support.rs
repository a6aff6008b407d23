//! The files for the support.

use http::StatusCode;
use http::header::CONTENT_DISPOSITION;
use serde::Serialize;

use crate::answer::Answer;
use crate::archive;
use crate::pages::{Visit, not_found};
use crate::system::support;

/// That the answer is JSON is known, and no more.
#[derive(Serialize)]
struct Packed {
    files: usize,
}

/// That it is a list is known; here it is one of paths.
pub(super) fn data() -> Answer {
    Answer::json(&support::paths())
}

pub(super) fn zip(visit: &Visit<'_>) -> Answer {
    let files = support::files(&visit.request.parameters("files"), visit.system, &visit.state.ledger);
    if files.is_empty() {
        return Answer::error(StatusCode::BAD_REQUEST, "files names no file that is offered");
    }
    visit.ticket.executed();
    match archive::pack(&files) {
        Ok(packed) => {
            visit.system.packed.put(packed);
            Answer::json(&Packed { files: files.len() })
        }
        Err(error) => Answer::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) fn download(visit: &Visit<'_>) -> Answer {
    let Some(archive) = visit.system.packed.last() else { return not_found() };
    let mut answer = Answer::text(StatusCode::OK, "application/zip", String::new());
    answer.set(CONTENT_DISPOSITION, "attachment; filename=\"support.zip\"");
    answer.body = archive.into();
    answer
}
