//! 429 in the middle of a query that is read in pages: many requests follow each other, so a limit may be met again and again.

use std::time::Duration;

use hac_client::ErrorKind;
use hac_simulator::{Fault, On};

use super::pages::{PRODUCTS, all, in_one_request, paged, refused, rows};
use super::support::{Hac, QUERY, assert_kind};

/// What something in front of the server says that counts requests.
fn too_many(wait: &str) -> Fault {
    let headers = vec![("Retry-After".into(), wait.into())];
    Fault::Answer { status: 429, headers, body: "Slow down".into(), execute: false }
}

#[tokio::test]
async fn a_page_waits_five_times_in_a_row_where_the_server_has_too_many_requests() {
    let hac = Hac::with(|simulator| simulator.products(40));
    let client = hac.warm_client().await;
    let expected = in_one_request(&client, PRODUCTS).await;
    for (page, times) in [(0, 5), (2, 2), (2, 5)] {
        hac.ledger().clear();
        hac.simulator.faults().times(times, On::post(QUERY).skip(page), too_many("0"));
        assert_eq!(rows(&client, &paged(PRODUCTS, 10)).await, expected, "{page} {times}");
        let asked = hac.ledger().entries();
        let asked: Vec<_> = asked.iter().map(|entry| entry.field("maxCount").expect("a field")).collect();
        assert!(asked[page..=page + times].iter().all(|rows| *rows == asked[page]), "the same page: {asked:?}");
    }
    hac.ledger().clear();
    hac.simulator.faults().times(6, On::post(QUERY).skip(2), too_many("0"));
    let (kept, error) = all(&client, &paged(PRODUCTS, 10)).await.err().expect("a failure");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.why().contains("429") && error.why().contains("the rows up to the key"), "{error:?}");
    assert_eq!((kept.rows.as_slice(), hac.ledger().len()), (&expected[..10], 8));
}

#[tokio::test]
async fn a_page_waits_once_where_the_server_wants_more_time_than_the_limit() {
    let hac = Hac::with(|simulator| simulator.products(40));
    hac.warm_client().await;
    let client = hac.builder().timeout(Some(Duration::from_secs(5))).build().expect("a client");
    hac.simulator.faults().always(On::post(QUERY).skip(2), too_many("9999"));
    assert_kind(&refused(&client, &paged(PRODUCTS, 10)).await, ErrorKind::Rejected);
    assert_eq!(hac.ledger().count(QUERY), 4, "{:?}", hac.requests());
}
