//! The page at the context path.

use http::StatusCode;

use super::{Visit, escape, layout};
use crate::answer::Answer;

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let knobs = &visit.state.knobs;
    let context = &knobs.context_path;
    let body = format!(
        "<p>You're {}</p>\n<ul>\n<li><a href=\"{context}/console/scripting\">Scripting</a></li>\n\
         <li><a href=\"{context}/console/flexsearch\">FlexibleSearch</a></li>\n\
         <li><a href=\"{context}/console/impex/import\">ImpEx Import</a></li>\n\
         <li><a href=\"{context}/console/impex/export\">ImpEx Export</a></li>\n</ul>",
        escape(&display_name(&visit.user.name))
    );
    Answer::html(StatusCode::OK, layout(knobs, "Home", &visit.token, &body))
}

/// `admin` is greeted by the name that public clients look for; everybody else by the user's own.
fn display_name(user: &str) -> String {
    if user == "admin" { "Administrator".to_owned() } else { user.to_owned() }
}
