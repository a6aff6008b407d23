//! Where quotes and comments end in the databases that SAP Commerce runs on.

use std::ops::Range;

use super::name::is_identifier;

/// The lexical rules of one database, as far as they decide what is a quote or a comment.
///
/// In all of them `'text'` and `"name"` are quotes in which a doubled quote is one of the text, `-- …` is a comment to the end of
/// its line, and `/* … */` is one to its end. Where a rule depends on a version or is not documented, all that it may be is listed.
#[derive(Debug)]
pub(super) struct Dialect {
    line_ends: &'static [LineEnd],
    /// Whether comments may stand in comments.
    nested_comments: &'static [bool],
    /// Whether `/*! … */` is no comment but a part of the statement.
    executed_comments: &'static [bool],
    /// `# …` is a comment too, and `--` only before white space.
    hash_comments: bool,
    /// What begins a quote besides `'` and `"`.
    quotes: &'static [Quote],
}

/// What ends the line of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Newline,
    NewlineOrReturn,
    /// The next carriage return, on whatever line; a newline only where none follows.
    ReturnBeforeNewline,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    /// `` `name` ``
    Backticks,
    /// `[name]`, in which `]]` is a bracket.
    Brackets,
    /// `$tag$ text $tag$`, not right behind a name: that may have dollars in it.
    Dollars,
    /// `q'[text]'`
    Q,
}

/// What most of them have in common.
const PLAIN: Dialect = Dialect {
    line_ends: &[LineEnd::Newline, LineEnd::NewlineOrReturn],
    nested_comments: &[false],
    executed_comments: &[false],
    hash_comments: false,
    quotes: &[],
};

/// HSQLDB 2. Its scanner looks for a carriage return first (`Scanner.scanCommentAsInlineSeparator`).
const HSQLDB: Dialect = Dialect { line_ends: &[LineEnd::ReturnBeforeNewline], ..PLAIN };

/// `MySQL` and `MariaDB`. Whether `/*!50000 … */` is executed depends on the server's version.
const MYSQL: Dialect = Dialect {
    line_ends: &[LineEnd::Newline],
    executed_comments: &[true, false],
    hash_comments: true,
    quotes: &[Quote::Backticks],
    ..PLAIN
};

const ORACLE: Dialect = Dialect { quotes: &[Quote::Q], ..PLAIN };

const SQL_SERVER: Dialect = Dialect { nested_comments: &[true], quotes: &[Quote::Brackets], ..PLAIN };

const POSTGRESQL: Dialect =
    Dialect { line_ends: &[LineEnd::NewlineOrReturn], nested_comments: &[true], quotes: &[Quote::Dollars], ..PLAIN };

const HANA: Dialect = Dialect { nested_comments: &[false, true], ..PLAIN };

/// Every database that SAP Commerce runs on.
pub(super) const ALL: [Dialect; 6] = [HSQLDB, MYSQL, ORACLE, SQL_SERVER, POSTGRESQL, HANA];

/// Where `?name` stands outside of quotes and comments in every database; `None` where they differ.
pub(super) fn placeholders(text: &str) -> Option<Vec<Range<usize>>> {
    let mut readings = ALL.iter().flat_map(|dialect| dialect.readings(text));
    let first = readings.next().unwrap_or_default();
    readings.all(|other| other == first).then_some(first)
}

impl Dialect {
    fn has(&self, quote: Quote) -> bool {
        self.quotes.contains(&quote)
    }

    /// Where `?name` stands outside of quotes and comments, once for each way in which the database may read the text.
    pub(super) fn readings(&self, text: &str) -> impl Iterator<Item = Vec<Range<usize>>> {
        self.line_ends.iter().flat_map(move |line_end| {
            self.nested_comments.iter().flat_map(move |nested| {
                self.executed_comments.iter().map(move |executed| {
                    let reading = Reading { dialect: self, line_end: *line_end, nested: *nested, executed: *executed };
                    reading.placeholders(text)
                })
            })
        })
    }
}

/// One way in which a database may read a text.
struct Reading<'a> {
    dialect: &'a Dialect,
    line_end: LineEnd,
    nested: bool,
    executed: bool,
}

impl Reading<'_> {
    fn placeholders(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        let last_return = text.rfind('\r').unwrap_or(0);
        while let Some(char) = text[at..].chars().next() {
            let rest = &text[at..];
            at += match char {
                '\'' if self.dialect.has(Quote::Q) && is_q(&text[..at]) => q_quote(rest),
                '\'' | '"' => quote(rest, char),
                '`' if self.dialect.has(Quote::Backticks) => quote(rest, char),
                '[' if self.dialect.has(Quote::Brackets) => bracketed(rest),
                '$' if self.dialect.has(Quote::Dollars) && !text[..at].ends_with(is_part_of_a_name) => {
                    dollar_quote(rest)
                }
                '#' if self.dialect.hash_comments => self.line(rest, at < last_return),
                '-' if self.begins_line_comment(rest) => self.line(rest, at < last_return),
                '/' if self.executed && (rest.starts_with("/*!") || rest.starts_with("/*M!")) => "/*".len(),
                '/' if rest.starts_with("/*") => block_comment(rest, self.nested),
                '?' => {
                    let length = placeholder(&rest[1..]);
                    if length > 0 {
                        found.push(at..at + 1 + length);
                    }
                    1 + length
                }
                other => other.len_utf8(),
            };
        }
        found
    }

    fn begins_line_comment(&self, rest: &str) -> bool {
        let Some(behind) = rest.strip_prefix("--") else { return false };
        // `1--1` is a sum where comments may begin with #.
        !self.dialect.hash_comments
            || behind.chars().next().is_none_or(|next| next.is_ascii_whitespace() || next.is_ascii_control())
    }

    /// How long the rest of the line is.
    fn line(&self, rest: &str, has_return: bool) -> usize {
        let end = match self.line_end {
            LineEnd::ReturnBeforeNewline if has_return => rest.find('\r'),
            LineEnd::Newline | LineEnd::ReturnBeforeNewline => rest.find('\n'),
            LineEnd::NewlineOrReturn => rest.find(['\n', '\r']),
        };
        end.unwrap_or(rest.len())
    }
}

/// How long the quote is. Two of them side by side are read like one in which the quote is doubled.
fn quote(rest: &str, mark: char) -> usize {
    rest[1..].find(mark).map_or(rest.len(), |end| end + 2)
}

fn bracketed(rest: &str) -> usize {
    let mut at = 1;
    while let Some(end) = rest[at..].find(']') {
        at += end + 1;
        if !rest[at..].starts_with(']') {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// A dollar that begins no quote stands for itself.
fn dollar_quote(rest: &str) -> usize {
    let tag = rest[1..].find(|char: char| !is_part_of_a_tag(char));
    let Some(end) = tag.filter(|end| rest[1 + end..].starts_with('$') && !rest[1..].starts_with(is_digit)) else {
        return 1;
    };
    let tag = &rest[..end + 2];
    rest[tag.len()..].find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len())
}

fn is_digit(char: char) -> bool {
    char.is_ascii_digit()
}

fn is_part_of_a_tag(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || !char.is_ascii()
}

fn is_part_of_a_name(char: char) -> bool {
    is_part_of_a_tag(char) || char == '$'
}

/// Whether the quote that follows this text is Oracle's `q'` or `nq'`.
fn is_q(before: &str) -> bool {
    let Some(rest) = before.strip_suffix(['q', 'Q']) else { return false };
    let rest = rest.strip_suffix(['n', 'N']).unwrap_or(rest);
    !rest.ends_with(|char: char| char.is_alphanumeric() || "_$#".contains(char))
}

fn q_quote(rest: &str) -> usize {
    let Some(open) = rest[1..].chars().next() else { return 1 };
    let close: String = [closing(open), '\''].into_iter().collect();
    let begin = 1 + open.len_utf8();
    rest[begin..].find(&close).map_or(rest.len(), |end| begin + end + close.len())
}

fn closing(open: char) -> char {
    match open {
        '[' => ']',
        '{' => '}',
        '(' => ')',
        '<' => '>',
        other => other,
    }
}

fn block_comment(text: &str, nested: bool) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") && (nested || depth == 0) {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// How long the name is: identifiers with points between them.
fn placeholder(text: &str) -> usize {
    let length = text.find(|char: char| !char.is_ascii_alphanumeric() && !"_.".contains(char)).unwrap_or(text.len());
    let name = text[..length].trim_end_matches('.');
    if name.split('.').all(is_identifier) { name.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the placeholders a database sees, in each of its ways to read the text.
    fn seen<'a>(dialect: &Dialect, text: &'a str) -> Vec<Vec<&'a str>> {
        dialect.readings(text).map(|found| found.into_iter().map(|place| &text[place]).collect()).collect()
    }

    /// Sees that a database has only this one way to read each text.
    fn sees(dialect: &Dialect, cases: &[(&str, &[&str])]) {
        for (text, expected) in cases {
            let readings = seen(dialect, text);
            assert!(readings.iter().all(|found| found == expected), "{text:?}: {readings:?} in {dialect:?}");
        }
    }

    #[test]
    fn every_database_knows_standard_quotes_and_comments() {
        for dialect in &ALL {
            sees(
                dialect,
                &[
                    ("'?a' ?b", &["?b"]),
                    ("'it''s ?a' ?b", &["?b"]),
                    ("\"?a\"\"?b\" ?c", &["?c"]),
                    ("-- ?a\n?b", &["?b"]),
                    ("-- ?a\r\n?b\r\n", &["?b"]),
                    ("/* ?a */ ?b /* ' */ ?c", &["?b", "?c"]),
                    ("'?a", &[]),
                    ("/* ?a", &[]),
                    ("?a.b ?1 ??c", &["?a.b", "?c"]),
                ],
            );
        }
    }

    #[test]
    fn hsqldb_ends_a_comment_at_the_next_return_if_there_is_one() {
        sees(
            &HSQLDB,
            &[
                ("-- a\n?b -- c\r\n?d", &["?d"]),
                ("-- a\r?b", &["?b"]),
                ("\r\n-- a\n?b", &["?b"]),
                ("# ?a\n'?b'", &["?a"]),
                ("[?a] `?b` $$?c$$ q'[?d]'", &["?a", "?b", "?c"]),
                ("/* /* */ ?a", &["?a"]),
            ],
        );
    }

    #[test]
    fn mysql_has_hash_comments_spaced_dashes_and_backticks() {
        sees(
            &MYSQL,
            &[
                ("# it's\n?a", &["?a"]),
                ("1--?a", &["?a"]),
                ("1--\u{a0}?a", &["?a"]),
                ("1--\t?a", &[]),
                ("x --", &[]),
                ("-- ?a\r?b", &[]),
                ("`?a``?b` ?c", &["?c"]),
                ("[?a] $$?b$$ /* /* */ ?c", &["?a", "?b", "?c"]),
            ],
        );
    }

    #[test]
    fn mysql_may_execute_what_stands_in_a_comment_with_an_exclamation_mark() {
        assert_eq!(seen(&MYSQL, "/*!50000 ?a ' */ ?b /*! ' */"), [vec!["?a"], vec!["?b"]]);
        assert_eq!(seen(&MYSQL, "/*M!100000 ?a */"), [vec!["?a"], vec![]]);
        sees(&ORACLE, &[("/*! ?a */ ?b", &["?b"])]);
    }

    #[test]
    fn oracle_has_quotes_with_a_mark_of_ones_own() {
        sees(
            &ORACLE,
            &[
                ("q'[it's ?a]' ?b", &["?b"]),
                ("nQ'{?a}' ?b", &["?b"]),
                ("q'!?a!' ?b", &["?b"]),
                ("xq'[?a' ?b", &["?b"]),
                ("q'", &[]),
                ("[?a] # ?b /* /* */ ?c", &["?a", "?b", "?c"]),
            ],
        );
    }

    #[test]
    fn sql_server_has_brackets_and_comments_in_comments() {
        sees(
            &SQL_SERVER,
            &[
                ("[it's ?a] ?b", &["?b"]),
                ("[a]] ?b] ?c", &["?c"]),
                ("[a]]]?b", &["?b"]),
                ("[?a", &[]),
                ("/* /* */ ?a */ ?b", &["?b"]),
                ("# ?a `?b`", &["?a", "?b"]),
            ],
        );
    }

    #[test]
    fn postgresql_has_dollar_quotes_and_comments_in_comments() {
        sees(
            &POSTGRESQL,
            &[
                ("$$ it's ?a $$ ?b", &["?b"]),
                ("$tag$ ?a $$ ?b $tag$ ?c", &["?c"]),
                ("$\u{e4}1$ ?a $\u{e4}1$ ?b", &["?b"]),
                ("a$b$ ?a $b$ ?b", &["?a"]),
                ("$1$ ?a", &["?a"]),
                ("v$session ?a", &["?a"]),
                ("/* /* */ ?a */ ?b", &["?b"]),
                ("-- ?a\r?b", &["?b"]),
                ("[?a] `?b`", &["?a", "?b"]),
            ],
        );
    }

    #[test]
    fn hana_is_read_with_and_without_comments_in_comments() {
        assert_eq!(
            seen(&HANA, "/* /* */ ?a */ ?b").into_iter().map(|found| found.len()).collect::<Vec<_>>(),
            [2, 1, 2, 1]
        );
        sees(&HANA, &[("[?a] # ?b $$?c$$ `?d`", &["?a", "?b", "?c", "?d"])]);
    }

    #[test]
    fn a_line_that_is_never_ended_is_looked_for_once() {
        let comments = "--\n".repeat(100_000);
        let began = std::time::Instant::now();
        assert_eq!(placeholders(&comments), Some(Vec::new()));
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    }
}
