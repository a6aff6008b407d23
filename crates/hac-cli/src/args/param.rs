//! `--param`, of every command that runs a text.

use clap::Args;

/// Parameters for a script or query.
#[derive(Debug, Default, Args)]
pub(crate) struct ParamArgs {
    /// A parameter: NAME=VALUE, NAME:TYPE=VALUE or NAME=@FILE; may be repeated
    ///
    /// TYPE is string (the default), int, long, decimal, bool, date or json. A VALUE that starts
    /// with @ is the name of a file whose text is used unchanged; write @@ for a literal @. A value
    /// can never become code.
    ///
    /// In a script the parameter is a variable of that name. In a query it replaces ?NAME as a
    /// literal; a json list is for IN (?NAME).
    #[arg(long = "param", value_name = "NAME[:TYPE]=VALUE", allow_hyphen_values = true)]
    pub params: Vec<String>,
}
