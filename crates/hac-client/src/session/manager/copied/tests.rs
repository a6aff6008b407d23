use super::*;

const ID: &str = "0123456789ABCDEF";
const TOKEN: &str = "f00-token";

fn read(text: &str) -> CopiedRequest {
    CopiedRequest::from_curl(text, "JSESSIONID").unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn why(text: &str) -> String {
    CopiedRequest::from_curl(text, "JSESSIONID").expect_err(text).why().to_owned()
}

/// The URL, the id, the node and the token.
fn all(request: &CopiedRequest) -> (&str, &str, Option<&str>, Option<&str>) {
    let token = request.csrf_token().map(CsrfToken::expose);
    (request.base_url().as_str(), request.session_id().expose(), request.route(), token)
}

#[test]
fn a_request_is_read_as_chrome_copies_it_for_a_unix_shell() {
    let text = format!(
        "curl 'https://localhost:9002/hac/console/flexsearch/execute' \\\n  \
         -H 'Accept: application/json' \\\n  \
         -H 'Content-Type: application/x-www-form-urlencoded; charset=UTF-8' \\\n  \
         -b 'other=\"1\"; JSESSIONID={ID}; ROUTE=.node1' \\\n  \
         -H 'Referer: https://elsewhere.example.com/hac/console/flexsearch' \\\n  \
         -H $'X-Note: it\\'s \\u0021 https://no.example.com' \\\n  \
         -H 'X-CSRF-TOKEN: {TOKEN}' \\\n  \
         --data-raw 'flexibleSearchQuery=SELECT+1&_csrf=another' \\\n  \
         --insecure\n"
    );
    assert_eq!(all(&read(&text)), ("https://localhost:9002", ID, Some(".node1"), Some(TOKEN)));
}

#[test]
fn a_request_is_read_as_chrome_copies_it_for_the_command_prompt() {
    let text = format!(
        "curl ^\"https://localhost:9002/hac/console/flexsearch/execute^\" ^\r\n  \
         -H ^\"Accept: application/json^\" ^\r\n  \
         -b ^\"other=^\\^\"a ^& b^\\^\"; JSESSIONID={ID}; ROUTE=.node1^\" ^\r\n  \
         -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"130^\\^\"^\" ^\r\n  \
         -H ^\"X-CSRF-TOKEN: {TOKEN}^\" ^\r\n  \
         --data-raw ^\"a=^%^20b^\""
    );
    assert_eq!(all(&read(&text)), ("https://localhost:9002", ID, Some(".node1"), Some(TOKEN)));
}

#[test]
fn a_request_is_read_as_firefox_copies_it() {
    let unix = format!(
        "curl 'https://localhost:9002/hac/console/scripting/execute' --compressed -X POST -H 'Cookie: JSESSIONID={ID}' \
         --data-raw 'script=1&_csrf={TOKEN}'"
    );
    let windows = format!(
        "curl \"https://localhost:9002/hac/console/scripting/execute\" ^\n  --compressed ^\n  -X POST ^\n  \
         -H \"X-Quoted: a \"\"b\"\" c\" ^\n  -H \"Cookie: JSESSIONID={ID}\" ^\n  --data-raw \"script=1&_csrf={TOKEN}\""
    );
    for text in [unix, windows] {
        assert_eq!(all(&read(&text)), ("https://localhost:9002", ID, None, Some(TOKEN)), "{text}");
    }
}

#[test]
fn a_page_has_no_token() {
    let request = read(&format!("curl.exe --url https://hac.example.com/hac/ -H 'cookie: a=b; JSESSIONID={ID}'"));
    assert_eq!(all(&request), ("https://hac.example.com", ID, None, None));
}

#[test]
fn the_base_url_has_the_context_path_unless_it_is_the_usual_one() {
    for (url, base) in [
        ("https://h:9002/hac/console/scripting", "https://h:9002"),
        ("https://h/hac", "https://h"),
        ("https://h/hac/", "https://h"),
        ("https://h", "https://h"),
        ("https://h/?x=1", "https://h"),
        ("https://h/platform/config?a=/hac/console/x", "https://h"),
        ("https://h/hac_admin/platform/config;jsessionid=1", "https://h/hac_admin"),
        ("https://h/a/b/console/scripting/execute#x", "https://h/a/b"),
        ("https://h/hac_admin/", "https://h/hac_admin"),
        ("https://h/hac_admin/login.jsp", "https://h/hac_admin"),
        ("http://[::1]:9001/hac/monitoring/cache", "http://[::1]:9001"),
    ] {
        let request = read(&format!("curl '{url}' -b JSESSIONID={ID}"));
        assert_eq!(request.base_url().as_str(), base, "{url}");
    }
}

#[test]
fn what_is_missing_is_said_without_repeating_a_value() {
    for (text, expected) in [
        ("", "it does not begin with curl"),
        ("Invoke-WebRequest -Uri SECRET", "it does not begin with curl"),
        ("curl -b JSESSIONID=SECRET", "it has no URL"),
        ("curl https://h/hac/ -b JSESSIONID=", "it has no cookie JSESSIONID"),
        ("curl https://h/hac/ -b cookies.txt", "it has no cookie JSESSIONID"),
        ("curl https://h/hac/ -H 'Cookie: id=SECRET'", "it has no cookie JSESSIONID"),
        ("curl https://h/hac/ -b 'JSESSIONID=SECRET", "a quote in it is not closed"),
        ("curl https://SECRET:SECRET@h/hac/ -b JSESSIONID=SECRET", "its URL is no address of HAC"),
    ] {
        assert_eq!(why(text), expected);
    }
    let debug = format!("{:?}", read(&format!("curl https://h/hac/ -b JSESSIONID={ID}")));
    assert!(!debug.contains(ID), "{debug}");
}

#[test]
fn another_name_of_the_session_cookie_is_respected() {
    let text = "curl https://h/hac/ -b 'JSESSIONID=wrong; HACSESSION=right'";
    let request = CopiedRequest::from_curl(text, "HACSESSION").expect("a request");
    assert_eq!(request.session_id().expose(), "right");
}

#[test]
fn words_are_those_of_the_shell() {
    let split = |text: &str| words::split(text).expect(text);
    assert_eq!(split(r#"a 'b c'"d e"\ f "\"\$\x" $'\'\n\x41\u00e9'"#), ["a", "b cd e f", "\"$\\x", "'\nA\u{e9}"]);
    assert_eq!(split("a \\\n b"), ["a", "b"]);
    assert_eq!(split("a ^\n ^\"b ^^ ^& c\\\\^\" d\\e \"f^g\""), ["a", "b ^ & c\\", "d\\e", "f^g"]);
    assert_eq!(split("'' a"), ["", "a"]);
}
