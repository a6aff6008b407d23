//! Pages as HAC, gateways and quoting reports write them.

use super::*;
use crate::server_text::Secrets;

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
fn the_excerpt_is_visible_text() {
    let page = Page::read("<title>T</title><script>secret()</script><style>x</style><h1>Access\n\x1b[2J denied</h1>");
    assert_eq!(shown(&page.excerpt), "Access [2J denied");
}

fn shown(text: &ServerText) -> String {
    Secrets::default().show(text, 200)
}

type Pair = (String, String);

/// The action, the hidden fields and the token of the login form.
fn form(html: &str) -> Option<(String, Vec<Pair>, Option<Pair>)> {
    let form = Page::read(html).login_form?;
    let token = form.token.map(|(name, token)| (name, token.expose().to_owned()));
    Some((form.action, form.hidden, token))
}

fn pair(name: &str, value: &str) -> Pair {
    (name.to_owned(), value.to_owned())
}

fn element(html: &str) -> Option<Element> {
    element_by_id(html, &["a".to_owned(), "b".to_owned()])
}

fn text(html: &str) -> String {
    element(html).unwrap_or_else(|| panic!("an element in {html}")).text
}

#[test]
fn the_login_form_is_found_however_it_is_written() {
    for html in [
        "<form action=/hac/j_spring_security_check><input name=j_username>",
        "<FORM METHOD=post ACTION='/hac/j_spring_security_check'><INPUT NAME='j_username'></FORM>",
        "<form\n method=post\n action=\n\"/hac/j_spring_security_check\"><p><b><input\nid=u\nname = \"j_username\" />",
        "<form action=&#47;hac/j_spring_security_check><table><tr><td><input name=j_username></table></form>",
        "<form action=/search><input name=q></form>
            <form action=/hac/j_spring_security_check><input name=j_username></form>",
        "<form action=/search><input name=q><form action=/hac/j_spring_security_check><input name=j_username>",
        "<form action=/x/j_spring_security_check><input name=q></form>
            <form action=/hac/j_spring_security_check><input name=j_username></form>
            <form action=/y/j_spring_security_check><input name=j_username></form>",
        "<select><script>'</select>'</script></select>
            <form action=' /hac/j_spring_security_check\n'><input name=j_username></form>",
    ] {
        assert_eq!(form(html), Some(("/hac/j_spring_security_check".to_owned(), vec![], None)), "{html}");
    }
}

#[test]
fn what_is_not_markup_is_no_login_form() {
    let quoted = "<form action=j_spring_security_check><input name=j_username></form>";
    for (before, after) in [
        ("<textarea>", "</textarea>"),
        ("<TEXTAREA name=x>", ""),
        ("<pre><textarea>", "</textarea></pre>"),
        ("<script>", "</script>"),
        ("<script>var a = '", "';</script>"),
        ("<style>", "</style>"),
        ("<!-- ", " -->"),
        ("<!-- ", ""),
        ("<title>", "</title>"),
        ("<noscript>", "</noscript>"),
        ("<iframe>", "</iframe>"),
        ("<template><div>", "</div></template>"),
        ("<template><template></template>", "</template>"),
        ("<a title=\"", "\">"),
        ("<a title='", ""),
    ] {
        let html = format!("{before}{quoted}{after}<p>");
        assert!(Page::read(&html).login_form.is_none(), "{html}");
    }
    assert!(Page::read(&format!("<textarea></textarea>{quoted}")).login_form.is_some());
}

#[test]
fn an_input_belongs_to_the_form_around_it() {
    for html in [
        "<input name=j_username><form action=j_spring_security_check></form>",
        "<form action=j_spring_security_check></form><input name=j_username>",
        "<div><form action=j_spring_security_check></div><input name=j_username>",
        "<form action=j_spring_security_check><form action=/search><input name=j_username></form>",
        "<form><input name=j_username></form>",
        "<form action=/search?j_spring_security_check><input name=j_username></form>",
    ] {
        assert!(Page::read(html).login_form.is_none(), "{html}");
    }
}

#[test]
fn hidden_fields_are_kept_apart_from_the_token_and_the_login() {
    let html = "<form action=j_spring_security_check><input name=j_username type=hidden value=u>
        <input type=hidden name=j_password><input type=HIDDEN name=a value='1&lt;2'><input name=b value=shown>
        <input type=hidden name=c><input type=hidden value=unnamed><input type=hidden name=T value='t&#39;\r\nu'></form>
        <input type=hidden name=outside value=1><meta content=M name=_csrf><meta content=T name=_csrf_parameter>";
    let hidden = vec![pair("a", "1<2"), pair("c", "")];
    assert_eq!(form(html), Some(("j_spring_security_check".to_owned(), hidden, Some(pair("T", "t'\nu")))));
}

#[test]
fn a_form_without_a_token_takes_it_from_the_metas_wherever_they_are() {
    let form_only = "<form action=j_spring_security_check><input name=j_username><input type=hidden name=_csrf></form>";
    let metas = "<META NAME=_csrf CONTENT=M&amp;1><meta name=_csrf_parameter content=P>";
    for html in [format!("{form_only}{metas}"), format!("<head>{metas}</head>{form_only}")] {
        assert_eq!(form(&html).and_then(|(.., token)| token), Some(pair("P", "M&1")), "{html}");
    }
    assert_eq!(form(form_only).expect("a form").2, None);
}

#[test]
fn title_and_excerpt_are_decoded_text() {
    let page = Page::read(
        "<html><head><TITLE>\n A &amp; <b>\n </TITLE><meta name=x><noscript>n</noscript><style>s</style></head><body>
        <svg><style>.a{}</style><title>drawn</title></svg><template>t<p>t</p></template><noscript><p>n</p></noscript>
        <h1>it&#39;s</h1><!-- c --><pre>&lt;form&gt;</pre><textarea><i></textarea><script>'</p>'</script>end",
    );
    assert_eq!(page.title.as_ref().map(shown).as_deref(), Some("A & <b>"));
    assert_eq!(shown(&page.excerpt), "it's <form> <i> end");
}

#[test]
fn a_head_ends_where_the_body_begins_with_or_without_tags() {
    for html in ["<head>x</head>y", "<head>x<link><body>y", "<head>x<meta>x<div>y", "<head><title>x</title><p>y"] {
        assert_eq!(shown(&Page::read(html).excerpt), "y", "{html}");
    }
    assert_eq!(shown(&Page::read("<header>y</header>").excerpt), "y");
    assert_eq!(shown(&Page::read(&format!("{}end", "<p>  </p>".repeat(10_000))).excerpt), "end");
    assert_eq!(shown(&Page::read(&"word ".repeat(1_000)).excerpt).chars().count(), 201);
}

#[test]
fn the_first_element_with_one_of_the_ids_is_found_with_its_text() {
    let found = element(
        "<p id=z>z</p><div DATA-level='error' id=\"b\" data-level=x hidden>1 <b>&lt;2</b><br>3</div>4<i id=a>5",
    );
    let attributes = vec![pair("data-level", "error"), pair("id", "b"), pair("hidden", "")];
    assert_eq!(found, Some(Element { attributes, text: "1 <23".to_owned() }));
    assert_eq!(element("<textarea><i id=a></textarea><!-- <i id=a> --><i title='<i id=a>'>"), None);
}

#[test]
fn an_element_is_read_as_far_as_the_page_goes() {
    for (html, expected) in [
        ("<span id=a data-level=\"error\" />", ""),
        ("<div><span id=a data-level=\"error\" />in</div>out", "in"),
        ("<div><input id=a value=x>out</div>", ""),
        ("<svg><path id=a />out</svg>", ""),
        ("<div id=a>1<p>2<b>3", "123"),
        ("<div id=a>1<p>2<b class=", "12"),
        ("<div id=a>1 &amp", "1 &amp"),
        ("<div><b id=a>1</div>out", "1"),
        ("<pre id=a>\n\n1\r\n2\r</pre>", "\n1\n2\n"),
        ("<div id=a><textarea>\n<i>&lt;</textarea>\n</div>", "<i><\n"),
        ("<pre id=a><!-- --></pre>\nout", ""),
        ("<div id=a><script>a &lt; b</script></div>", "a &lt; b"),
        ("<div id='&#97;'>1", "1"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
    assert_eq!(element("<span id=a data-level="), None);
    let attributes = element("<span id=b data-result='1\r\n&quot;2&quot;\n>'>").expect("a result").attributes;
    assert_eq!(attributes, [pair("id", "b"), pair("data-result", "1\n\"2\"\n>")]);
}

#[test]
fn text_that_comes_in_pieces_is_decoded_as_one() {
    let long = "é&lt;a < b &amp; c ".repeat(5_000);
    assert_eq!(text(&format!("<p id=a>{long}</p>")), "é<a < b & c ".repeat(5_000));
}

#[test]
fn large_pages_are_read_and_absurd_ones_up_to_a_limit() {
    let row = "<tr><td class=x>a &amp; b</td></tr>\n";
    let rows = row.repeat((8 << 20) / row.len());
    let html = format!("<table id=a>{rows}</table>{LOGIN}");
    assert!(Page::read(&html).login_form.is_some());
    assert_eq!(text(&html).len(), "a & b\n".len() * ((8 << 20) / row.len()));
    let html = format!("{LOGIN}{}<i id=a>", "<div>".repeat(100_000));
    let page = Page::read(&html);
    assert!(page.login_form.is_some() && page.has_hac_title());
    assert_eq!(element(&html), None);
    let html = format!("{LOGIN}{}{}", "<i>".repeat(4_000), "</b>".repeat(2 << 20));
    assert!(Page::read(&html).login_form.is_some());
    let html = format!("{LOGIN}<a title='{}", "x".repeat(8 << 20));
    assert!(Page::read(&html).login_form.is_some());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "[<>a-z_='\"/ \\PC]{0,200}") {
        let _ = Page::read(&text);
    }

    #[test]
    fn any_markup_is_read_without_a_panic(
        tags in proptest::collection::vec(
            "<(/?(form|input|title|head|svg|math|template|textarea|pre|mi|desc|plaintext|select|i)( (id|name|action)=('?[a&]'?)?){0,2} ?/?>?|!--)|-->|[a&\\r\\n]{1,3}",
            0..30,
        )
    ) {
        let html = tags.concat();
        let _ = Page::read(&html);
        let _ = element_by_id(&html, &["a".to_owned()]);
    }
}

#[test]
fn a_tag_of_very_many_attributes_ends_the_reading_and_one_of_many_does_not() {
    let page =
        |attributes: usize| format!("<title>a</title><p {}><title>b</title><p id=x>t</p>", "a ".repeat(attributes));
    let ids = ["x".to_owned()];
    assert!(element_by_id(&page(300_000), &ids).is_some());
    assert!(element_by_id(&page(700_000), &ids).is_none(), "1.4 MB in one tag");
    assert!(Page::read(&page(700_000)).title.is_some_and(|title| title.mentions("a")));
}

#[test]
fn what_is_read_is_the_same_wherever_the_pieces_of_a_page_end() {
    for filler in (0..40).map(|more| (128 << 10) - 30 + more) {
        let page = format!("<p>{}</p><p id=x title='a &amp; ü'>ü &amp; t</p>", "f".repeat(filler));
        let found = element_by_id(&page, &["x".to_owned()]).expect("found");
        assert_eq!((found.text.as_str(), found.attributes[1].1.as_str()), ("ü & t", "a & ü"), "{filler}");
    }
}
