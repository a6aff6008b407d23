//! The table of loggers on HAC's logging page.

use super::markup::{Rows, Tag, TooManyRows, Visitor, walk};

/// A row of the table, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LoggerRow {
    pub(crate) name: String,
    /// Empty for the root.
    pub(crate) parent: String,
    /// The selected option; `None` if no option is selected.
    pub(crate) level: Option<String>,
}

/// Returns the rows of `table#loggers`, in the page's order; `None` for a page without that table.
///
/// A row has a `td title=NAME`, a `td title=PARENT` and a `select` with the level selected (as a
/// public client reads 2211).
pub(crate) fn loggers(html: &str) -> Option<Result<Vec<LoggerRow>, TooManyRows>> {
    let mut reader = walk(html, LoggerReader::default());
    reader.end_row();
    reader.found.then(|| reader.rows.into_result())
}

#[derive(Default)]
struct LoggerReader {
    found: bool,
    in_table: bool,
    row: LoggerRow,
    /// The number of cells with a title in this row so far.
    titles: usize,
    rows: Rows<LoggerRow>,
}

enum Mark {
    Table,
    Row,
}

impl Visitor for LoggerReader {
    type Mark = Mark;

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<Mark> {
        if !self.in_table {
            self.in_table = tag.name() == "table" && tag.attribute("id").as_deref() == Some("loggers");
            self.found |= self.in_table;
            return self.in_table.then_some(Mark::Table);
        }
        match tag.name() {
            // A row without an end tag ends where the next one begins.
            "tr" => {
                self.end_row();
                return Some(Mark::Row);
            }
            "td" => {
                let title = tag.attribute("title")?;
                match self.titles {
                    0 => self.row.name = title,
                    1 => self.row.parent = title,
                    _ => {}
                }
                self.titles += 1;
            }
            "option" if self.row.level.is_none() && tag.attribute("selected").is_some() => {
                self.row.level = tag.filled("value");
            }
            _ => {}
        }
        None
    }

    fn end(&mut self, mark: Mark) {
        self.end_row();
        if matches!(mark, Mark::Table) {
            self.in_table = false;
        }
    }

    fn wants_text(&self) -> bool {
        false
    }

    fn text(&mut self, _: &str) {}

    fn is_done(&self) -> bool {
        self.found && !self.in_table
    }
}

impl LoggerReader {
    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if std::mem::take(&mut self.titles) > 0 && !row.name.is_empty() {
            let texts = [row.name.len(), row.parent.len(), row.level.as_ref().map_or(0, String::len)];
            self.rows.push(row, &texts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loggers(html: &str) -> Option<Vec<LoggerRow>> {
        super::loggers(html).map(|rows| rows.expect("few rows"))
    }

    #[test]
    fn more_rows_than_there_is_room_for_are_no_list() {
        let row = format!("<tr><td title={}></tr>", "x".repeat(100_000));
        let page = format!("<table id=loggers>{}", row.repeat(700));
        assert_eq!(super::loggers(&page), Some(Err(TooManyRows)));
    }

    fn row(name: &str, parent: &str, level: Option<&str>) -> LoggerRow {
        LoggerRow { name: name.into(), parent: parent.into(), level: level.map(str::to_owned) }
    }

    #[test]
    fn each_row_with_a_name_is_a_logger() {
        let page =
            "<title>hybris administration console | Logging</title><table id=other><tr><td title=no></tr></table>
            <table id=\"loggers\"><thead><tr><th>Logger</th></tr></thead><tbody>
            <tr><td title='root'>root</td><td title=''></td><td><select><option value=ALL>ALL</option>
            <option value='INFO' selected='selected'>INFO</option><option value=WARN>WARN</select></td></tr>
            <tr><td title=\"a.b&amp;c$D-e\">…</td><td title=root>root</td><td><select>
            <option value=DEBUG selected>DEBUG</option></select></td></tr></table>
            <table id=loggers><tr><td title=second></tr></table>";
        let expected = [row("root", "", Some("INFO")), row("a.b&c$D-e", "root", Some("DEBUG"))];
        assert_eq!(loggers(page).expect("a table"), expected);
    }

    #[test]
    fn rows_without_end_tags_and_without_a_level_are_read_too() {
        let page = "<table id=loggers><tr><td title=a><td title=root><tr><td title=b>";
        assert_eq!(loggers(page).expect("a table"), [row("a", "root", None), row("b", "", None)]);
    }

    #[test]
    fn a_table_without_rows_is_a_list_and_a_page_without_the_table_is_none() {
        assert_eq!(loggers("<table id=loggers></table>"), Some(vec![]));
        assert_eq!(loggers("<table id=properties><tr><td title=a></table>"), None);
    }
}
