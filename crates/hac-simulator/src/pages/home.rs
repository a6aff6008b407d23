//! The page at the context path.

use std::fmt::Write as _;

use http::StatusCode;

use super::tabs::TABS;
use super::{Visit, escape, layout};
use crate::answer::Answer;

pub(super) fn page(visit: &Visit<'_>) -> Answer {
    let knobs = &visit.state.knobs;
    let mut body = format!("<p>You're {}</p>\n", escape(&display_name(&visit.user.name)));
    // Public clients look for the id of the area "console" to see whether they are logged in.
    for (area, title) in
        [("console", "Console"), ("platform", "Platform"), ("maintain", "Maintenance"), ("monitoring", "Monitoring")]
    {
        let _ = writeln!(body, "<ul id=\"{area}\" title=\"{title}\">");
        for tab in TABS.iter().filter(|tab| tab.area() == area && !visit.state.front.is_disabled(tab.path)) {
            let _ = writeln!(body, "<li><a href=\"{}{}\">{}</a></li>", knobs.context_path, tab.path, tab.title);
        }
        body.push_str("</ul>\n");
    }
    Answer::html(StatusCode::OK, layout(knobs, "Home", &visit.token, &body))
}

/// `admin` is greeted by the name that public clients look for; everybody else by the user's own.
fn display_name(user: &str) -> String {
    if user == "admin" { "Administrator".to_owned() } else { user.to_owned() }
}
