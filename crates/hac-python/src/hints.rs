//! The library's advice, in terms of the Python package.

use hac_client::Hint;
use hac_client::comparison::ComparisonAdvice;
use hac_client::console::CopyAdvice;
use hac_client::mask::MaskAdvice;

pub(crate) fn in_python(hint: &Hint) -> String {
    match hint {
        Hint::All(all) => all.iter().map(in_python).collect::<Vec<_>>().join("; "),
        Hint::AllowMoreTime { limit } => {
            format!("the limit was {} s; allow more with HacClient(timeout=...)", limit.as_secs_f64())
        }
        Hint::FinishStreams => {
            "read open iter_rows() to their end or close() them, or allow more calls at once with HacClient(max_in_flight=...)"
                .into()
        }
        Hint::LogIn => "log in again with login(); nothing was executed".into(),
        Hint::Confirm { environment } => format!("if that is what you want, confirm it with HacClient(confirm=\"{environment}\")"),
        Hint::ReadOnly => "use a client without protection=\"read-only\" if it must be changed".into(),
        Hint::AllowScripts => {
            "HacClient(allow_scripts=True) allows scripts that are rolled back; changes outside the transaction are not undone"
                .into()
        }
        Hint::FollowUpdate => "it was not sent again; follow_update_log() follows what is running".into(),
        Hint::WaitForUpdate => {
            "wait until it is done: follow_update_log() shows it; nothing was executed and the session was kept".into()
        }
        Hint::CheckProxy => {
            "check the proxy with its user and password (HacClient(proxy=...), HTTPS_PROXY), and NO_PROXY".into()
        }
        Hint::TrustCertificate { fingerprint } => format!(
            "if this is the right server, trust the authority that issued its certificate (HacClient(ca_bundle=...)), or exactly \
             this certificate (HacClient(pin_sha256=\"{fingerprint}\")), or verify nothing (HacClient(ignore_ssl=True))"
        ),
        Hint::GiveParameter { name } => format!("give it a value: params={{\"{name}\": ...}}"),
        Hint::GiveParameterOnce => "give each name once; several values are a list".into(),
        Hint::GiveDateAsText => "give it as text, as your database writes it: \"2026-11-23 00:00:00\"".into(),
        Hint::GiveNumberAsText => "give it as text: a str".into(),
        Hint::GiveJsonAsText => "give it as text (a str) and take it apart in the script, or use Groovy".into(),
        Hint::ReplaceCharacter { safe_in_sql: true } => {
            "search with LIKE and _ in its place, or with execute_sql(), or by a Groovy script, whose parameters take everything"
                .into()
        }
        Hint::ReadInOneRequest => "read it in one request, which the server has to hold in memory: without paged=True".into(),
        Hint::ChooseKey => {
            "select {pk} or another column that is unique and never null, and name it: key=\"code\" for example; or read it in one \
             request, which the server has to hold in memory: without paged=True and key"
                .into()
        }
        Hint::NameKey { expressions } => format!(
            "name the one that is unique and never null, or give it an alias that no other column has: key=\"{}\"; or read it in one \
             request, which the server has to hold in memory: without paged=True and key",
            expressions.first().map_or("code", String::as_str)
        ),
        Hint::Overwrite => "name another file, or pass overwrite=True".into(),
        Hint::NameEncoding => "name its encoding: encoding=\"ISO-8859-1\" for example; nothing was sent".into(),
        Hint::ResumeImport => "go on with it (resume=True), or begin anew (restart=True); nothing was sent".into(),
        Hint::ImportWhole => "import it in one request, with import_impex(Path(...))".into(),
        Hint::RestartImport => "begin anew with restart=True; nothing was sent".into(),
        Hint::ResumeImportAs { environment } => format!(
            "go on with resume=True and a client for the environment {environment}, or begin anew (restart=True); nothing was sent"
        ),
        Hint::RestoreFile { .. } => {
            "restore that content and go on with resume=True, or check on the server which of these rows were imported and begin anew \
             with restart=True, which sends the whole file; nothing was sent"
                .into()
        }
        Hint::DecideChunks { chunks } if chunks.len() > 1 => {
            let decided = |(first, last): &(usize, usize)| format!("({first}, {last}): \"imported\"");
            let decided: Vec<_> = chunks.iter().map(decided).collect();
            format!(
                "check on the server which of these chunks were imported, then go on with resume=True, assume={{{}}}, with \
                 \"not_imported\" for those that were not",
                decided.join(", ")
            )
        }
        Hint::DecideChunks { .. } => {
            "check on the server whether these lines were imported, then go on with resume=True, assume=\"imported\", or send them \
             again with resume=True, assume=\"not_imported\""
                .into()
        }
        Hint::ListOffered { offered, meant } => {
            let list = match offered {
                hac_client::platform::Offered::Patches => "get_pending_patches()",
                _ => "get_update_data()",
            };
            match meant {
                Some(meant) => format!("did you mean {meant}? {list} lists them all; nothing was sent"),
                None => format!("{list} lists them; nothing was sent"),
            }
        }
        Hint::SetUpdateParameter { name } => format!("set it: all_parameters={{\"{name}\": ...}}"),
        Hint::NameExtension { extension } => format!("name its extension too: extensions=[\"{extension}\"]"),
        Hint::ChoosePatch { pending, parameters } => {
            let hashes = pending.iter().map(|(hash, extension)| format!("\"{hash}\" ({extension})"));
            let named = parameters.iter().map(|name| format!("the parameter \"{name}\""));
            format!("say which: {}", hashes.chain(named).collect::<Vec<_>>().join(", "))
        }
        Hint::ChangeCopy(advice) => about_a_copy(advice),
        Hint::ChangeMask(advice) => about_masks(advice),
        Hint::ChangeComparison(advice) => about_a_comparison(*advice),
        // The texts that all faces share name one method of the library.
        other => other.to_string().replace("FlexibleSearch::sql", "execute_sql()"),
    }
}

/// What to change in a copy.
fn about_a_copy(advice: &CopyAdvice) -> String {
    let meant =
        |meant: &Option<String>| meant.as_ref().map(|name| format!("did you mean {name}? ")).unwrap_or_default();
    match advice {
        CopyAdvice::ListTypes { meant: name } => format!("{}get_types() lists the types", meant(name)),
        CopyAdvice::ListAttributes { type_code, meant: name, .. } => {
            format!("{}get_type_attributes(\"{type_code}\") lists the attributes", meant(name))
        }
        CopyAdvice::NameKey => "name the attributes that tell its rows apart: key=[\"code\"] for example".into(),
        CopyAdvice::NameOtherKey { .. } => {
            "name other attributes that tell its rows apart: key=[\"code\"] for example".into()
        }
        CopyAdvice::SelectKey { attributes } => {
            format!("select {{{}}} too, or name other attributes with key=", attributes.join("}, {"))
        }
        CopyAdvice::LeaveOutRow => "leave the item out with a query, or name other attributes with key=".into(),
        CopyAdvice::Exclude { attribute, selected: false } => format!("leave it out: exclude=[\"{attribute}\"]"),
        CopyAdvice::Exclude { attribute, selected: true } => {
            format!("leave it out of the query, or pass exclude=[\"{attribute}\"]")
        }
        CopyAdvice::ExcludeReference => {
            "leave the attribute with the reference out with exclude=, or choose other rows with a query".into()
        }
        CopyAdvice::DeclareEncrypted => {
            "look it up in the type system, then name them with encrypted=[...], which leaves them out, or pass encrypted=[] if there \
             are none; nothing was copied"
                .into()
        }
        // The others name nothing of the library.
        other => other.to_string(),
    }
}

/// What to change about masks.
fn about_masks(advice: &MaskAdvice) -> String {
    match advice {
        MaskAdvice::LongerKey => "choose a longer mask_key, such as from secrets.token_hex(16)".into(),
        MaskAdvice::NameKey => "name a key: mask_key=\"...\"".into(),
        MaskAdvice::KeepKey { .. } => {
            "pass a mask_key that you keep, such as from secrets.token_hex(16): mask_key=os.environ[\"HAC_MASK_KEY\"] for example"
                .into()
        }
        MaskAdvice::Fake { attribute } => format!("mask={{\"{attribute}\": \"fake\"}}"),
        MaskAdvice::ReadByOther { .. } => "leave it out of the query, or name another column with key=".into(),
        MaskAdvice::NameColumn { columns, .. } => format!("name the key by its column with key=: {}", columns.join(", ")),
        other => other.to_string(),
    }
}

/// What to change in a comparison.
fn about_a_comparison(advice: ComparisonAdvice) -> String {
    match advice {
        ComparisonAdvice::ListTypes => "get_types() lists the types".into(),
        ComparisonAdvice::NameColumn => "key= takes names of columns of the query: key=[\"code\"] for example".into(),
        ComparisonAdvice::OtherKey => "choose another column with key=".into(),
        ComparisonAdvice::UniqueKey => "choose columns that are unique together with key=".into(),
        other => other.to_string(),
    }
}
