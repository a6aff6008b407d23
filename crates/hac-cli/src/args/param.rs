//! `--param`, of every command that runs a text.

use clap::Args;

/// Values for the text.
#[derive(Debug, Default, Args)]
pub(crate) struct ParamArgs {
    /// A value for the text: NAME=VALUE, NAME:TYPE=VALUE, or =@FILE; may be repeated
    ///
    /// The TYPE is string, int, long, decimal, bool, date or json; without one it is string. A
    /// VALUE that begins with @ names a file, whose text is taken as it is; @@ stands for an @
    /// itself. Nothing of a value can become code, whatever it holds.
    ///
    /// A script finds a variable of that name. In a query the value takes the place of ?NAME, as a
    /// literal; a json list fills IN (?NAME).
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE", allow_hyphen_values = true)]
    pub params: Vec<String>,
}
