//! What is never copied unasked: encrypted attributes and passwords.

use hac_client::Result;

use super::attributes::ItemType;
use crate::args::CopyArgs;
use crate::diagnostics::usage;

/// What is known of the encrypted attributes of the type that is copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encrypted {
    /// By the server.
    told: Vec<String>,
    /// By the user, who knows that they are left out.
    declared: Vec<String>,
}

/// How an attribute is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is copied.
    Plain,
    /// The server says that it is encrypted, and the user does not seem to know it.
    Refused,
    /// The user says that it is encrypted.
    LeftOut,
}

impl Encrypted {
    /// Fails if neither the server nor the user says which attributes are encrypted.
    pub(super) fn of(item_type: &ItemType, args: &CopyArgs) -> Result<Self> {
        let is_none = |name: &String| name.eq_ignore_ascii_case("none");
        let (none, declared): (Vec<String>, Vec<String>) = args.encrypted.iter().cloned().partition(is_none);
        if !none.is_empty() && !declared.is_empty() {
            return Err(usage(
                "copy",
                "--encrypted names attributes, and says that there are none",
                "leave out one of them",
            ));
        }
        for name in &declared {
            item_type.expect(name, "--encrypted")?;
        }
        match &item_type.encrypted {
            Some(told) => Ok(Self { told: told.clone(), declared }),
            None if none.is_empty() && declared.is_empty() => Err(usage(
                "copy",
                format!("the server does not say which attributes of {} are encrypted", item_type.code),
                "look it up in the type system, then pass --encrypted ATTRIBUTE,… (which leaves them out), or \
                 --encrypted none if there are none; nothing was copied",
            )),
            None => Ok(Self { told: Vec::new(), declared }),
        }
    }

    pub(super) fn treatment(&self, name: &str) -> Treatment {
        let is_among = |names: &[String]| names.iter().any(|other| other.eq_ignore_ascii_case(name));
        match () {
            () if is_among(&self.declared) => Treatment::LeftOut,
            () if is_among(&self.told) => Treatment::Refused,
            () => Treatment::Plain,
        }
    }
}

/// Whether an attribute is a password, or says how one is kept.
pub(super) fn is_password(name: &str) -> bool {
    name.to_ascii_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_user_says_is_left_out_and_what_only_the_server_says_is_refused() {
        let encrypted = Encrypted { told: vec!["number".to_owned()], declared: Vec::new() };
        assert_eq!(encrypted.treatment("Number"), Treatment::Refused);
        assert_eq!(encrypted.treatment("code"), Treatment::Plain);
        let encrypted = Encrypted { declared: vec!["NUMBER".to_owned()], ..encrypted };
        assert_eq!(encrypted.treatment("number"), Treatment::LeftOut);
    }

    #[test]
    fn passwords_are_known_by_their_names() {
        for name in ["password", "encodedPassword", "passwordEncoding", "passwordAnswer"] {
            assert!(is_password(name), "{name}");
        }
        assert!(!is_password("passport"));
    }
}
