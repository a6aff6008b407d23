//! What to do next, as data: each face words it in its own terms.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What to do next about an [`Error`](crate::Error).
///
/// `Display` words a hint for programs that use this library: it names methods and types. A program with flags, or another
/// language, matches on the variants and words them in its own terms; [`Text`](Self::Text) holds everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Advice that names nothing of a face.
    Text(Cow<'static, str>),
    /// Several pieces of advice, in this order.
    All(Vec<Hint>),
    /// The answer took longer than this.
    AllowMoreTime {
        /// What it had.
        limit: Duration,
    },
    /// There is no session any more, and nothing was executed.
    LogIn,
    /// An update may be running; its log can be followed.
    FollowUpdate,
    /// An update or an initialisation runs, nothing was executed, and the session was kept.
    WaitForUpdate,
    /// The proxy cannot be used as it was given.
    CheckProxy,
    /// The server's certificate is not trusted, and may be if this is the right server.
    TrustCertificate {
        /// The SHA-256 of the certificate, as [`Trust::Pin`](crate::tls::Trust::Pin) takes it.
        fingerprint: String,
    },
    /// The text has a placeholder without a value.
    GiveParameter {
        /// Of the placeholder.
        name: String,
    },
    /// A parameter was given twice.
    GiveParameterOnce,
    /// Dates cannot be put into a query: databases write them differently.
    GiveDateAsText,
    /// A number is too large to be a number in the script's language.
    GiveNumberAsText,
    /// The script's language has no maps and lists to make of JSON.
    GiveJsonAsText,
    /// Texts in the query have to be parameters, and comments have to go.
    GiveTextsAsParameters,
    /// A character of a parameter is not safe in a query.
    ReplaceCharacter {
        /// It is in raw SQL.
        safe_in_sql: bool,
    },
    /// A character of a parameter is not safe in any query.
    RemoveCharacter,
    /// The file is there already.
    Overwrite,
    /// The text is not in the encoding that was named. Nothing was sent.
    NameEncoding,
    /// The server does not offer what was named. Nothing was sent.
    ListOffered {
        /// What has a list.
        offered: Offered,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// A patch that is a parameter takes other values than `yes`.
    SetUpdateParameter {
        /// Of the parameter: `<extension>_<parameter>`.
        name: String,
    },
    /// The patch belongs to an extension that was not named.
    NameExtension {
        /// Which.
        extension: String,
    },
    /// Several patches have the name that was given.
    ChoosePatch {
        /// Pending patches: hash and extension.
        pending: Vec<(String, String)>,
        /// Parameters that are patches, as `<extension>_<parameter>`.
        parameters: Vec<String>,
    },
}

/// What the server lists for an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offered {
    /// Extensions.
    Extensions,
    /// Patches that have not run.
    Patches,
    /// Parameters of extensions.
    Parameters,
}

impl Hint {
    /// This hint, and another one behind it.
    pub(crate) fn and(self, other: Self) -> Self {
        let mut all = match self {
            Self::All(all) => all,
            one => vec![one],
        };
        all.push(other);
        Self::All(all)
    }

    /// For a text of the library, which may hold what must not be shown.
    pub(crate) fn map_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Text(text) => change(text.to_mut()),
            Self::All(all) => all.iter_mut().for_each(|hint| hint.map_texts(change)),
            Self::GiveParameter { name } | Self::SetUpdateParameter { name } => change(name),
            Self::NameExtension { extension } => change(extension),
            Self::ListOffered { meant, .. } => meant.iter_mut().for_each(change),
            Self::ChoosePatch { pending, parameters } => {
                for (hash, extension) in pending {
                    change(hash);
                    change(extension);
                }
                parameters.iter_mut().for_each(change);
            }
            Self::AllowMoreTime { .. }
            | Self::LogIn
            | Self::FollowUpdate
            | Self::WaitForUpdate
            | Self::CheckProxy
            | Self::TrustCertificate { .. }
            | Self::GiveParameterOnce
            | Self::GiveDateAsText
            | Self::GiveNumberAsText
            | Self::GiveJsonAsText
            | Self::GiveTextsAsParameters
            | Self::ReplaceCharacter { .. }
            | Self::RemoveCharacter
            | Self::Overwrite
            | Self::NameEncoding => {}
        }
    }
}

impl From<&'static str> for Hint {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<&Hint> for Hint {
    fn from(hint: &Hint) -> Self {
        hint.clone()
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::All(all) => {
                for (at, hint) in all.iter().enumerate() {
                    write!(f, "{}{hint}", if at == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
            Self::AllowMoreTime { limit } => {
                write!(f, "it had {} s; allow more (HacClientBuilder::timeout)", limit.as_secs_f64())
            }
            Self::LogIn => f.write_str("log in again (HacClient::login); it was not executed"),
            Self::FollowUpdate => {
                f.write_str("it was not sent again; HacClient::follow_update_log follows what is running")
            }
            Self::WaitForUpdate => f.write_str(
                "wait until it is done: HacClient::follow_update_log shows it; nothing was executed and the session was kept",
            ),
            Self::CheckProxy => {
                f.write_str("check the proxy with its user and password (HacClientBuilder::proxy, HTTPS_PROXY), and NO_PROXY")
            }
            Self::TrustCertificate { fingerprint } => write!(
                f,
                "if this is the right server, trust the authority that issued its certificate (Trust::Bundle), or exactly this \
                 certificate (Trust::Pin, {fingerprint}), or verify nothing (Trust::Nothing)"
            ),
            Self::GiveParameter { name } => write!(f, "give it a value: .param(\"{name}\", …)"),
            Self::GiveParameterOnce => {
                f.write_str("give each name once; several values are a list: ParamValue::Json of [\"a\", \"b\"]")
            }
            Self::GiveDateAsText => {
                f.write_str("give it as text, as your database writes it: .param(\"since\", \"2026-11-23 00:00:00\")")
            }
            Self::GiveNumberAsText => f.write_str("give it as text: ParamValue::Text"),
            Self::GiveJsonAsText => {
                f.write_str("give it as text (ParamValue::Text) and take it apart in the script, or use Groovy")
            }
            Self::GiveTextsAsParameters => {
                f.write_str("leave out comments, and give texts with quotes or backslashes as parameters too")
            }
            Self::ReplaceCharacter { safe_in_sql: false } => f.write_str(
                "search with LIKE and _ in its place, or ask by a Groovy script, whose parameters take everything",
            ),
            Self::ReplaceCharacter { safe_in_sql: true } => f.write_str(
                "search with LIKE and _ in its place, or with FlexibleSearch::sql, or by a Groovy script, whose parameters take \
                 everything",
            ),
            Self::RemoveCharacter => {
                f.write_str("leave it out, or ask by a Groovy script, whose parameters take everything")
            }
            Self::Overwrite => f.write_str("name another file, or say Overwrite::Yes"),
            Self::NameEncoding => {
                f.write_str("name its encoding, ISO-8859-1 for example (ImpexImport::encoding); nothing was sent")
            }
            Self::ListOffered { offered, meant } => {
                let list = match offered {
                    Offered::Extensions | Offered::Parameters => "HacClient::update_data",
                    Offered::Patches => "HacClient::pending_patches",
                };
                match meant {
                    Some(meant) => write!(f, "did you mean {meant}? {list} lists them all; nothing was sent"),
                    None => write!(f, "{list} lists them; nothing was sent"),
                }
            }
            Self::SetUpdateParameter { name } => write!(f, "set it: .parameter(\"{name}\", VALUE)"),
            Self::NameExtension { extension } => write!(f, "name that extension too: .extension(\"{extension}\")"),
            Self::ChoosePatch { pending, parameters } => {
                let hashes = pending.iter().map(|(hash, extension)| format!(".patch(\"{hash}\") ({extension})"));
                let named = parameters.iter().map(|name| format!(".parameter(\"{name}\", \"yes\")"));
                write!(f, "say which: {}", hashes.chain(named).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests;
