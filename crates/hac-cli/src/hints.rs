//! The library's hints in the words of this program: its flags and commands.

use std::sync::OnceLock;

use hac_client::comparison::ComparisonAdvice;
use hac_client::console::CopyAdvice;
use hac_client::mask::MaskAdvice;
use hac_client::platform::Offered;
use hac_client::{Error, Hint};

use crate::env;
use crate::name;
use crate::os;

/// Writes the commands that keep a fingerprint as a pin, one for each server of the call.
type PinCommands = Box<dyn Fn(&str) -> Vec<String> + Send + Sync>;

static PIN_COMMANDS: OnceLock<PinCommands> = OnceLock::new();

/// Keeps what writes the commands for the servers of the call: hints about a certificate have them in full.
pub(crate) fn keep_pin_commands(commands: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) {
    let _ = PIN_COMMANDS.set(Box::new(commands));
}

/// The hint of an error, if it has one.
pub(crate) fn hint_of(error: &Error) -> Option<String> {
    error.hint().map(|hint| name::aimed(&worded(hint)).into_owned())
}

/// A hint in the words of this program.
fn worded(hint: &Hint) -> String {
    match hint {
        Hint::All(all) => all.iter().map(worded).collect::<Vec<_>>().join("; "),
        Hint::AllowMoreTime { limit } => {
            format!("the limit was {} s; raise it with --timeout (0 for no limit)", limit.as_secs_f64())
        }
        Hint::FinishStreams => "try again; if it happens again, check the server".to_owned(),
        Hint::LogIn => "log in again with `hac session start`; nothing was executed".to_owned(),
        Hint::Confirm { environment } => format!("if this is the right server, pass --yes-i-mean {environment}"),
        Hint::ReadOnly => {
            "choose another environment if you did not mean this one; only the configuration file sets its protection"
                .to_owned()
        }
        Hint::AllowScripts => {
            "`allow_scripts = true` in the configuration file allows scripts that are rolled back; changes \
             outside the transaction are not undone"
                .to_owned()
        }
        Hint::FollowUpdate => {
            "the request was not sent again; to follow a running update, use `hac update log --follow`".to_owned()
        }
        Hint::WaitForUpdate => {
            "wait until it has finished (follow it with `hac update log --follow`); nothing was executed, and the \
             session was kept"
                .to_owned()
        }
        Hint::CheckProxy => {
            "check the proxy's URL, username and password (--proxy, HTTPS_PROXY), and NO_PROXY".to_owned()
        }
        Hint::TrustCertificate { fingerprint } => about_a_certificate(fingerprint),
        Hint::GiveParameter { name } => format!("add --param {name}=…"),
        Hint::GiveParameterOnce => {
            "set each parameter once; pass several values as a list: --param name:json='[\"a\", \"b\"]'".to_owned()
        }
        Hint::GiveDateAsText => {
            "pass it as text, in the format of your database: --param since='2026-11-23 00:00:00'".to_owned()
        }
        Hint::GiveNumberAsText => "pass it as text: without :int or :long".to_owned(),
        Hint::GiveJsonAsText => "pass it as text (without :json) and parse it in the script, or use Groovy".to_owned(),
        Hint::GiveTextsAsParameters => {
            "remove the comments, and pass text with quotes or backslashes with --param too".to_owned()
        }
        Hint::ReplaceCharacter { safe_in_sql: false } => {
            "use LIKE with _ in place of the character, or a Groovy script, whose --param accepts any text".to_owned()
        }
        Hint::ReplaceCharacter { safe_in_sql: true } => {
            "use LIKE with _ in place of the character, or --sql, or a Groovy script, whose --param accepts any text"
                .to_owned()
        }
        Hint::RemoveCharacter => {
            "remove the character, or use a Groovy script, whose --param accepts any text".to_owned()
        }
        Hint::ReadInOneRequest | Hint::ChooseKey | Hint::NameKey { .. } => about_pages(hint),
        Hint::Overwrite => "choose another name, or replace the file with --force".to_owned(),
        Hint::NameEncoding => "set its encoding, for example --encoding ISO-8859-1; nothing was sent".to_owned(),
        Hint::ImportWhole => "import it in one request, with --whole".to_owned(),
        Hint::ResumeImport
        | Hint::ResumeImportAs { .. }
        | Hint::RestartImport
        | Hint::RestoreFile { .. }
        | Hint::DecideChunks { .. } => about_an_import(hint, &ImportCommand::default()),
        Hint::ListOffered { offered, meant } => {
            let lister = match offered {
                Offered::Patches => "hac update patches",
                Offered::Parameters => "hac update data --with-params",
                _ => "hac update data",
            };
            match meant {
                Some(meant) => format!("did you mean {meant}? `{lister}` lists them all; nothing was sent"),
                None => format!("`{lister}` lists them; nothing was sent"),
            }
        }
        Hint::SetUpdateParameter { name } => format!("set it with --param {name}=VALUE"),
        Hint::NameExtension { extension } => format!("select that extension too: --extension {extension}"),
        Hint::ChoosePatch { pending, parameters } => {
            let hashes = pending.iter().map(|(hash, extension)| format!("--patch {hash} ({extension})"));
            let named = parameters.iter().map(|name| format!("--param {name}=yes"));
            format!("choose one: {}", hashes.chain(named).collect::<Vec<_>>().join(", "))
        }
        Hint::ChangeCopy(advice) => about_a_copy(advice),
        Hint::ChangeMask(advice) => about_masks(advice),
        Hint::ChangeComparison(advice) => about_a_comparison(*advice),
        other => other.to_string(),
    }
}

/// The command that goes on with an import.
#[derive(Debug, Clone, Default)]
pub(crate) struct ImportCommand {
    /// Up to the files. Nothing: flags for the command that was typed are enough.
    pub begin: String,
    /// The flags that name the server, each after a blank.
    pub server: String,
    /// Those of them that name its URL, which another environment has too.
    pub url: String,
    /// The other flags.
    pub options: String,
}

impl ImportCommand {
    /// The command without the marks of code around it.
    pub(crate) fn resume(&self) -> String {
        self.with(&self.server, "--resume")
    }

    fn restart(&self) -> String {
        self.with(&self.server, "--restart")
    }

    fn resume_as(&self, environment: &str) -> String {
        self.with(&format!(" -e {}{}", os::quoted(environment), self.url), "--resume")
    }

    fn with(&self, server: &str, flag: &str) -> String {
        let Self { begin, options, .. } = self;
        format!("{begin}{server}{options} {flag}").trim_start().to_owned()
    }

    fn quoted(&self, command: &str) -> String {
        if self.begin.is_empty() { command.to_owned() } else { format!("`{command}`") }
    }
}

/// The error of an import, whose hint has whole commands.
pub(crate) fn with_command(error: Error, command: &ImportCommand) -> Error {
    fn commanded(hint: &Hint, command: &ImportCommand) -> Hint {
        match hint {
            Hint::All(all) => Hint::All(all.iter().map(|hint| commanded(hint, command)).collect()),
            Hint::ResumeImport
            | Hint::ResumeImportAs { .. }
            | Hint::RestartImport
            | Hint::RestoreFile { .. }
            | Hint::DecideChunks { .. } => about_an_import(hint, command).into(),
            other => other.clone(),
        }
    }
    match error.hint().map(|hint| commanded(hint, command)) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// How to go on with an import.
fn about_an_import(hint: &Hint, command: &ImportCommand) -> String {
    let (resume, restart) = (command.resume(), command.restart());
    let quoted = |text: &str| command.quoted(text);
    match hint {
        Hint::ResumeImport => {
            format!("go on with {}, or begin anew with {}; nothing was sent", quoted(&resume), quoted(&restart))
        }
        Hint::ResumeImportAs { environment } => {
            let resume = command.resume_as(environment);
            format!("go on with {}, or begin anew with {}; nothing was sent", quoted(&resume), quoted(&restart))
        }
        Hint::RestoreFile { .. } => format!(
            "restore that content and go on with {}, or check on the server which of these rows were imported, and begin anew with \
             {}, which sends the whole file; nothing was sent",
            quoted(&resume),
            quoted(&restart)
        ),
        Hint::DecideChunks { chunks } if chunks.len() > 1 => {
            let decided = |(first, last): &(usize, usize)| match (first, last) {
                (first, last) if first == last => format!(" --assume imported:{first}"),
                (first, last) => format!(" --assume imported:{first}-{last}"),
            };
            let decided: String = chunks.iter().map(decided).collect();
            format!(
                "check which of these chunks were imported, then go on with {}, with not-imported in place of imported for each \
                 that was not",
                quoted(&format!("{resume}{decided}"))
            )
        }
        Hint::DecideChunks { chunks } => {
            let (what, it) = match &chunks[..] {
                [(0, 0)] => ("on the server whether the file was imported", "it"),
                [(first, last)] if first == last => ("whether this line was imported", "it"),
                _ => ("whether these lines were imported", "them"),
            };
            format!(
                "check {what}, then go on with {}, or send {it} again with {}",
                quoted(&format!("{resume} --assume imported")),
                quoted(&format!("{resume} --assume not-imported"))
            )
        }
        _ => format!("begin anew with {}; nothing was sent", quoted(&restart)),
    }
}

/// How to trust a certificate.
fn about_a_certificate(fingerprint: &str) -> String {
    let authority = "if this is the right server, trust its certificate authority with `--cacert FILE`";
    let off = "or turn verification off with `--ignore-ssl`";
    let commands = PIN_COMMANDS.get().map(|commands| commands(fingerprint)).unwrap_or_default();
    match &commands[..] {
        [command] if command.starts_with("hac endpoint ") => {
            format!("{authority}, pin this certificate with `{command}`, {off}; `hac doctor` offers to pin it, too")
        }
        [command] if command.starts_with("hac ") => {
            format!(
                "{authority}, pin this certificate with `--pin {fingerprint}`, {off}; to save the pin, use `{command}`"
            )
        }
        [place] => {
            format!("{authority}, pin this certificate with `--pin {fingerprint}`, {off}; to save the pin, {place}")
        }
        [one, other] => format!(
            "{authority}, pin this certificate with the command for its environment, `{one}` or `{other}`, {off}"
        ),
        _ => format!(
            "{authority}, pin this certificate with `--pin {fingerprint}`, {off}; `hac endpoint update` or `hac \
             session start NAME --save` saves these flags, and `hac doctor` offers to save the pin"
        ),
    }
}

/// What to do about a query that cannot be read in pages.
fn about_pages(hint: &Hint) -> String {
    let one = "read it in one request, which the server has to hold in memory: -m 0 in place of --all";
    match hint {
        Hint::ChooseKey => format!(
            "select {{pk}} or another column that is unique and never null, and name it with --key; or {one} and --key"
        ),
        Hint::NameKey { expressions } => format!(
            "name the one that is unique and never null, or give it an alias that no other column has: --key {}; or {one} \
             and --key",
            os::quoted(expressions.first().map_or("ALIAS", String::as_str))
        ),
        _ => one.to_owned(),
    }
}

/// What to change in a copy.
fn about_a_copy(advice: &CopyAdvice) -> String {
    match advice {
        CopyAdvice::ListTypes { meant: Some(meant) } => {
            format!("did you mean {meant}? `hac type list` shows the types")
        }
        CopyAdvice::ListTypes { meant: None } => {
            "name a type, as `hac type list` shows them, or pass a query in quotes".to_owned()
        }
        CopyAdvice::ListAttributes { type_code, meant, .. } => {
            let meant = meant.as_ref().map(|meant| format!("did you mean {meant}? ")).unwrap_or_default();
            format!("{meant}`hac type show {type_code}` lists the attributes")
        }
        CopyAdvice::NameKey => "name the attributes that tell its rows apart: --key ATTRIBUTE,…".to_owned(),
        CopyAdvice::NameOtherKey { .. } => {
            "name other attributes that tell its rows apart: --key ATTRIBUTE,…".to_owned()
        }
        CopyAdvice::SelectKey { attributes } => {
            format!("select {{{}}} too, or name other attributes with --key", attributes.join("}, {"))
        }
        CopyAdvice::LeaveOutRow => "leave the item out with a query, or name other attributes with --key".to_owned(),
        CopyAdvice::Exclude { attribute, selected: false } => format!("leave it out: --exclude {attribute}"),
        CopyAdvice::Exclude { attribute, selected: true } => {
            format!("leave it out of the query, or pass --exclude {attribute}")
        }
        CopyAdvice::ExcludeReference => {
            "leave the attribute with the reference out with --exclude, or choose other rows with a query".to_owned()
        }
        CopyAdvice::DeclareEncrypted => {
            "look it up in the type system, then pass --encrypted ATTRIBUTE,… (which leaves them out), or \
             --encrypted none if there are none; nothing was copied"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// What to change in a comparison.
fn about_a_comparison(advice: ComparisonAdvice) -> String {
    match advice {
        ComparisonAdvice::ListTypes => "`hac type list` shows the types".to_owned(),
        ComparisonAdvice::NameColumn => "--key takes the name of a column".to_owned(),
        ComparisonAdvice::OtherKey => "choose another column with --key".to_owned(),
        ComparisonAdvice::UniqueKey => "choose a column that is unique with --key; it may be repeated".to_owned(),
        other => other.to_string(),
    }
}

/// What to change about masks.
fn about_masks(advice: &MaskAdvice) -> String {
    match advice {
        MaskAdvice::LongerKey => "set a longer one, such as from `openssl rand -hex 16`".to_owned(),
        MaskAdvice::NameKey => format!("set a key: {}", env::MASK_KEY),
        MaskAdvice::KeepKey { .. } => {
            format!("set {}, such as to the output of `openssl rand -hex 16`", env::MASK_KEY)
        }
        MaskAdvice::Fake { attribute } => format!("--mask {attribute}=fake"),
        MaskAdvice::ReadByOther { .. } => "leave it out with --columns, or name another key with --key".to_owned(),
        MaskAdvice::NameColumn { columns, .. } => {
            format!("name the key by its column with --key: {}", columns.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hac_client::console::CopyRole;

    use super::*;

    /// What the library says to programs, and this program must not.
    const OF_THE_LIBRARY: [&str; 9] =
        ["HacClient", "::", ".param", ".patch", ".extension", ".exclude", "BulkStart", "ImpexCopy", "Mask"];

    #[test]
    fn every_hint_that_the_library_words_in_its_own_terms_is_worded_here() {
        let name = || "n".to_owned();
        let fingerprint = "AB".repeat(32);
        let all = Hint::All(vec![
            Hint::AllowMoreTime { limit: Duration::from_millis(1500) },
            Hint::FinishStreams,
            Hint::LogIn,
            Hint::Confirm { environment: name() },
            Hint::ReadOnly,
            Hint::AllowScripts,
            Hint::FollowUpdate,
            Hint::WaitForUpdate,
            Hint::CheckProxy,
            Hint::TrustCertificate { fingerprint },
            Hint::GiveParameter { name: name() },
            Hint::GiveParameterOnce,
            Hint::GiveDateAsText,
            Hint::GiveNumberAsText,
            Hint::GiveJsonAsText,
            Hint::GiveTextsAsParameters,
            Hint::ReplaceCharacter { safe_in_sql: true },
            Hint::ReplaceCharacter { safe_in_sql: false },
            Hint::RemoveCharacter,
            Hint::ReadInOneRequest,
            Hint::ChooseKey,
            Hint::Overwrite,
            Hint::NameEncoding,
            Hint::ResumeImport,
            Hint::ImportWhole,
            Hint::RestartImport,
            Hint::DecideChunks { chunks: vec![(1, 2)] },
            Hint::DecideChunks { chunks: vec![(1, 2), (3, 3)] },
            Hint::RestoreFile { chunks: vec![(1, 2)] },
            Hint::ResumeImportAs { environment: name() },
            Hint::DecideChunks { chunks: vec![(0, 0)] },
            Hint::ListOffered { offered: Offered::Extensions, meant: Some(name()) },
            Hint::ListOffered { offered: Offered::Patches, meant: None },
            Hint::ListOffered { offered: Offered::Parameters, meant: None },
            Hint::SetUpdateParameter { name: name() },
            Hint::NameExtension { extension: name() },
            Hint::ChoosePatch { pending: vec![(name(), name())], parameters: vec![name()] },
            CopyAdvice::ListTypes { meant: Some(name()) }.into(),
            CopyAdvice::ListTypes { meant: None }.into(),
            CopyAdvice::ListAttributes {
                type_code: name(),
                attribute: name(),
                role: CopyRole::Selected,
                meant: Some(name()),
            }
            .into(),
            CopyAdvice::NameKey.into(),
            CopyAdvice::NameOtherKey { type_code: name(), attribute: name(), excluded: false }.into(),
            CopyAdvice::SelectKey { attributes: vec![name()] }.into(),
            CopyAdvice::LeaveOutRow.into(),
            CopyAdvice::Exclude { attribute: name(), selected: false }.into(),
            CopyAdvice::Exclude { attribute: name(), selected: true }.into(),
            CopyAdvice::ExcludeReference.into(),
            CopyAdvice::DeclareEncrypted.into(),
            ComparisonAdvice::ListTypes.into(),
            ComparisonAdvice::NameColumn.into(),
            ComparisonAdvice::OtherKey.into(),
            ComparisonAdvice::UniqueKey.into(),
            MaskAdvice::LongerKey.into(),
            MaskAdvice::NameKey.into(),
            MaskAdvice::KeepKey { attribute: name() }.into(),
            MaskAdvice::Fake { attribute: name() }.into(),
            MaskAdvice::ReadByOther { key: name() }.into(),
            MaskAdvice::NameColumn { key: name(), columns: vec![name()] }.into(),
        ]);
        let told = worded(&all);
        for word in OF_THE_LIBRARY {
            assert!(!told.contains(word), "{word}: {told}");
        }
        assert_eq!(told.matches("--param").count(), 9, "{told}");
        assert!(told.starts_with("the limit was 1.5 s; raise it with --timeout (0 for no limit); try again"), "{told}");
    }
}
