//! Parses the log of an update, which HAC sends as HTML: line breaks, headings, and text with entities.

use serde::Serialize;

use super::markup::{self, Tag, Visitor};

/// A line of the log of an initialisation or an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogLine {
    /// Its text, without markup; never empty.
    pub text: String,
    /// What the line is.
    pub kind: LogLineKind,
}

/// What a line of the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogLineKind {
    /// The title of a section.
    Heading,
    /// Anything else.
    Text,
}

/// The log as lines. Empty lines are left out.
#[derive(Debug, Default)]
pub(crate) struct LogText {
    pub(crate) lines: Vec<LogLine>,
    /// The text after the last line break: a line that may be incomplete.
    pub(crate) open: Option<LogLine>,
}

impl LogText {
    pub(crate) fn read(html: &str) -> Self {
        let mut reader = markup::walk(html, LogReader::default());
        let kind = reader.kind();
        let open = reader.take_line().map(|text| LogLine { text, kind });
        Self { lines: reader.lines, open }
    }

    /// Returns all lines; the last one may be incomplete.
    pub(crate) fn into_lines(mut self) -> Vec<LogLine> {
        self.lines.extend(self.open);
        self.lines
    }
}

#[derive(Default)]
struct LogReader {
    lines: Vec<LogLine>,
    line: String,
    headings: usize,
    hidden: usize,
}

enum Mark {
    Block,
    Heading,
    Hidden,
}

impl LogReader {
    fn kind(&self) -> LogLineKind {
        if self.headings > 0 { LogLineKind::Heading } else { LogLineKind::Text }
    }

    fn take_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let text = line.trim_end();
        if text.trim().is_empty() { None } else { Some(text.to_owned()) }
    }

    fn break_line(&mut self) {
        let kind = self.kind();
        if let Some(text) = self.take_line() {
            self.lines.push(LogLine { text, kind });
        }
    }
}

impl Visitor for LogReader {
    type Mark = Mark;

    fn start(&mut self, tag: &Tag<'_, '_, '_>) -> Option<Mark> {
        match tag.name() {
            "br" | "hr" => {
                self.break_line();
                None
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.break_line();
                self.headings += 1;
                Some(Mark::Heading)
            }
            "p" | "div" | "pre" | "li" | "ul" | "ol" | "table" | "tr" => {
                self.break_line();
                Some(Mark::Block)
            }
            "script" | "style" => {
                self.hidden += 1;
                Some(Mark::Hidden)
            }
            _ => None,
        }
    }

    fn end(&mut self, mark: Mark) {
        match mark {
            Mark::Block => self.break_line(),
            Mark::Heading => {
                self.break_line();
                self.headings = self.headings.saturating_sub(1);
            }
            Mark::Hidden => self.hidden = self.hidden.saturating_sub(1),
        }
    }

    fn wants_text(&self) -> bool {
        self.hidden == 0
    }

    fn text(&mut self, text: &str) {
        // A stack trace has line breaks of its own.
        let mut lines = text.split('\n');
        self.line.push_str(lines.next().unwrap_or_default());
        for line in lines {
            self.break_line();
            self.line.push_str(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Vec<String> {
        LogText::read(html)
            .into_lines()
            .into_iter()
            .map(|line| if line.kind == LogLineKind::Heading { format!("= {}", line.text) } else { line.text })
            .collect()
    }

    #[test]
    fn breaks_headings_and_entities_become_lines() {
        let html = "<h3>Create &amp; go</h3>one<br/>two &lt;b&gt;<br>  three<BR />\n<b>fo</b>ur &uuml;<br/>";
        assert_eq!(read(html), ["= Create & go", "one", "two <b>", "  three", "four ü"]);
    }

    #[test]
    fn a_stack_trace_keeps_its_lines_and_empty_lines_are_left_out() {
        assert_eq!(
            read("a.B: c\n\tat a.B.d(B.java:1)<br/><br/>\r\n<p></p>end"),
            ["a.B: c", "\tat a.B.d(B.java:1)", "end"]
        );
        assert_eq!(read("<script>x()</script>"), [""; 0]);
    }

    #[test]
    fn what_stands_behind_the_last_break_may_still_grow() {
        let text = LogText::read("one<br/>tw");
        assert_eq!(text.lines.len(), 1);
        assert_eq!(text.open.map(|line| line.text).as_deref(), Some("tw"));
        assert!(LogText::read("one<br/>").open.is_none());
        // The page is cut off within a tag or an entity.
        assert_eq!(read("one<br/>two<b"), ["one", "two"]);
    }
}
