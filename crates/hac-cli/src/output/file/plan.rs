//! What the name of a file says about its format.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use hac_client::Result;

use super::packed::Compression;
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
    ("xlsx", RowFormat::Xlsx),
    #[cfg(feature = "parquet")]
    ("parquet", RowFormat::Parquet),
];

/// The endings of files that are no text.
const NO_TEXT: [&str; 2] = ["xlsx", "parquet"];

/// Where rows are to be written, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowFilePlan {
    pub path: PathBuf,
    pub format: RowFormat,
    pub compression: Option<Compression>,
}

impl RowFilePlan {
    /// The format that was asked for, or else that of the ending, whatever its case.
    pub(crate) fn of(path: &Path, asked: Option<RowFormat>) -> Result<Self> {
        let last = ending(path.as_os_str());
        let compression = last.as_deref().and_then(Compression::of);
        let named = match compression {
            Some(_) => path.file_stem().and_then(ending),
            None => last,
        };
        let known = |ending: &String| ENDINGS.iter().find(|(name, _)| name == ending).map(|(_, format)| *format);
        let format = asked.or_else(|| named.as_ref().and_then(known)).ok_or_else(|| {
            let why = match &named {
                Some(ending) if ending == "parquet" => "this hac was built without the feature parquet".to_owned(),
                Some(ending) => format!("no format has the ending .{ending}"),
                None => "it has no ending that names a format".to_owned(),
            };
            let endings: Vec<String> = ENDINGS.iter().map(|(name, _)| format!(".{name}")).collect();
            let hint = format!(
                "the known endings are {}, and .gz or .zst behind them; --format sets the format for any name",
                endings.join(", ")
            );
            usage(&format!("write the rows to {}", path.display()), why, hint)
        })?;
        // Other endings say what a program makes of text; these say that it is none.
        if let Some(ending) = named.filter(|ending| NO_TEXT.contains(&ending.as_str()) && ending != format.name()) {
            let hint = format!("omit {} for a .{ending} file, or choose another name", of_flag(format));
            let why = format!("{} was asked for, and the file is called .{ending}", format.name());
            return Err(usage(&format!("write the rows to {}", path.display()), why, hint));
        }
        if compression.is_some() && format.is_for_files() {
            let why = format!("{} is compressed already", format.name());
            let hint = format!("call the file {}", path.with_extension("").display());
            return Err(usage(&format!("write the rows to {}", path.display()), why, hint));
        }
        Ok(Self { path: path.to_owned(), format, compression })
    }

    /// Whether the file is lines, one after the other, that say nothing of each other.
    pub(crate) fn is_lines(&self) -> bool {
        self.compression.is_none() && matches!(self.format, RowFormat::Csv | RowFormat::Tsv | RowFormat::Jsonl)
    }
}

/// How a format was asked for.
fn of_flag(format: RowFormat) -> String {
    let csv = if format == RowFormat::Csv { " (or --csv)" } else { "" };
    format!("--format {}{csv}", format.name())
}

/// The ending of a name in small letters.
fn ending(name: &OsStr) -> Option<String> {
    Path::new(name).extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format_and_a_format_that_was_asked_for_wins() {
        let of = |path: &str, asked| {
            RowFilePlan::of(Path::new(path), asked).map(|plan| (plan.format, plan.compression)).ok()
        };
        for (path, format, compression) in [
            ("a.csv", Some(RowFormat::Csv), None),
            ("a.b/ROWS.JsonL", Some(RowFormat::Jsonl), None),
            ("a.csv.GZ", Some(RowFormat::Csv), Some(Compression::Gzip)),
            ("a.b.impex.zst", Some(RowFormat::Impex), Some(Compression::Zstd)),
            ("a.xlsx", Some(RowFormat::Xlsx), None),
            ("a.xlsx.gz", None, Some(Compression::Gzip)),
            ("a.gz", None, Some(Compression::Gzip)),
            ("a.csv.gz.gz", None, Some(Compression::Gzip)),
            (".csv", None, None),
            ("csv", None, None),
            ("a.csv.old", None, None),
            ("a.csv/rows", None, None),
        ] {
            assert_eq!(of(path, None), format.map(|format| (format, compression)), "{path}");
            let asked = (!path.contains(".xlsx")).then_some((RowFormat::Tsv, compression));
            assert_eq!(of(path, Some(RowFormat::Tsv)), asked, "{path}");
        }
    }

    #[test]
    fn a_format_that_the_ending_contradicts_is_refused() {
        for (path, asked) in
            [("a.xlsx", RowFormat::Csv), ("a.PARQUET", RowFormat::Json), ("a.parquet", RowFormat::Xlsx)]
        {
            let error = RowFilePlan::of(Path::new(path), Some(asked)).expect_err("refused");
            assert!(error.why().contains(&format!("{} was asked for", asked.name())), "{error}");
        }
        assert!(RowFilePlan::of(Path::new("a.xlsx"), Some(RowFormat::Xlsx)).is_ok());
    }

    #[test]
    fn an_unknown_ending_is_refused_with_those_that_are_known() {
        let error = RowFilePlan::of(Path::new("rows.xml"), None).expect_err("unknown");
        let told = format!("{error} {:?}", error.hint());
        for name in ENDINGS.iter().map(|(name, _)| *name).chain(["gz", "zst"]) {
            assert!(told.contains(&format!(".{name}")), "{told}");
        }
        assert!(told.contains(".xml"), "{told}");
    }
}
