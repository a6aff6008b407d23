//! Which attributes the columns of a query are: read from its `SELECT` and `FROM`.

use std::iter::Peekable;
use std::str::CharIndices;

/// What the text of a FlexibleSearch query says about its rows, read from its outer `SELECT … FROM {…}` without asking a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QueryColumns {
    /// The code of the type whose items the rows are; `None` if the query does not say which single type that is.
    pub type_code: Option<String>,
    /// The attribute that each column is, as in a header of ImpEx: `code`, `name[lang=en]`. `None` for what is no attribute of the type.
    pub columns: Vec<Option<String>>,
}

impl QueryColumns {
    /// Reads a query. What it does not understand it leaves open: the result is empty then.
    pub fn of(query: &str) -> Self {
        let Some((source, _, list)) = parts(query) else { return Self::default() };
        let columns = items(list).into_iter().map(|item| attribute(item, &source)).collect();
        Self { type_code: (!source.code.is_empty()).then(|| source.code.to_owned()), columns }
    }
}

/// The parts of a query on the items of one type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selected<'t> {
    pub(crate) type_code: &'t str,
    /// What the query calls the type.
    pub(crate) alias: &'t str,
    /// The columns as they are written, and the attribute that each is.
    pub(crate) columns: Vec<(&'t str, Option<String>)>,
    /// Where the first column begins.
    pub(crate) begin: usize,
}

/// Takes a query apart; `None` if it does not say of which single type its rows are.
pub(crate) fn selected(text: &str) -> Option<Selected<'_>> {
    let (source, begin, list) = parts(text)?;
    let columns = items(list).into_iter().map(|item| (item, attribute(item, &source))).collect();
    (!source.code.is_empty()).then_some(Selected { type_code: source.code, alias: source.alias, columns, begin })
}

/// The type, and the list of the columns with its place.
fn parts(text: &str) -> Option<(Source<'_>, usize, &str)> {
    let words = Words::of(text);
    let select = words.find("select", 0)?;
    let from = words.find("from", select.end)?;
    // Rows of several queries may be of several types.
    if words.find("union", from.end).is_some() {
        return None;
    }
    let source = Source::read(braced(&text[from.end..])?);
    let list = text[select.end..from.begin].trim();
    let list = list.get(..8).filter(|word| word.eq_ignore_ascii_case("distinct")).map_or(list, |_| list[8..].trim());
    // It is a part of the text.
    let begin = list.as_ptr() as usize - text.as_ptr() as usize;
    Some((source, begin, list))
}

/// The type that rows are of, and what the query calls it.
struct Source<'t> {
    code: &'t str,
    alias: &'t str,
    /// Whether other types are joined.
    joins: bool,
}

impl<'t> Source<'t> {
    /// `Product AS p JOIN …`
    fn read(text: &'t str) -> Self {
        let mut words = text.split_whitespace();
        let code = words.next().unwrap_or_default().trim_end_matches(['!', '*', '^']);
        let mut next = words.next();
        if next.is_some_and(|word| word.eq_ignore_ascii_case("as")) {
            next = words.next();
        }
        let is_join =
            |word: &str| ["join", "left", "inner", "right"].iter().any(|join| word.eq_ignore_ascii_case(join));
        let alias = next.filter(|word| !is_join(word)).unwrap_or(code);
        let is_code = !code.is_empty() && code.chars().all(|char| char.is_alphanumeric() || char == '_');
        Self { code: if is_code { code } else { "" }, alias, joins: text.split_whitespace().any(is_join) }
    }
}

/// `{p.name[de]} AS x` as `name[lang=de]`.
fn attribute(item: &str, source: &Source<'_>) -> Option<String> {
    let inner = braced(item)?;
    // What stands around it makes something else of it.
    if !item.trim_start().starts_with('{') {
        return None;
    }
    let behind = item[item.find('}')? + 1..].trim();
    let is_alias = behind.is_empty() || behind.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("as "));
    let inner = inner.trim().trim_end_matches(":o").trim();
    let (alias, name) = match inner.split_once(['.', ':']) {
        Some((alias, name)) => (Some(alias.trim()), name.trim()),
        None => (None, inner),
    };
    let is_of_source = match alias {
        Some(alias) => alias.eq_ignore_ascii_case(source.alias),
        None => !source.joins,
    };
    if !is_alias || !is_of_source {
        return None;
    }
    let (name, language) = match name.split_once('[') {
        Some((name, language)) => (name.trim(), Some(language.trim_end_matches(']').trim())),
        None => (name, None),
    };
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_');
    match language {
        _ if !is_name(name) => None,
        None => Some(name.to_owned()),
        Some(language) if is_name(language) => Some(format!("{name}[lang={language}]")),
        Some(_) => None,
    }
}

/// What stands in the first braces.
fn braced(text: &str) -> Option<&str> {
    let begin = text.find('{')?;
    let rest = &text[begin + 1..];
    // A subselect begins with two.
    (!rest.trim_start().starts_with('{')).then(|| &rest[..rest.find('}').unwrap_or(rest.len())])
}

/// The items of a list, which commas separate that stand in no brackets and no quotes.
fn items(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut begin = 0;
    for (at, char, depth) in Outside::of(list) {
        if char == ',' && depth == 0 {
            items.push(list[begin..at].trim());
            begin = at + 1;
        }
    }
    items.push(list[begin..].trim());
    items
}

/// Where a word of the query stands.
struct Word {
    begin: usize,
    end: usize,
}

/// The words of the query itself: not those in quotes, comments, brackets.
struct Words<'t> {
    text: &'t str,
    found: Vec<(usize, usize)>,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        let mut found = Vec::new();
        let mut open: Option<(usize, usize)> = None;
        for (at, char, depth) in Outside::of(text) {
            let is_letter = depth == 0 && (char.is_alphanumeric() || char == '_');
            match &mut open {
                Some((_, end)) if is_letter && *end == at => *end = at + char.len_utf8(),
                open => {
                    found.extend(open.take());
                    *open = is_letter.then(|| (at, at + char.len_utf8()));
                }
            }
        }
        found.extend(open);
        Self { text, found }
    }

    fn find(&self, word: &str, after: usize) -> Option<Word> {
        let found = self
            .found
            .iter()
            .find(|(begin, end)| *begin >= after && self.text[*begin..*end].eq_ignore_ascii_case(word));
        found.map(|(begin, end)| Word { begin: *begin, end: *end })
    }
}

/// The characters that are in no quotes and no comments, each with the number of brackets around it.
struct Outside<'t> {
    chars: Peekable<CharIndices<'t>>,
    depth: usize,
}

impl<'t> Outside<'t> {
    fn of(text: &'t str) -> Self {
        Self { chars: text.char_indices().peekable(), depth: 0 }
    }
}

impl Iterator for Outside<'_> {
    type Item = (usize, char, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (at, char) = self.chars.next()?;
            match char {
                '\'' | '"' => {
                    self.chars.by_ref().find(|(_, end)| *end == char);
                }
                '/' if self.chars.peek().is_some_and(|(_, next)| *next == '*') => {
                    let mut before = ' ';
                    self.chars
                        .by_ref()
                        .skip(1)
                        .find(|(_, now)| std::mem::replace(&mut before, *now) == '*' && *now == '/');
                }
                '(' | '{' | '[' => {
                    self.depth += 1;
                    return Some((at, char, self.depth));
                }
                ')' | '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    return Some((at, char, self.depth + 1));
                }
                _ => return Some((at, char, self.depth)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str) -> (String, String) {
        let QueryColumns { type_code, columns } = QueryColumns::of(text);
        let columns: Vec<String> = columns.into_iter().map(|column| column.unwrap_or_else(|| "?".to_owned())).collect();
        (type_code.unwrap_or_default(), columns.join(" "))
    }

    #[test]
    fn the_type_and_the_attributes_stand_in_the_query() {
        for (query, code, columns) in [
            ("SELECT {pk}, {code} FROM {Product}", "Product", "pk code"),
            (
                "select {p.code}, {p:name[de]} from {Product! as p} where {p.code} = 'a from b'",
                "Product",
                "code name[lang=de]",
            ),
            ("SELECT DISTINCT {code} AS \"c,d\", {name[en]:o} FROM {Category AS c}", "Category", "code name[lang=en]"),
            ("SELECT {p.code}, {c.code} FROM {Product AS p JOIN Category AS c ON {p.x} = {c.pk}}", "Product", "code ?"),
            (
                "SELECT {code}, COUNT(*), UPPER({code}), {code} || 'x' FROM {Product} GROUP BY {code}",
                "Product",
                "code ? ? ?",
            ),
            ("/* select {a} from {B} */ SELECT {code} FROM {Product}", "Product", "code"),
            ("SELECT (SELECT 1 FROM x), {code} FROM {Product}", "Product", "? code"),
            ("SELECT x FROM ({{SELECT {code} AS x FROM {Product}}}) AS y", "", ""),
            ("SELECT {code} FROM {Product} UNION SELECT {code} FROM {Category}", "", ""),
            ("SELECT * FROM {Product}", "Product", "?"),
            ("", "", ""),
            ("SELECT {code", "", ""),
        ] {
            assert_eq!(read_as(query), (code.to_owned(), columns.to_owned()), "{query}");
        }
    }

    #[test]
    fn columns_can_be_put_in_front_of_those_of_a_query() {
        for query in [
            "SELECT {p.code}, {p.name[de]} AS n FROM {Product AS p}",
            "/* {x} */ select  distinct\n {p.code}, {p.name[de]} AS n from {Product! AS p JOIN Category AS c ON {c.pk} = {p.x}}",
        ] {
            let selected = selected(query).expect("one type");
            assert_eq!((selected.type_code, selected.alias), ("Product", "p"));
            assert_eq!(
                selected.columns,
                [("{p.code}", Some("code".to_owned())), ("{p.name[de]} AS n", Some("name[lang=de]".to_owned()))]
            );
            assert!(query[selected.begin..].starts_with("{p.code}"));
        }
        assert_eq!(selected("SELECT {code} FROM {Product} UNION SELECT {code} FROM {Category}"), None);
    }

    #[test]
    fn no_text_breaks_the_reader() {
        for text in [
            "select 'ä from {",
            "SELECT {ä} FROM {Ä AS ö}",
            "select from {}",
            "{}}}] select , from",
            "/*",
            "select {a.[} from {b}",
        ] {
            let _ = QueryColumns::of(text);
        }
    }
}
