//! Output of commands that list something.

use clap::{Args, ValueEnum};

/// Output formats for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// Aligned columns, as wide as the terminal
    Table,
    /// Tab-separated, with \t, \n, \r and \\ in cells
    Tsv,
    /// Comma-separated, quoted where needed; a null is an empty cell
    Csv,
    /// One object with headers and rows
    Json,
    /// One object per row
    Jsonl,
}

impl RowFormat {
    /// The name of the format, as `--format` takes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Tsv => "tsv",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }
}

/// The flag of all commands that print rows.
#[derive(Debug, Clone, Args)]
pub(crate) struct RowsArgs {
    /// Output format for rows [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["json", "csv"])]
    pub format: Option<RowFormat>,
}

/// A filter for a list.
#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArgs {
    /// Show only names that contain this text, ignoring case
    #[arg(value_name = "TEXT")]
    pub filter: Option<String>,

    #[command(flatten)]
    pub rows: RowsArgs,
}

impl FilterArgs {
    /// What to say of a list of which nothing is left; `what` is one of its things.
    pub(crate) fn nothing(&self, what: &str) -> String {
        match &self.filter {
            Some(text) => format!("no {what} whose name contains \"{text}\""),
            None => format!("the server lists no {what}"),
        }
    }

    /// Whether a name is among those that are wanted.
    pub(crate) fn admits(&self, name: &str) -> bool {
        self.filter.as_ref().is_none_or(|text| name.to_lowercase().contains(&text.to_lowercase()))
    }
}
