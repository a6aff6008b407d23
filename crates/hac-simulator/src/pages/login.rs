//! The login page.

use http::StatusCode;

use super::metas;
use crate::answer::Answer;
use crate::knobs::Knobs;

/// The form, with the token of an anonymous session.
pub(crate) fn login_page(knobs: &Knobs, token: &str, failed: bool) -> Answer {
    let message = if failed { "<div id=\"loginErrors\" class=\"error\">Login failed</div>\n" } else { "" };
    let page = format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<title>hybris administration console | Login</title>\n{}\n\
         <!-- redirect_detection -->\n</head>\n<body>\n{message}\
         <form id=\"loginForm\" action=\"{}/j_spring_security_check\" method=\"POST\">\n\
         <input type=\"text\" name=\"j_username\" />\n<input type=\"password\" name=\"j_password\" />\n\
         <input type=\"checkbox\" name=\"_spring_security_remember_me\" />\n\
         <input type=\"hidden\" name=\"_csrf\" value=\"{token}\" />\n<input type=\"submit\" value=\"login\" />\n\
         </form>\n</body>\n</html>\n",
        metas(token),
        knobs.context_path,
    );
    Answer::html(StatusCode::OK, page)
}
