//! The pages, one a file. The HTML is this project's own; it bears the markers that public clients look for.

mod console;
mod home;
mod login;
mod monitoring;
mod platform;
mod tabs;

use std::sync::Arc;

use http::{Method, StatusCode};

use crate::answer::Answer;
pub(crate) use crate::html::escape;
use crate::knobs::{DeniedPage, Knobs};
use crate::ledger::Ticket;
use crate::request::Request;
use crate::state::{State, User};
use crate::system::System;

pub(crate) use login::login_page;
pub(crate) use platform::init::{LOG_PATH as INIT_LOG_PATH, PATH as INIT_PATH, initializing, log as init_log};

/// What a page gets to see.
pub(crate) struct Visit<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) request: &'a Request,
    pub(crate) user: &'a User,
    /// The session's token as this page shows it.
    pub(crate) token: String,
    pub(crate) ticket: &'a Ticket,
    /// The memory of the node that answers.
    pub(crate) system: &'a System,
}

impl Visit<'_> {
    fn is_get(&self) -> bool {
        self.request.method == Method::GET || self.request.method == Method::HEAD
    }

    fn is_post(&self) -> bool {
        self.request.method == Method::POST
    }
}

/// Answers an authenticated and authorised request; `path` is below the context path.
pub(crate) async fn dispatch(visit: &Visit<'_>, path: &str) -> Answer {
    if let Some(page) = tabs::page(visit, path) {
        return page;
    }
    let area = path[1..].split('/').next().unwrap_or_default();
    match area {
        "" if visit.is_get() => home::page(visit),
        "" => Answer::not_allowed("GET"),
        "console" => console::dispatch(visit, path).await,
        "monitoring" => monitoring::dispatch(visit, path),
        "platform" => platform::dispatch(visit, path).await,
        "initlog" if path == INIT_LOG_PATH && visit.is_get() => init_log(visit.state),
        _ => not_found(),
    }
}

pub(crate) fn not_found() -> Answer {
    Answer::error(StatusCode::NOT_FOUND, "The requested resource is not available.")
}

/// 403 with the page for those who may not.
pub(crate) fn denied(knobs: &Knobs, token: &str) -> Answer {
    match knobs.denied_page {
        DeniedPage::Login => Answer { status: StatusCode::FORBIDDEN, ..login_page(knobs, token, false) },
        DeniedPage::Forbidden => {
            let body = "<h2>Forbidden</h2><p>You do not have the rights for this page.</p>";
            Answer::html(StatusCode::FORBIDDEN, layout(knobs, "Forbidden", token, body))
        }
    }
}

/// A page of HAC: the token in the metas, all three on one line, and in a hidden field.
fn layout(knobs: &Knobs, title: &str, token: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<title>hybris administration console | {title}</title>\n{}\n</head>\n<body>\n\
         {body}\n<form id=\"logout\" action=\"{}/j_spring_security_logout\" method=\"POST\">\
         <input type=\"hidden\" name=\"_csrf\" value=\"{token}\" /><input type=\"submit\" value=\"logout\" /></form>\n\
         </body>\n</html>\n",
        metas(token),
        knobs.context_path,
    )
}

fn metas(token: &str) -> String {
    format!(
        "<meta name=\"_csrf_parameter\" content=\"_csrf\" /><meta name=\"_csrf_header\" content=\"X-CSRF-TOKEN\" />\
         <meta name=\"_csrf\" content=\"{token}\" />"
    )
}
