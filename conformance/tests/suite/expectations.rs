//! The table: what each server answers where servers may differ.
//!
//! A row is what that server was seen to do. The simulator's rows are Spring's, but for what public clients have seen
//! older releases of HAC do otherwise, and for the languages that each server speaks.

use hac_client::ScriptType;

/// All servers, in the order in which they are run.
pub(crate) const NAMES: [&str; 9] = [
    "simulator-1811",
    "simulator-2005",
    "simulator-2205",
    "simulator-2211",
    "simulator-2211-jdk21",
    "spring58",
    "spring58-balanced",
    "spring6",
    "spring6-balanced",
];

/// How a request is turned away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) allow: Option<&'static str>,
    /// The answer is the login page.
    pub(crate) login_form: bool,
}

/// Scripts in the language of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scripts {
    /// Returns 42.
    pub(crate) answer: &'static str,
    /// Prints `one`, a line, and `zwei ä€😀`, a line, and returns null.
    pub(crate) prints: &'static str,
    /// Prints `before` and throws with the message `over the edge`, in Groovy as the cause of something else.
    pub(crate) throws: &'static str,
    /// A part of that stack trace, beside the message.
    pub(crate) trace: &'static str,
    /// Is no script.
    pub(crate) nonsense: &'static str,
    /// Makes the table `kept`, if it is not there.
    pub(crate) create: &'static str,
    /// Prints 5 MB of `x` and a line end.
    pub(crate) long: &'static str,
    /// Puts a row into it.
    pub(crate) insert: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Expectations {
    pub(crate) login_page: &'static str,
    /// The redirect of an anonymous GET of `/hac/`; `HERE` is scheme, host and port. Spring Security 6.5 and before write
    /// whole addresses here, and paths elsewhere.
    pub(crate) to_login: &'static str,
    /// After the login: back to `/hac/` that was asked for first, to the console that was, and where nothing was.
    pub(crate) back_home: &'static str,
    pub(crate) back_to_console: &'static str,
    pub(crate) straight_home: &'static str,
    /// What a client asks for until it is logged in where the application is at the root, and nobody said so. To an application
    /// at the root `/hac/` is a page like any other, and it sends whoever is not logged in to its login page.
    pub(crate) finding_the_root: &'static [&'static str],
    /// The redirect after a wrong password.
    pub(crate) wrong_password: &'static str,
    /// The redirect after the logout.
    pub(crate) logged_out: &'static str,
    /// A POST with a bad token, or without a session.
    pub(crate) bad_token: Refusal,
    /// A POST of `/login` with a good token.
    pub(crate) post_of_login_page: Refusal,
    /// A POST of somebody without the right, also to a page below `/console` that does not exist. A GET is always
    /// [`FORWARDED`].
    pub(crate) post_without_right: Refusal,
    /// GET of an address that Spring's firewall turns away, such as `/console/scripting;a=b` and `/console//scripting`.
    pub(crate) odd_address: u16,
    /// GET of `/hac/` in a session in which HTTP Basic was used before: up to 5.8 that made it somebody's.
    pub(crate) after_http_basic: u16,
    /// GET of `/console/scripting/`.
    pub(crate) trailing_slash: u16,
    pub(crate) token_length: usize,
    /// Each page shows the token in another form.
    pub(crate) masked: bool,
    /// What stands in the session's cookie behind its value where people use https, at
    /// [`Elsewhere`](crate::server::Place::Elsewhere).
    pub(crate) cookie_on_https: &'static str,
    pub(crate) script_type: ScriptType,
    pub(crate) scripts: Scripts,
    /// What the exception says to a query in FlexibleSearch for all products, `None` where there is FlexibleSearch.
    pub(crate) flexible_search_fails: Option<&'static str>,
}

const GROOVY: Scripts = Scripts {
    answer: "return 6 * 7",
    prints: "println 'one'; print 'zwei ä€😀\\n'; return null",
    throws: "println 'before'; throw new RuntimeException('no', new IllegalStateException('over the edge'))",
    trace: "Caused by: java.lang.IllegalStateException: over the edge",
    nonsense: "return (((",
    long: "println 'x' * 5_000_000",
    create: "db.execute('CREATE TABLE IF NOT EXISTS kept (name VARCHAR(20))')",
    insert: "db.executeInsert(\"INSERT INTO kept VALUES ('row')\"); return db.firstRow('SELECT COUNT(*) AS n FROM kept').n",
};

const JAVASCRIPT: Scripts = Scripts {
    answer: "6 * 7",
    prints: "println('one'); print('zwei ä€😀\\n'); null",
    throws: "println('before'); throw new Error('over the edge')",
    trace: "script.js:1",
    nonsense: "return (((",
    long: "println('x'.repeat(5000000))",
    create: "db.update('CREATE TABLE IF NOT EXISTS kept (name VARCHAR(20))'); null",
    insert: "db.update(\"INSERT INTO kept VALUES ('row')\"); db.query('SELECT COUNT(*) AS n FROM kept')[0][0]",
};

const METHOD_REFUSED: Refusal = Refusal { status: 405, allow: Some("GET"), login_form: false };
/// Forwarded to the login page, and answered by it: 403.
pub(crate) const FORWARDED: Refusal = Refusal { status: 403, allow: None, login_form: true };

const SPRING58: Expectations = Expectations {
    login_page: "/login",
    to_login: "HERE/hac/login",
    back_home: "HERE/hac/",
    back_to_console: "HERE/hac/console/scripting",
    straight_home: "/hac/",
    finding_the_root: &["GET /hac/", "GET /login", "POST /j_spring_security_check", "GET /"],
    wrong_password: "/hac/login?login_error=1",
    logged_out: "/hac/login?logout",
    bad_token: METHOD_REFUSED,
    post_of_login_page: METHOD_REFUSED,
    post_without_right: METHOD_REFUSED,
    odd_address: 500,
    after_http_basic: 200,
    trailing_slash: 200,
    token_length: 36,
    masked: false,
    cookie_on_https: "; Path=/; Secure; HttpOnly",
    script_type: ScriptType::Groovy,
    scripts: GROOVY,
    flexible_search_fails: Some("only SQL"),
};

const SPRING6: Expectations = Expectations {
    back_home: "HERE/hac/?continue",
    back_to_console: "HERE/hac/console/scripting?continue",
    odd_address: 400,
    after_http_basic: 302,
    trailing_slash: 404,
    token_length: 96,
    masked: true,
    ..SPRING58
};

/// The newest, which is Spring Security 6 but for what it runs.
const SIMULATOR_2211_JDK21: Expectations =
    Expectations { script_type: ScriptType::JavaScript, scripts: JAVASCRIPT, flexible_search_fails: None, ..SPRING6 };

/// From 2205 to 2211, which are Spring Security 5.8 but for what they run.
const SIMULATOR: Expectations =
    Expectations { script_type: ScriptType::JavaScript, scripts: JAVASCRIPT, flexible_search_fails: None, ..SPRING58 };

/// Clients have seen these refuse with 403.
const SIMULATOR_2005: Expectations = Expectations { bad_token: FORWARDED, post_without_right: FORWARDED, ..SIMULATOR };

/// And this show a login page that is a JSP, and as such takes a POST.
const SIMULATOR_1811: Expectations = Expectations {
    login_page: "/login.jsp",
    to_login: "HERE/hac/login.jsp",
    finding_the_root: &["GET /hac/", "GET /login.jsp", "POST /j_spring_security_check", "GET /"],
    wrong_password: "/hac/login.jsp?login_error=1",
    logged_out: "/hac/login.jsp?logout",
    post_of_login_page: Refusal { status: 200, allow: None, login_form: true },
    ..SIMULATOR_2005
};

/// Behind the balancer TLS ends before Tomcat, which then sees no reason for `Secure`.
const SPRING58_BALANCED: Expectations = Expectations { cookie_on_https: "; Path=/; HttpOnly", ..SPRING58 };

const SPRING6_BALANCED: Expectations = Expectations { cookie_on_https: "; Path=/; HttpOnly", ..SPRING6 };

/// The row of a server.
pub(crate) fn of(name: &str) -> &'static Expectations {
    match name {
        "simulator-1811" => &SIMULATOR_1811,
        "simulator-2005" => &SIMULATOR_2005,
        "simulator-2205" | "simulator-2211" => &SIMULATOR,
        "simulator-2211-jdk21" => &SIMULATOR_2211_JDK21,
        "spring58" => &SPRING58,
        "spring58-balanced" => &SPRING58_BALANCED,
        "spring6" => &SPRING6,
        "spring6-balanced" => &SPRING6_BALANCED,
        other => panic!("no row for {other}"),
    }
}
