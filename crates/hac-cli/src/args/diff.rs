//! `hac diff …`.

use clap::{Args, Subcommand};

use super::{FilterArgs, ParamArgs, RowsArgs, SourceArgs};

/// Compare two environments, such as `-e staging,production`.
///
/// Exits with 0 if there is no difference, with 1 if there is one, and with 2 or more if the two could not be compared.
#[derive(Debug, Subcommand)]
pub(crate) enum DiffCommand {
    /// Compare the properties of the running servers
    Properties(FilterArgs),
    /// Compare the levels of the loggers
    Loggers(FilterArgs),
    /// Compare the types, or the attributes of some
    Types(DiffTypesArgs),
    /// Compare the extensions that have project data
    Extensions(FilterArgs),
    /// Compare the rows of a query by their key
    Query(DiffQueryArgs),
}

/// Compare the types, or the attributes of some.
#[derive(Debug, Args)]
pub(crate) struct DiffTypesArgs {
    /// Compare the attributes of these types, each of which is a request to both servers [default: which types there are]
    #[arg(value_name = "TYPE")]
    pub types: Vec<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Compare the rows of a query by their key.
///
/// The rows of both servers are kept in memory, at most 64 MiB each.
#[derive(Debug, Args)]
pub(crate) struct DiffQueryArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub params: ParamArgs,

    /// Column that names a row in both; may be repeated [default: the first column]
    #[arg(long, value_name = "COLUMN")]
    pub key: Vec<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}
