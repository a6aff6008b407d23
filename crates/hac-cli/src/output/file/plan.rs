//! What the name of a file says about its format.

use std::path::{Path, PathBuf};

use hac_client::Result;

use crate::args::RowFormat;
use crate::diagnostics::usage;

/// The endings, and the formats that they stand for.
const ENDINGS: &[(&str, RowFormat)] = &[
    ("csv", RowFormat::Csv),
    ("tsv", RowFormat::Tsv),
    ("json", RowFormat::Json),
    ("jsonl", RowFormat::Jsonl),
    ("md", RowFormat::Markdown),
    ("impex", RowFormat::Impex),
];

/// Where rows are to be written, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFilePlan {
    pub path: PathBuf,
    pub format: RowFormat,
}

impl RowFilePlan {
    /// The format that was asked for, or else that of the ending, whatever its case.
    pub(crate) fn of(path: &Path, asked: Option<RowFormat>) -> Result<Self> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        let known = |ending: &String| ENDINGS.iter().find(|(name, _)| name == ending).map(|(_, format)| *format);
        let format = asked.or_else(|| ending.as_ref().and_then(known)).ok_or_else(|| {
            let why = match &ending {
                Some(ending) => format!("no format has the ending .{ending}"),
                None => "it has no ending that names a format".to_owned(),
            };
            let endings: Vec<String> = ENDINGS.iter().map(|(name, _)| format!(".{name}")).collect();
            let hint = format!("the known endings are {}; --format sets the format for any name", endings.join(", "));
            usage(&format!("write the rows to {}", path.display()), why, hint)
        })?;
        Ok(Self { path: path.to_owned(), format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format_and_a_format_that_was_asked_for_wins() {
        let of = |path: &str, asked| RowFilePlan::of(Path::new(path), asked).map(|plan| plan.format).ok();
        for (path, format) in [
            ("a.csv", Some(RowFormat::Csv)),
            ("a.b/ROWS.JsonL", Some(RowFormat::Jsonl)),
            (".csv", None),
            ("csv", None),
            ("a.csv.old", None),
            ("a.csv/rows", None),
        ] {
            assert_eq!(of(path, None), format, "{path}");
            assert_eq!(of(path, Some(RowFormat::Tsv)), Some(RowFormat::Tsv), "{path}");
        }
    }

    #[test]
    fn an_unknown_ending_is_refused_with_those_that_are_known() {
        let error = RowFilePlan::of(Path::new("rows.xml"), None).expect_err("unknown");
        let told = format!("{error} {:?}", error.hint());
        for name in ENDINGS.iter().map(|(name, _)| name) {
            assert!(told.contains(&format!(".{name}")), "{told}");
        }
        assert!(told.contains(".xml"), "{told}");
    }
}
