//! Positions behind any row, also in the middle of a page.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::console::{PagePosition, PageSink, PagedSearch, RowSink};

use super::support::Hac;

const PRODUCTS: &str = "SELECT {code}, {pk}, {ean} FROM {Product}";

type Row = Vec<Option<String>>;

/// Takes so many rows, and knows the key of the last one.
struct Taking {
    left: usize,
    rows: Vec<Row>,
    columns: Vec<usize>,
}

impl RowSink for Taking {
    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        self.rows.push(cells.iter().map(|cell| cell.as_deref().map(str::to_owned)).collect());
        self.left -= 1;
        if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl PageSink for Taking {
    fn key_column(&mut self, column: usize) {
        assert!(self.rows.is_empty(), "told before the rows");
        self.columns.push(column);
    }
}

#[tokio::test]
async fn rows_go_on_behind_any_row_whose_key_is_known() {
    let hac = Hac::with(|simulator| simulator.products(100));
    let client = hac.warm_client().await;
    for (key, column) in [("pk", 1), ("code", 0)] {
        let search = PagedSearch::new(PRODUCTS).key(key).page_rows(30);
        let mut whole = Taking { left: usize::MAX, rows: Vec::new(), columns: Vec::new() };
        client.stream_pages(&search, &mut whole).await.expect("rows");
        assert_eq!((whole.rows.len(), whole.columns.as_slice()), (100, &[column][..]), "{key}");
        for taken in [1, 29, 30, 31, 45, 99] {
            let mut first = Taking { left: taken, rows: Vec::new(), columns: Vec::new() };
            client.stream_pages(&search, &mut first).await.expect("rows");
            let last = first.rows.last().and_then(|row| row[first.columns[0]].clone()).expect("a key");
            let search = search.clone().start_at(PagePosition::new(last, taken as u64));
            let mut rest = Taking { left: usize::MAX, rows: Vec::new(), columns: Vec::new() };
            let summary = client.stream_pages(&search, &mut rest).await.expect("rows");
            assert_eq!(summary.position.map(|position| position.rows()), Some(100), "{key} {taken}");
            assert_eq!([first.rows, rest.rows].concat(), whole.rows, "{key} {taken}");
        }
    }
}
