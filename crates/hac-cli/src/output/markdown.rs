//! Rows as a table of Markdown.

use std::fmt::Write as _;

use super::kept::Kept;
use super::{Cells, End, Format, NULL, Style, is_number, nameless};
use crate::foreign::visible;
use crate::printer::Data;

/// So many rows show which columns hold numbers.
const LOOKED_AT: usize = 100;

/// Numbers stand to the right, a null is the word for it. Only the first rows wait.
pub(crate) struct Markdown<'a> {
    data: &'a mut Data,
    names: bool,
    headers: Vec<String>,
    waiting: Option<Kept>,
}

impl<'a> Markdown<'a> {
    pub(crate) fn new(style: &Style, data: &'a mut Data) -> Self {
        Self { data, names: style.headers, headers: Vec::new(), waiting: Some(Kept::default()) }
    }

    /// Prints the header and the rows that waited.
    fn go_on(&mut self) {
        let Some(waiting) = self.waiting.take() else { return };
        let columns = waiting.rows().map(Iterator::count).max().unwrap_or(0).max(self.headers.len());
        if columns == 0 {
            return;
        }
        // As in a table: all that is in it are numbers, and there is one.
        let mut numbers: Vec<Option<bool>> = vec![None; columns];
        for row in waiting.rows() {
            for (is, cell) in numbers.iter_mut().zip(row) {
                let Some(cell) = cell else { continue };
                *is = Some(is.unwrap_or(true) && is_number(cell));
            }
        }
        if self.names {
            let (mut names, mut marks) = (String::new(), String::new());
            for (at, is_number) in numbers.iter().enumerate() {
                let name = self.headers.get(at).cloned().unwrap_or_else(|| nameless(at));
                // Writing to a String cannot fail.
                let _ = write!(names, "| {} ", escaped(&name));
                marks.push_str(if *is_number == Some(true) { "| ---: " } else { "| --- " });
            }
            self.data.line(&format!("{names}|"));
            self.data.line(&format!("{marks}|"));
        }
        for row in waiting.rows() {
            self.line(row);
        }
    }

    fn line<'b>(&mut self, cells: impl Iterator<Item = Option<&'b str>>) {
        let mut line = String::new();
        for cell in cells {
            let _ = write!(line, "| {} ", cell.map_or_else(|| NULL.to_owned(), escaped));
        }
        line.push('|');
        self.data.line(&line);
    }
}

impl Format for Markdown<'_> {
    fn begin(&mut self, headers: &[String]) {
        headers.clone_into(&mut self.headers);
    }

    fn row(&mut self, cells: &Cells<'_>) {
        if let Some(waiting) = &mut self.waiting {
            waiting.push(cells.iter().map(Option::as_deref));
            if waiting.len() < LOOKED_AT {
                return;
            }
            return self.go_on();
        }
        self.line(cells.iter().map(Option::as_deref));
    }

    fn end(&mut self, end: &End) {
        if end.failure.is_none() || self.waiting.as_ref().is_some_and(|waiting| waiting.len() > 0) {
            self.go_on();
        }
    }
}

/// Text that Markdown shows as it is.
fn escaped(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len() + 8);
    let shown = visible(cell);
    let mut before = None;
    let mut chars = shown.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\n' => text.push_str("<br>"),
            '\t' => text.push(' '),
            '\\' | '|' | '`' | '*' | '<' | '[' | '~' | '&' => text.extend(['\\', char]),
            // Within a word it is a letter.
            '_' if !(before.is_some_and(char::is_alphanumeric)
                && chars.peek().is_some_and(|next| next.is_alphanumeric())) =>
            {
                text.push_str("\\_");
            }
            other => text.push(other),
        }
        before = Some(char);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_obey_is_escaped() {
        assert_eq!(escaped("a|b\n*c* `d` <e> &amp; \\"), "a\\|b<br>\\*c\\* \\`d\\` \\<e> \\&amp; \\\\");
        assert_eq!(escaped("p_code _x_ y_"), "p_code \\_x\\_ y\\_");
        assert_eq!(escaped("\u{1b}[2J"), "\\\\x1b\\[2J");
    }
}
