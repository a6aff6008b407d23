//! Copies with other values, and copies that somebody watches.

use std::future::ready;
use std::ops::ControlFlow;
use std::path::Path;

use hac_client::console::{CopyAdvice, CopyPlan, CopySink, ImpexCopy};
use hac_client::mask::{MaskAdvice, MaskKey, Masking, Masks};
use hac_client::{BoxFuture, ErrorKind, FlexibleSearch, HacClient, Hint, ImpexImport, Overwrite};

use super::support::{Hac, assert_kind};

const CUSTOMERS: &str = "INSERT Customer;uid;name\n;anna@shop.example.de;Anna Secret\n;bert@shop.example.de;\n";

fn kept() -> Masks {
    Masks::new(MaskKey::of("a key for the tests").expect("long enough"))
}

fn random() -> Masks {
    Masks::new(MaskKey::random().expect("random bytes"))
}

async fn customers(client: &HacClient) -> CopyPlan {
    let query = FlexibleSearch::new("SELECT {uid}, {name} FROM {Customer} WHERE {uid} LIKE ?end");
    let copy = ImpexCopy::of_query(query.param("end", "%@shop.example.de").expect("a parameter"));
    client.plan_copy(copy).await.expect("a plan")
}

#[tokio::test]
async fn masked_values_are_nowhere_in_a_copy_and_are_the_same_with_the_same_key() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    client.import_impex(ImpexImport::new(CUSTOMERS)).await.expect("imported");
    let mut written = Vec::new();
    for _ in 0..2 {
        let mut plan = customers(&client).await;
        plan.mask_with(&kept().column("UID", Masking::Fake).column("name", Masking::Hash)).expect("texts");
        let mut text = String::new();
        client.stream_copy(&plan, &mut text).await.expect("rows");
        assert!(!text.contains("shop.example.de") && !text.contains("Secret"), "{text}");
        let mut rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(';').collect()).collect();
        rows.sort_by_key(|row| row[2].len());
        assert!(rows.iter().all(|row| row[1].ends_with("@example.com")), "{text}");
        assert_eq!(rows.iter().map(|row| row[2].len()).collect::<Vec<_>>(), [0, 32], "a null stays one: {text}");
        written.push(text);
    }
    assert_eq!(written[0], written[1]);
}

#[tokio::test]
async fn what_cannot_be_masked_says_why_and_nothing_is_masked() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let (customers, stock) =
        (customers(&client).await, client.plan_copy(ImpexCopy::of_type("StockLevel")).await.expect("a plan"));
    let product = client.plan_copy(ImpexCopy::of_type("Product")).await.expect("a plan");
    let by_others = ImpexCopy::of_type("StockLevel").key("available").key("nextDeliveryTime");
    let by_others = client.plan_copy(by_others).await.expect("a plan");
    let keep = |attribute: &str| MaskAdvice::KeepKey { attribute: attribute.to_owned() };
    let fake = |attribute: &str| MaskAdvice::Fake { attribute: attribute.to_owned() };
    let exclude = |attribute: &str| CopyAdvice::Exclude { attribute: attribute.to_owned(), selected: false };
    for (plan, masks, why, advice) in [
        (&customers, random().column("uid", Masking::Hash), "rows are found by uid", Some(Hint::from(keep("uid")))),
        (
            &by_others,
            random().column("available", Masking::Fake),
            "rows are found by available",
            Some(keep("available").into()),
        ),
        (
            &by_others,
            random().column("nextDeliveryTime", Masking::Fake),
            "rows are found by nextDeliveryTime",
            Some(keep("nextDeliveryTime").into()),
        ),
        (&stock, kept().column("available", Masking::Hash), "available is no text", Some(fake("available").into())),
        (
            &stock,
            kept().column("nextDeliveryTime", Masking::Hash),
            "nextDeliveryTime is no text",
            Some(fake("nextDeliveryTime").into()),
        ),
        (
            &stock,
            kept().column("available", Masking::Fake).column("treatNegativeAsZero", Masking::Fake),
            "treatNegativeAsZero names something else",
            Some(exclude("treatNegativeAsZero").into()),
        ),
        (
            &product,
            kept().column("ean", Masking::Hash).column("catalogVersion", Masking::Fake),
            "catalogVersion names something else",
            Some(exclude("catalogVersion").into()),
        ),
        (&product, kept().column("ean", Masking::Hash).column("eann", Masking::Hash), "there is no column eann", None),
    ] {
        let mut masked = plan.clone();
        let error = masked.mask_with(&masks).expect_err(why);
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().starts_with(why), "{error}");
        assert!(advice.is_none_or(|advice| error.hint() == Some(&advice)), "{error:?}");
        assert_eq!(&masked, plan, "all or nothing");
    }
    let mut plan = customers;
    plan.mask_with(&random().column("name", Masking::Fake)).expect("rows are not found by it");
}

/// Counts rows, and may want to stop at a piece or at the end.
#[derive(Default)]
struct Watcher {
    rows: u64,
    stops: bool,
    stops_at_the_end: bool,
}

fn flow(stops: bool) -> ControlFlow<()> {
    if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

impl CopySink for Watcher {
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()> {
        assert!(impex.ends_with('\n'), "{impex}");
        self.rows += rows;
        flow(self.stops)
    }

    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(ready(flow(self.stops_at_the_end)))
    }
}

fn files(directory: &Path) -> usize {
    std::fs::read_dir(directory).expect("a directory").count()
}

#[tokio::test]
async fn whoever_watches_a_copy_is_told_of_each_row_and_may_cancel_it() {
    let hac = Hac::with(|simulator| simulator.products(1_200));
    let client = hac.warm_client().await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product")).await.expect("a plan");
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("products.impex");
    for watcher in
        [Watcher { stops: true, ..Watcher::default() }, Watcher { stops_at_the_end: true, ..Watcher::default() }]
    {
        let mut watcher = watcher;
        let error =
            client.write_copy_watched(&plan, &target, Overwrite::No, &mut watcher).await.expect_err("cancelled");
        assert_kind(&error, ErrorKind::Io);
        assert!(error.why().contains("the copy was cancelled"), "{error}");
        assert_eq!((watcher.rows == 1_200, files(directory.path())), (watcher.stops_at_the_end, 0));
    }
    let mut watcher = Watcher::default();
    let written = client.write_copy_watched(&plan, &target, Overwrite::No, &mut watcher).await.expect("written");
    assert_eq!((watcher.rows, written.rows, files(directory.path())), (1_200, 1_200, 1));
}

#[test]
fn the_blocking_client_masks_and_is_watched_too() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    let mut plan = client.plan_copy(ImpexCopy::of_type("Language")).expect("a plan");
    plan.mask_with(&kept().column("name", Masking::Hash)).expect("a text in two languages");
    let directory = tempfile::tempdir().expect("a directory");
    let (target, mut watcher) = (directory.path().join("languages.impex"), Watcher::default());
    client.write_copy_watched(&plan, &target, Overwrite::No, &mut watcher).expect("written");
    let text = std::fs::read_to_string(&target).expect("a file");
    assert!(watcher.rows == 2 && !text.contains("English") && !text.contains("Deutsch"), "{text}");
}
