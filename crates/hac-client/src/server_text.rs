//! The one exit for text that a server sent: nothing of it reaches a person except through [`Secrets`].
//!
//! A server, or whoever answers in its place, can repeat what it was sent. [`ServerText`] has no `Display`, so that such
//! text cannot get into an error, a notice or a log by accident; [`Secrets::show`] cuts out every secret that this
//! client has sent or was given, in whatever spelling it comes back.

mod spelling;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::secret::{CsrfToken, Password};
use spelling::Spellings;

/// How much of a page's text is shown.
pub(crate) const EXCERPT_CHARS: usize = 200;

/// How much of a reason is shown that the server gives for a failure.
pub(crate) const REASON_CHARS: usize = 1000;

/// How much of a text is looked at before it is cut to its length. A secret that begins in what is shown ends in here.
const LOOKED_AT: usize = 16 << 10;

/// How many session ids, cookies and tokens are remembered. Each request repeats those that are in use.
const REMEMBERED: usize = 128;

/// What is shorter identifies nothing.
const SHORTEST_ID: usize = 4;

/// What stands in place of a secret.
const CUT: &str = "…";

/// What stands in place of a text that hides a secret, or repeats one that is too common a word to be cut out.
pub(crate) const LEFT_OUT: &str = "(text removed: it contains a secret)";

/// Text that a server sent. Only [`Secrets::show`] makes a `String` of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerText(String);

impl ServerText {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether it holds a word, whatever its case. For decisions, not for showing.
    pub(crate) fn mentions(&self, word: &str) -> bool {
        self.0.to_ascii_lowercase().contains(word)
    }
}

impl From<&HeaderValue> for ServerText {
    fn from(value: &HeaderValue) -> Self {
        Self(String::from_utf8_lossy(value.as_bytes()).into_owned())
    }
}

impl fmt::Debug for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerText({} bytes)", self.0.len())
    }
}

/// Everything that must not be shown: what this client was given, and what it sent or received lately.
///
/// What is noted is kept as it comes. Only showing a text, which happens on failure and before a write is recorded, takes it apart.
#[derive(Default)]
pub(crate) struct Secrets {
    session_cookie: String,
    state: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    /// Passwords: kept for the client's life.
    kept: Vec<Zeroizing<String>>,
    /// Headers with cookies or a token, the last ones last.
    headers: VecDeque<HeaderValue>,
    /// All of them in every spelling, from the first text that is shown until another one is noted.
    spellings: Option<Arc<Spellings>>,
}

impl Secrets {
    /// For a client whose session cookie has this name.
    pub(crate) fn new(session_cookie: &str) -> Self {
        Self { session_cookie: session_cookie.to_owned(), state: Mutex::default() }
    }

    /// Notes a password that may be posted, or is given in front of the server.
    pub(crate) fn note_password(&self, password: &Password) {
        self.keep(password.expose());
    }

    /// Notes a value that the user or the auth handler sends with every request: a key, an `Authorization`.
    pub(crate) fn note_credential(&self, value: &HeaderValue) {
        let Ok(text) = value.to_str() else { return };
        self.keep(text.split_once(' ').map_or(text, |(_, rest)| rest));
    }

    fn keep(&self, text: &str) {
        let mut state = self.state();
        if !text.is_empty() && !state.kept.iter().any(|known| known.as_str() == text) {
            state.kept.push(Zeroizing::new(text.to_owned()));
            state.spellings = None;
        }
    }

    /// Notes a header that bears secrets: `Cookie`, `Set-Cookie`, `X-CSRF-TOKEN`. Costs a comparison for one that is known.
    pub(crate) fn note(&self, header: &HeaderValue) {
        let mut state = self.state();
        if state.headers.iter().rev().any(|known| known == header) {
            return;
        }
        if state.headers.len() == REMEMBERED {
            state.headers.pop_front();
        }
        state.headers.push_back(header.clone());
        state.spellings = None;
    }

    /// Notes a token that was read from a page and not sent yet.
    pub(crate) fn note_token(&self, token: &CsrfToken) {
        if let Some(header) = crate::secret::sensitive(token.expose()) {
            self.note(&header);
        }
    }

    /// The text on one line, at most so many characters, without secrets and control characters.
    pub(crate) fn show(&self, text: &ServerText, limit: usize) -> String {
        let line = one_line(&text.0, LOOKED_AT);
        shorten(&self.without_secrets(&line), limit)
    }

    /// [`show`](Self::show) for several texts, each with its limit, at the price of one.
    pub(crate) fn show_all<const N: usize>(&self, texts: [(&str, usize); N]) -> [String; N] {
        let spellings = self.spellings();
        let lines = texts.map(|(text, limit)| (one_line(text, LOOKED_AT), limit));
        // No encoding reaches over the end of a line: what is in none of the lines together is in none of them alone.
        let together = lines.each_ref().map(|(line, _)| line.as_str()).join("\n");
        let clean = !spellings.occur_in(&together);
        lines.map(
            |(line, limit)| {
                if clean { shorten(&line, limit) } else { shorten(&Self::without(&spellings, &line), limit) }
            },
        )
    }

    /// A `Location` or another address, without what may hold a secret: userinfo, query, fragment, and `;…` of a segment.
    pub(crate) fn show_address(&self, address: &ServerText) -> String {
        self.show(&ServerText(bare_address(&address.0)), EXCERPT_CHARS)
    }

    /// A report of several lines, each without secrets; line breaks and everything else stay.
    ///
    /// For what a server says of a failure: a stack trace, a report of an import.
    pub(crate) fn cut_from<'a>(&self, report: &'a str) -> Cow<'a, str> {
        let spellings = self.spellings();
        if !spellings.occur_in(report) {
            return Cow::Borrowed(report);
        }
        let lines: Vec<_> = report.split('\n').map(|line| Self::without(&spellings, line)).collect();
        let cut = lines.join("\n");
        // Split over lines, a secret is in none of them.
        if spellings.occur_in(&cut) { Cow::Owned(LEFT_OUT.to_owned()) } else { Cow::Owned(cut) }
    }

    /// [`cut_from`](Self::cut_from) in place.
    pub(crate) fn cut(&self, report: &mut String) {
        if let Cow::Owned(cut) = self.cut_from(report) {
            *report = cut;
        }
    }

    /// A text of our own that may hold pieces of the server's: the last look at it. What was shown in it was shown by
    /// [`show`](Self::show); a secret that is a common word may be a word of ours.
    pub(crate) fn cut_from_ours(&self, text: &mut String) {
        for secret in self.spellings().plain() {
            if text.contains(secret) {
                *text = text.replace(secret, CUT);
            }
        }
    }

    /// Whether a text holds a secret in any spelling.
    pub(crate) fn occur_in(&self, text: &str) -> bool {
        self.spellings().occur_in(text)
    }

    fn without_secrets(&self, line: &str) -> String {
        Self::without(&self.spellings(), line).into_owned()
    }

    fn without<'a>(spellings: &Spellings, line: &'a str) -> Cow<'a, str> {
        if !spellings.occur_in(line) {
            return Cow::Borrowed(line);
        }
        let mut cut = line.to_owned();
        for secret in spellings.plain() {
            cut = cut.replace(secret, CUT);
        }
        if spellings.occur_in(&cut) { Cow::Borrowed(LEFT_OUT) } else { Cow::Owned(cut) }
    }

    fn spellings(&self) -> Arc<Spellings> {
        let mut state = self.state();
        if let Some(spellings) = &state.spellings {
            return Arc::clone(spellings);
        }
        let mut secrets: Vec<Zeroizing<String>> = state.kept.clone();
        for header in &state.headers {
            let Ok(text) = header.to_str() else { continue };
            secrets.extend(self.secrets_in(text).map(|secret| Zeroizing::new(secret.to_owned())));
        }
        Arc::clone(state.spellings.insert(Arc::new(Spellings::of(secrets))))
    }

    /// The values of a header that identify a session: a token stands alone, a cookie behind its name.
    fn secrets_in<'h>(&'h self, header: &'h str) -> impl Iterator<Item = &'h str> {
        let cookies = header.split(';').filter_map(|pair| pair.trim().split_once('=')).filter_map(|(name, value)| {
            // A node's name is no secret; neither is a short value of some other cookie, such as a language.
            let public = ["route", "path", "domain", "expires", "max-age", "samesite"];
            let secret = name == self.session_cookie
                || (value.len() >= 16 && !public.contains(&name.to_ascii_lowercase().as_str()));
            secret.then_some(value.trim_matches('"'))
        });
        let token = (!header.contains(['=', ';', ' ']) || base64_token(header)).then_some(header);
        cookies.chain(token).filter(|secret| secret.len() >= SHORTEST_ID)
    }

    fn state(&self) -> MutexGuard<'_, Noted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(redacted)")
    }
}

/// Whether this is a token with the padding of base64 behind it, not a cookie.
fn base64_token(header: &str) -> bool {
    let bare = header.trim_end_matches('=');
    !bare.contains(['=', ';', ' '])
}

/// White space collapsed, control characters dropped, cut after so many characters.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace()) {
        let mut visible = word.chars().filter(|c| !is_invisible(*c)).peekable();
        if visible.peek().is_none() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        for character in visible {
            if length == limit {
                line.push('…');
                return line;
            }
            line.push(character);
            length += 1;
        }
    }
    line
}

/// Control characters, and those that show nothing or turn the direction of what follows.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shorten(line: &str, limit: usize) -> String {
    match line.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// An address without userinfo, query, fragment and path parameters, wherever they stand: it may be no address at all.
fn bare_address(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    // A backslash separates too, to browsers and to our parser.
    let separators = ['/', '\\'];
    let bare = |segment: &str| {
        let text = segment.trim_end_matches(separators);
        let behind = text.rsplit('@').next().unwrap_or_default();
        format!("{}{}", behind.split(';').next().unwrap_or_default(), &segment[text.len()..])
    };
    address.split_inclusive(separators).map(bare).collect()
}

#[cfg(test)]
mod tests;
