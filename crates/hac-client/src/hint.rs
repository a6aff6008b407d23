//! Hints as data: programs word them in their own terms.

mod comparison;
mod copy;
mod mask;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub use comparison::ComparisonAdvice;
pub use copy::{CopyAdvice, CopyRole};
pub use mask::MaskAdvice;

/// What to do next about an [`Error`](crate::Error).
///
/// `Display` is worded for programs that use this library: it names methods and types. A program with flags, or in another
/// language, matches on the variants and uses its own words; [`Text`](Self::Text) fits everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Advice that names no method, flag or command.
    Text(Cow<'static, str>),
    /// Several pieces of advice, in this order.
    All(Vec<Hint>),
    /// The answer took longer than this.
    AllowMoreTime {
        /// The time limit.
        limit: Duration,
    },
    /// All places for calls at the same time are taken, perhaps by row streams that nobody reads. Nothing was sent.
    FinishStreams,
    /// The session has ended, and nothing was executed.
    LogIn,
    /// The environment wants each change confirmed. Nothing was sent.
    Confirm {
        /// The name that confirms it: that of the environment.
        environment: String,
    },
    /// The environment is read-only. Nothing was sent.
    ReadOnly,
    /// The environment is read-only, and no scripts are allowed, not even with a rollback. Nothing was sent.
    AllowScripts,
    /// An update may be running; its log can be followed.
    FollowUpdate,
    /// An update or an initialisation is running; nothing was executed, and the session was kept.
    WaitForUpdate,
    /// The proxy setting is unusable.
    CheckProxy,
    /// The server's certificate is not trusted.
    TrustCertificate {
        /// The SHA-256 of the certificate, as [`Trust::Pin`](crate::tls::Trust::Pin) takes it.
        fingerprint: String,
    },
    /// The text has a placeholder without a value.
    GiveParameter {
        /// The name of the placeholder.
        name: String,
    },
    /// A parameter was set twice.
    GiveParameterOnce,
    /// A query cannot have date parameters, because databases have different formats.
    GiveDateAsText,
    /// A number is too large for the script's language.
    GiveNumberAsText,
    /// The script's language has no literals for JSON.
    GiveJsonAsText,
    /// Text in the query must be passed as parameters, and comments must be removed.
    GiveTextsAsParameters,
    /// A character of a parameter is not safe in a query.
    ReplaceCharacter {
        /// Whether it is safe in raw SQL.
        safe_in_sql: bool,
    },
    /// A character of a parameter is not safe in any query.
    RemoveCharacter,
    /// The query cannot be read in pages, but in one request, which the server has to hold in memory.
    ReadInOneRequest,
    /// The query cannot be read in pages without another key: a column that is unique and never null. Otherwise it can be read in
    /// one request, which the server has to hold in memory.
    ChooseKey,
    /// Several columns of the query fit the key. It can be read in one request, too.
    NameKey {
        /// What these columns are.
        expressions: Vec<String>,
    },
    /// The file already exists.
    Overwrite,
    /// The text is not in the configured encoding. Nothing was sent.
    NameEncoding,
    /// An earlier import of the same file is unfinished. Nothing was sent.
    ResumeImport,
    /// An import of the same file into the same server is unfinished under the name of another environment. Nothing was sent.
    ResumeImportAs {
        /// The name of that environment.
        environment: String,
    },
    /// The file has changed since an earlier import of it, of which parts have an unknown outcome. Nothing was sent.
    RestoreFile {
        /// The first and the last line of each part, in the content that the file had then. `(0, 0)` is the whole file.
        chunks: Vec<(usize, usize)>,
    },
    /// The checkpoint of an earlier import does not fit: only beginning anew helps. Nothing was sent.
    RestartImport,
    /// The file can be imported as it is, in one request, and not in chunks. Nothing was sent.
    ImportWhole,
    /// It is unknown whether parts of a file were imported. They are sent again only if the caller says so.
    DecideChunks {
        /// The first and the last line of each part. `(0, 0)` is the whole file, sent in one request.
        chunks: Vec<(usize, usize)>,
    },
    /// The server does not offer what was selected. Nothing was sent.
    ListOffered {
        /// What the list contains.
        offered: Offered,
        /// The closest name that the server offers.
        meant: Option<String>,
    },
    /// A patch that is a parameter does not accept the value `yes`.
    SetUpdateParameter {
        /// The name of the parameter: `<extension>_<parameter>`.
        name: String,
    },
    /// The patch belongs to an extension that was not selected.
    NameExtension {
        /// The extension.
        extension: String,
    },
    /// Several patches have this name.
    ChoosePatch {
        /// Pending patches: hash and extension.
        pending: Vec<(String, String)>,
        /// Parameters that are patches, as `<extension>_<parameter>`.
        parameters: Vec<String>,
    },
    /// A copy cannot be planned or written in this way.
    ChangeCopy(CopyAdvice),
    /// Masks cannot be used, or not in this way.
    ChangeMask(MaskAdvice),
    /// What is to be compared cannot be, or not in this way.
    ChangeComparison(ComparisonAdvice),
}

/// What the server lists for an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
            Self::Confirm { environment } => change(environment),
            Self::ListOffered { meant, .. } => meant.iter_mut().for_each(change),
            Self::ChangeCopy(advice) => advice.map_texts(change),
            Self::ChangeMask(advice) => advice.map_texts(change),
            Self::ChoosePatch { pending, parameters } => {
                for (hash, extension) in pending {
                    change(hash);
                    change(extension);
                }
                parameters.iter_mut().for_each(change);
            }
            Self::AllowMoreTime { .. }
            | Self::FinishStreams
            | Self::LogIn
            | Self::ReadOnly
            | Self::AllowScripts
            | Self::FollowUpdate
            | Self::WaitForUpdate
            | Self::CheckProxy
            | Self::TrustCertificate { .. }
            | Self::GiveParameterOnce
            | Self::ResumeImport
            | Self::ResumeImportAs { .. }
            | Self::RestoreFile { .. }
            | Self::RestartImport
            | Self::ImportWhole
            | Self::DecideChunks { .. }
            | Self::GiveDateAsText
            | Self::GiveNumberAsText
            | Self::GiveJsonAsText
            | Self::GiveTextsAsParameters
            | Self::ReplaceCharacter { .. }
            | Self::RemoveCharacter
            | Self::ReadInOneRequest
            | Self::ChooseKey
            | Self::NameKey { .. }
            | Self::Overwrite
            | Self::ChangeComparison(_)
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

impl From<CopyAdvice> for Hint {
    fn from(advice: CopyAdvice) -> Self {
        Self::ChangeCopy(advice)
    }
}

impl From<MaskAdvice> for Hint {
    fn from(advice: MaskAdvice) -> Self {
        Self::ChangeMask(advice)
    }
}

impl From<ComparisonAdvice> for Hint {
    fn from(advice: ComparisonAdvice) -> Self {
        Self::ChangeComparison(advice)
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
                write!(f, "the limit was {} s; raise it (HacClientBuilder::timeout)", limit.as_secs_f64())
            }
            Self::FinishStreams => f.write_str(
                "drop row streams that are not read to the end, or allow more calls at once \
                 (HacClientBuilder::max_in_flight)",
            ),
            Self::LogIn => f.write_str("log in again (HacClient::login); nothing was executed"),
            Self::Confirm { environment } => write!(
                f,
                "confirm it: HacClientBuilder::confirmed_by(ConfirmAs::new(\"{environment}\")), or a handler that asks"
            ),
            Self::ReadOnly => f.write_str(
                "use a client without Protection::ReadOnly (HacClientBuilder::protection) if it must be changed",
            ),
            Self::AllowScripts => f.write_str(
                "HacClientBuilder::allow_scripts allows scripts that are rolled back; changes outside the transaction \
                 are not undone",
            ),
            Self::FollowUpdate => f.write_str(
                "the request was not sent again; to follow a running update, use HacClient::follow_update_log",
            ),
            Self::WaitForUpdate => f.write_str(
                "wait until it has finished (follow it with HacClient::follow_update_log); nothing was executed, and \
                 the session was kept",
            ),
            Self::CheckProxy => f.write_str(
                "check the proxy's URL, username and password (HacClientBuilder::proxy, HTTPS_PROXY), \
                     and NO_PROXY",
            ),
            Self::TrustCertificate { fingerprint } => write!(
                f,
                "if this is the right server, trust its certificate authority (Trust::Bundle), pin this certificate \
                 (Trust::Pin, {fingerprint}), or turn verification off (Trust::Nothing)"
            ),
            Self::GiveParameter { name } => write!(f, "set it: .param(\"{name}\", …)"),
            Self::GiveParameterOnce => f.write_str(
                "set each parameter once; pass several values as a list: ParamValue::Json of [\"a\", \"b\"]",
            ),
            Self::GiveDateAsText => f.write_str(
                "pass it as text, in the format of your database: .param(\"since\", \"2026-11-23 00:00:00\")",
            ),
            Self::GiveNumberAsText => f.write_str("pass it as text: ParamValue::Text"),
            Self::GiveJsonAsText => {
                f.write_str("pass it as text (ParamValue::Text) and parse it in the script, or use Groovy")
            }
            Self::GiveTextsAsParameters => {
                f.write_str("remove the comments, and pass text with quotes or backslashes as parameters too")
            }
            Self::ReplaceCharacter { safe_in_sql: false } => f.write_str(
                "use LIKE with _ in place of the character, or a Groovy script, whose parameters accept any text",
            ),
            Self::ReplaceCharacter { safe_in_sql: true } => f.write_str(
                "use LIKE with _ in place of the character, or FlexibleSearch::sql, or a Groovy script, whose \
                 parameters accept any text",
            ),
            Self::RemoveCharacter => {
                f.write_str("remove the character, or use a Groovy script, whose parameters accept any text")
            }
            Self::ReadInOneRequest | Self::ChooseKey | Self::NameKey { .. } => self.about_pages(f),
            Self::Overwrite => f.write_str("choose another file name, or pass Overwrite::Yes"),
            Self::NameEncoding => {
                f.write_str("set its encoding, for example ISO-8859-1 (ImpexImport::encoding); nothing was sent")
            }
            Self::ResumeImport
            | Self::ResumeImportAs { .. }
            | Self::RestoreFile { .. }
            | Self::RestartImport
            | Self::ImportWhole
            | Self::DecideChunks { .. } => self.about_an_import(f),
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
            Self::NameExtension { extension } => write!(f, "select that extension too: .extension(\"{extension}\")"),
            Self::ChoosePatch { pending, parameters } => {
                let hashes = pending.iter().map(|(hash, extension)| format!(".patch(\"{hash}\") ({extension})"));
                let named = parameters.iter().map(|name| format!(".parameter(\"{name}\", \"yes\")"));
                write!(f, "choose one: {}", hashes.chain(named).collect::<Vec<_>>().join(", "))
            }
            Self::ChangeCopy(advice) => advice.fmt(f),
            Self::ChangeMask(advice) => advice.fmt(f),
            Self::ChangeComparison(advice) => advice.fmt(f),
        }
    }
}

impl Hint {
    /// The words of the hints about a query that is read in pages.
    fn about_pages(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const IN_ONE: &str = "read it in one request, which the server has to hold in memory: stream_flexiblesearch with \
                              FlexibleSearch::max_count(0)";
        match self {
            Self::ChooseKey => write!(
                f,
                "select {{pk}} or another column that is unique and never null, and name it: PagedSearch::key(\"code\"); or \
                 {IN_ONE}"
            ),
            Self::NameKey { expressions } => write!(
                f,
                "name the one that is unique and never null, or give it an alias that no other column has: \
                 PagedSearch::key(\"{}\"); or {IN_ONE}",
                expressions.first().map_or("code", String::as_str)
            ),
            _ => f.write_str(IN_ONE),
        }
    }

    /// The words of the hints about an import in chunks.
    fn about_an_import(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ResumeImportAs { environment } => {
                return write!(
                    f,
                    "go on with a client for the environment {environment} (BulkStart::Resume), or begin anew \
                     (BulkStart::Restart); nothing was sent"
                );
            }
            Self::ResumeImport => "go on with it (BulkStart::Resume), or begin anew (BulkStart::Restart)",
            Self::ImportWhole => "import it in one request (HacClient::import_impex_at_once)",
            Self::RestartImport => "begin anew (BulkStart::Restart); nothing was sent",
            Self::RestoreFile { .. } => {
                "restore that content and resume, or check on the server which of these rows were imported and begin anew \
                 (BulkStart::Restart), which sends the whole file; nothing was sent"
            }
            Self::DecideChunks { chunks } if chunks.len() > 1 => {
                "check on the server which of these chunks were imported, then resume with \
                 BulkImport::assume_lines(lines, Assumption::Imported) or Assumption::NotImported for each of them"
            }
            Self::DecideChunks { chunks } if *chunks == [(0, 0)] => {
                "check on the server whether the file was imported, then resume with Assumption::Imported or \
                 Assumption::NotImported"
            }
            _ => {
                "check on the server whether these lines were imported, then resume with Assumption::Imported or \
                 Assumption::NotImported"
            }
        })
    }
}

#[cfg(test)]
mod tests;
