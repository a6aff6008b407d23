//! What is copied, for the library, and what the library says of it, in flags.

use hac_client::console::{CopyAdvice, CopyRole, ImpexCopy};
use hac_client::{Error, FlexibleSearch, Hint, Result};

use crate::args::{CopyArgs, is_name_of_file};
use crate::diagnostics::usage;
use crate::os;
use crate::parameters;
use crate::query_text::sendable;

/// Why an attribute that a flag names is not copied.
pub(super) const EXCLUDED: &str = "--exclude names it";

/// What the arguments ask for.
pub(super) fn request(args: &CopyArgs) -> Result<ImpexCopy> {
    let what = args.what.trim();
    let is_code = !what.is_empty() && what.chars().all(|char| char.is_alphanumeric() || char == '_');
    // A type may be called like a file.
    if !is_code && is_name_of_file(what) {
        return Err(usage(
            "copy",
            format!("{what} is the name of a file, and no type or query"),
            format!("pass the query itself: {}; nothing was sent", os::text_of_file(what)),
        ));
    }
    let params = parameters::read(&args.params)?;
    let mut copy = if is_code {
        if let Some((name, _)) = params.first() {
            let why = format!("--param sets {name} of a query, and {what} is a type");
            return Err(usage("copy", why, "leave it out, or pass a query"));
        }
        ImpexCopy::of_type(what)
    } else {
        let mut query = FlexibleSearch::new(sendable(what));
        for (name, value) in params {
            query = query.param(name, value)?;
        }
        ImpexCopy::of_query(query)
    };
    for attribute in &args.key {
        copy = copy.key(attribute);
    }
    for attribute in &args.exclude {
        copy = copy.exclude(attribute);
    }
    let (none, encrypted): (Vec<&String>, Vec<&String>) =
        args.encrypted.iter().partition(|name| name.eq_ignore_ascii_case("none"));
    if !none.is_empty() && !encrypted.is_empty() {
        let why = "--encrypted names attributes, and says that there are none";
        return Err(usage("copy", why, "leave out one of them"));
    }
    if !args.encrypted.is_empty() {
        copy = copy.encrypted(encrypted);
    }
    Ok(copy.page_rows(args.page_rows.get()))
}

/// A failure of the library whose reason is about a flag, with the flag.
pub(super) fn in_flags(error: Error) -> Error {
    let why = match error.hint() {
        Some(Hint::ChangeCopy(CopyAdvice::ListAttributes { type_code, attribute, role, .. })) => {
            let flag = match role {
                CopyRole::Key => "--key",
                CopyRole::Excluded => "--exclude",
                CopyRole::Encrypted => "--encrypted",
                CopyRole::Masked => "--mask",
                _ => return error,
            };
            format!("{type_code} has no attribute {attribute} ({flag})")
        }
        Some(Hint::ChangeCopy(CopyAdvice::NameOtherKey { type_code, attribute, excluded: true })) => {
            format!("rows of {type_code} are found by {attribute}, which cannot be copied: {EXCLUDED}")
        }
        _ => return error,
    };
    error.because(why)
}

#[cfg(test)]
mod tests {
    use hac_client::ErrorKind;

    use super::*;

    #[test]
    fn reasons_name_the_flag_and_others_stay() {
        let failed = |advice: CopyAdvice| Error::new(ErrorKind::Usage, "copy").because("as it was").with_hint(advice);
        let missing = |role| {
            let (type_code, attribute) = ("Product".to_owned(), "eann".to_owned());
            in_flags(failed(CopyAdvice::ListAttributes { type_code, attribute, role, meant: None }))
        };
        for (role, flag) in [
            (CopyRole::Key, "--key"),
            (CopyRole::Excluded, "--exclude"),
            (CopyRole::Encrypted, "--encrypted"),
            (CopyRole::Masked, "--mask"),
        ] {
            assert_eq!(missing(role).why(), format!("Product has no attribute eann ({flag})"));
        }
        assert_eq!(missing(CopyRole::Selected).why(), "as it was");
        assert_eq!(in_flags(failed(CopyAdvice::NameKey)).why(), "as it was");
        let other = |excluded| CopyAdvice::NameOtherKey {
            type_code: "Product".to_owned(),
            attribute: "code".to_owned(),
            excluded,
        };
        assert!(in_flags(failed(other(true))).why().ends_with(EXCLUDED));
        assert_eq!(in_flags(failed(other(false))).why(), "as it was");
    }
}
