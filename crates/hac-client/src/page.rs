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

use url::Url;

use self::reader::{ElementReader, PageReader};
use crate::secret::CsrfToken;

/// The last segment of the address that the login form posts to, set by Spring Security.
pub(crate) const LOGIN_ACTION: &str = "j_spring_security_check";

/// How much of a page's visible text goes into an error.
const EXCERPT_CHARS: usize = 200;

/// What a page says of itself.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: Option<String>,
    pub(crate) token: Option<CsrfToken>,
    pub(crate) login_form: Option<LoginForm>,
    /// The marker that HAC's login page carries for scripts that expected JSON.
    pub(crate) redirect_detection: bool,
    /// The beginning of the visible text, on one line.
    pub(crate) excerpt: String,
}

/// The form of HAC's login page.
#[derive(Debug)]
pub(crate) struct LoginForm {
    /// As it stands in the page: relative or absolute.
    pub(crate) action: String,
    /// Hidden fields other than the token.
    pub(crate) hidden: Vec<(String, String)>,
    /// The token's field, missing in early 5.x and on pages that something else answered.
    pub(crate) token: Option<(String, CsrfToken)>,
}

impl Page {
    /// Whether the title is one of HAC's: `hybris administration console | Login`.
    pub(crate) fn has_hac_title(&self) -> bool {
        self.title.as_deref().is_some_and(|title| title.to_ascii_lowercase().contains("administration console"))
    }

    pub(crate) fn read(html: &str) -> Self {
        let mut reader = markup::walk(html, PageReader::default());
        reader.close_form();
        let meta_token = reader.meta_token;
        let parameter = reader.parameter.unwrap_or_else(|| "_csrf".to_owned());
        Self {
            title: reader.title.map(|title| one_line(&title, EXCERPT_CHARS)),
            login_form: reader.login.map(|form| form.into_login_form(&parameter, meta_token.as_ref())),
            token: reader.input_token.or(meta_token),
            redirect_detection: html.contains("redirect_detection"),
            excerpt: one_line(&reader.text, EXCERPT_CHARS),
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

fn posts_to_login(action: &str) -> bool {
    let path = action.split(['?', '#', ';']).next().unwrap_or_default();
    path == LOGIN_ACTION || path.ends_with("/j_spring_security_check")
}

/// White space collapsed, control characters dropped, cut after so many characters.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control()));
        if line.chars().count() > limit {
            let mut cut: String = line.chars().take(limit).collect();
            cut.push('…');
            return cut;
        }
    }
    line
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

/// A `Location` without what may hold a secret: query, fragment and `;…`.
pub(crate) fn shown_location(location: &str) -> String {
    let bare = location.split(['?', '#', ';']).next().unwrap_or_default();
    match Url::parse(bare) {
        Ok(mut url) => {
            let _ = url.set_password(None);
            let _ = url.set_username("");
            one_line(url.as_str(), EXCERPT_CHARS)
        }
        Err(_) => one_line(bare, EXCERPT_CHARS),
    }
}
