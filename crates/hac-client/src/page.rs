//! What is read from HTML: tokens, the kind of a page, the element that carries a result.
//!
//! Everything here takes text and returns owned values. A page is judged by its elements and
//! never by searching its text: a report may quote anything, a login form included.

pub(crate) mod impex;
pub(crate) mod loggers;
mod markup;
pub(crate) mod properties;
mod reader;
#[cfg(test)]
mod tests;
pub(crate) mod update_log;

use std::fmt;

pub(crate) use self::markup::TooManyRows;
use self::reader::{ElementReader, PageReader};
use crate::secret::CsrfToken;
use crate::server_text::ServerText;

/// The last segment of the address that the login form posts to, set by Spring Security.
pub(crate) const LOGIN_ACTION: &str = "j_spring_security_check";

/// How much of a page's visible text is read, in bytes: more than is ever shown of it.
const EXCERPT_BYTES: usize = 4096;

/// What a page says of itself.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: Option<ServerText>,
    pub(crate) token: Option<CsrfToken>,
    /// Every token that stands on it: none of them may be shown.
    pub(crate) tokens: Vec<CsrfToken>,
    pub(crate) login_form: Option<LoginForm>,
    /// The marker that HAC's login page carries for scripts that expected JSON.
    pub(crate) redirect_detection: bool,
    /// The beginning of the visible text.
    pub(crate) excerpt: ServerText,
}

/// The form of HAC's login page. Its values are left out of `Debug`: the address may hold a session id.
pub(crate) struct LoginForm {
    /// As it stands in the page: relative or absolute.
    pub(crate) action: String,
    /// Hidden fields other than the token.
    pub(crate) hidden: Vec<(String, String)>,
    /// The token's field, missing in early 5.x and on pages that something else answered.
    pub(crate) token: Option<(String, CsrfToken)>,
}

impl fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.hidden.iter().map(|(name, _)| name).collect();
        f.debug_struct("LoginForm").field("hidden", &names).field("token", &self.token).finish_non_exhaustive()
    }
}

impl Page {
    /// Whether the title is one of HAC's: `hybris administration console | Login`.
    pub(crate) fn has_hac_title(&self) -> bool {
        self.title.as_ref().is_some_and(|title| title.mentions("administration console"))
    }

    /// Whether HAC made it, as far as a page can show that: a shop's login page has neither.
    pub(crate) fn is_marked_as_hac(&self) -> bool {
        self.has_hac_title() || self.redirect_detection
    }

    pub(crate) fn read(html: &str) -> Self {
        let mut reader = markup::walk(html, PageReader::default());
        reader.close_form();
        let meta_token = reader.meta_token;
        let parameter = reader.parameter.unwrap_or_else(|| "_csrf".to_owned());
        let login_form = reader.login.map(|form| form.into_login_form(&parameter, meta_token.as_ref()));
        let in_form = login_form.as_ref().and_then(|form| form.token.as_ref()).map(|(_, token)| token);
        let tokens = reader.input_token.iter().chain(&meta_token).chain(in_form).cloned().collect();
        Self {
            title: reader.title.map(ServerText::new),
            login_form,
            tokens,
            token: reader.input_token.or(meta_token),
            redirect_detection: html.contains("redirect_detection"),
            excerpt: ServerText::new(reader.text),
        }
    }
}

/// The attributes and the text of the element with this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

/// The first element with one of these ids. Without an end tag it reaches as far as what is around it.
pub(crate) fn element_by_id(html: &str, ids: &[String]) -> Option<Element> {
    markup::walk(html, ElementReader::for_ids(ids)).found
}

pub(crate) fn posts_to_login(action: &str) -> bool {
    let path = action.split(['?', '#', ';']).next().unwrap_or_default();
    path == LOGIN_ACTION || path.ends_with("/j_spring_security_check")
}

/// Whether a path is where HAC sends those who are not logged in.
///
/// `known` is the path where the login page was found, should it have another name.
pub(crate) fn is_login_path(path: &str, known: Option<&str>) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let last = last.split(';').next().unwrap_or_default();
    let bare = path.split(';').next().unwrap_or_default();
    matches!(last, "login" | "login.jsp") || known == Some(bare)
}
