//! Protection of a server against changes: which calls are sent at once, which must be confirmed, and which are refused.
//!
//! Every call has a [class](CallClass). The engine asks the protection of the client before it sends anything, even before a login.
//!
//! ```
//! use hac_client::protection::{ConfirmAs, Protection};
//! use hac_client::{BasicAuthHandler, Commit, ErrorKind, HacClient};
//!
//! # async fn example() -> hac_client::Result<()> {
//! let client = HacClient::builder("https://shop.example:9002")
//!     .auth_handler(BasicAuthHandler::new("admin", "nimda"))
//!     .environment("production")
//!     .protection(Protection::ReadOnly)
//!     .data_source("readonly")
//!     .build()?;
//! let error = client.execute_groovy("return 1", Commit::Yes).await.expect_err("it would write");
//! assert_eq!(error.kind(), ErrorKind::Protected);
//! # Ok(())
//! # }
//! ```

mod class;
mod confirm;
mod guard;

use crate::named::{is_named, named, one_of};

pub use class::CallClass;
pub(crate) use class::Class;
pub use confirm::{ConfirmAs, ConfirmHandler, Confirmation, PlannedCall};
pub(crate) use guard::{Admission, Guard, Rules};

/// How a client protects its server against changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Protection {
    /// Every call is sent. The default.
    #[default]
    Open,
    /// Calls that write or destroy must be [confirmed](crate::HacClientBuilder::confirmed_by); without a handler they are refused.
    Confirm,
    /// Calls that write or destroy are refused. Scripts that are rolled back run if
    /// [`allow_scripts`](crate::HacClientBuilder::allow_scripts) is set.
    ReadOnly,
}

named! {
    Protection is "a protection", "choose the protection";
    /// Every protection, the weakest first.
    ALL
    /// Returns the name: `open`, `confirm` or `read-only`.
    as_str { Open => "open", Confirm => "confirm", ReadOnly => "read-only" }
    /// Parses a name, in any case.
    from_str(text, known) { is_named(text, known, "") } or one_of(Self::ALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protection_is_parsed_from_its_name_and_the_strictest_is_the_largest() {
        for protection in Protection::ALL {
            assert_eq!(protection.as_str().parse::<Protection>().expect("a protection"), *protection);
        }
        let error = "readonly".parse::<Protection>().expect_err("no protection");
        assert_eq!(error.to_string(), "cannot choose the protection: readonly is not a protection");
        assert!(error.hint().is_some_and(|hint| hint.to_string().ends_with("open, confirm, read-only")), "{error:?}");
        assert!(Protection::Open < Protection::Confirm && Protection::Confirm < Protection::ReadOnly);
    }
}
