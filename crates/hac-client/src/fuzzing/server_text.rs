//! The one exit for text that a server sent.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;

use super::{parts, text};
use crate::secret::Password;
use crate::server_text::{LEFT_OUT, Secrets, ServerText};

/// A password, a cookie and a token; what is behind them is the server's text, in which the control characters from 0x01 on stand
/// for the password, and those from 0x10 on for the cookie, in one spelling each.
///
/// # Panics
/// Where a promise is broken: a secret that is shown, a control character, a text longer than its limit, a second look that changes
/// what the first one left.
pub fn server_text(data: &[u8]) {
    let mut parts = parts(data);
    let (password, cookie, token) = (text(next(&mut parts)), next(&mut parts).to_vec(), next(&mut parts).to_vec());
    let secrets = Secrets::new("JSESSIONID");
    secrets.note_password(&Password::from(password.as_str()));
    let cookie: String = text(&cookie).chars().filter(char::is_ascii_graphic).filter(|c| *c != ';').collect();
    for header in [format!("JSESSIONID={cookie}; Path=/hac").into_bytes(), token] {
        if let Ok(header) = HeaderValue::from_bytes(&header) {
            secrets.note(&header);
        }
    }
    let sent = filled_in(&text(next(&mut parts)), &password, &cookie);

    for limit in [60, 200] {
        let shown = secrets.show(&ServerText::new(&*sent), limit);
        assert!(shown.chars().count() <= limit + 1, "{shown:?}");
        assert!(!shown.contains(char::is_control) && !shown.contains("  "));
        holds_no_secret(&secrets, &shown, &password, &cookie);
        if shown != LEFT_OUT {
            assert_eq!(secrets.show(&ServerText::new(&*shown), limit), shown, "a second look changes nothing");
        }
    }
    let middle = sent.char_indices().nth(sent.chars().count() / 2).map_or(0, |(at, _)| at);
    let (left, right) = sent.split_at(middle);
    let alone = [left, right].map(|half| secrets.show(&ServerText::new(half), 200));
    assert_eq!(secrets.show_all([(left, 200), (right, 200)]), alone, "texts shown together are shown as each alone");
    let address = secrets.show_address(&ServerText::new(&*sent));
    assert!(!address.contains(['?', '#', ';']) || address == LEFT_OUT);
    holds_no_secret(&secrets, &address, &password, &cookie);

    let report = secrets.cut_from(&sent);
    assert!(report.len() <= (sent.len() + 1) * (LEFT_OUT.len() + 1), "a report does not grow without end");
    assert!(report == LEFT_OUT || report.split('\n').count() == sent.split('\n').count(), "lines stay lines");
    if report != LEFT_OUT {
        holds_no_secret(&secrets, &report, &password, &cookie);
        assert_eq!(secrets.cut_from(&report), report, "a second look changes nothing");
    }
    assert_eq!(format!("{secrets:?}"), "Secrets(redacted)");
}

fn next<'d>(parts: &mut impl Iterator<Item = &'d [u8]>) -> &'d [u8] {
    parts.next().unwrap_or_default()
}

fn holds_no_secret(secrets: &Secrets, shown: &str, password: &str, cookie: &str) {
    if shown == LEFT_OUT {
        return;
    }
    assert!(!secrets.occur_in(shown), "{shown:?} holds a secret");
    assert!(password.is_empty() || !shown.contains(password), "{shown:?} holds the password {password:?}");
    assert!(cookie.len() < 8 || !shown.contains(cookie.trim_matches('"')), "{shown:?} holds the cookie {cookie:?}");
}

/// The text with secrets in place of control characters.
fn filled_in(template: &str, password: &str, cookie: &str) -> String {
    let mut filled = String::new();
    for character in template.chars() {
        match u32::from(character) {
            code @ 0x01..=0x08 => filled.push_str(&spelled(password, code)),
            code @ 0x10..=0x17 => filled.push_str(&spelled(cookie, code - 0x0f)),
            _ => filled.push(character),
        }
    }
    filled
}

/// The spellings that servers and what is in front of them give back.
fn spelled(secret: &str, spelling: u32) -> String {
    let mut spelled = String::new();
    match spelling {
        1 => spelled.push_str(secret),
        2 => spelled.extend(secret.bytes().map(|byte| format!("%{byte:02x}"))),
        3 => spelled.push_str(&STANDARD.encode(format!("admin:{secret}"))),
        4 => spelled.push_str(&URL_SAFE_NO_PAD.encode(secret)),
        5 => spelled.extend(secret.chars().map(|c| format!("&#{};", u32::from(c)))),
        6 => secret.chars().for_each(|c| spelled.extend([c, '\0'])),
        7 => secret.chars().for_each(|c| spelled.extend([c, '\n'])),
        _ => spelled.extend(secret.encode_utf16().map(|unit| format!("\\u{unit:04x}"))),
    }
    spelled
}
