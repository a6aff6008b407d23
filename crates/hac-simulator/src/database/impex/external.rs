//! Rows that stand in another file: `#% impex.includeExternalData("file.csv", "UTF-8", 1, -1);`, as an export writes it.

use bytes::Bytes;
use encoding_rs::Encoding;

use super::UNBALANCED;
use super::read::{self, Corrupt};

/// A call that takes the rows of a file in.
#[derive(Debug)]
pub(super) struct External {
    name: String,
    encoding: &'static Encoding,
    /// Lines at the beginning that are no rows, such as the titles.
    skip: usize,
    /// By how many columns the file is shifted; -1: its first column belongs to the header's first attribute, not to the type.
    offset: i8,
}

/// The call, if the code is one; the error names what is wrong with it.
pub(super) fn call(code: &str) -> Option<Result<External, String>> {
    let arguments = code.trim().strip_prefix("impex.includeExternalData(")?;
    let arguments = arguments.trim_end_matches(';').trim_end().strip_suffix(')')?;
    let arguments: Vec<_> = arguments.split(',').map(|argument| argument.trim().trim_matches('"')).collect();
    Some(External::new(&arguments).ok_or_else(|| {
        format!(
            "{code} is not supported by the simulator: it wants a file, an encoding, the lines to skip, and 0 or -1"
        )
    }))
}

impl External {
    fn new(arguments: &[&str]) -> Option<Self> {
        let [name, encoding, skip, offset] = arguments else { return None };
        Some(Self {
            name: (*name).to_owned(),
            encoding: Encoding::for_label(encoding.as_bytes())?,
            skip: skip.parse().ok()?,
            offset: offset.parse().ok().filter(|offset| [0, -1].contains(offset))?,
        })
    }

    /// The rows as they would stand in the script; macros in them are text like any other.
    pub(super) fn rows(&self, files: &[(String, Bytes)]) -> Result<Vec<Vec<String>>, String> {
        let file = files.iter().find(|(name, _)| *name == self.name);
        let (_, content) = file.ok_or_else(|| format!("there is no external data '{}'", self.name))?;
        let text = self.encoding.decode_without_bom_handling(content).0;
        let rows = read::rows(&text)
            .map_err(|Corrupt { line }| format!("line {line} at external data '{}': {UNBALANCED}", self.name))?;
        let shifted = |cells: Vec<String>| match self.offset {
            0 => cells,
            _ => [vec![String::new()], cells].concat(),
        };
        Ok(rows.into_iter().skip(self.skip).map(shifted).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(call: &str, content: &str) -> Result<Vec<Vec<String>>, String> {
        let files = [("a b.csv".to_owned(), Bytes::from(content.to_owned()))];
        super::call(call).expect("it is a call")?.rows(&files)
    }

    #[test]
    fn the_file_is_read_as_the_call_says() {
        let call = "impex.includeExternalData( \"a b.csv\" , \"utf-8\", 1, -1 );";
        let content = "#code;name\n#1;\"a\nb;\"\"c\"\"\"\nINSERT Foo;$x=1\n\n";
        let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let expected = vec![cells(&["", "#1", "a\nb;\"c\""]), cells(&["", "INSERT Foo", "$x=1"])];
        assert_eq!(rows(call, content), Ok(expected));
        assert_eq!(rows(&call.replace("1, -1", "0,0"), "Type;x\n"), Ok(vec![cells(&["Type", "x"])]));
    }

    #[test]
    fn a_call_that_cannot_be_done_says_why() {
        assert!(call("impex.exportItems(\"Product\", false);").is_none());
        for (code, why) in [
            ("impex.includeExternalData(\"a b.csv\");", "it wants a file"),
            ("impex.includeExternalData(\"a b.csv\", \"klingon\", 1, -1);", "it wants a file"),
            ("impex.includeExternalData(\"a b.csv\", \"UTF-8\", 1, 3);", "it wants a file"),
            ("impex.includeExternalData(\"other.csv\", \"UTF-8\", 1, -1);", "there is no external data 'other.csv'"),
            ("impex.includeExternalData(\"a b.csv\", \"UTF-8\", 1, -1);", "line 2 at external data 'a b.csv'"),
        ] {
            let error = rows(code, "x\n\"y\n").expect_err(code);
            assert!(error.contains(why), "{code}: {error}");
        }
    }
}
