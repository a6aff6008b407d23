//! Collects the parts of a page that the library uses.

use super::login_form::{LoginForm, posts_to_login};
use super::markup::{Tag, Visitor};
use crate::secret::CsrfToken;

/// The limit of visible text that is read from a page, in bytes: more than is ever shown.
const EXCERPT_BYTES: usize = 4096;

/// The attributes and the text of the element with this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

/// Collects the fields of [`super::Page`].
#[derive(Default)]
pub(super) struct PageReader {
    pub(super) title: Option<String>,
    pub(super) text: String,
    /// For each of these, the first that is not empty.
    pub(super) input_token: Option<CsrfToken>,
    pub(super) meta_token: Option<CsrfToken>,
    /// The name of the field with the token, if the page gives it.
    pub(super) parameter: Option<String>,
    pub(super) login: Option<Form>,
    /// The form that contains the next input, if it may be the login form.
    form: Option<Form>,
    /// The number of forms so far.
    forms: usize,
    in_title: bool,
    in_head: bool,
    /// The number of open elements whose content is not visible.
    hidden: usize,
    /// The number of open templates, whose elements are not part of the page yet.
    templates: usize,
}

pub(super) enum PageMark {
    Title,
    Head,
    Hidden,
    Template,
    Form(usize),
}

/// A form whose action is the target of a login.
#[derive(Default)]
pub(super) struct Form {
    action: String,
    asks_for_user: bool,
    hidden: Vec<(String, String)>,
}

impl Visitor for PageReader {
    type Mark = PageMark;

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<PageMark> {
        self.leave_head(tag.name());
        match tag.name() {
            "title" => {
                self.hidden += 1;
                if self.title.is_none() && tag.is_html() && self.templates == 0 {
                    self.title = Some(String::new());
                    self.in_title = true;
                }
                Some(PageMark::Title)
            }
            "script" | "style" | "noscript" => {
                self.hidden += 1;
                Some(PageMark::Hidden)
            }
            "template" => {
                self.hidden += 1;
                self.templates += 1;
                Some(PageMark::Template)
            }
            _ if self.templates > 0 => None,
            "head" => {
                self.in_head = true;
                Some(PageMark::Head)
            }
            "form" => {
                self.open_form(tag);
                Some(PageMark::Form(self.forms))
            }
            "input" => {
                self.input(tag);
                None
            }
            "meta" => {
                self.meta(tag);
                None
            }
            _ => None,
        }
    }

    fn end(&mut self, mark: PageMark) {
        match mark {
            PageMark::Title => {
                self.in_title = false;
                self.hidden -= 1;
            }
            PageMark::Head => self.in_head = false,
            PageMark::Hidden => self.hidden -= 1,
            PageMark::Template => {
                self.templates -= 1;
                self.hidden -= 1;
            }
            PageMark::Form(which) if which == self.forms => self.close_form(),
            PageMark::Form(_) => {}
        }
    }

    fn wants_text(&self) -> bool {
        self.in_title || (self.hidden == 0 && !self.in_head && self.text.len() <= EXCERPT_BYTES)
    }

    fn text(&mut self, text: &str) {
        match &mut self.title {
            Some(title) if self.in_title => title.push_str(text),
            _ if text.trim().is_empty() => {}
            _ => {
                self.text.push_str(text);
                self.text.push(' ');
            }
        }
    }
}

impl PageReader {
    /// A head without an end tag ends at the first element that cannot be part of one.
    fn leave_head(&mut self, name: &str) {
        self.in_head &= self.hidden > 0
            || matches!(name, "base" | "basefont" | "bgsound" | "link" | "meta" | "noframes" | "noscript")
            || matches!(name, "script" | "style" | "template" | "title");
    }

    /// A form without an end tag ends where the next one begins.
    fn open_form(&mut self, tag: &Tag<'_, '_, '_>) {
        self.close_form();
        self.forms += 1;
        let action = tag.attribute("action").unwrap_or_default();
        let action = action.trim();
        if posts_to_login(action) {
            self.form = Some(Form { action: action.to_owned(), ..Form::default() });
        }
    }

    pub(super) fn close_form(&mut self) {
        let form = self.form.take().filter(|form| form.asks_for_user);
        if self.login.is_none() {
            self.login = form;
        }
    }

    fn input(&mut self, tag: &Tag<'_, '_, '_>) {
        let Some(name) = tag.filled("name") else { return };
        if name == "_csrf" && self.input_token.is_none() {
            self.input_token = tag.filled("value").map(CsrfToken::from);
        }
        let Some(form) = &mut self.form else { return };
        match name.as_str() {
            "j_username" => form.asks_for_user = true,
            "j_password" => {}
            _ if tag.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("hidden")) => {
                form.hidden.push((name, tag.attribute("value").unwrap_or_default()));
            }
            _ => {}
        }
    }

    fn meta(&mut self, tag: &Tag<'_, '_, '_>) {
        match tag.attribute("name").as_deref() {
            Some("_csrf") if self.meta_token.is_none() => {
                self.meta_token = tag.filled("content").map(CsrfToken::from);
            }
            Some("_csrf_parameter") if self.parameter.is_none() => self.parameter = tag.filled("content"),
            _ => {}
        }
    }
}

impl Form {
    /// The token is in the field that the page names; the `meta` elements may come after the form.
    pub(super) fn into_login_form(self, parameter: &str, meta_token: Option<&CsrfToken>) -> LoginForm {
        let (tokens, hidden): (Vec<_>, Vec<_>) =
            self.hidden.into_iter().partition(|(name, _)| name == parameter || name == "_csrf");
        let filled = |(_, value): &&(String, String)| !value.is_empty();
        let named = tokens.iter().filter(filled).find(|(name, _)| name == parameter);
        let token = named
            .or_else(|| tokens.iter().find(filled))
            .map(|(name, value)| (name.clone(), CsrfToken::from(value.as_str())))
            .or_else(|| Some((parameter.to_owned(), meta_token?.clone())));
        LoginForm { action: self.action, hidden, token }
    }
}

/// Finds one element and its text.
#[derive(Default)]
pub(super) struct ElementReader {
    ids: Vec<String>,
    pub(super) found: Option<Element>,
    is_done: bool,
}

impl ElementReader {
    pub(super) fn for_ids(ids: &[String]) -> Self {
        Self { ids: ids.to_vec(), ..Self::default() }
    }
}

impl Visitor for ElementReader {
    type Mark = ();

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<()> {
        if self.found.is_some() {
            return None;
        }
        let id = tag.attribute("id")?;
        if !self.ids.contains(&id) {
            return None;
        }
        self.found = Some(Element { attributes: tag.attributes(), text: String::new() });
        Some(())
    }

    fn end(&mut self, (): ()) {
        self.is_done = true;
    }

    fn wants_text(&self) -> bool {
        self.found.is_some() && !self.is_done
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = &mut self.found {
            element.text.push_str(text);
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
