//! The filter chain, in its order: firewall, session, CSRF, logout, login, HTTP Basic, rights, page.

use std::sync::Arc;

use http::{Method, StatusCode};

use crate::answer::Answer;
use crate::cluster::{Node, Session};
use crate::knobs::{BesideRoot, Knobs, Locations, LoginPage, Refusal, XssFilter};
use crate::ledger::Ticket;
use crate::pages::{self, Visit};
use crate::request::Request;
use crate::state::{State, User};
use crate::token;

/// Which role opens which pages; the first that fits counts. `ROLE_ADMINGROUP` opens all.
const RIGHTS: [(&str, &str); 28] = [
    ("/tenants", "HAC_PLATFORM_TENANTS"),
    ("/platform/config", "HAC_PLATFORM_CONFIGURATION"),
    ("/platform/system", "HAC_PLATFORM_SYSTEM"),
    ("/platform/extensions", "HAC_PLATFORM_EXTENSIONS"),
    ("/platform/license", "HAC_PLATFORM_LICENSE"),
    ("/platform/support", "HAC_PLATFORM_SUPPORT"),
    ("/platform/pkanalyzer", "HAC_PLATFORM_PKANALYZER"),
    ("/platform/log4j", "HAC_PLATFORM_LOGGING"),
    ("/platform/init", "HAC_PLATFORM_INITIALIZATION"),
    ("/platform/update", "HAC_PLATFORM_UPDATE"),
    ("/platform/dryrun", "HAC_PLATFORM_SQLSCRIPTS"),
    ("/platform/jars", "HAC_PLATFORM_CLASSPATHANALYZER"),
    ("/maintain/cleanup", "HAC_MAINTENANCE_CLEANUP"),
    ("/maintain/keys", "HAC_MAINTENANCE_ENCRYPTIONKEYS"),
    ("/maintain/deployments", "HAC_MAINTENANCE_DEPLOYMENT"),
    ("/monitoring/cache", "HAC_MONITORING_CACHE"),
    ("/monitoring/cluster", "HAC_MONITORING_CLUSTER"),
    ("/monitoring/threaddump", "HAC_MONITORING_THREADDUMP"),
    ("/monitoring/performance", "HAC_MONITORING_PERFORMANCE"),
    ("/monitoring/database", "HAC_MONITORING_DATABASE"),
    ("/monitoring/cronjobs", "HAC_MONITORING_CRONJOBS"),
    ("/monitoring/jmx", "HAC_MONITORING_JMX"),
    ("/monitoring/memory", "HAC_MONITORING_MEMORY"),
    ("/console/scripting", "HAC_CONSOLE_SCRIPTINGLANGUAGES"),
    ("/console/flexsearch", "HAC_CONSOLE_FLEXIBLESEARCH"),
    ("/console/impex/import", "HAC_CONSOLE_IMPEXIMPORT"),
    ("/console/impex/export", "HAC_CONSOLE_IMPEXEXPORT"),
    ("/console/ldap", "HAC_CONSOLE_LDAP"),
];

/// HAC's tabs. What no role names in there is for administrators only.
const TABS: [&str; 5] = ["console", "platform", "monitoring", "maintain", "tenants"];

/// How the paths end that need more than a role with `_LIMITED`.
const WRITES: [&str; 9] =
    ["/changeLevel", "/configstore", "/clear", "/abort", "/remove", "/clearlog", "/true", "/false", "/logs/download"];

/// One request on its way through the chain of one node.
pub(crate) struct Chain<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) node: &'a Node,
    pub(crate) request: &'a Request,
    pub(crate) ticket: &'a Ticket,
    /// A fault: the token counts as bad, whatever it is.
    pub(crate) refuse_token: bool,
}

impl Chain<'_> {
    /// Answers the request.
    pub(crate) async fn pass(&self) -> Answer {
        let context = self.state.knobs.context_path.as_str();
        let Some(below) = self.request.path.strip_prefix(context) else {
            return pages::not_found();
        };
        if below.is_empty() {
            return self.redirect(&format!("{context}/"));
        }
        if !below.starts_with('/') {
            return pages::not_found();
        }
        if let Some(status) = self.state.knobs.firewall
            && is_odd(below)
        {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Answer::error(status, "The request was rejected because the URL was not normalized.");
        }
        let path = self.normal(below);
        if context.is_empty()
            && let Some(answer) = self.beside_root(&path)
        {
            return answer;
        }
        if self.state.front.is_disabled(&path) {
            return pages::not_found();
        }
        if self.state.front.xss_filter() == XssFilter::Reject {
            self.arrive().await;
            if self.request.is_rejected() {
                return Answer::error(StatusCode::BAD_REQUEST, "The request was rejected.");
            }
        }
        if (self.state.faults.is_initializing() || self.state.updates.is_running()) && path != pages::INIT_LOG_PATH {
            return self.initializing(&path);
        }
        self.secured(&path).await
    }

    /// Without `;…`, and without a trailing slash where slashes are not strict.
    fn normal(&self, below: &str) -> String {
        let path = below.split(';').next().unwrap_or(below);
        if self.state.knobs.strict_slashes || path == "/" {
            path.to_owned()
        } else {
            let path = path.trim_end_matches('/');
            if path.is_empty() { "/".to_owned() } else { path.to_owned() }
        }
    }

    /// HAC at the root: what belongs to no page of HAC, and so belongs to whoever thinks that HAC lives under a path.
    fn beside_root(&self, path: &str) -> Option<Answer> {
        let first = path[1..].split('/').next().unwrap_or_default();
        let ours = ["", "initlog", "login", "login.jsp", "j_spring_security_check", "j_spring_security_logout"]
            .contains(&first);
        match self.state.knobs.beside_root {
            _ if ours || TABS.contains(&first) => None,
            BesideRoot::Login => None,
            BesideRoot::NotFound => Some(pages::not_found()),
            BesideRoot::Loop => Some(self.redirect(&format!("/{first}/login?continue"))),
        }
    }

    fn initializing(&self, path: &str) -> Answer {
        if path == pages::INIT_PATH {
            pages::initializing(&self.state.knobs)
        } else {
            self.redirect(&format!("{}{}", self.state.knobs.context_path, pages::INIT_PATH))
        }
    }

    async fn secured(&self, path: &str) -> Answer {
        let mut session = self.session();
        if let Some(user) = session.as_ref().and_then(|session| session.user.as_deref()) {
            self.ticket.user(user);
        }
        // A token in the header is looked at before the body is.
        if !self.is_get() && self.token_in_header().is_some() && !self.has_token(session.as_ref()) {
            return self.refuse(session.as_ref());
        }
        self.arrive().await;
        if !self.is_get() && !self.has_token(session.as_ref()) {
            return self.refuse(session.as_ref());
        }
        match (path, session.as_ref()) {
            ("/j_spring_security_logout", Some(session)) if self.is_post() => {
                return self.logout(session);
            }
            ("/j_spring_security_check", Some(session)) if self.is_post() => {
                return self.login(session);
            }
            _ => {}
        }
        let mut issued = None;
        if self.state.knobs.basic_accepted
            && session.as_ref().is_none_or(|session| session.user.is_none())
            && let Some((name, password)) = self.credentials()
        {
            let Some(user) = self.state.authenticate(&name, &password) else {
                return Answer::unauthorized("hybris");
            };
            let known = session.as_ref().map(|session| session.id.clone());
            let authenticated = if self.state.knobs.basic_makes_session {
                self.ticket.login(&user.name);
                match session.as_ref() {
                    Some(session) => self.promote(session, &user.name),
                    None => self.node.create(Some(&user.name)),
                }
            } else {
                // For this request only: the session, whose token counts, stays nobody's.
                self.ticket.user(&user.name);
                let mut nobodys = session.unwrap_or_else(|| self.node.create(None));
                nobodys.user = Some(user.name.clone());
                nobodys
            };
            issued = (known.as_ref() != Some(&authenticated.id)).then(|| self.cookie(&authenticated));
            session = Some(authenticated);
        }
        let mut answer = self.authorized(path, session).await;
        if let Some(cookie) = issued {
            answer.add_cookie(&cookie);
        }
        answer
    }

    async fn arrive(&self) {
        self.request.arrive(self.state.knobs.max_form_bytes).await;
        self.ticket.form(self.request.form_for_ledger());
        self.ticket.json(self.request.json());
    }

    /// The page, if the user has the right to it; otherwise the redirect to the login.
    async fn authorized(&self, path: &str, session: Option<Session>) -> Answer {
        let knobs = &self.state.knobs;
        let user = session.as_ref().and_then(|session| self.state.user(session.user.as_deref()?));
        let is_login_page =
            path == knobs.login_page.path() && (user.is_none() || knobs.login_page != LoginPage::AtContextRoot);
        if is_login_page {
            // A JSP answers whatever the method; since it is a page of Spring MVC, only GET.
            let answers = self.is_get() || knobs.login_page == LoginPage::LoginJsp;
            return if answers { self.show_login(session) } else { Answer::not_allowed("GET") };
        }
        if path == pages::INIT_LOG_PATH && !knobs.init_log_needs_login && self.is_get() {
            return pages::init_log(self.state);
        }
        let (Some(user), Some(session)) = (user, session.as_ref()) else {
            return self.to_login(session);
        };
        if !allowed(user, path) {
            return self.deny(session, knobs.role_refusal);
        }
        let shown = token::shown(&session.token, knobs.token_style);
        let system = self.state.system(self.node.number());
        let visit = Visit { state: self.state, request: self.request, user, token: shown, ticket: self.ticket, system };
        pages::dispatch(&visit, path).await
    }

    fn show_login(&self, session: Option<Session>) -> Answer {
        let knobs = &self.state.knobs;
        let known = session.is_some();
        let session = session.unwrap_or_else(|| self.node.create(None));
        let shown = token::shown(&session.token, knobs.token_style);
        let failed = self.request.parameter("login_error").is_some();
        let mut answer = pages::login_page(knobs, &shown, failed);
        if !known {
            answer.add_cookie(&self.cookie(&session));
        }
        answer
    }

    /// The redirect to the login page. The page that was asked for is where the login will lead back to.
    fn to_login(&self, session: Option<Session>) -> Answer {
        let mut answer = self.redirect_whole(&self.login_address());
        let known = session.is_some();
        let session = session.unwrap_or_else(|| self.node.create(None));
        if self.is_get() {
            let query = self.request.query.as_ref();
            let query = query.map(|query| format!("?{query}")).unwrap_or_default();
            self.node.save_request(&session.id, format!("{}{query}", self.request.path));
        }
        if !known {
            answer.add_cookie(&self.cookie(&session));
        }
        answer
    }

    fn login(&self, session: &Session) -> Answer {
        let name = self.request.parameter("j_username").unwrap_or_default();
        let password = self.request.parameter("j_password").unwrap_or_default();
        let Some(user) = self.state.authenticate(&name, &password) else {
            return self.redirect(&format!("{}?login_error=1", self.login_address()));
        };
        let knobs = &self.state.knobs;
        let promoted = self.promote(session, &user.name);
        self.ticket.login(&user.name);
        let mut answer = match &session.saved {
            Some(saved) if knobs.continue_after_login => {
                self.redirect_whole(&format!("{saved}{}continue", if saved.contains('?') { '&' } else { '?' }))
            }
            Some(saved) => self.redirect_whole(saved),
            None => self.redirect(&format!("{}/", knobs.context_path)),
        };
        if promoted.id != session.id {
            answer.add_cookie(&self.cookie(&promoted));
        }
        answer
    }

    fn logout(&self, session: &Session) -> Answer {
        // The cookie stays with the client: Spring ends the session, and Tomcat deletes no cookie.
        self.node.remove(&session.id);
        self.redirect(&format!("{}?logout", self.login_address()))
    }

    /// Bad token or dead session: not executed. A client without a session gets an anonymous one.
    fn refuse(&self, session: Option<&Session>) -> Answer {
        let refusal = self.state.knobs.csrf_refusal;
        if let Some(session) = session {
            return self.deny(session, refusal);
        }
        let session = self.node.create(None);
        let mut answer = self.deny(&session, refusal);
        answer.add_cookie(&self.cookie(&session));
        answer
    }

    /// Denied: the request is forwarded, with its method, to the page for that. Where the page answers GET only, that makes 405.
    fn deny(&self, session: &Session, refusal: Refusal) -> Answer {
        let knobs = &self.state.knobs;
        if !self.is_get() && refusal == Refusal::MethodNotAllowed405 {
            return Answer::not_allowed("GET");
        }
        let shown = token::shown(&session.token, knobs.token_style);
        pages::denied(knobs, &shown)
    }

    fn session(&self) -> Option<Session> {
        let knobs = &self.state.knobs;
        self.request.cookies(&knobs.session_cookie_name).iter().find_map(|id| self.node.find(id, knobs.session_idle))
    }

    fn has_token(&self, session: Option<&Session>) -> bool {
        let sent = self.token_in_header().map(str::to_owned).or_else(|| self.request.parameter("_csrf"));
        match (session, sent) {
            (Some(session), Some(sent)) if !self.refuse_token => {
                token::matches(&session.token, &sent, self.state.knobs.token_style)
            }
            _ => false,
        }
    }

    fn token_in_header(&self) -> Option<&str> {
        self.request.headers.get("x-csrf-token").and_then(|value| value.to_str().ok())
    }

    /// What HTTP Basic says to HAC; a gate in front may have taken it for itself.
    fn credentials(&self) -> Option<(String, String)> {
        let stripped = self.state.gate.is_some() && self.state.knobs.gate_strips_authorization;
        if stripped { None } else { self.request.basic() }
    }

    fn promote(&self, session: &Session, user: &str) -> Session {
        self.node.promote(session, user, self.state.knobs.rotate_session_at_login)
    }

    fn cookie(&self, session: &Session) -> String {
        self.state.ledger.hide(|| [session.id.clone(), session.token.clone()]);
        cookie(&self.state.knobs, &session.id)
    }

    fn login_address(&self) -> String {
        let knobs = &self.state.knobs;
        format!("{}{}", knobs.context_path, knobs.login_page.path())
    }

    fn redirect(&self, path: &str) -> Answer {
        match self.state.knobs.locations {
            Locations::AsSpring | Locations::Paths => Answer::redirect(path),
            Locations::Whole => self.redirect_to_address(path),
        }
    }

    /// A redirect that Spring Security writes as a whole address.
    fn redirect_whole(&self, path: &str) -> Answer {
        match self.state.knobs.locations {
            Locations::Paths => Answer::redirect(path),
            Locations::AsSpring | Locations::Whole => self.redirect_to_address(path),
        }
    }

    fn redirect_to_address(&self, path: &str) -> Answer {
        let scheme = if self.state.https { "https" } else { "http" };
        let host = self.request.header(&http::header::HOST).unwrap_or("localhost");
        Answer::redirect(&format!("{scheme}://{host}{path}"))
    }

    fn is_get(&self) -> bool {
        [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(&self.request.method)
    }

    fn is_post(&self) -> bool {
        self.request.method == Method::POST
    }
}

/// What sets the session cookie.
pub(crate) fn cookie(knobs: &Knobs, id: &str) -> String {
    let secure = if knobs.cookie_secure { "; Secure" } else { "" };
    let path = match (&knobs.session_cookie_path, knobs.context_path.as_str()) {
        (Some(path), _) => path,
        (None, "") => "/",
        (None, context) => context,
    };
    format!("{}={id}; Path={path}{secure}; HttpOnly", knobs.session_cookie_name)
}

/// Pages outside of the tabs, such as the home page, are for everybody who is logged in.
fn allowed(user: &User, path: &str) -> bool {
    if user.has("ADMINGROUP") {
        return true;
    }
    match RIGHTS.iter().find(|(prefix, _)| path.starts_with(prefix)) {
        Some((_, role)) => {
            let looks_only = !WRITES.iter().any(|end| path.ends_with(end));
            user.has(role) || looks_only && user.has(&format!("{role}_LIMITED"))
        }
        None => !TABS.contains(&path[1..].split('/').next().unwrap_or_default()),
    }
}

/// Whether Spring's firewall turns the address away.
fn is_odd(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [";", "//", "%3b", "%25"].iter().any(|odd| path.contains(odd))
}
