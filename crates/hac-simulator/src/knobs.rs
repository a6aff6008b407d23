//! Everything in which one HAC differs from another.

use std::time::Duration;

/// What one HAC does differently from another: a [`Release`](crate::Release) is a preset of these.
///
/// The values behind each release are in the table of the compatibility page; change any of them with
/// [`SimulatorBuilder::knobs`](crate::SimulatorBuilder::knobs).
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of the server")]
pub struct Knobs {
    /// Where HAC is mounted: empty, or with a leading and without a trailing slash, such as `/hac`.
    pub context_path: String,
    /// Whether `/console/scripting/` is another path than `/console/scripting` (404), as since Spring 6.
    pub strict_slashes: bool,
    /// Which path bears the login form.
    pub login_page: LoginPage,
    /// How a POST with a bad token or a dead session is answered.
    pub csrf_refusal: Refusal,
    /// How a POST of a user without the right is answered; a GET always gets 403.
    pub role_refusal: Refusal,
    /// Which page a 403 shows.
    pub denied_page: DeniedPage,
    /// The status for an address that Spring's firewall does not like: with `;`, `//`, or an encoded `;`, `/` or `%`. `None`: there
    /// is no firewall, and what follows a `;` does not count.
    pub firewall: Option<u16>,
    /// How a page shows the CSRF token.
    pub token_style: TokenStyle,
    /// Whether a login moves the session to a new id. The token changes in either case.
    pub rotate_session_at_login: bool,
    /// Whether a login that was caused by a page leads back to it with `?continue` behind the address.
    pub continue_after_login: bool,
    /// Whether the session cookie is `Secure`. A release's preset sets it on https only, as Tomcat does; an installation may
    /// ask for it on plain http too, because TLS ends in front of it.
    pub cookie_secure: bool,
    /// The name of the session cookie; some installations rename it.
    pub session_cookie_name: String,
    /// The `Path` of the session cookie. `None`: the context path, as Tomcat sets it.
    pub session_cookie_path: Option<String>,
    /// When the balancer sets the cookie `ROUTE`.
    pub route: RoutePolicy,
    /// Whether HAC itself accepts HTTP Basic in place of the form login.
    pub basic_accepted: bool,
    /// Whether HTTP Basic makes the session somebody's, as up to Spring Security 5.8, or lets single requests in.
    pub basic_makes_session: bool,
    /// Whether the gate of [`SimulatorBuilder::gate`](crate::SimulatorBuilder::gate) keeps its `Authorization` header from HAC.
    pub gate_strips_authorization: bool,
    /// After how long without a request a session is forgotten. `None`: never.
    pub session_idle: Option<Duration>,
    /// Whether `resultCount` is in the answer of a query.
    pub result_count: bool,
    /// Whether the cells of a query's rows are HTML-escaped.
    pub escape_cells: bool,
    /// Whether `dataSource` and `dataSourceId` exist.
    pub data_source: bool,
    /// Whether a level that is set for a name without a logger makes one, as log4j 2 does, or is passed over.
    pub creates_loggers: bool,
    /// After how long without a request the server closes a connection.
    pub keep_alive: Duration,
    /// Forms longer than this lose all their fields without a word, and are not even read, as in Tomcat (`maxPostSize`).
    pub max_form_bytes: usize,
    /// How much is read of a body that nobody wants any more, such as that of a refused request, before the connection is
    /// closed under the client that still writes, as in Tomcat (`maxSwallowSize`). The answer was sent before.
    pub max_swallow_bytes: usize,
    /// What a `Location` looks like.
    pub locations: Locations,
    /// Whether the log of an update is for those who are logged in only.
    pub init_log_needs_login: bool,
    /// How long an update takes, in all its steps together.
    pub update_duration: Duration,
    /// The patch that fails, by its name or its hash.
    pub failing_patch: Option<String>,
    /// What stands beside HAC where HAC is at the root, under `/hac/` for example.
    pub beside_root: BesideRoot,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            context_path: "/hac".to_owned(),
            strict_slashes: false,
            login_page: LoginPage::Login,
            csrf_refusal: Refusal::MethodNotAllowed405,
            role_refusal: Refusal::MethodNotAllowed405,
            denied_page: DeniedPage::Login,
            firewall: Some(500),
            token_style: TokenStyle::Uuid,
            rotate_session_at_login: true,
            continue_after_login: false,
            cookie_secure: true,
            session_cookie_name: "JSESSIONID".to_owned(),
            session_cookie_path: None,
            route: RoutePolicy::WithSeveralNodes,
            basic_accepted: true,
            basic_makes_session: true,
            gate_strips_authorization: true,
            session_idle: None,
            result_count: true,
            escape_cells: true,
            data_source: true,
            creates_loggers: true,
            keep_alive: Duration::from_secs(20),
            max_form_bytes: 2 * 1024 * 1024,
            max_swallow_bytes: 2 * 1024 * 1024,
            locations: Locations::AsSpring,
            init_log_needs_login: true,
            update_duration: Duration::ZERO,
            failing_patch: None,
            beside_root: BesideRoot::Login,
        }
    }
}

/// Which path bears the login form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginPage {
    /// `/login`, from about 2005.
    Login,
    /// `/login.jsp`, up to about 1811.
    LoginJsp,
    /// The context root itself answers an anonymous request with the form.
    AtContextRoot,
}

impl LoginPage {
    /// The path below the context path.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Login => "/login",
            Self::LoginJsp => "/login.jsp",
            Self::AtContextRoot => "/",
        }
    }
}

/// How a refused POST is answered. In neither case was anything executed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// 403, as older releases.
    Forbidden403,
    /// 405 with `Allow: GET`, as current releases.
    MethodNotAllowed405,
}

/// Which page a 403 shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DeniedPage {
    /// The login page, with the token of the session that is refused and alive.
    Login,
    /// A page of its own with HAC's title.
    Forbidden,
}

/// What a `Location` looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Locations {
    /// A whole address where Spring Security up to 6.5 writes one, which is on the way to the login page and back from it to
    /// what was asked for; a path everywhere else.
    AsSpring,
    /// A path.
    Paths,
    /// A whole address.
    Whole,
}

/// What stands beside HAC where HAC is at the root.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BesideRoot {
    /// A page of HAC like any other: strangers are sent to HAC's own login page, users get 404.
    Login,
    /// 404 for everybody.
    NotFound,
    /// `/elsewhere/…` is sent to `/elsewhere/login?continue`: the loop that a client with a wrong context path runs into.
    Loop,
}

/// How a page shows the CSRF token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenStyle {
    /// The token itself.
    Uuid,
    /// Hidden behind a fresh random mask on each page, as Spring Security 6 does. All forms of one token are valid.
    Masked,
    /// As another text on each page, which no mask explains. Every text of one token is valid.
    AnotherOnEachPage,
}

/// When the balancer sets the cookie `ROUTE`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RoutePolicy {
    /// Never: requests go round the nodes.
    Never,
    /// With more than one node.
    WithSeveralNodes,
    /// Also with one node, as on SAP's cloud.
    Always,
}
