//! All rows of a query, read in pages by key: each once, whatever happens between two pages.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use hac_client::console::{KeyType, PagePosition, PageSink, PagedSearch, PagedSummary, RowSink};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient};
use hac_simulator::{Fault, On};

use super::support::{Hac, Notices, QUERY, assert_kind};

pub(super) const PRODUCTS: &str = "SELECT {pk}, {code}, {name[en]}, {name[de]} FROM {Product}";

pub(super) type Row = Vec<Option<String>>;

/// Keeps what it is given.
#[derive(Default)]
pub(super) struct Kept {
    headers: Vec<String>,
    pub(super) rows: Vec<Row>,
    positions: Vec<PagePosition>,
    /// After how many pages it stops.
    pages: Option<usize>,
}

impl RowSink for Kept {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        assert!(self.headers.is_empty(), "labels come once");
        self.headers = headers.to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.rows.push(cells.iter().map(|cell| cell.as_deref().map(str::to_owned)).collect());
        ControlFlow::Continue(())
    }
}

impl PageSink for Kept {
    fn page_end(&mut self, position: &PagePosition) -> ControlFlow<()> {
        self.positions.push(position.clone());
        if self.pages == Some(self.positions.len()) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

pub(super) fn paged(query: &str, rows: usize) -> PagedSearch {
    PagedSearch::new(query).page_rows(rows)
}

pub(super) async fn all(client: &HacClient, search: &PagedSearch) -> Result<(Kept, PagedSummary), (Kept, Error)> {
    let mut kept = Kept::default();
    match client.stream_pages(search, &mut kept).await {
        Ok(summary) => Ok((kept, summary)),
        Err(error) => Err((kept, error)),
    }
}

pub(super) async fn rows(client: &HacClient, search: &PagedSearch) -> Vec<Row> {
    match all(client, search).await {
        Ok((kept, _)) => kept.rows,
        Err((_, error)) => panic!("{error:?}"),
    }
}

pub(super) async fn refused(client: &HacClient, search: &PagedSearch) -> Error {
    all(client, search).await.err().expect("refused").1
}

/// The rows of the same query in one request.
pub(super) async fn in_one_request(client: &HacClient, query: &str) -> Vec<Row> {
    let query = FlexibleSearch::new(format!("{query} ORDER BY 1")).max_count(0);
    client.execute_flexiblesearch(query).await.expect("rows").rows
}

fn answer(status: u16) -> Fault {
    Fault::Answer { status, headers: vec![], body: "<title>trouble</title>".into(), execute: true }
}

/// A page of one column.
fn page(rows: &str) -> Fault {
    let body = format!(r#"{{"headers":["C1"],"resultList":[{rows}],"resultCount":null,"exception":null}}"#);
    Fault::Answer { status: 200, headers: vec![], body, execute: true }
}

#[tokio::test]
async fn pages_bring_each_row_once_and_cost_a_request_each() {
    let hac = Hac::with(|simulator| simulator.products(2_500));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    for (size, pages) in [(1_000, 4), (2_499, 3), (2_500, 3), (3_000, 2), (10_000, 2), (700, 5)] {
        hac.ledger().clear();
        let (kept, summary) = all(&client, &paged(PRODUCTS, size)).await.map_err(|(_, error)| error).expect("rows");
        assert_eq!(kept.rows, expected, "pages of {size}");
        assert_eq!((summary.row_count, summary.pages), (2_500, pages), "pages of {size}");
        // One for the labels, and of the pages one that finds the end.
        assert_eq!(hac.ledger().len() as u64, pages + 1, "pages of {size}: {:?}", hac.requests());
        assert_eq!(kept.headers, ["PK", "p_code", "p_name", "p_name"]);
        assert_eq!(summary.headers, kept.headers);
        assert_eq!(summary.position.as_ref(), kept.positions.last());
        assert_eq!(summary.position.expect("a position").rows(), 2_500);
    }
    let shown = &hac.ledger().entries()[2];
    let text = shown.field("flexibleSearchQuery").expect("a query");
    assert!(text.contains("({{ SELECT {pk} AS c1, ") && text.contains(" q WHERE q.c1 >= 8"), "{text}");
    assert!(text.ends_with(" ORDER BY q.c1"), "{text}");
}

#[tokio::test]
async fn queries_of_every_form_are_read_whole() {
    let hac = Hac::with(|simulator| simulator.products(300));
    let client = hac.warm_client().await;
    for query in [
        "SELECT {p.pk}, {c.id} FROM {Product AS p JOIN Catalog AS c ON {p.catalog} = {c.pk}} WHERE {p.code} <> 'a, FROM b'",
        "SELECT {p.pk}, {p.name} AS name, {p.name} AS name FROM {Product AS p} /* all, FROM here */",
        "SELECT DISTINCT {pk}, coalesce({ean}, ',') e FROM {Product}",
        "SELECT x.pk, x.code FROM ({{ SELECT {pk} AS pk, {code} AS code FROM {Product} }} UNION ALL {{ SELECT {pk}, {code} FROM {Category} }}) x",
        "SELECT {pk}, ({{ SELECT count(*) FROM {Category} }}) AS n FROM {Product} WHERE {pk} IN ({{ SELECT {pk} FROM {Product} }})",
        "SELECT max({pk}) AS pk, count(*) AS n FROM {Product} GROUP BY {ean} HAVING n >= 1",
    ] {
        let Ok(one) =
            client.execute_flexiblesearch(FlexibleSearch::new(format!("{query} ORDER BY 1")).max_count(0)).await
        else {
            panic!("the query itself: {query}")
        };
        assert_eq!(rows(&client, &paged(query, 37)).await, one.rows, "{query}");
    }
    let with_end = "SELECT {pk} FROM {Product} ORDER BY {pk} ASC ;\n";
    assert_eq!(rows(&client, &paged(with_end, 100)).await.len(), 300);
    let union = "{{ SELECT {pk}, {code} FROM {Product} }} UNION {{ SELECT {pk}, {code} FROM {Category} }}";
    assert!(rows(&client, &paged(union, 100)).await.len() > 300);
    let query =
        FlexibleSearch::new("SELECT {pk} FROM {Product} WHERE {code} <> ?code").param("code", "it's").expect("a value");
    assert_eq!(rows(&client, &PagedSearch::new(query).page_rows(100)).await.len(), 300);
    assert!(rows(&client, &paged("SELECT {pk} FROM {Product} WHERE 1 = 0", 10)).await.is_empty());
}

/// At the end of each page: how many requests the server has got by then.
struct Asked {
    hac: Arc<Hac>,
    /// For which page it waits until one more has come.
    waits_from: usize,
    /// During which page it is slow.
    slow: Option<usize>,
    requests: Vec<usize>,
}

impl Asked {
    fn of(hac: &Arc<Hac>) -> Self {
        Self { hac: Arc::clone(hac), waits_from: usize::MAX, slow: None, requests: Vec::new() }
    }
}

impl RowSink for Asked {
    fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl PageSink for Asked {
    fn page_end(&mut self, _: &PagePosition) -> ControlFlow<()> {
        let page = self.requests.len() + 1;
        if self.slow == Some(page) {
            std::thread::sleep(Duration::from_millis(1_100));
        }
        if page >= self.waits_from {
            // The labels, the pages so far, and the next one.
            let began = std::time::Instant::now();
            while self.hac.ledger().len() < 1 + page + 1 {
                assert!(began.elapsed() < Duration::from_secs(120), "page {} was not asked for", page + 1);
                std::thread::yield_now();
            }
        }
        self.requests.push(self.hac.ledger().len());
        ControlFlow::Continue(())
    }
}

#[tokio::test]
async fn the_next_page_is_on_its_way_while_a_quick_sink_takes_this_one() {
    let hac = Arc::new(Hac::with(|simulator| simulator.products(3_500)));
    let client = hac.warm_client().await;
    hac.ledger().clear();
    let mut sink = Asked { waits_from: 2, ..Asked::of(&hac) };
    client.stream_pages(paged(PRODUCTS, 1_000), &mut sink).await.expect("rows");
    // How quick the sink is, only the first page tells.
    assert_eq!(sink.requests, [2, 4, 5, 6]);
    assert_eq!(hac.ledger().len(), 6, "nothing more was asked for");
}

#[tokio::test]
async fn a_slow_sink_gets_the_next_page_when_it_asks_for_it() {
    let hac = Arc::new(Hac::with(|simulator| simulator.products(1_000)));
    let client = hac.warm_client().await;
    hac.ledger().clear();
    let mut sink = Asked { slow: Some(1), ..Asked::of(&hac) };
    client.stream_pages(paged(PRODUCTS, 500), &mut sink).await.expect("rows");
    assert_eq!(sink.requests[..2], [2, 3], "an answer that nobody reads is given up on the way");
}

#[tokio::test]
async fn rows_are_passed_on_whatever_becomes_of_the_next_page() {
    let hac = Hac::with(|simulator| simulator.products(100));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    let refused = answer(404);
    hac.simulator.faults().times(20, On::post(QUERY).skip(4), refused);
    let (kept, error) = all(&client, &paged(PRODUCTS, 20)).await.err().expect("a failure");
    assert_eq!((kept.rows.as_slice(), kept.positions.len()), (&expected[..60], 3), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_the_middle_is_read_again_and_no_row_comes_twice() {
    let hac = Hac::with(|simulator| simulator.products(1_000));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    for fault in [Fault::CutBody, Fault::CutChunked, Fault::ResetAfter, Fault::CloseBefore, answer(502), answer(503)] {
        for at in [0, 1, 5] {
            hac.ledger().clear();
            hac.simulator.faults().once(On::post(QUERY).skip(at), fault.clone());
            assert_eq!(rows(&client, &paged(PRODUCTS, 100)).await, expected, "{fault:?} at {at}");
            // The labels, ten pages, two that find the end, and one that is read again.
            assert_eq!(hac.ledger().len(), 14, "{fault:?} at {at}: {:?}", hac.requests());
        }
    }
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_read_again_even_if_its_end_looks_like_one() {
    let hac = Hac::with(|simulator| simulator.products(100));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    let cut = Fault::Body(r#"{"headers":["A","B","C","D"],"resultList":[["1","2","3","4"],["2","#.into());
    hac.simulator.faults().once(On::post(QUERY).skip(2), cut);
    assert_eq!(rows(&client, &paged(PRODUCTS, 40)).await, expected);
}

#[tokio::test]
async fn a_page_fails_in_the_middle_of_a_thousand_and_every_row_is_there() {
    let hac = Hac::with(|simulator| simulator.products(2_000));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    hac.ledger().clear();
    for (at, fault) in [(100, Fault::CutBody), (500, answer(504)), (900, Fault::ResetAfter)] {
        hac.simulator.faults().once(On::post(QUERY).skip(at), fault);
    }
    assert_eq!(rows(&client, &paged(PRODUCTS, 2)).await, expected);
    let sent = hac.ledger().count(QUERY);
    assert!((1_004..1_030).contains(&sent), "{sent}");
}

#[tokio::test]
async fn a_session_that_ends_between_two_pages_is_renewed() {
    let hac = Hac::with(|simulator| simulator.products(500));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    let mut stream = client.stream_all_rows::<Row>(paged(PRODUCTS, 100));
    let mut seen = Vec::new();
    while let Some(row) = stream.next().await {
        seen.push(row.expect("a row"));
        if seen.len() % 150 == 0 {
            hac.simulator.faults().expire_sessions();
        }
    }
    assert_eq!(seen, expected);
    assert_eq!(stream.summary().expect("a summary").row_count, 500);
}

#[tokio::test]
async fn a_page_that_is_too_large_for_the_server_is_halved_five_times_at_most() {
    let hac = Hac::with(|simulator| simulator.products(320));
    let notices = Notices::default();
    hac.warm_client().await;
    let client = notices.of(hac.builder()).build().expect("a client");
    let expected = in_one_request(&client, PRODUCTS).await;
    for status in [500, 504] {
        for times in [1, 5] {
            hac.ledger().clear();
            hac.simulator.faults().times(times, On::post(QUERY).skip(2), answer(status));
            assert_eq!(rows(&client, &paged(PRODUCTS, 160)).await, expected, "{status} {times}");
            let asked: Vec<_> = hac
                .ledger()
                .entries()
                .iter()
                .map(|entry| entry.field("maxCount").expect("a field").to_owned())
                .collect();
            let begin = ["1", "160", "161", "81", "41", "21", "11", "6"];
            assert_eq!(asked[..3 + times], begin[..3 + times], "{status} {times}");
        }
        hac.ledger().clear();
        hac.simulator.faults().times(6, On::post(QUERY).skip(2), answer(status));
        let (kept, error) = all(&client, &paged(PRODUCTS, 160)).await.err().expect("a failure");
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.why().contains(&format!("{status}")), "{error:?}");
        assert!(error.why().contains("the rows up to the key \"8"), "{error:?}");
        assert_eq!((kept.rows.as_slice(), kept.positions.len()), (&expected[..160], 1));
        assert_eq!(hac.ledger().len(), 8);
    }
    let told = notices.all();
    assert!(told.iter().any(|notice| notice.contains("the page is read again with 80 rows")), "{told:?}");
}

#[tokio::test]
async fn a_page_that_times_out_is_read_again_with_fewer_rows() {
    let hac = Hac::with(|simulator| simulator.products(100));
    hac.warm_client().await;
    let client = hac.builder().timeout(Some(Duration::from_secs(20))).build().expect("a client");
    let expected = in_one_request(&client, PRODUCTS).await;
    hac.ledger().clear();
    hac.simulator.faults().once(On::post(QUERY).skip(2), Fault::Hold);
    let reader = client.clone();
    let call = tokio::spawn(async move { rows(&reader, &paged(PRODUCTS, 40)).await });
    let faults = hac.simulator.faults();
    while faults.held() == 0 {
        assert!(!call.is_finished(), "it ended before that");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The clock jumps to the end of the time limit.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(21)).await;
    tokio::time::resume();
    assert_eq!(call.await.expect("no panic"), expected);
    faults.release();
    let asked: Vec<_> =
        hac.ledger().entries().iter().filter_map(|entry| entry.field("maxCount").map(str::to_owned)).collect();
    assert_eq!(asked[..4], ["1", "40", "41", "21"]);
}

#[tokio::test]
async fn a_second_row_with_the_same_key_and_a_null_key_end_with_an_error() {
    let hac = Hac::with(|simulator| simulator.products(60));
    let client = hac.warm_client().await;
    // Of the keys only the last one of a page decides whether a gap could arise; they are all told.
    for size in [7, 1_000] {
        let twice =
            paged("SELECT {catalogVersion} AS v, {code} FROM {Product}", size).key("v").key_type(KeyType::Number);
        let error = refused(&client, &twice).await;
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().contains("came twice, so it is not unique"), "{error:?}");
    }
    let null = paged("SELECT {c.pk}, {p.code} FROM {Product AS p LEFT JOIN Catalog AS c ON {p.code} = {c.id}}", 7);
    assert!(refused(&client, &null).await.why().contains("the key of a row is null"));
    // Where null keys stand behind all others, the page that looks for the end has them.
    let nulls_last = [("SELECT {pk} FROM {Product} WHERE 1 = 0", "[null]")];
    for (query, row) in nulls_last {
        hac.simulator.faults().once(On::post(QUERY).skip(1), page(r#"["5"]"#));
        hac.simulator.faults().once(On::post(QUERY).skip(1), page(&format!(r#"["5"],{row}"#)));
        hac.ledger().clear();
        let error = refused(&client, &paged(query, 10)).await;
        assert!(error.why().contains("the key of a row is null"), "{error:?}");
        let last = hac.ledger().entries().pop().expect("a request");
        let text = last.field("flexibleSearchQuery").expect("a query").to_owned();
        assert!(text.contains("WHERE (q.c1 >= 5 OR q.c1 IS NULL)"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_limits_its_pages_is_no_end_of_the_rows() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let faults = hac.simulator.faults();
    let pages = [r#"["1"],["2"]"#, r#"["2"],["3"]"#, r#"["4"],["5"]"#, r#"["5"]"#];
    for rows in pages {
        // The first request is that for the labels, which no rule is for.
        faults.once(On::post(QUERY).skip(1), page(rows));
    }
    let rows = rows(&client, &paged("SELECT {pk} FROM {Product}", 10)).await;
    let keys: Vec<_> = rows.into_iter().map(|mut row| row.swap_remove(0).expect("a key")).collect();
    // The row with the key 3 was removed before the third page was read.
    assert_eq!(keys, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn rows_that_come_in_another_order_are_no_result() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(QUERY).skip(1), page(r#"["10"],["9"]"#));
    let error = refused(&client, &paged("SELECT {pk} FROM {Product}", 10)).await;
    assert_kind(&error, ErrorKind::Protocol);
    assert!(error.why().contains("the key 9 came behind the one with 10"), "{error:?}");
}

#[tokio::test]
async fn reading_goes_on_from_a_position_as_if_it_had_never_stopped() {
    let hac = Hac::with(|simulator| simulator.products(250));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    let (mut whole, mut position) = (Vec::new(), None);
    for _ in 0..20 {
        let mut search = paged(PRODUCTS, 30);
        if let Some(position) = position.clone() {
            search = search.start_at(position);
        }
        let mut kept = Kept { pages: Some(1), ..Kept::default() };
        let summary = client.stream_pages(&search, &mut kept).await.expect("a page");
        whole.append(&mut kept.rows);
        position = summary.position;
        if !summary.stopped {
            assert_eq!(summary.row_count, 0);
            break;
        }
        assert_eq!(position.as_ref().expect("a position").rows(), whole.len() as u64);
        // As it is stored.
        let json = serde_json::to_string(&position).expect("JSON");
        position = serde_json::from_str(&json).expect("the same");
    }
    assert_eq!(whole, expected);
}

#[tokio::test]
async fn a_text_can_be_the_key() {
    let hac = Hac::with(|simulator| simulator.products(120));
    let client = hac.warm_client().await;
    let query = "SELECT {code}, {pk} FROM {Product}";
    let expected = in_one_request(&client, query).await;
    assert_eq!(rows(&client, &paged(query, 17).key("code")).await, expected);
    let text =
        hac.ledger().entries().pop().expect("a request").field("flexibleSearchQuery").expect("a query").to_owned();
    assert!(text.contains("q.c1 >= '"), "{text}");
}

#[tokio::test]
async fn rows_that_take_much_memory_come_in_smaller_pages() {
    let hac = Hac::with(|simulator| simulator.products(60));
    let client = hac.warm_client().await;
    let query = "SELECT {pk}, printf('%.300000c', 'x') AS big FROM {Product}";
    let expected = in_one_request(&client, query).await;
    let (kept, summary) = all(&client, &paged(query, 1_000)).await.map_err(|(_, error)| error).expect("rows");
    assert!(kept.rows == expected, "the same rows");
    assert!(summary.pages >= 5, "{}", summary.pages);
    assert!(kept.positions[0].rows() <= 14, "{:?}", kept.positions);
}

#[tokio::test]
async fn a_row_over_the_limit_is_told_with_the_key_before_it() {
    let hac = Hac::with(|simulator| simulator.products(10));
    let client = hac.warm_client().await;
    let query =
        "SELECT {pk}, CASE WHEN {code} = ?large THEN printf('%.20000000c', 'x') ELSE {code} END AS big FROM {Product}";
    let codes: Vec<(String, String)> =
        client.rows("SELECT {pk}, {code} FROM {Product} ORDER BY {pk}").await.expect("codes");
    let query = FlexibleSearch::new(query).param("large", codes[4].1.clone()).expect("a value");
    let (kept, error) = all(&client, &PagedSearch::new(query).page_rows(3)).await.err().expect("too large");
    assert_kind(&error, ErrorKind::TooLarge);
    assert!(error.why().contains("one row is larger than 16 MiB"), "{error:?}");
    assert!(error.why().contains(&format!("the row is the one behind the key \"{}\"", codes[3].0)), "{error:?}");
    assert_eq!(kept.rows.len(), 3);
}

#[tokio::test]
async fn a_query_that_cannot_be_read_in_pages_is_refused_before_anything_is_sent() {
    let hac = Hac::start();
    let client = hac.client();
    for search in [
        PagedSearch::new("SELECT {code} FROM {Product}"),
        PagedSearch::new("SELECT * FROM {Product}"),
        PagedSearch::new("SELECT {pk}, {code} FROM {Product} ORDER BY {code}"),
        PagedSearch::new("SELECT {pk} FROM {Product}").key("code"),
        PagedSearch::new(FlexibleSearch::sql("SELECT pk FROM products")),
        PagedSearch::new(FlexibleSearch::new("SELECT {pk} FROM {Product}").commit(Commit::Yes)),
        PagedSearch::new("SELECT {pk} FROM {Product}").start_at(PagePosition::new("no number", 1)),
        PagedSearch::new(" "),
    ] {
        let error = refused(&client, &search).await;
        assert_eq!(error.kind(), ErrorKind::Usage, "{error:?}");
    }
    assert_eq!(hac.ledger().len(), 0);
}

#[tokio::test]
async fn a_query_that_the_server_refuses_says_so() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let error = refused(&client, &paged("SELECT {pk}, {nme} FROM {Product}", 10)).await;
    assert_kind(&error, ErrorKind::QueryFailed);
    assert!(error.why().contains("nme"), "{error:?}");
    assert_eq!(hac.ledger().len(), 1, "no page of it was asked for");
}

#[tokio::test]
async fn the_blocking_client_reads_all_rows_too() {
    let hac = Hac::with(|simulator| simulator.products(130));
    let blocking = hac.builder().build_blocking().expect("a client");
    tokio::task::spawn_blocking(move || {
        let mut kept = Kept::default();
        let summary = blocking.stream_pages(paged(PRODUCTS, 50), &mut kept).expect("rows");
        assert_eq!((summary.row_count, kept.rows.len()), (130, 130));
        let rows: Vec<Row> = blocking.stream_all_rows(paged(PRODUCTS, 50)).collect::<Result<_, _>>().expect("rows");
        assert_eq!(rows, kept.rows);
    })
    .await
    .expect("no panic");
}
