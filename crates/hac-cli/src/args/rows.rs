//! Output flags: those of commands that list something, and those of commands with one result.

#![expect(clippy::doc_markdown, reason = "these comments are the help text, which shows no backticks")]

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// Aligned columns, or one field per line where they are too wide for the terminal
    Table,
    /// Tab-separated, with \t, \n, \r and \\ in cells
    Tsv,
    /// Comma-separated, quoted where needed; a null is an empty cell
    Csv,
    /// One object with headers and rows
    Json,
    /// One object per row
    Jsonl,
    /// A Markdown table
    Markdown,
    /// One field per line
    Vertical,
    /// An INSERT_UPDATE with the rows of a query
    Impex,
    /// A workbook with the rows of a query, for --output
    Xlsx,
    /// Typed columns with the rows of a query, for --output
    #[cfg(feature = "parquet")]
    Parquet,
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
            Self::Markdown => "markdown",
            Self::Vertical => "vertical",
            Self::Impex => "impex",
            Self::Xlsx => "xlsx",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
        }
    }

    /// Whether only the rows of a query are printed in it.
    pub(crate) fn is_for_queries(self) -> bool {
        self == Self::Impex || self.is_for_files()
    }

    /// Whether it is written to files only.
    pub(crate) fn is_for_files(self) -> bool {
        #[cfg(feature = "parquet")]
        if self == Self::Parquet {
            return true;
        }
        self == Self::Xlsx
    }

    /// Whether it is made to be read by people.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Table | Self::Markdown | Self::Vertical)
    }

    /// Whether the names of the columns are part of what is written of the rows.
    pub(crate) fn names_each_cell(self) -> bool {
        #[cfg(feature = "parquet")]
        if self == Self::Parquet {
            return true;
        }
        self.is_json()
    }

    /// Whether failures are printed in this format, too.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}

/// The formats that a command takes: those that are offered in its help and by completion, and no others are read.
#[derive(Clone)]
pub(super) struct Formats(fn(RowFormat) -> bool);

impl Formats {
    /// The rows of a query, which may be written to a file.
    const QUERY: Self = Self(|_| true);
    /// All other lists and results.
    const ROWS: Self = Self(|format| !format.is_for_queries());

    fn offered(&self) -> impl Iterator<Item = PossibleValue> + use<> {
        let is_taken = self.0;
        let formats = RowFormat::value_variants().iter().filter(move |format| is_taken(**format));
        formats.filter_map(ValueEnum::to_possible_value)
    }
}

impl TypedValueParser for Formats {
    type Value = RowFormat;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<RowFormat, clap::Error> {
        let named = PossibleValuesParser::new(self.offered()).try_map(|name| RowFormat::from_str(&name, false));
        named.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.offered()))
    }
}

/// The flags of all commands that read and print.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RowsArgs {
    /// Output format [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", value_parser = Formats::ROWS, help_heading = "Output")]
    pub format: Option<RowFormat>,

    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// The same for the rows of a query.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct QueryRowsArgs {
    /// Output format [default: table on a terminal, tsv otherwise]
    #[arg(long, value_name = "FORMAT", value_parser = Formats::QUERY, help_heading = "Output")]
    pub format: Option<RowFormat>,

    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// The flags of the lists that hac-client-cli has.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListArgs {
    /// Output format [default: table on a terminal, aligned columns otherwise]
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<ListFormat>,

    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// Output formats of these lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Aligned columns
    Table,
    /// Tab-separated
    Tsv,
    /// Comma-separated
    Csv,
    /// A list of objects
    Json,
    /// One object per line
    Jsonl,
    /// A Markdown table
    Markdown,
    /// One field per line
    Vertical,
    /// Only the names, one per line
    Quiet,
}

impl ListFormat {
    /// The same format of rows; `None` for names alone.
    pub(crate) fn of_rows(self) -> Option<RowFormat> {
        Some(match self {
            Self::Table => RowFormat::Table,
            Self::Tsv => RowFormat::Tsv,
            Self::Csv => RowFormat::Csv,
            Self::Json => RowFormat::Json,
            Self::Jsonl => RowFormat::Jsonl,
            Self::Markdown => RowFormat::Markdown,
            Self::Vertical => RowFormat::Vertical,
            Self::Quiet => return None,
        })
    }
}

/// Output formats of commands that print text for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    /// Text for people
    Text,
    /// Aligned columns, or one field per line where they are too wide for the terminal
    Table,
    /// Tab-separated, with \t, \n, \r and \\ in cells
    Tsv,
    /// Comma-separated, quoted where needed; a null is an empty cell
    Csv,
    /// One object
    Json,
    /// The same on one line
    Jsonl,
    /// A Markdown table
    Markdown,
    /// One field per line
    Vertical,
}

impl TextFormat {
    /// The same format of rows; `None` for text.
    pub(crate) fn of_rows(self) -> Option<RowFormat> {
        Some(match self {
            Self::Text => return None,
            Self::Table => RowFormat::Table,
            Self::Tsv => RowFormat::Tsv,
            Self::Csv => RowFormat::Csv,
            Self::Json => RowFormat::Json,
            Self::Jsonl => RowFormat::Jsonl,
            Self::Markdown => RowFormat::Markdown,
            Self::Vertical => RowFormat::Vertical,
        })
    }
}

/// The flags of commands that read and print text.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct TextArgs {
    /// Output format [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<TextFormat>,

    #[command(flatten)]
    pub shape: ShapeArgs,
}

/// What is printed of a result, and how.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ShapeArgs {
    /// Print only these columns, in this order
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = "Output")]
    pub columns: Vec<String>,

    /// Do not print the column names
    #[arg(long, help_heading = "Output")]
    pub no_headers: bool,

    /// Do not show long results in a pager
    #[arg(long, help_heading = "Output")]
    pub no_pager: bool,

    /// Repeat the command every so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = pause, help_heading = "Output")]
    pub watch: Option<f64>,
}

/// The flags of commands that change something and print one result.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ResultArgs {
    /// Output format [default: text]
    #[arg(long, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<TextFormat>,

    // Accepted to be refused with a reason.
    #[arg(long, value_name = "SECONDS", hide = true, value_parser = pause)]
    pub watch: Option<f64>,
}

fn pause(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "must be a number of seconds from 0.1 to 86400".to_owned())
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    /// The formats of each command below this one that offers some.
    fn offers(command: &clap::Command, above: &str, found: &mut Vec<(String, Vec<String>)>) {
        for below in command.get_subcommands() {
            let name = format!("{above} {}", below.get_name());
            if let Some(format) = below.get_arguments().find(|argument| argument.get_id() == "format") {
                let names = format.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
                found.push((name.clone(), names));
            }
            offers(below, &name, found);
        }
    }

    #[test]
    fn the_default_format_of_each_command_is_one_that_it_takes() {
        let mut left = vec![Cli::command()];
        let mut found = 0;
        while let Some(command) = left.pop() {
            left.extend(command.get_subcommands().cloned());
            let Some(format) = command.get_arguments().find(|argument| argument.get_id() == "format") else { continue };
            let help = format.get_help().map(ToString::to_string).unwrap_or_default();
            let default =
                help.split_once("[default: ").map(|(_, rest)| rest.split([' ', ']']).next().unwrap_or_default());
            let values = format.get_possible_values();
            assert!(values.iter().any(|value| Some(value.get_name()) == default), "{}: {help}", command.get_name());
            found += 1;
        }
        assert!(found > 50, "{found}");
    }

    #[test]
    fn each_command_offers_the_formats_that_it_takes_and_reads_no_other() {
        let mut found = Vec::new();
        offers(&Cli::command(), "hac", &mut found);
        assert!(found.len() > 50, "{found:?}");
        for (command, offered) in &found {
            assert!(offered.len() > 5, "{command}: {offered:?}");
            for format in RowFormat::value_variants() {
                let is_offered = offered.iter().any(|name| name == format.name());
                let is_taken = command == "hac flexsearch" || !format.is_for_queries();
                assert_eq!(is_offered, is_taken, "{command}: {}", format.name());
            }
        }
        let read = |words: &str| Cli::command().try_get_matches_from(words.split(' ')).map(drop);
        assert!(read("hac flexsearch q --format impex").is_ok());
        let refused = read("hac type list --format impx").expect_err("no format").to_string();
        assert!(!refused.contains("'impex'") && refused.contains("[possible values: table"), "{refused}");
    }
}
