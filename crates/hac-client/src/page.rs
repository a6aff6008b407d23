//! What is read from HTML: tokens, the kind of a page, the element that carries a result.
//!
//! Everything here takes text and returns owned values. A page is judged by its elements and
//! never by searching its text: a report may quote anything, a login form included.

pub(crate) mod impex;
pub(crate) mod loggers;
pub(crate) mod login_form;
mod markup;
pub(crate) mod properties;
mod reader;
#[cfg(test)]
mod tests;
pub(crate) mod update_log;

use self::login_form::LoginForm;
pub(crate) use self::markup::TooManyRows;
pub(crate) use self::reader::Element;
use self::reader::{ElementReader, PageReader};
use crate::secret::CsrfToken;
use crate::server_text::ServerText;

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

/// The first element with one of these ids. Without an end tag it reaches as far as what is around it.
pub(crate) fn element_by_id(html: &str, ids: &[String]) -> Option<Element> {
    markup::walk(html, ElementReader::for_ids(ids)).found
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
