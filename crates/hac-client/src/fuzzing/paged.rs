//! Queries that are taken apart to be read in pages, and to be copied.

use super::text;
use crate::console::flexsearch::columns::{QueryColumns, selected};
use crate::console::flexsearch::pages::lexer;
use crate::console::flexsearch::pages::select::Select;
use crate::console::flexsearch::unknown::UnknownName;

/// A query as the user wrote it.
///
/// # Panics
/// Where a promise is broken: tokens that are not the whole text, a query whose parts cannot be put together again, a column that is
/// lost or added, an order or an end that is left in the query within the query, a type or an attribute whose name is none.
pub fn paged_query(data: &[u8]) {
    let query = text(data);
    columns_are_parts_of_the_query(&query);
    if let Ok(tokens) = lexer::tokens(&query) {
        let mut end = 0;
        for token in &tokens {
            assert_eq!(token.range.start, end, "tokens lie side by side");
            end = token.range.end;
        }
        assert_eq!(end, query.len());
    }
    let Ok(select) = Select::read(&query) else { return };
    assert!(!select.columns.is_empty());
    let Ok(tokens) = lexer::tokens(&select.source) else { panic!("what is put around it cannot be read") };
    assert!(tokens.iter().filter(|token| token.depth == 0).all(|token| !token.is(';') && !token.is(',')));
    // It is a part of a query now, and has the same columns under their new names.
    let around = format!("SELECT q.c1 FROM ({}) q", select.source);
    let Ok(outer) = Select::read(&around) else { panic!("the query around it cannot be read") };
    assert_eq!(outer.columns.len(), 1);
    let Ok(again) = Select::read(&select.source) else { panic!("the query within cannot be read") };
    assert_eq!(again.order, None);
    assert_eq!(again.columns.len(), select.columns.len());
    for (place, (column, before)) in again.columns.iter().zip(&select.columns).enumerate() {
        assert_eq!(column.alias.as_deref(), Some(format!("c{}", place + 1).as_str()));
        assert_eq!(column.expression, before.expression);
    }
}

fn columns_are_parts_of_the_query(query: &str) {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || char == '_');
    let read = QueryColumns::of(query);
    if let Some(selected) = selected(query) {
        assert!(is_name(selected.type_code), "{:?} becomes a part of queries", selected.type_code);
        assert_eq!(read.type_code.as_deref(), Some(selected.type_code));
        assert_eq!(read.columns.len(), selected.columns.len());
        assert!(query[selected.begin..].starts_with(selected.columns[0].0), "the first column begins there");
    }
    let bare = |column: &String| column.split_once("[lang=").map_or(column.clone(), |(name, _)| name.to_owned());
    assert!(read.columns.iter().flatten().map(bare).all(|name| is_name(&name)), "{:?}", read.columns);
    // The message of a server is a text, too.
    match UnknownName::of(query) {
        Some(UnknownName::Attribute { name, of }) => assert!(is_name(name) && is_name(of)),
        Some(UnknownName::Type(code)) => assert!(is_name(code)),
        None => {}
    }
}
