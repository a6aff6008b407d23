use super::*;

const PASSWORD: &str = "Corr3ct-horse!&<x>";
const SESSION: &str = "6F1A90C2D3E4F5A6B7C8D9E0F1A2B3C4.node1";
const TOKEN: &str = "0f8a2c5e-1b7d-4e3f-9a6c-2d4b8f0e1c3a";

fn secrets() -> Secrets {
    let secrets = Secrets::new("JSESSIONID");
    secrets.note_password(&Password::from(PASSWORD));
    secrets.note(&HeaderValue::from_str(&format!("JSESSIONID={SESSION}; ROUTE=.r1; lang=en")).expect("a header"));
    secrets.note_token(&CsrfToken::from(TOKEN));
    secrets
}

fn show(text: &str) -> String {
    secrets().show(&ServerText::new(text), EXCERPT_CHARS)
}

/// Every byte of a text, each in the same spelling.
fn each_byte(text: &str, spelled: impl Fn(u8) -> String) -> String {
    text.bytes().map(spelled).collect::<Vec<_>>().concat()
}

#[test]
fn text_without_a_secret_is_shown_as_it_is_on_one_line() {
    assert_eq!(show(" Not\n found \u{1b}[31m\u{202e}here "), "Not found [31mhere");
    assert_eq!(show("the node .r1 speaks en"), "the node .r1 speaks en");
}

#[test]
fn a_secret_is_cut_out_and_the_rest_stays() {
    for secret in [PASSWORD, SESSION, TOKEN] {
        assert_eq!(show(&format!("before {secret} after {secret}")), "before … after …", "{secret}");
    }
}

#[test]
fn a_secret_in_another_spelling_leaves_the_whole_text_out() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    for secret in [PASSWORD, SESSION, TOKEN] {
        let percent = each_byte(secret, |byte| format!("%{byte:02X}"));
        let twice = percent.replace('%', "%25");
        let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
        let entities = each_byte(secret, |byte| format!("&#{byte};"));
        let escapes = each_byte(secret, |byte| format!("\\u{byte:04x}"));
        let torn = each_byte(secret, |byte| format!("{}\n", char::from(byte)));
        let hidden = each_byte(secret, |byte| format!("{}\u{200b}", char::from(byte)));
        let hex = each_byte(secret, |byte| format!("{byte:02X}"));
        let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [
            percent,
            twice,
            entities,
            escapes,
            torn,
            hex,
            secret.to_uppercase().replace('-', "- "),
            STANDARD.encode(secret),
            URL_SAFE.encode(format!("user:{secret}")),
            STANDARD.encode(format!("x:{secret}:tail")),
            STANDARD.encode(wide),
        ] {
            let shown = show(&format!("before {text} after"));
            assert_eq!(shown, LEFT_OUT, "{text}");
        }
        // The form encoding of a token is the token itself.
        for text in [form, hidden] {
            let shown = show(&format!("before {text} after"));
            assert!(!shown.contains(&text) && !shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn a_secret_with_characters_that_encodings_give_a_meaning_is_found_in_each_of_them() {
    let password = r#"Pw&"+/\47E3 C9%41"#;
    let secrets = Secrets::new("JSESSIONID");
    secrets.note_password(&Password::from(password));
    let json = serde_json::to_string(password).expect("text");
    for text in [
        json.clone(),
        json.replace('/', "\\/"),
        json.replace("\\\"", "\\u0022"),
        url::form_urlencoded::byte_serialize(password.as_bytes()).collect(),
        password.replace('&', "&amp;").replace('"', "&quot;"),
    ] {
        let shown = secrets.show(&ServerText::new(format!("{{{text}: oops}}")), 200);
        assert!(!shown.contains("47E3"), "{text}: {shown}");
    }
}

#[test]
fn utf_16_that_is_read_as_utf_8_shows_no_secret() {
    let wide: Vec<u8> = format!("x {TOKEN} y").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let shown = show(&String::from_utf8_lossy(&wide));
    assert_eq!(shown, "x … y");
}

#[test]
fn a_short_or_common_secret_is_not_cut_out_but_takes_the_text_with_it() {
    for password in ["nimda", "administration", "Verwaltung"] {
        let secrets = Secrets::new("JSESSIONID");
        secrets.note_password(&Password::from(password));
        let title = format!("hybris {password} console");
        assert_eq!(secrets.show(&ServerText::new(title.as_str()), 200), LEFT_OUT, "{password}");
        assert_eq!(secrets.show(&ServerText::new("Not found"), 200), "Not found");
    }
}

#[test]
fn a_secret_that_is_cut_by_the_limit_does_not_show_its_beginning() {
    for before in [150, 170, 190, 199, 200] {
        let shown = show(&format!("{}{SESSION}", "x".repeat(before)));
        assert!(!shown.contains("6F1"), "{shown}");
    }
}

#[test]
fn base64_of_any_secret_at_any_place_is_found() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    // In UTF-16 the second has fewer bytes than in UTF-8.
    for secret in ["geheim7", "密码密码密", "Corr3ct-horse!&<x>", "ÿÿÿÿ?>?>ÿ~~~"] {
        let secrets = Secrets::new("JSESSIONID");
        secrets.note_password(&Password::from(secret));
        let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for before in 0..6 {
            for bytes in [secret.as_bytes(), &wide] {
                let hidden = [&b"abcdef"[..before], bytes].concat();
                for text in [STANDARD.encode(&hidden), URL_SAFE_NO_PAD.encode(&hidden)] {
                    for torn in [text.clone(), format!("{} {}", &text[..5], &text[5..])] {
                        let shown = secrets.show(&ServerText::new(format!("a ({torn}) b")), 200);
                        assert_eq!(shown, LEFT_OUT, "{secret} {torn}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_secret_is_found_in_short_and_in_long_texts() {
    for length in [0, 900, 1100, 5000] {
        let around = "x".repeat(length);
        for secret in [PASSWORD, SESSION, TOKEN] {
            assert!(secrets().occur_in(&format!("{around}{secret}{around}")), "{length}");
            assert!(secrets().occur_in(&format!("{around}{}{around}", secret.to_uppercase())), "{length}");
        }
        assert!(!secrets().occur_in(&around));
    }
}

#[test]
fn texts_that_are_shown_together_are_shown_as_each_alone() {
    let secrets = secrets();
    let percent = each_byte(TOKEN, |byte| format!("%{byte:02x}"));
    let (left, right) = TOKEN.split_at(9);
    for texts in [
        ["admin", "https://localhost:9002", ""],
        ["a", SESSION, "c"],
        [&percent, "b %", "2e c"],
        [left, right, "torn over two texts, a secret is in neither"],
        ["x &", "amp;lt; y", "%2"],
        [PASSWORD, &percent, TOKEN],
        [&"x".repeat(300), "b", "c"],
    ] {
        let alone = texts.map(|text| secrets.show(&ServerText::new(text), EXCERPT_CHARS));
        assert_eq!(secrets.show_all(texts.map(|text| (text, EXCERPT_CHARS))), alone);
    }
}

#[test]
fn what_is_noted_after_a_text_was_shown_is_cut_out_of_the_next() {
    let secrets = secrets();
    assert_eq!(secrets.show(&ServerText::new("a sesame-street b"), 200), "a sesame-street b");
    secrets.note_password(&Password::from("sesame-street"));
    assert_eq!(secrets.show(&ServerText::new("a sesame-street b"), 200), "a … b");
    secrets.note(&HeaderValue::from_static("JSESSIONID=NEW-SESSION-7"));
    assert_eq!(secrets.show(&ServerText::new("a NEW-SESSION-7 b"), 200), "a … b");
}

#[test]
fn an_address_is_shown_without_what_may_hold_a_secret() {
    let address = |text: &str| secrets().show_address(&ServerText::new(text));
    assert_eq!(address("https://u:p@sso.example.com/a;jsessionid=1/b;x?t=1#f"), "https://sso.example.com/a/b");
    assert_eq!(address("/hac/login;jsessionid=ABC?x"), "/hac/login");
    assert_eq!(address("/hac/login;jsessionid=ABC//x"), "/hac/login//x");
    assert_eq!(address("https://shop.example.com;jsessionid=ABC"), "https://shop.example.com");
    assert_eq!(address("x;https://u:p@sso.example.com/"), "x//sso.example.com/");
    assert_eq!(address("//evil.example.com\\@x/y?z"), "//evil.example.com\\x/y");
    assert_eq!(address(&format!("/a/{TOKEN}/b")), "/a/…/b");
    assert_eq!(address("no address at all"), "no address at all");
}

#[test]
fn a_report_keeps_its_lines_and_loses_its_secrets() {
    let secrets = secrets();
    let report = "line 1\n  line 2\n";
    assert!(matches!(secrets.cut_from(report), Cow::Borrowed(same) if same == report));
    assert_eq!(secrets.cut_from(&format!("a\n {TOKEN}\nc")), "a\n …\nc");
    let percent = each_byte(TOKEN, |byte| format!("%{byte:02x}"));
    assert_eq!(secrets.cut_from(&format!("a\n{percent}\nc")), format!("a\n{LEFT_OUT}\nc"));
    let (left, right) = TOKEN.split_at(9);
    assert_eq!(secrets.cut_from(&format!("a\n{left}\n{right}\nc")), LEFT_OUT);
}

#[test]
fn what_was_noted_before_many_others_is_forgotten_but_a_password_is_not() {
    let secrets = secrets();
    for at in 0..REMEMBERED {
        secrets.note(&HeaderValue::from_str(&format!("TOKEN-NUMBER-{at}")).expect("a header"));
    }
    assert_eq!(secrets.show(&ServerText::new(format!("{PASSWORD} TOKEN-NUMBER-7 ")), 200), "… …");
    assert_eq!(secrets.state().headers.len(), REMEMBERED);
}

#[test]
fn debug_output_shows_nothing() {
    assert_eq!(format!("{:?} {:?}", secrets(), ServerText::new("abc")), "Secrets(redacted) ServerText(3 bytes)");
}
