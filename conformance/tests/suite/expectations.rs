//! The table: what each server answers where servers may differ.
//!
//! A row is what that server was seen to do. Where the rows of the simulator and of Spring differ without a release of HAC
//! as the reason, one of them is wrong about HAC, or nobody knows yet; such fields say so.

use std::time::Duration;

use hac_client::{ErrorKind, ScriptType};

/// All servers, in the order in which they are run.
pub(crate) const NAMES: [&str; 7] = [
    "simulator-1811",
    "simulator-2005",
    "simulator-2205",
    "simulator-2211",
    "simulator-2211-jdk21",
    "spring58",
    "spring6",
];

/// How long a slow script takes.
pub(crate) const SLOW: Duration = Duration::from_millis(500);

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
    /// Takes [`SLOW`] without using the processor, or no time at all where it could only do so by being busy.
    pub(crate) slow: &'static str,
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
    /// The redirect after the logout, and whether it deletes the session's cookie.
    pub(crate) logged_out: &'static str,
    pub(crate) logout_deletes_cookie: bool,
    /// A POST with a bad token, or without a session.
    pub(crate) bad_token: Refusal,
    /// A POST of `/login` with a good token.
    pub(crate) post_of_login_page: Refusal,
    /// A POST, and a GET, of somebody without the right.
    pub(crate) post_without_right: Refusal,
    pub(crate) get_without_right: Refusal,
    /// How many more logins the client makes for that GET: none, also where the refusal shows the login page.
    pub(crate) logins_for_get_without_right: usize,
    /// What `commit` may be called beside `true`: Spring MVC's booleans. Other words are a bad request to it.
    pub(crate) commit_words: &'static [&'static str],
    pub(crate) commit_nonsense: u16,
    /// GET of `/console/scripting;a=b`, and of `/console//scripting`: Spring's firewall turns such addresses away.
    pub(crate) path_parameter: u16,
    pub(crate) double_slash: u16,
    /// A POST of somebody without the right, to a page below `/console` that does not exist.
    pub(crate) nothing_without_right: u16,
    /// A `maxCount` that is more than a Java `int` can hold.
    pub(crate) huge_max_count: u16,
    /// GET of `/console/scripting/`.
    pub(crate) trailing_slash: u16,
    pub(crate) token_length: usize,
    /// Each page shows the token in another form.
    pub(crate) masked: bool,
    /// What stands in the session's cookie behind its value, at [`Usual`](crate::server::Place::Usual) and at
    /// [`Elsewhere`](crate::server::Place::Elsewhere).
    pub(crate) cookie: &'static str,
    pub(crate) cookie_on_https: &'static str,
    /// What the client may make of a form of 5 MB, whose fields the server drops. Tomcat answers and then hangs up, because it
    /// does not care to read the rest (maxSwallowSize): now and then the hanging up overtakes the answer.
    pub(crate) big_form: &'static [ErrorKind],
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
    slow: "Thread.sleep(500)",
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
    slow: "null",
    create: "db.update('CREATE TABLE IF NOT EXISTS kept (name VARCHAR(20))'); null",
    insert: "db.update(\"INSERT INTO kept VALUES ('row')\"); db.query('SELECT COUNT(*) AS n FROM kept')[0][0]",
};

const METHOD_REFUSED: Refusal = Refusal { status: 405, allow: Some("GET"), login_form: false };
const FORBIDDEN: Refusal = Refusal { status: 403, allow: None, login_form: false };

const SIMULATOR: Expectations = Expectations {
    login_page: "/login",
    to_login: "/hac/login",
    back_home: "/hac/",
    back_to_console: "/hac/console/scripting",
    straight_home: "/hac/",
    finding_the_root: &["GET /hac/", "GET /", "GET /login", "POST /j_spring_security_check", "GET /"],
    wrong_password: "/hac/login?login_error=1",
    logged_out: "/hac/login",
    logout_deletes_cookie: true,
    bad_token: METHOD_REFUSED,
    post_of_login_page: Refusal { status: 405, allow: Some("GET, HEAD"), login_form: false },
    post_without_right: FORBIDDEN,
    get_without_right: FORBIDDEN,
    logins_for_get_without_right: 0,
    commit_words: &["TRUE"],
    commit_nonsense: 200,
    path_parameter: 200,
    double_slash: 404,
    nothing_without_right: 404,
    huge_max_count: 200,
    trailing_slash: 200,
    token_length: 36,
    masked: false,
    cookie: "; Path=/hac; HttpOnly",
    cookie_on_https: "; Path=/; HttpOnly",
    big_form: &[ErrorKind::Rejected],
    script_type: ScriptType::JavaScript,
    scripts: JAVASCRIPT,
    flexible_search_fails: None,
};

const SIMULATOR_1811: Expectations = Expectations {
    login_page: "/login.jsp",
    to_login: "/hac/login.jsp",
    finding_the_root: &["GET /hac/", "GET /", "GET /login.jsp", "POST /j_spring_security_check", "GET /"],
    wrong_password: "/hac/login.jsp?login_error=1",
    logged_out: "/hac/login.jsp",
    ..SIMULATOR_2005
};

const SIMULATOR_2005: Expectations = Expectations { bad_token: FORBIDDEN, ..SIMULATOR };

const SIMULATOR_2211: Expectations = Expectations { cookie_on_https: "; Path=/; Secure; HttpOnly", ..SIMULATOR };

const SIMULATOR_2211_JDK21: Expectations = Expectations {
    back_to_console: "/hac/console/scripting?continue",
    trailing_slash: 404,
    token_length: 96,
    masked: true,
    ..SIMULATOR_2211
};

const SPRING58: Expectations = Expectations {
    login_page: "/login",
    to_login: "HERE/hac/login",
    back_home: "HERE/hac/",
    back_to_console: "HERE/hac/console/scripting",
    straight_home: "/hac/",
    finding_the_root: &["GET /hac/", "GET /login", "POST /j_spring_security_check", "GET /"],
    wrong_password: "/hac/login?login_error=1",
    logged_out: "/hac/login?logout",
    logout_deletes_cookie: false,
    bad_token: METHOD_REFUSED,
    post_of_login_page: METHOD_REFUSED,
    post_without_right: METHOD_REFUSED,
    get_without_right: Refusal { status: 403, allow: None, login_form: true },
    logins_for_get_without_right: 0,
    commit_words: &["TRUE", "on", "yes", "1"],
    commit_nonsense: 400,
    path_parameter: 500,
    double_slash: 500,
    nothing_without_right: 405,
    huge_max_count: 400,
    trailing_slash: 200,
    token_length: 36,
    masked: false,
    cookie: "; Path=/hac; HttpOnly",
    cookie_on_https: "; Path=/; Secure; HttpOnly",
    big_form: &[ErrorKind::Rejected, ErrorKind::OutcomeUnknown],
    script_type: ScriptType::Groovy,
    scripts: GROOVY,
    flexible_search_fails: Some("only SQL"),
};

const SPRING6: Expectations = Expectations {
    path_parameter: 400,
    double_slash: 400,
    back_home: "HERE/hac/?continue",
    back_to_console: "HERE/hac/console/scripting?continue",
    trailing_slash: 404,
    token_length: 96,
    masked: true,
    ..SPRING58
};

/// The row of a server.
pub(crate) fn of(name: &str) -> &'static Expectations {
    match name {
        "simulator-1811" => &SIMULATOR_1811,
        "simulator-2005" => &SIMULATOR_2005,
        "simulator-2205" => &SIMULATOR,
        "simulator-2211" => &SIMULATOR_2211,
        "simulator-2211-jdk21" => &SIMULATOR_2211_JDK21,
        "spring58" => &SPRING58,
        "spring6" => &SPRING6,
        other => panic!("no row for {other}"),
    }
}
