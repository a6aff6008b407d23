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
    /// The endpoints that are switched off, as in `endpoint.hac.platform.init.disabled=true`: here `platform.init`. These paths and
    /// what is below them are answered with 404, to everybody.
    pub disabled_endpoints: Vec<String>,
    /// The gateway's rate limit. `None`: there is none.
    pub rate_limit: Option<RateLimit>,
    /// How long the gateway waits for an answer. `None`: for as long as it takes.
    pub gateway_limit: Option<GatewayLimit>,
    /// By how many seconds the server's clock is ahead, as the header `Date` shows; negative if it is behind.
    pub clock_ahead: i64,
    /// Whether queries can name the attribute `encrypted` of the type `AttributeDescriptor`. Every public description of the type has
    /// it; whether each release can search for it is not known.
    pub encrypted_attributes: bool,
    /// What the filter for markup does. Whether HAC ships with it is not known, so it is off in every release.
    pub xss_filter: XssFilter,
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
            disabled_endpoints: Vec::new(),
            rate_limit: None,
            gateway_limit: None,
            clock_ahead: 0,
            encrypted_attributes: true,
            xss_filter: XssFilter::Off,
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

/// The gateway's rate limit: 429 without a word to HAC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateLimit {
    /// How many requests are let through in a window of [`within`](Self::within).
    pub requests: usize,
    /// The length of the window.
    pub within: Duration,
    /// How long it has to be quiet after a 429. Each request before that is answered with 429 and begins the cool-down anew.
    pub cool_down: Duration,
    /// What the 429 says in `Retry-After`, in seconds. `None`: it has no such header.
    pub retry_after: Option<u64>,
}

/// How long the gateway waits for an answer. The server is not told, and goes on to its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GatewayLimit {
    /// How long it waits.
    pub after: Duration,
    /// What it does then.
    pub then: GatewayEnd,
}

/// What a gateway does that has waited for long enough.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GatewayEnd {
    /// It answers 504.
    Status504,
    /// It closes the connection.
    Cut,
}

/// What the filter for markup does with parameters and headers that look like an attack, such as a script that calls `eval(…)`.
/// Files of a form and JSON are not looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum XssFilter {
    /// Nothing.
    Off,
    /// It removes the part that looks so, without a word.
    Strip,
    /// It answers 400.
    Reject,
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
