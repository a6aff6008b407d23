//! Just enough of a HAC: sessions, tokens, a login, and an answer for each operation.

use std::collections::BTreeMap;

use super::answer::Answer;
use super::pages;
use super::place::Place;
use super::request::Request;

/// The context path.
pub(crate) const CONTEXT: &str = "/hac";

/// What becomes of sessions and tokens when a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// All sessions are forgotten.
    ForgetSessions,
    /// The sessions get other tokens.
    ChangeTokens,
    /// From now on each page shows another token, all of which are valid.
    TokenOnEachPage,
    /// From now on each page shows the same token in another mask, as Spring Security 6 does.
    MaskTokens,
    /// The session that the next login makes is lost at once.
    LoseNextLogin,
    /// The sessions that logins make are lost at once.
    LoseLogins,
}

#[derive(Debug, Clone)]
struct Session {
    token: String,
    /// Whether it has seen HAC's first page.
    arrived: bool,
}

/// The state of a HAC.
#[derive(Debug, Clone)]
pub(crate) struct Hac {
    password: String,
    /// Method and path of the operation under test, below the context path.
    operation: (&'static str, &'static str),
    /// What its query contains.
    mark: &'static str,
    /// The number of imports.
    imports: usize,
    sessions: BTreeMap<String, Session>,
    visitors: BTreeMap<String, String>,
    all_secrets: Vec<String>,
    seed: u64,
    tokens: TokenStyle,
    losing: Option<Mischief>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenStyle {
    Same,
    AnotherEachTime,
    Masked,
}

impl Hac {
    pub(crate) fn new(password: &str, operation: (&'static str, &'static str), seed: u64) -> Self {
        Self {
            password: password.to_owned(),
            operation,
            mark: "",
            imports: 0,
            sessions: BTreeMap::new(),
            visitors: BTreeMap::new(),
            all_secrets: vec![password.to_owned()],
            seed,
            tokens: TokenStyle::Same,
            losing: None,
        }
    }

    /// Only a query that contains this is the operation.
    pub(crate) fn marked(self, mark: &'static str) -> Self {
        Self { mark, ..self }
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Every secret so far: the newest ones of each kind first.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.all_secrets.clone()
    }

    pub(crate) fn suffer(&mut self, mischief: Mischief) {
        match mischief {
            Mischief::ForgetSessions => self.sessions.clear(),
            Mischief::ChangeTokens => {
                let ids: Vec<_> = self.sessions.keys().cloned().collect();
                for id in ids {
                    let token = self.secret();
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.token = token;
                    }
                }
            }
            Mischief::TokenOnEachPage => self.tokens = TokenStyle::AnotherEachTime,
            Mischief::MaskTokens => self.tokens = TokenStyle::Masked,
            Mischief::LoseNextLogin | Mischief::LoseLogins => self.losing = Some(mischief),
        }
    }

    /// Letters and digits that nobody can guess, and that come again with the same seed.
    fn secret(&mut self) -> String {
        let secret = format!("{:016X}{:016x}", self.next(), self.next());
        self.all_secrets.push(secret.clone());
        secret
    }

    /// The generator `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn session_of(&self, request: &Request) -> Option<&Session> {
        request.cookie("JSESSIONID").and_then(|id| self.sessions.get(id))
    }

    pub(crate) fn is_operation(&self, request: &Request) -> bool {
        let query = || request.field("flexibleSearchQuery").unwrap_or_default();
        below_context(&request.path) == Some(self.operation.1)
            && request.method == self.operation.0
            && (self.mark.is_empty() || query().contains(self.mark))
    }

    pub(crate) fn place_of(&self, request: &Request) -> Place {
        let cookie = request.cookie("JSESSIONID");
        match (request.method.as_str(), below_context(&request.path)) {
            ("GET", None) if request.path == "/" => Place::FirstPage,
            ("GET", Some("/")) => match (cookie, self.session_of(request)) {
                (None, _) => Place::FirstPage,
                (Some(_), Some(session)) if !session.arrived => Place::PageAfterLogin,
                _ => Place::Probe,
            },
            ("GET", Some("/login")) => Place::LoginPage,
            ("POST", Some("/j_spring_security_check")) => Place::LoginPost,
            // A login form that is not HAC's must never get the password either.
            ("POST", _) if request.path.ends_with("j_spring_security_check") => Place::Elsewhere,
            ("POST", Some("/j_spring_security_logout")) => Place::Logout,
            _ if self.is_operation(request) => Place::Call,
            _ => Place::Elsewhere,
        }
    }

    /// The answer, and whether something was executed.
    pub(crate) fn answer(&mut self, request: &Request) -> (Answer, bool) {
        let Some(path) = below_context(&request.path) else {
            return (Answer::html(404, "<title>Not found</title>No such page"), false);
        };
        match (request.method.as_str(), path) {
            ("GET", "/") => (self.first_page(request), false),
            ("GET", "/login") => (self.login_page(request), false),
            ("POST", "/j_spring_security_check") => (self.log_in(request), false),
            _ => self.with_session(request, path),
        }
    }

    fn first_page(&mut self, request: &Request) -> Answer {
        let id = request.cookie("JSESSIONID").unwrap_or_default().to_owned();
        let Some(session) = self.sessions.get_mut(&id) else {
            return Answer::redirect(302, format!("{CONTEXT}/login"));
        };
        session.arrived = true;
        let token = session.token.clone();
        Answer::html(200, pages::hac("Home", &self.shown(token), "You're Administrator"))
    }

    /// A token as a page shows it.
    fn shown(&mut self, token: String) -> String {
        match self.tokens {
            TokenStyle::Same => token,
            TokenStyle::AnotherEachTime => self.secret(),
            TokenStyle::Masked => {
                let mask = self.next();
                pages::masked(&token, mask)
            }
        }
    }

    fn login_page(&mut self, request: &Request) -> Answer {
        let known = request.cookie("JSESSIONID").filter(|id| self.visitors.contains_key(*id)).map(str::to_owned);
        let is_new = known.is_none();
        let id = known.unwrap_or_else(|| self.secret());
        let token = self.secret();
        self.visitors.insert(id.clone(), token.clone());
        let page = Answer::html(200, pages::login(&format!("{CONTEXT}/j_spring_security_check"), &token));
        if is_new { page.header("Set-Cookie", session_cookie(&id)) } else { page }
    }

    fn log_in(&mut self, request: &Request) -> Answer {
        let visitor = request.cookie("JSESSIONID").and_then(|id| self.visitors.get(id));
        let token = request.field("_csrf").or_else(|| request.header("x-csrf-token").map(str::to_owned));
        if visitor.is_none() || visitor != token.as_ref() {
            return Answer::html(405, pages::refusal()).header("Allow", "GET");
        }
        let matches = request.field("j_username").as_deref() == Some("admin")
            && request.field("j_password").as_deref() == Some(&self.password);
        if !matches {
            return Answer::redirect(302, format!("{CONTEXT}/login?login_error=1"));
        }
        let (id, token) = (self.secret(), self.secret());
        if self.losing.is_none() {
            self.sessions.insert(id.clone(), Session { token, arrived: false });
        }
        self.losing = self.losing.filter(|losing| *losing == Mischief::LoseLogins);
        Answer::redirect(302, format!("{CONTEXT}/")).header("Set-Cookie", session_cookie(&id))
    }

    fn with_session(&mut self, request: &Request, path: &str) -> (Answer, bool) {
        let is_post = request.method == "POST";
        let Some(session) = self.session_of(request) else {
            let refusal = if is_post {
                let id = self.secret();
                Answer::html(405, pages::refusal()).header("Allow", "GET").header("Set-Cookie", session_cookie(&id))
            } else {
                Answer::redirect(302, format!("{CONTEXT}/login"))
            };
            return (refusal, false);
        };
        let token = session.token.clone();
        let given = request.header("x-csrf-token").map(str::to_owned).or_else(|| request.field("_csrf"));
        let right = match (&given, self.tokens) {
            (Some(given), TokenStyle::Same | TokenStyle::Masked) => {
                *given == token || pages::unmasked(given).as_deref() == Some(&token)
            }
            (Some(_), TokenStyle::AnotherEachTime) => true,
            (None, _) => false,
        };
        if is_post && !right {
            return (Answer::html(405, pages::refusal()).header("Allow", "GET"), false);
        }
        if path == "/j_spring_security_logout" {
            if let Some(id) = request.cookie("JSESSIONID") {
                self.sessions.remove(id);
            }
            return (Answer::redirect(302, format!("{CONTEXT}/login")), true);
        }
        let token = self.shown(token);
        if path == "/console/flexsearch/execute"
            && let Some(query) = request.field("flexibleSearchQuery")
        {
            return (Answer::json(pages::rows(&query, self.imports)), true);
        }
        self.imports += usize::from(path == "/console/impex/import");
        match pages::operation(&request.method, path, &token) {
            Some(answer) => (answer, true),
            None => (Answer::html(404, pages::hac("Not found", &token, "No such page")), false),
        }
    }
}

pub(crate) fn session_cookie(id: &str) -> String {
    format!("JSESSIONID={id}; Path={CONTEXT}; HttpOnly")
}

fn below_context(path: &str) -> Option<&str> {
    path.strip_prefix(CONTEXT).filter(|rest| rest.starts_with('/'))
}
