//! A query within another one, which reads it page by page.

use super::column::{Column, canonical};
use super::select::{Select, name};
use crate::console::parameter::ParamValue;
use crate::console::parameter::sql::{self, Language};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;

pub(super) const DOING: &str = "read all rows";

/// The type of a key, and so the form of its literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// A whole number, such as a PK.
    Number,
    /// A text. Which texts are equal, and in which order they stand, is up to the collation of the database.
    Text,
}

/// A query that can be read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrapped {
    /// The query itself.
    pub(super) own: String,
    source: String,
    columns: usize,
    /// The column of the key, counted from 0.
    pub(super) key: usize,
    /// Its alias, or what it is.
    pub(super) key_name: String,
    pub(super) key_type: KeyType,
}

/// Which rows a page begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From<'k> {
    Start,
    /// The row with this key, and those behind it.
    Key(&'k str),
    /// The same, and rows whose key is null, wherever the database sorts them.
    KeyOrNull(&'k str),
}

impl Wrapped {
    /// Takes the query apart, with its values in it. `key` is the column that the caller named, if any.
    pub(super) fn new(text: &str, key: Option<&str>, key_type: Option<KeyType>) -> Result<Self> {
        let select = Select::read(text).map_err(|why| refused(format!("the query cannot be read in pages: {why}")))?;
        let place = find(&select, key)?;
        let column = &select.columns[place];
        if let Some(order) = &select.order {
            let order = ascending(order);
            let same = |text: &str| canonical(text).as_deref() == Some(order);
            let is_key = same(&column.expression)
                || column.alias.as_deref().is_some_and(same)
                || *order == (place + 1).to_string();
            if !is_key {
                return Err(refused("the query has an order of its own, and pages are read in the order of the key"));
            }
        }
        let is_pk = |name: &Option<String>| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case("pk"));
        let by_name = if is_pk(&column.attribute) || is_pk(&column.alias) { KeyType::Number } else { KeyType::Text };
        Ok(Self {
            key_name: column.name().to_owned(),
            columns: select.columns.len(),
            own: select.own,
            source: select.source,
            key: place,
            key_type: key_type.unwrap_or(by_name),
        })
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The query for a page.
    pub(super) fn text(&self, from: From<'_>) -> Result<String> {
        let columns: Vec<String> = (0..self.columns).map(|column| format!("q.{}", name(column))).collect();
        let key = &columns[self.key];
        let condition = match from {
            From::Start => String::new(),
            From::Key(last) => format!(" WHERE {key} >= {}", self.literal(last)?),
            From::KeyOrNull(last) => format!(" WHERE ({key} >= {} OR {key} IS NULL)", self.literal(last)?),
        };
        Ok(format!("SELECT {} FROM ({}) q{condition} ORDER BY {key}", columns.join(", "), self.source))
    }

    fn literal(&self, key: &str) -> Result<String> {
        let value = match self.key_type {
            KeyType::Number => ParamValue::Long(key.parse().map_err(|_| {
                Error::new(ErrorKind::Usage, DOING)
                    .because(format!("the key {} is not a whole number of at most 64 bits", shown(key)))
                    .with_hint(Hint::ChooseKey)
            })?),
            KeyType::Text => ParamValue::Text(key.to_owned()),
        };
        sql::literal(Language::FlexibleSearch, "key", &value).map_err(|error| {
            Error::new(ErrorKind::Usage, DOING)
                .because(format!("the key {} cannot be a part of a query: {}", shown(key), error.why()))
                .with_hint(Hint::ChooseKey)
        })
    }
}

/// What is ordered by, without the word for the usual direction.
fn ascending(order: &str) -> &str {
    match order.strip_suffix("asc") {
        Some(rest) if rest.ends_with([' ', '}', ')', '"']) => rest.trim_end(),
        _ => order,
    }
}

/// The column of the key.
fn find(select: &Select, key: Option<&str>) -> Result<usize> {
    let asked = key.unwrap_or("PK");
    let fitting = |best: u8| {
        let columns = select.columns.iter().enumerate();
        columns.filter(move |(_, column)| column.fits(asked) == Some(best)).map(|(place, _)| place)
    };
    for best in [3, 2, 1] {
        let places: Vec<usize> = fitting(best).collect();
        let expressions = || places.iter().map(|place| select.columns[*place].expression.clone());
        let same =
            |one: &String| canonical(one).is_some() && expressions().all(|other| canonical(&other) == canonical(one));
        match places.as_slice() {
            [] => {}
            // A column that was selected twice has one value.
            [place, ..] if expressions().next().as_ref().is_some_and(same) => return Ok(*place),
            _ => {
                let expressions: Vec<String> = expressions().collect();
                let why = format!(
                    "{} columns of the query fit the key {}: {}",
                    expressions.len(),
                    shown(asked),
                    expressions.join(", ")
                );
                return Err(Error::new(ErrorKind::Usage, DOING).because(why).with_hint(Hint::NameKey { expressions }));
            }
        }
    }
    let columns = select.columns.iter().map(Column::name);
    let columns: Vec<&str> = columns.take(20).collect();
    let why = match key {
        None => "the query does not select {pk}, and pages are read in the order of a unique key".to_owned(),
        Some(key) => format!("no column of the query fits the key {}: it has {}", shown(key), columns.join(", ")),
    };
    Err(Error::new(ErrorKind::Usage, DOING).because(why).with_hint(Hint::ChooseKey))
}

fn refused(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(Hint::ReadInOneRequest)
}

/// A key for people.
pub(super) fn shown(key: &str) -> String {
    const LONGEST: usize = 60;
    match key.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{:?}…", &key[..cut]),
        None => format!("{key:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, key: Option<&str>) -> Wrapped {
        Wrapped::new(text, key, None).expect(text)
    }

    fn refusal(text: &str, key: Option<&str>) -> (String, String) {
        let error = Wrapped::new(text, key, None).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Usage);
        (error.why().to_owned(), error.hint().expect("a hint").to_string())
    }

    #[test]
    fn a_page_is_a_query_around_the_query() {
        let pages = wrapped("SELECT {pk}, {code} FROM {Product} ORDER BY {pk};", None);
        let inner = "({{ SELECT {pk} AS c1, {code} AS c2 FROM {Product} }}) q";
        let expected = |condition: &str| format!("SELECT q.c1, q.c2 FROM {inner}{condition} ORDER BY q.c1");
        assert_eq!(pages.text(From::Start).expect("a text"), expected(""));
        assert_eq!(pages.text(From::Key("7")).expect("a text"), expected(" WHERE q.c1 >= 7"));
        assert_eq!(pages.text(From::KeyOrNull("7")).expect("a text"), expected(" WHERE (q.c1 >= 7 OR q.c1 IS NULL)"));
    }

    #[test]
    fn the_key_is_the_pk_or_the_column_that_was_named() {
        for (text, key, place, key_type) in [
            ("SELECT {code}, {PK} FROM {A}", None, 1, KeyType::Number),
            ("SELECT {code}, {a.pk} AS id FROM {A AS a}", None, 1, KeyType::Number),
            ("SELECT {code}, {a.pk} AS id FROM {A AS a}", Some("ID"), 1, KeyType::Number),
            ("SELECT {a.pk}, {b.pk} AS pk FROM {A AS a JOIN B AS b ON {a.b} = {b.pk}}", None, 1, KeyType::Number),
            ("SELECT {a.pk}, {b.pk} FROM {A AS a JOIN B AS b ON {a.b} = {b.pk}}", Some("{b.pk}"), 1, KeyType::Number),
            ("SELECT {a.code}, {name} FROM {A AS a}", Some("code"), 0, KeyType::Text),
            ("SELECT {a.code}, {name} FROM {A AS a}", Some("p_code"), 0, KeyType::Text),
            ("SELECT {code}, {a.pk}, { a.PK } AS id FROM {A AS a}", None, 1, KeyType::Number),
            ("SELECT x.pk, x.n FROM ({{ SELECT {pk} pk, 1 n FROM {A} }}) x", None, 0, KeyType::Number),
        ] {
            let pages = wrapped(text, key);
            assert_eq!((pages.key, pages.key_type), (place, key_type), "{text}");
        }
        let number = Wrapped::new("SELECT {order} FROM {A}", Some("order"), Some(KeyType::Number)).expect("a key");
        assert!(number.text(From::Key("5")).expect("a text").contains(">= 5 "));
    }

    #[test]
    fn a_query_that_cannot_be_read_in_pages_is_refused_with_one_next_step() {
        let (why, hint) = refusal("SELECT {code} FROM {A}", None);
        assert!(why.contains("does not select {pk}") && hint.contains("PagedSearch::key("), "{why} {hint}");
        assert!(hint.contains("max_count(0)"), "{hint}");
        let (why, hint) = refusal("SELECT {code} AS c, {name} FROM {A}", Some("uid"));
        assert!(why.contains("no column of the query fits the key \"uid\": it has c, {name}"), "{why} {hint}");
        let (why, hint) = refusal("SELECT {a.pk}, {b.pk} FROM {A AS a JOIN B AS b ON {a.b} = {b.pk}}", None);
        assert!(why.contains("2 columns of the query fit the key \"PK\": {a.pk}, {b.pk}"), "{why}");
        assert!(hint.contains("PagedSearch::key(\"{a.pk}\")") && hint.contains("max_count(0)"), "{hint}");
        for text in
            ["SELECT {pk} FROM {A} ORDER BY {code}", "SELECT {pk} FROM {A} ORDER BY {pk} DESC", "SELECT * FROM {A}"]
        {
            let (_, hint) = refusal(text, None);
            assert!(hint.contains("max_count(0)"), "{hint}");
        }
        for order in ["{pk}", "{ PK } asc", "1", "1 ASC"] {
            wrapped(&format!("SELECT {{pk}}, {{code}} FROM {{A}} ORDER BY {order}"), None);
        }
    }

    #[test]
    fn a_key_becomes_a_literal_or_an_error() {
        let text = wrapped("SELECT {code} FROM {A}", Some("code"));
        assert!(text.text(From::Key("it's")).expect("a text").contains("q.c1 >= 'it''s' ORDER"));
        for key in ["a\\", "{pk}", "?x", "\0"] {
            let error = text.text(From::Key(key)).expect_err(key);
            assert!(error.to_string().contains("cannot be a part of a query"), "{error}");
        }
        let number = wrapped("SELECT {pk} FROM {A}", None);
        for key in ["", "1 OR 1=1", "1.0", "99999999999999999999"] {
            let error = number.text(From::Key(key)).expect_err(key);
            assert!(error.to_string().contains("is not a whole number"), "{error}");
        }
        assert!(number.text(From::Key("-5")).expect("a text").contains(">= (-5) ORDER"));
    }
}
