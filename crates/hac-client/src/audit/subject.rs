//! What a call does, in a form that can be kept: a hash and a line, never the whole.

use sha2::{Digest as _, Sha256};

/// How much of the first line is kept.
pub(crate) const FIRST_LINE_CHARS: usize = 200;

/// How much of a text is searched for its first line.
const SEARCHED: usize = 16 << 10;

/// What a call sends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Subject {
    /// SHA-256 in hexadecimal; `None` where it could not be read beforehand.
    pub(crate) sha256: Option<String>,
    pub(crate) bytes: u64,
    pub(crate) first_line: Option<String>,
    /// What was there before, so that it can be put back.
    pub(crate) before: Option<String>,
    /// What the call leaves behind, so that a later change can be noticed.
    pub(crate) after: Option<String>,
    /// Whether the server showed nothing of that name before.
    pub(crate) created: bool,
    /// The file on this machine that is sent.
    pub(crate) file: Option<String>,
}

impl Subject {
    /// A text, as it is sent; `shown` is the text whose first line may be kept.
    pub(crate) fn text(sent: &str, shown: &str) -> Self {
        Self { first_line: first_line(shown), ..Self::bytes(sent.as_bytes()) }
    }

    /// Bytes of which no line is kept.
    pub(crate) fn bytes(sent: &[u8]) -> Self {
        Self { sha256: Some(hexadecimal(&Sha256::digest(sent))), bytes: sent.len() as u64, ..Self::default() }
    }

    /// A setting, of which only the name is kept: its value may be a password, which a hash would give away.
    pub(crate) fn setting(name: &str) -> Self {
        Self { bytes: name.len() as u64, first_line: first_line(name), ..Self::default() }
    }

    /// The same with the value that was there before and the new one. Neither is kept of a setting that is named like a secret, nor of one
    /// that is there but whose value was not seen: the server may mask it.
    pub(crate) fn replacing(self, before: Option<&str>, after: &str) -> Self {
        let is_public = self.first_line.as_deref().is_some_and(|name| !names_a_secret(name));
        let before = before.filter(|_| is_public).map(str::to_owned);
        let is_kept = before.is_some() || (self.created && is_public);
        Self { after: is_kept.then(|| after.to_owned()), before, ..self }
    }

    /// The same of something that the server did not show before; to be called before [`replacing`](Self::replacing).
    pub(crate) fn creating(self, created: bool) -> Self {
        Self { created, ..self }
    }

    /// The same with the level that a logger had before and the new one.
    pub(crate) fn replacing_level(self, before: Option<&str>, after: &str) -> Self {
        Self { after: before.map(|_| after.to_owned()), before: before.map(str::to_owned), ..self }
    }

    /// The same from a file of this machine, if it is from one.
    pub(crate) fn of_file(self, file: Option<&str>) -> Self {
        Self { file: file.map(str::to_owned), ..self }
    }

    /// The same with a line that says what it is.
    pub(crate) fn shown_as(self, line: impl Into<String>) -> Self {
        Self { first_line: Some(line.into()), ..self }
    }
}

/// Whether a setting of this name may be a secret. The only rule for which values are neither recorded nor shown.
pub(crate) fn names_a_secret(name: &str) -> bool {
    const SECRETS: [&str; 9] =
        ["password", "passwd", "passwort", "pwd", "secret", "token", "credential", "private", "apikey"];
    let name = name.to_lowercase();
    name.ends_with("key") || SECRETS.iter().any(|secret| name.contains(secret))
}

/// The first line that is not blank.
pub(crate) fn first_line(text: &str) -> Option<String> {
    let end = text.char_indices().nth(SEARCHED).map_or(text.len(), |(at, _)| at);
    text[..end].lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_the_hash_of_what_is_sent_and_the_first_line_of_what_may_be_shown() {
        let subject = Subject::text("def p = 'SECRET'; \n  println p\nreturn 1", "\n  println p\nreturn 1");
        assert_eq!(subject.first_line.as_deref(), Some("println p"));
        assert_eq!(subject.bytes, 39);
        let both = |subject: Subject| (subject.before, subject.after);
        let replaced = both(Subject::setting("mail.smtp.server").replacing(Some("old"), "new"));
        assert_eq!(replaced, (Some("old".into()), Some("new".into())));
        assert_eq!(both(Subject::setting("mail.smtp.server").replacing(None, "new")), (None, None));
        let created = both(Subject::setting("mail.smtp.server").creating(true).replacing(None, "new"));
        assert_eq!(created, (None, Some("new".into())));
        for secret in
            ["mail.smtp.password", "Mail.Smtp.Password", "api.token", "azure.storage.key", "x.client.secret.old"]
        {
            assert_eq!(both(Subject::setting(secret).replacing(Some("old"), "new")), (None, None), "{secret}");
            assert_eq!(both(Subject::setting(secret).creating(true).replacing(None, "new")), (None, None), "{secret}");
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Subject::bytes(b"").sha256.as_deref(), Some(empty));
        assert_eq!(first_line(" \n\t\n"), None);
    }
}
