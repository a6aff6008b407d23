//! What the editor of the `ImpEx` console asks for: types and their attributes.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Answer;
use crate::database;
use crate::pages::Visit;

#[derive(Serialize)]
struct Types {
    exists: bool,
    types: Vec<&'static str>,
}

#[derive(Serialize)]
struct Attributes {
    exists: bool,
    attributes: Vec<&'static str>,
}

pub(super) fn all() -> Answer {
    Answer::json(&Types { exists: true, types: database::type_codes() })
}

/// How a real server says that there is no such type is inferred from the key `exists`.
pub(super) fn attributes(visit: &Visit<'_>) -> Answer {
    let Some(code) = visit.request.parameter("type") else {
        return Answer::error(StatusCode::BAD_REQUEST, "A required parameter is not present: type");
    };
    let found = database::attributes_of(&code);
    Answer::json(&Attributes { exists: found.is_some(), attributes: found.unwrap_or_default() })
}
