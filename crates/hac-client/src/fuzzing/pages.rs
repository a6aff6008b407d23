//! What is read from HTML: pages, tables, and the log of an update.

use super::{parts, text};
use crate::page::login_form::posts_to_login;
use crate::page::update_log::LogText;
use crate::page::{Page, element_by_id, loggers, properties};
use crate::platform::init::log::UpdateLog;
use crate::platform::init::tracker::Tracker;
use crate::secret::CsrfToken;
use crate::server_text::{EXCERPT_CHARS, LEFT_OUT, Secrets};

/// Any page: its title, token, login form, visible text, and the tables of loggers and properties.
///
/// # Panics
/// Where a promise is broken: an empty token, a secret that is shown, more text than the page has.
pub fn page(data: &[u8]) {
    let html = text(data);
    let page = Page::read(&html);
    let form = page.login_form.as_ref();
    let tokens =
        || page.tokens.iter().chain(&page.token).chain(form.and_then(|form| form.token.as_ref()).map(|(_, t)| t));
    assert!(tokens().all(|token| !token.expose().is_empty()), "an empty token counts as none");
    assert!(tokens().all(|token| page.tokens.contains(token)), "a token that may be sent is known as a secret");
    if let Some(form) = form {
        assert!(posts_to_login(&form.action), "a login form posts to where logins go");
        assert!(form.hidden.iter().all(|(name, _)| !name.is_empty() && name != "j_password" && name != "j_username"));
    }

    let secrets = Secrets::default();
    for token in tokens() {
        secrets.note_token(token);
    }
    for shown in [page.title.as_ref(), Some(&page.excerpt)].into_iter().flatten() {
        let shown = secrets.show(shown, EXCERPT_CHARS);
        assert!(shown == LEFT_OUT || !secrets.occur_in(&shown), "{shown:?} holds a token");
        assert!(shown.chars().count() <= EXCERPT_CHARS + 1);
    }
    debug_output_holds_nothing_of_the_server(page);

    let rows = loggers::loggers(&html).and_then(Result::ok).unwrap_or_default();
    assert!(rows.iter().all(|row| !row.name.is_empty()));
    let read: usize =
        rows.iter().map(|row| row.name.len() + row.parent.len() + row.level.as_ref().map_or(0, String::len)).sum();
    assert!(read <= html.len(), "no more is read than there is");

    let rows = properties::properties(&html).and_then(Result::ok).unwrap_or_default();
    assert!(rows.iter().all(|row| !row.key.is_empty()));
    let read: usize = rows.iter().map(|row| row.key.len() + row.value.len()).sum();
    assert!(read <= html.len(), "no more is read than there is");

    if let Some(element) = element_by_id(&html, &["a".to_owned(), "loggers".to_owned()]) {
        let attributes: usize = element.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(element.text.len() + attributes <= html.len(), "no more is read than there is");
    }
}

/// The debug output of a page is the same whatever its secrets and its values are.
fn debug_output_holds_nothing_of_the_server(mut page: Page) {
    let before = format!("{page:?}");
    let other = || CsrfToken::from("another");
    page.token = page.token.map(|_| other());
    page.tokens = page.tokens.iter().map(|_| other()).collect();
    if let Some(form) = &mut page.login_form {
        "another".clone_into(&mut form.action);
        form.hidden = form.hidden.iter().map(|(name, _)| (name.clone(), "another".to_owned())).collect();
        form.token = form.token.take().map(|(name, _)| (name, other()));
    }
    assert_eq!(before, format!("{page:?}"));
}

/// The log of an update as it is polled: each part of the input is one state of it, the last one the end.
///
/// # Panics
/// Where a promise is broken: a line that is given twice or not at all, an empty line, a line that is torn.
pub fn update_log(data: &[u8]) {
    let states: Vec<String> = parts(data).map(text).collect();
    for tracker in [Tracker::default(), Tracker::before(&states[0])] {
        follow(tracker, &states);
    }
    a_growing_log_is_passed_on_once(&states.concat());

    let log = UpdateLog::new(&*states[0]).expect("no input of a fuzzer is that large");
    let lines = log.lines();
    for line in &lines {
        assert!(!line.text.trim().is_empty() && !line.text.contains('\n') && line.text.trim_end() == line.text);
    }
    assert!(
        lines.iter().map(|line| line.text.len()).sum::<usize>() <= log.log_html.len(),
        "no more is read than there is"
    );
    let errors = log.errors();
    assert!(errors.len() <= lines.len() && errors.iter().all(|error| log.log_text().contains(error.as_str())));
    let _ = log.is_complete();
}

/// Whatever the states, the lines of the run are those that were given as new, in that order.
fn follow(mut tracker: Tracker, states: &[String]) {
    let mut told = Vec::new();
    let mut most = 0;
    for (position, state) in states.iter().enumerate() {
        most += LogText::read(state).into_lines().len();
        let new = if position + 1 == states.len() { tracker.ended(state) } else { tracker.grown(state) };
        told.extend(new);
        assert_eq!(tracker.run(), told, "the lines of the run are those that were told");
    }
    told.extend(tracker.answered(&states[0]));
    assert!(told.len() <= most + LogText::read(&states[0]).into_lines().len(), "no line is made up");
}

/// A log that is read while it grows gives the lines that it has in the end.
fn a_growing_log_is_passed_on_once(whole: &str) {
    let mut tracker = Tracker::default();
    let mut told = Vec::new();
    // A few states suffice, wherever they end: in a tag, in an entity, in a line.
    for step in 1..=7 {
        let mut end = whole.len() * step / 8;
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        told.extend(tracker.grown(&whole[..end]));
    }
    told.extend(tracker.ended(whole));
    assert_eq!(told, LogText::read(whole).into_lines());
}
