//! Whether a text shows a secret, in whatever disguise.

use std::collections::HashSet;

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};

/// So many characters of a secret in a row are a leak.
const WINDOW: usize = 12;

/// Looks for secrets in texts.
pub(crate) struct Finder {
    windows: HashSet<Vec<u8>>,
}

impl Finder {
    pub(crate) fn of(secrets: &[String]) -> Self {
        let forms = secrets.iter().flat_map(|secret| disguised(secret));
        let windows = forms.flat_map(|form| form.as_bytes().windows(WINDOW).map(<[u8]>::to_vec).collect::<Vec<_>>());
        Self { windows: windows.collect() }
    }

    /// What of the text is a secret, if anything is.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        // Neither white space nor what no terminal shows keeps anybody from reading it.
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        let bare = bare.replace("\\0", "").replace("\\n", "").replace("\\r", "").replace("\\u{0}", "");
        let found = bare.as_bytes().windows(WINDOW).find(|window| self.windows.contains(*window));
        found.map(|window| String::from_utf8_lossy(window).into_owned())
    }
}

fn disguised(secret: &str) -> Vec<String> {
    let every = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    vec![
        secret.to_owned(),
        secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        secret.replace('"', "\\\""),
        every(|byte| format!("%{byte:02X}")),
        every(|byte| format!("%{byte:02x}")),
        every(|byte| format!("{byte:02x}")),
        every(|byte| format!("&#{byte};")),
        every(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }),
        every(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02x}") }),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Pw&\"<0123456789ABCDEFfedcba9876543210";

    #[test]
    fn a_secret_is_found_in_every_disguise_and_in_part() {
        let finder = Finder::of(&[SECRET.to_owned()]);
        for form in disguised(SECRET) {
            assert!(finder.find(&format!("404: {form} and more")).is_some(), "{form}");
        }
        let utf16: String = SECRET.chars().flat_map(|c| [c, '\0']).collect();
        for shown in [&SECRET[4..17], "01234567\n  89ABCDEF", &utf16, &format!("{utf16:?}")] {
            assert!(finder.find(shown).is_some(), "{shown:?}");
        }
    }

    #[test]
    fn other_texts_hold_no_secret() {
        let finder = Finder::of(&[SECRET.to_owned()]);
        assert_eq!(finder.find("cannot log in: the server refused the password of admin, 0123456789 times"), None);
    }
}
