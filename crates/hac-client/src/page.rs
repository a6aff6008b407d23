//! What is read from HTML: tokens, the kind of a page, the element that carries a result.
//!
//! Everything here takes text and returns owned values. A page is judged by its elements and
//! never by searching its text: a report may quote anything, a login form included.

use scraper::{Html, Selector};
use url::Url;

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
        let document = Html::parse_document(html);
        let attribute = |selector: &str, name: &str| {
            document
                .select(&css(selector))
                .find_map(|element| element.value().attr(name))
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let token = attribute("input[name=_csrf]", "value").or_else(|| attribute("meta[name=_csrf]", "content"));
        Self {
            title: document
                .select(&css("title"))
                .next()
                .map(|title| one_line(&title.text().collect::<String>(), EXCERPT_CHARS)),
            login_form: login_form(&document),
            token: token.map(CsrfToken::from),
            redirect_detection: html.contains("redirect_detection"),
            excerpt: excerpt(&document),
        }
    }
}

/// The attributes and the text of the element with this id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
}

pub(crate) fn element_by_id(html: &str, ids: &[String]) -> Option<Element> {
    let document = Html::parse_document(html);
    document
        .select(&css("[id]"))
        .find(|element| element.value().id().is_some_and(|id| ids.iter().any(|wanted| wanted == id)))
        .map(|element| Element {
            attributes: element.value().attrs().map(|(name, value)| (name.into(), value.into())).collect(),
            text: element.text().collect(),
        })
}

fn login_form(document: &Html) -> Option<LoginForm> {
    let form = document.select(&css("form[action]")).find(|form| {
        form.value().attr("action").is_some_and(posts_to_login)
            && form.select(&css("input[name=j_username]")).next().is_some()
    })?;
    let parameter = document
        .select(&css("meta[name=_csrf_parameter]"))
        .find_map(|meta| meta.value().attr("content"))
        .unwrap_or("_csrf");
    let mut hidden = Vec::new();
    let mut token = None;
    for input in form.select(&css("input[type=hidden][name]")) {
        let value = input.value();
        let (name, text) = (value.attr("name").unwrap_or_default(), value.attr("value").unwrap_or_default());
        if name == parameter || name == "_csrf" {
            if !text.is_empty() {
                token = Some((name.to_owned(), CsrfToken::from(text)));
            }
        } else {
            hidden.push((name.to_owned(), text.to_owned()));
        }
    }
    let token = token.or_else(|| {
        let meta = document.select(&css("meta[name=_csrf]")).find_map(|meta| meta.value().attr("content"))?;
        (!meta.is_empty()).then(|| (parameter.to_owned(), CsrfToken::from(meta)))
    });
    Some(LoginForm { action: form.value().attr("action").unwrap_or_default().to_owned(), hidden, token })
}

fn posts_to_login(action: &str) -> bool {
    let path = action.split(['?', '#', ';']).next().unwrap_or_default();
    path == LOGIN_ACTION || path.ends_with("/j_spring_security_check")
}

/// Visible text on one line, without scripts and styles.
fn excerpt(document: &Html) -> String {
    let mut text = String::new();
    for node in document.tree.root().descendants() {
        let Some(part) = node.value().as_text() else { continue };
        let hidden = node.ancestors().any(|ancestor| {
            ancestor.value().as_element().is_some_and(|element| {
                matches!(element.name(), "script" | "style" | "title" | "head" | "noscript" | "template")
            })
        });
        if !hidden {
            text.push_str(part);
            text.push(' ');
        }
        if text.len() > EXCERPT_CHARS * 16 {
            break;
        }
    }
    one_line(&text, EXCERPT_CHARS)
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

#[expect(clippy::expect_used, reason = "every selector is a literal in this file, each met by a test")]
fn css(selector: &str) -> Selector {
    Selector::parse(selector).expect("a literal selector")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = r#"<html><head><title>hybris administration console | Login</title>
        <meta name="_csrf_parameter" content="_csrf"/><meta name="_csrf" content="META"/></head><body>
        <form action="/hac/j_spring_security_check;jsessionid=A1" method="POST"><input name="j_username"/>
        <input type='password' name='j_password'><input value="TOK&amp;1" type="hidden" name="_csrf"></form>
        <!-- redirect_detection --></body></html>"#;

    #[test]
    fn the_login_page_is_read_by_its_elements() {
        let page = Page::read(LOGIN);
        let form = page.login_form.as_ref().expect("a login form");
        assert_eq!(form.token.as_ref().map(|(name, token)| (name.as_str(), token.expose())), Some(("_csrf", "TOK&1")));
        assert!(page.has_hac_title() && page.redirect_detection);
    }

    #[test]
    fn a_report_that_quotes_a_login_form_is_no_login_page() {
        let quoted = "<pre>&lt;form action=\"/hac/j_spring_security_check\"&gt;&lt;input name=\"j_username\"&gt;</pre>
            <form action=/hac/console/impex/import><textarea>j_spring_security_check j_username</textarea></form>";
        assert!(Page::read(quoted).login_form.is_none());
    }

    #[test]
    fn the_token_is_found_in_either_place_and_any_order_of_attributes() {
        for html in [
            "<input type=hidden name=_csrf value=T>",
            "<input value='T' name='_csrf' type='hidden'/>",
            "<head><meta content='T' name='_csrf'></head>",
            "<input name=_csrf value=''><meta name=_csrf content=T>",
        ] {
            let page = Page::read(html);
            assert_eq!(page.token.as_ref().map(CsrfToken::expose), Some("T"), "{html}");
        }
    }

    #[test]
    fn login_paths_are_known_by_their_last_segment() {
        for path in ["/hac/login", "/login.jsp", "/hac/login;jsessionid=1", "/hac/login?continue"] {
            assert!(is_login_path(path, None), "{path}");
        }
        assert!(is_login_path("/hac/entry", Some("/hac/entry")));
        for path in ["/hac/", "/hac/login/more", "/hac/console/mylogin"] {
            assert!(!is_login_path(path, None), "{path}");
        }
    }

    #[test]
    fn the_excerpt_is_visible_text_on_one_line() {
        let page = Page::read("<title>T</title><script>secret()</script><style>x</style><h1>Access\n\x1b[2J denied</h1>");
        assert_eq!(page.excerpt, "Access [2J denied");
    }

    #[test]
    fn a_location_is_shown_without_its_secrets() {
        assert_eq!(shown_location("https://u:p@h/a;jsessionid=S?t=S#S"), "https://h/a");
        assert_eq!(shown_location("/hac/x;jsessionid=S"), "/hac/x");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[<>a-z_='\"/ \\PC]{0,200}") {
            let _ = Page::read(&text);
        }
    }
}
