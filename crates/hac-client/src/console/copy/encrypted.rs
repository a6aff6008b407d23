//! What is never copied unasked: encrypted attributes and passwords.

use super::attributes::ItemType;
use super::request::ImpexCopy;
use super::usage::usage;
use crate::error::Result;
use crate::hint::{CopyAdvice, CopyRole};

/// What is known of the encrypted attributes of the type that is copied.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encrypted {
    /// By the server.
    told: Vec<String>,
    /// By the caller, who knows that they are left out.
    declared: Vec<String>,
}

/// How an attribute is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It is copied.
    Plain,
    /// The server says that it is encrypted, and the caller does not seem to know it.
    Refused,
    /// The caller says that it is encrypted.
    LeftOut,
}

impl Encrypted {
    /// Fails if neither the server nor the caller says which attributes are encrypted.
    pub(super) fn of(item_type: &ItemType, copy: &ImpexCopy) -> Result<Self> {
        let mut declared = Vec::new();
        for name in copy.encrypted.iter().flatten() {
            declared.push(item_type.expect(name.trim(), CopyRole::Encrypted)?.name.clone());
        }
        match &item_type.encrypted {
            Some(told) => Ok(Self { told: told.clone(), declared }),
            None if copy.encrypted.is_none() => Err(usage(
                format!("the server does not say which attributes of {} are encrypted", item_type.code),
                CopyAdvice::DeclareEncrypted,
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
