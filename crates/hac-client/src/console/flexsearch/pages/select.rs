//! The select list of a query, and what stands around it.

use std::fmt::Write as _;

use super::column::{Column, canonical};
use super::lexer::{Kind, Token, tokens};

/// A query, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Select {
    /// The columns; of a union those of its first part.
    pub(crate) columns: Vec<Column>,
    /// The query with each column under a name of its own (`c1`, `c2`, …), and without an order.
    pub(crate) source: String,
    /// What its ORDER BY says.
    pub(crate) order: Option<String>,
    /// The query as it was, without what HAC does not take at its end.
    pub(crate) own: String,
}

/// Words that end a SELECT, or make of it what can be no part of another one.
const REFUSED: [&str; 9] = ["UNION", "INTERSECT", "EXCEPT", "MINUS", "LIMIT", "OFFSET", "FETCH", "FOR", "INTO"];

/// The name of the column at this place, counted from 0.
pub(crate) fn name(column: usize) -> String {
    format!("c{}", column + 1)
}

impl Select {
    /// Reads a query. `Err`: why it cannot be put into another one.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let tokens = without_end(&tokens);
        let first = tokens.iter().find(|token| !token.is_blank()).ok_or("it is empty")?;
        let own = text[..tokens.last().map_or(0, |last| last.range.end)].to_owned();
        if first.kind == Kind::SubselectBegins {
            return Ok(Self { own, ..Self::of_union(text, tokens)? });
        }
        let part = Part::read(text, tokens)?;
        Ok(Self { columns: part.columns, source: format!("{{{{ {} }}}}", part.source), order: part.order, own })
    }

    /// `{{ … }} UNION ALL {{ … }}`
    fn of_union(text: &str, tokens: &[Token]) -> Result<Self, String> {
        let mut columns: Option<Vec<Column>> = None;
        let mut source = String::with_capacity(text.len() + 64);
        let mut rest = tokens;
        let mut order = None;
        loop {
            rest = without_blanks(rest);
            let Some(token) = rest.first() else { break };
            if token.kind == Kind::SubselectBegins {
                let end = rest.iter().position(|token| token.kind == Kind::SubselectEnds && token.depth == 0);
                let end = end.ok_or("a {{ is not closed")?;
                // Its tokens anew: they stand in no subselect of their own.
                let inner = &text[token.range.end..rest[end].range.start];
                let inner_tokens = super::lexer::tokens(inner)?;
                let part = Part::read(inner, &inner_tokens)?;
                if part.order.is_some() {
                    return Err("a part of its UNION has an order of its own".to_owned());
                }
                match &columns {
                    None => columns = Some(part.columns),
                    Some(first) if first.len() == part.columns.len() => {}
                    Some(first) => {
                        return Err(format!(
                            "the parts of its UNION have {} and {} columns",
                            first.len(),
                            part.columns.len()
                        ));
                    }
                }
                source.push_str(if source.is_empty() { "{{ " } else { " {{ " });
                source.push_str(&part.source);
                source.push_str(" }}");
                rest = &rest[end + 1..];
            } else if token.is_keyword(text, "UNION") || token.is_keyword(text, "ALL") {
                source.push(' ');
                source.push_str(&text[token.range.clone()]);
                rest = &rest[1..];
            } else if token.is_keyword(text, "ORDER") {
                order = Some(order_of(text, rest)?);
                break;
            } else {
                return Err(format!("{} stands between the parts of its UNION", &text[token.range.clone()]));
            }
        }
        Ok(Self { columns: columns.unwrap_or_default(), source, order, own: String::new() })
    }
}

/// One SELECT.
struct Part {
    columns: Vec<Column>,
    source: String,
    order: Option<String>,
}

impl Part {
    fn read(text: &str, tokens: &[Token]) -> Result<Self, String> {
        let top = |token: &Token| token.depth == 0 && !token.is_blank();
        let tokens = without_blanks(tokens);
        if !tokens.first().is_some_and(|token| token.is_keyword(text, "SELECT")) {
            return Err("it does not begin with SELECT".to_owned());
        }
        if tokens.iter().any(|token| token.is(';')) {
            return Err("a ; stands in it".to_owned());
        }
        let mut rest = without_blanks(&tokens[1..]);
        let mut head = "SELECT ".to_owned();
        if let Some(token) = rest.first()
            && ["DISTINCT", "ALL", "TOP"].iter().any(|word| token.is_keyword(text, word))
        {
            if token.is_keyword(text, "TOP") {
                return Err("TOP limits its rows".to_owned());
            }
            head.push_str(&text[token.range.clone()]);
            head.push(' ');
            rest = without_blanks(&rest[1..]);
        }
        let mut before_distinct = false;
        let from = rest.iter().position(|token| {
            if !top(token) {
                return false;
            }
            // IS DISTINCT FROM compares.
            let begins = token.is_keyword(text, "FROM") && !before_distinct;
            before_distinct = token.is_keyword(text, "DISTINCT");
            begins
        });
        let (list, tail) = rest.split_at(from.ok_or("it has no FROM")?);
        let columns = list
            .split(|token| token.depth == 0 && token.is(','))
            .map(|tokens| Column::read(text, tokens))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(token) =
            tail.iter().find(|token| top(token) && REFUSED.iter().any(|word| token.is_keyword(text, word)))
        {
            return Err(format!("{} stands in it", text[token.range.clone()].to_ascii_uppercase()));
        }
        let ordered = tail.iter().position(|token| top(token) && token.is_keyword(text, "ORDER")).unwrap_or(tail.len());
        let order = if ordered < tail.len() { Some(order_of(text, &tail[ordered..])?) } else { None };
        let mut source = head;
        for (place, column) in columns.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(source, "{comma}{} AS {}", column.expression, name(place));
        }
        source.push(' ');
        source.push_str(renamed(text, &tail[..ordered], &columns).trim_end());
        Ok(Self { columns, source, order })
    }
}

/// The text from FROM on, in which GROUP BY and HAVING use the new names of columns in place of their aliases.
fn renamed(text: &str, tail: &[Token], columns: &[Column]) -> String {
    let mut source = String::new();
    let mut grouped = false;
    for (at, token) in tail.iter().enumerate() {
        let part = &text[token.range.clone()];
        grouped |= token.depth == 0 && (token.is_keyword(text, "GROUP") || token.is_keyword(text, "HAVING"));
        let qualified =
            at > 0 && tail[at - 1].is('.') || tail.get(at + 1).is_some_and(|next| next.is('.') || next.is('('));
        let alias = || {
            columns.iter().position(|column| column.alias.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(part)))
        };
        match token.kind {
            Kind::Word if grouped && !token.in_subselect && !qualified => match alias() {
                Some(place) => source.push_str(&name(place)),
                None => source.push_str(part),
            },
            _ => source.push_str(part),
        }
    }
    source
}

/// What is behind ORDER BY, as [`canonical`] has it.
fn order_of(text: &str, tokens: &[Token]) -> Result<String, String> {
    let words: Vec<&Token> = tokens.iter().filter(|token| !token.is_blank()).collect();
    let [_, by, first, ..] = words.as_slice() else { return Err("its ORDER BY does not end".to_owned()) };
    if !by.is_keyword(text, "BY") {
        return Err("its ORDER BY does not end".to_owned());
    }
    let end = tokens.last().map_or(text.len(), |token| token.range.end);
    canonical(&text[first.range.start..end]).ok_or_else(|| "its ORDER BY cannot be read".to_owned())
}

fn without_blanks(tokens: &[Token]) -> &[Token] {
    let begin = tokens.iter().position(|token| !token.is_blank()).unwrap_or(tokens.len());
    &tokens[begin..]
}

/// Without blanks and `;` at the end.
fn without_end(tokens: &[Token]) -> &[Token] {
    let end = tokens.iter().rposition(|token| !token.is_blank() && !token.is(';')).map_or(0, |last| last + 1);
    &tokens[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Select {
        Select::read(text).expect(text)
    }

    #[test]
    fn each_column_gets_a_name_of_its_own() {
        for (text, source) in [
            ("SELECT {pk} FROM {Product}", "{{ SELECT {pk} AS c1 FROM {Product} }}"),
            (" select {pk},{code} FROM {Product} ;\n", "{{ SELECT {pk} AS c1, {code} AS c2 FROM {Product} }}"),
            (
                "SELECT {p.name[en]}, {p.name[de]} FROM {Product AS p} /* all */ ; ;",
                "{{ SELECT {p.name[en]} AS c1, {p.name[de]} AS c2 FROM {Product AS p} }}",
            ),
            (
                "SELECT DISTINCT {code} AS Code, coalesce({a}, ',', {b}) x FROM {A} WHERE {a} IN ('x', ',') ",
                "{{ SELECT DISTINCT {code} AS c1, coalesce({a}, ',', {b}) AS c2 FROM {A} WHERE {a} IN ('x', ',') }}",
            ),
            (
                "SELECT {type} t, count(*) AS n FROM {A} GROUP BY t HAVING n > 1 AND max(t) <> x.t",
                "{{ SELECT {type} AS c1, count(*) AS c2 FROM {A} GROUP BY c1 HAVING c2 > 1 AND max(c1) <> x.t }}",
            ),
            (
                "SELECT {type} t FROM {A} GROUP BY t HAVING t > ({{ SELECT min(t) FROM {B} }})",
                "{{ SELECT {type} AS c1 FROM {A} GROUP BY c1 HAVING c1 > ({{ SELECT min(t) FROM {B} }}) }}",
            ),
            (
                "SELECT x.n AS n FROM ({{ SELECT {n} n FROM {A} GROUP BY {n} }}) x WHERE n > 1",
                "{{ SELECT x.n AS c1 FROM ({{ SELECT {n} n FROM {A} GROUP BY {n} }}) x WHERE n > 1 }}",
            ),
            ("SELECT {a} IS DISTINCT FROM {b} d FROM {A}", "{{ SELECT {a} IS DISTINCT FROM {b} AS c1 FROM {A} }}"),
            (
                "SELECT x.pk FROM ({{ SELECT {pk} pk FROM {A} }} UNION ALL {{ SELECT {pk} pk FROM {B} }}) x",
                "{{ SELECT x.pk AS c1 FROM ({{ SELECT {pk} pk FROM {A} }} UNION ALL {{ SELECT {pk} pk FROM {B} }}) x }}",
            ),
            (
                "{{ SELECT {pk}, {code} c FROM {A} }} union all {{SELECT {pk}, 'x' FROM {B}}} ",
                "{{ SELECT {pk} AS c1, {code} AS c2 FROM {A} }} union all {{ SELECT {pk} AS c1, 'x' AS c2 FROM {B} }}",
            ),
            (
                "{{ SELECT {pk} FROM {A} WHERE {b} IN ({{ SELECT {pk} FROM {B} }}) }} UNION {{ SELECT {pk} FROM {C} }}",
                "{{ SELECT {pk} AS c1 FROM {A} WHERE {b} IN ({{ SELECT {pk} FROM {B} }}) }} UNION {{ SELECT {pk} AS c1 FROM {C} }}",
            ),
            (
                "SELECT {pk} FROM {A} WHERE EXISTS ({{ SELECT 1 FROM {B} WHERE {b} = 1 ORDER BY {b} }})",
                "{{ SELECT {pk} AS c1 FROM {A} WHERE EXISTS ({{ SELECT 1 FROM {B} WHERE {b} = 1 ORDER BY {b} }}) }}",
            ),
        ] {
            assert_eq!(read(text).source, source, "{text}");
        }
    }

    #[test]
    fn an_order_is_taken_off_and_told() {
        for (text, order) in [
            ("SELECT {pk} FROM {A}", None),
            ("SELECT {pk} FROM {A} ORDER BY {pk};", Some("{pk}")),
            ("SELECT {pk} FROM {A} ORDER  BY { P:Pk } ASC", Some("{p.pk}asc")),
            ("{{ SELECT {pk} FROM {A} }} UNION {{ SELECT {pk} FROM {B} }} ORDER BY 1", Some("1")),
        ] {
            let select = read(text);
            assert_eq!(select.order.as_deref(), order, "{text}");
            assert!(!select.source.to_ascii_uppercase().contains("ORDER"), "{text}: {}", select.source);
        }
    }

    #[test]
    fn what_can_be_no_part_of_another_query_is_refused_by_name() {
        for (text, why) in [
            ("", "it is empty"),
            (" ; ", "it is empty"),
            ("UPDATE x SET y = 1", "does not begin with SELECT"),
            ("SELECT 1", "it has no FROM"),
            ("SELECT * FROM {A}", "* stands for columns"),
            ("SELECT {a.*}, {pk} FROM {A}", "{a.*} stands for columns"),
            ("SELECT {pk}, FROM {A}", "a column of its select list is empty"),
            ("SELECT {pk} FROM {A} UNION SELECT {pk} FROM {B}", "UNION stands in it"),
            ("SELECT {pk} FROM {A} LIMIT 5", "LIMIT stands in it"),
            ("SELECT TOP 5 {pk} FROM {A}", "TOP limits its rows"),
            ("SELECT {pk} FROM {A}; SELECT {pk} FROM {B}", "a ; stands in it"),
            ("SELECT {pk} FROM {A} ORDER", "its ORDER BY does not end"),
            ("SELECT {pk} FROM {A} ORDER {pk} ASC", "its ORDER BY does not end"),
            ("{{ SELECT {pk} FROM {A} }} UNION {{ SELECT {pk}, 1 FROM {B} }}", "have 1 and 2 columns"),
            ("{{ SELECT {pk} FROM {A} ORDER BY {pk} }} UNION {{ SELECT {pk} FROM {B} }}", "an order of its own"),
            ("{{ SELECT {pk} FROM {A} }} MINUS {{ SELECT {pk} FROM {B} }}", "MINUS stands between"),
            ("SELECT {pk} -- the key\nFROM {A}", "databases differ"),
        ] {
            let told = Select::read(text).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
