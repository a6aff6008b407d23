//! A page of text, as wide as the terminal.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use crate::env::Environment;
use crate::name;
use crate::wrap::{WIDEST, marked, of_help, unmarked};

/// Below this, words would stand alone.
const NARROWEST: usize = 30;

/// A page that is written from top to bottom.
pub(super) struct Page {
    pub(super) text: String,
    pub(super) width: usize,
}

impl Page {
    /// A page as wide as the terminal, or as the help of commands: where no terminal is, `COLUMNS` decides.
    pub(super) fn new(environment: &Environment) -> Self {
        Self::of_width(of_help(environment))
    }

    pub(super) fn of_width(width: usize) -> Self {
        Self { text: String::new(), width: width.clamp(NARROWEST, WIDEST) }
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.gap();
        self.wrapped("", text);
    }

    /// A line in front of a table or of commands.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.wrapped("", text);
    }

    /// Commands to copy: never wrapped.
    pub(super) fn commands(&mut self, lines: &[&str]) {
        for line in lines {
            let _ = writeln!(self.text, "  {}", name::spelled(line));
        }
    }

    /// Names and what they mean, below each other if that leaves too little for the meaning.
    pub(super) fn table<N: AsRef<str>, M: AsRef<str>>(&mut self, rows: impl IntoIterator<Item = (N, M)>) {
        let rows: Vec<(N, M)> = rows.into_iter().collect();
        let names = rows.iter().map(|(name, _)| name.as_ref().width()).max().unwrap_or_default();
        let beside = names + 4 <= self.width / 3;
        for (name, meaning) in &rows {
            let name = name.as_ref();
            if beside {
                let gap = " ".repeat(names - name.width() + 2);
                self.hanging(&format!("  {name}{gap}"), &" ".repeat(names + 4), meaning.as_ref());
            } else {
                let _ = writeln!(self.text, "  {name}");
                self.wrapped("      ", meaning.as_ref());
            }
        }
    }

    fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn wrapped(&mut self, indent: &str, text: &str) {
        self.hanging(indent, indent, text);
    }

    /// Words up to the width; the first line begins with `first`, the others with `rest`.
    fn hanging(&mut self, first: &str, rest: &str, text: &str) {
        // Before it is broken into lines: the name may have another length.
        let text = name::spelled(text);
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in marked(&text).split([' ', '\n']).filter(|word| !word.is_empty()) {
            if !is_empty && line.width() + 1 + word.width() > self.width {
                let _ = writeln!(self.text, "{}", unmarked(line.trim_end()));
                rest.clone_into(&mut line);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        let _ = writeln!(self.text, "{}", unmarked(line.trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_tables_hang() {
        let mut page = Page::of_width(30);
        page.paragraph("one two three four five six seven eight");
        page.table([("a", "one two three four five six seven"), ("bcd", "x")]);
        let expected =
            "one two three four five six\nseven eight\n  a    one two three four five\n       six seven\n  bcd  x\n";
        assert_eq!(page.text, expected);
    }

    #[test]
    fn long_names_stand_above_their_meaning() {
        let mut page = Page::of_width(40);
        page.table([("HAC_CLIENT_CONFIG_PATH", "the configuration file, see config path")]);
        assert_eq!(page.text, "  HAC_CLIENT_CONFIG_PATH\n      the configuration file, see config\n      path\n");
    }

    #[test]
    fn a_word_that_is_too_long_has_a_line_of_its_own() {
        let mut page = Page::of_width(30);
        page.paragraph("see https://example.com/a/very/long/address today");
        assert_eq!(page.text, "see\nhttps://example.com/a/very/long/address\ntoday\n");
    }
}
