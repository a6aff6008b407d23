//! A password has no flag: `-p` and `--password` are known so that they can be refused.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Args, Command};

/// What a refusal says of itself. The value stands nowhere in it.
const NAME: &str = "--password";

/// The value of a flag that is always refused: there is none.
#[derive(Debug, Clone)]
pub(crate) enum Refused {}

/// Refuses whatever it is given.
#[derive(Debug, Clone)]
pub(super) struct Refuse;

impl TypedValueParser for Refuse {
    type Value = Refused;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, _: &OsStr) -> Result<Refused, clap::Error> {
        let mut error = clap::Error::new(ErrorKind::ValueValidation).with_cmd(command);
        error.insert(ContextKind::InvalidArg, ContextValue::String(NAME.to_owned()));
        Err(error)
    }
}

/// Whether a command line was refused because there was a password in it.
pub(crate) fn is_refusal(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::ValueValidation
        && matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(name)) if name == NAME)
}

/// `--password` for a command whose `-p` is something else. It takes the place of the flag of all commands.
#[derive(Debug, Args)]
pub(crate) struct WithoutShortForm {
    /// Refused: other users of this machine could read it. See --password-stdin
    #[arg(id = "password", long = "password", value_name = "VALUE", num_args = 0..=1, default_missing_value = "", hide = true,
        allow_hyphen_values = true, value_parser = Refuse)]
    _refused: Option<Refused>,
}
