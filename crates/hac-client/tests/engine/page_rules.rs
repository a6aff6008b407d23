//! All rows of a query, read in pages: which queries and keys that works with, and what a page asks for.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::console::{PageSink, PagedSearch, RowSink};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Hint};

use hac_simulator::{Entry, Fault, On};

use super::support::{Hac, Notices, QUERY, assert_kind};

type Row = Vec<Option<String>>;

/// Wants no row.
#[derive(Default)]
struct Unwilling {
    key: Option<usize>,
}

impl RowSink for Unwilling {
    fn begin(&mut self, _: &[String]) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        panic!("it wants none")
    }
}

impl PageSink for Unwilling {
    fn key_column(&mut self, column: usize) {
        self.key = Some(column);
    }
}

async fn rows(client: &HacClient, search: PagedSearch) -> Result<Vec<Row>, Error> {
    let mut stream = client.stream_all_rows::<Row>(search);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
    }
    Ok(rows)
}

#[tokio::test]
async fn a_page_has_a_row_at_least() {
    let hac = Hac::with(|simulator| simulator.products(3));
    let client = hac.warm_client().await;
    let search = PagedSearch::new("SELECT {pk} FROM {Product}").page_rows(0);
    assert_eq!(rows(&client, search).await.expect("rows").len(), 3);
    let asked = hac.ledger().entries();
    assert_eq!(asked[1].field("maxCount"), Some("1"));
    assert!(asked.iter().all(|entry| entry.field("maxCount") != Some("0")), "that would be all rows at once");
}

#[tokio::test]
async fn an_order_by_the_key_is_kept_whatever_it_is_called_and_any_other_is_refused() {
    let hac = Hac::with(|simulator| simulator.products(3));
    let client = hac.warm_client().await;
    for order in ["id", "ID ASC", "{p.pk}", "{P.PK} asc", "1"] {
        let search = PagedSearch::new(format!(
            "SELECT {{p.pk}} AS id, {{p.code}} AS basc FROM {{Product AS p}} ORDER BY {order}"
        ));
        assert_eq!(rows(&client, search.key("id")).await.expect(order).len(), 3, "{order}");
    }
    hac.ledger().clear();
    // Its end is no direction.
    for order in ["basc", "3", "b, basc", "b DESC"] {
        let search = PagedSearch::new(format!(
            "SELECT {{pk}} AS id, {{pk}} AS b, {{code}} AS basc FROM {{Product}} ORDER BY {order}"
        ));
        let error = rows(&client, search.key("b")).await.expect_err(order);
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().contains("an order of its own"), "{order}: {error:?}");
    }
    assert_eq!(hac.ledger().count(QUERY), 0);
}

#[tokio::test]
async fn what_may_change_something_is_refused_with_its_reason() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (query, why) in [
        (FlexibleSearch::sql("SELECT pk FROM products"), "raw SQL is sent once"),
        (FlexibleSearch::new("SELECT {pk} FROM {Product}").commit(Commit::Yes), "a query that commits is sent once"),
    ] {
        let error = rows(&client, PagedSearch::new(query)).await.expect_err(why);
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().contains(why), "{error:?}");
    }
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn a_query_with_other_columns_than_it_seems_to_have_is_refused() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let two = r#"{"headers":["A","B"],"resultList":[["1","2"]],"resultCount":1,"exception":null}"#;
    hac.simulator.faults().once(On::post(QUERY), Fault::Body(two.into()));
    let error = rows(&client, PagedSearch::new("SELECT {pk} FROM {Product}")).await.expect_err("two columns");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.why().contains("the server has 2 columns for the 1 that the query seems to have"), "{error:?}");
    assert_eq!(hac.ledger().len(), 1, "no page was asked for");
}

#[tokio::test]
async fn behind_a_page_that_memory_has_ended_fewer_rows_are_asked_for_and_none_without_a_key() {
    let hac = Hac::with(|simulator| simulator.products(40));
    let client = hac.warm_client().await;
    let search = PagedSearch::new("SELECT {pk}, printf('%.300000c', 'x') AS big FROM {Product}").page_rows(1_000);
    assert_eq!(rows(&client, search).await.expect("rows").len(), 40);
    let asked = hac.ledger().entries();
    let rows: Vec<usize> =
        asked.iter().map(|entry| entry.field("maxCount").expect("a number").parse().expect("a number")).collect();
    assert!(rows[..2] == [1, 1_000] && rows[2..].iter().all(|rows| *rows < 32), "{rows:?}");
    let looks_for_the_end = |entry: &Entry| entry.field("flexibleSearchQuery").expect("a query").contains("IS NULL");
    assert!(!looks_for_the_end(&asked[2]));
    assert_eq!(asked.iter().filter(|entry| looks_for_the_end(entry)).count(), 1);
}

#[tokio::test]
async fn behind_a_row_without_a_key_no_page_is_asked_for() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for rows in [r#"["1"],["2"]"#, r#"["2"],["3"],[null]"#] {
        let page = format!(r#"{{"headers":["C1"],"resultList":[{rows}],"resultCount":null,"exception":null}}"#);
        hac.simulator.faults().once(On::post(QUERY).skip(1), Fault::Body(page));
    }
    let error = rows(&client, PagedSearch::new("SELECT {pk} FROM {Product}").page_rows(2)).await.expect_err("a null");
    assert!(error.why().contains("the key of a row is null"), "{error:?}");
    assert_eq!(hac.ledger().len(), 3, "{:?}", hac.requests());
}

#[tokio::test]
async fn a_page_that_the_server_refuses_says_how_far_the_rows_had_come_or_what_else_there_is() {
    let hac = Hac::with(|simulator| simulator.products(3));
    let client = hac.warm_client().await;
    let refused = r#"{"exception":{"message":"no subselects"},"exceptionStackTrace":"at a.b","resultList":null}"#;
    for (page, told) in [(1, None), (2, Some("the rows up to the key \"8"))] {
        hac.simulator.faults().once(On::post(QUERY).skip(page), Fault::Body(refused.into()));
        let search = PagedSearch::new("SELECT {pk} FROM {Product}").page_rows(2);
        let error = rows(&client, search).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::QueryFailed);
        assert_eq!(error.hint() == Some(&Hint::ReadInOneRequest), told.is_none(), "{error:?}");
        assert!(
            error.why().contains("no subselects") && told.is_none_or(|told| error.why().contains(told)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_told_by_its_key_is_told_by_the_one_before_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (pages, before) in [(&[r#"["5"],["7"],["6"]"#][..], "7"), (&[r#"["1"],["2"]"#, r#"["2"],["1"]"#], "2")] {
        hac.simulator.faults().clear();
        for rows in pages {
            let page = format!(r#"{{"headers":["C1"],"resultList":[{rows}],"resultCount":null,"exception":null}}"#);
            hac.simulator.faults().once(On::post(QUERY).skip(1), Fault::Body(page));
        }
        let error = rows(&client, PagedSearch::new("SELECT {pk} FROM {Product}").page_rows(2)).await.expect_err(before);
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.why().contains(&format!("the rows up to the key \"{before}\" had been read")), "{error:?}");
    }
}

#[tokio::test]
async fn a_sink_is_told_where_the_key_is_and_gets_no_row_that_it_does_not_want() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let mut sink = Unwilling::default();
    let search = PagedSearch::new("SELECT {code}, {ean}, {pk} FROM {Product}");
    let summary = client.stream_pages(search, &mut sink).await.expect("a summary");
    assert_eq!((sink.key, summary.stopped, summary.pages, hac.ledger().len()), (Some(2), true, 0, 1));
}

#[tokio::test]
async fn a_text_as_the_key_is_told_once_and_a_number_is_not() {
    let hac = Hac::with(|simulator| simulator.products(120));
    hac.warm_client().await;
    let notices = Notices::default();
    let client = notices.of(hac.builder()).build().expect("a client");
    let about_the_key = || {
        let told = notices.all().into_iter();
        told.filter(|notice| notice.contains("is compared as text")).collect::<Vec<_>>()
    };
    let read = async |query: &str, key: &str| {
        let search = PagedSearch::new(query).page_rows(50).key(key);
        assert_eq!(rows(&client, search).await.expect("rows").len(), 120);
    };
    read("SELECT {pk}, {code} AS number FROM {Product}", "PK").await;
    read("SELECT {modifiedtime} AS t, {pk} FROM {Product}", "{pk}").await;
    assert_eq!(about_the_key(), [""; 0]);
    read("SELECT {p.code}, {pk} FROM {Product AS p}", "code").await;
    let told = about_the_key();
    assert!(matches!(told.as_slice(), [one] if one.contains("the key \"{p.code}\"")), "{told:?}");
    read("SELECT {code} AS number FROM {Product}", "number").await;
    assert!(about_the_key()[1].contains("the key \"number\""));
}
