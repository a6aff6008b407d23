//! What differs between two servers.

use hac_client::comparison::{ComparisonAdvice, Difference, RowDifference, Side};
use hac_client::platform::LogLevel;
use hac_client::{ErrorKind, FlexibleSearch, HacClient, Hint, ImpexImport};

use super::support::{Hac, assert_kind};

fn told(differences: &[Difference]) -> Vec<(&str, Option<&str>, Option<&str>)> {
    differences.iter().map(|one| (&*one.name, one.sides[0].as_str(), one.sides[1].as_str())).collect()
}

async fn both() -> ([Hac; 2], [HacClient; 2]) {
    let hacs = [Hac::start(), Hac::start()];
    let clients = [hacs[0].warm_client().await, hacs[1].warm_client().await];
    (hacs, clients)
}

#[tokio::test]
async fn properties_and_loggers_are_compared_with_one_request_to_each_server() {
    let (hacs, [one, two]) = both().await;
    one.set_property("a.b", "1").await.expect("set");
    two.set_property("a.b", "2").await.expect("set");
    two.set_property("only.there", "x").await.expect("set");
    two.set_property("hidden", "********").await.expect("set");
    two.change_log_level("root", LogLevel::Warn).await.expect("set");
    for hac in &hacs {
        hac.ledger().clear();
    }
    let ours = one.snapshot_properties().await.expect("properties");
    let found = ours.compare(&two.snapshot_properties().await.expect("properties")).expect("of a kind");
    assert_eq!(told(&found.differences), [("a.b", Some("1"), Some("2")), ("only.there", None, Some("x"))]);
    assert!(found.left_out.contains(&"hidden".to_owned()), "{:?}", found.left_out);
    assert!(found.compared > 10, "{}", found.compared);
    let only = |text: &'static str| move |name: &str| name == text;
    let ours = one.snapshot_loggers().await.expect("loggers").only(only("root"));
    let theirs = two.snapshot_loggers().await.expect("loggers").only(only("root"));
    let found = ours.compare(&theirs).expect("of a kind");
    assert_eq!((found.differences.len(), found.compared), (1, 1));
    assert_eq!(found.differences[0].sides[1], Side::Value("WARN".to_owned()));
    for hac in &hacs {
        assert_eq!(hac.requests().len(), 2, "{:?}", hac.requests());
    }
}

#[tokio::test]
async fn types_attributes_and_extensions_are_there_or_not() {
    let (_hacs, [one, two]) = both().await;
    for codes in [&[][..], &["Product", "Language"]] {
        let ours = one.snapshot_types(codes).await.expect("types");
        let found = ours.compare(&two.snapshot_types(codes).await.expect("types")).expect("of a kind");
        assert!(found.is_same() && found.compared > 5, "{codes:?}: {found:?}");
    }
    let ours = one.snapshot_types(&["Language"]).await.expect("types");
    let found = ours.compare(&two.snapshot_types(&["NoType"]).await.expect("types")).expect("one has a type");
    assert_eq!(told(&found.differences)[0], ("Language", Some("present"), None));
    let some = one.snapshot_types(&["Language", "NoType"]).await.expect("types");
    assert_kind(&some.compare(&some).expect_err("neither has one of them"), ErrorKind::Usage);
    let none = one.snapshot_types(&["NoType"]).await.expect("types");
    let error = none.compare(&none).expect_err("neither has it");
    assert_kind(&error, ErrorKind::Usage);
    assert_eq!(error.hint(), Some(&Hint::from(ComparisonAdvice::ListTypes)));
    let ours = one.snapshot_extensions().await.expect("extensions");
    let found = ours.compare(&two.snapshot_extensions().await.expect("extensions")).expect("of a kind");
    assert!(found.is_same() && found.compared > 0, "{found:?}");
    assert_eq!(ours.compare(&none).expect_err("of two kinds").why(), "the two snapshots are of different things");
}

#[tokio::test]
async fn rows_are_compared_by_their_key_and_all_of_them() {
    let (_hacs, [one, two]) = both().await;
    let import = "INSERT_UPDATE Language;isocode[unique=true];active\n;zz;true\n;de;false\n";
    two.import_impex(ImpexImport::new(import)).await.expect("imported");
    let query = FlexibleSearch::new("SELECT {isocode} AS code, {active} AS active FROM {Language}").max_count(1);
    let ours = one.snapshot_rows(&query, &["code"]).await.expect("rows");
    let found = ours.compare(&two.snapshot_rows(&query, &["code"]).await.expect("rows")).expect("the same columns");
    assert_eq!(found.compared, 3, "whatever the query's own limit");
    let key = |text: &str| vec![text.to_owned()];
    let [RowDifference::Cell { key: of, column, cells }, row] = &found.differences[..] else { panic!("{found:?}") };
    assert_eq!((of, &**column), (&key("de"), "active"));
    assert_ne!(cells[0], cells[1]);
    assert_eq!(row, &RowDifference::Row { key: key("zz"), is_in_first: false });
    let error = one.snapshot_rows(&query, &["active"]).await.expect_err("not unique");
    assert_eq!(error.hint(), Some(&Hint::from(ComparisonAdvice::UniqueKey)), "{error:?}");
}

#[test]
fn blocking_clients_are_compared_too() {
    let hacs = [Hac::start(), Hac::start()];
    let [one, two] = hacs.each_ref().map(|hac| hac.builder().build_blocking().expect("a client"));
    for take in [
        hac_client::blocking::HacClient::snapshot_properties,
        hac_client::blocking::HacClient::snapshot_loggers,
        hac_client::blocking::HacClient::snapshot_extensions,
    ] {
        let (ours, theirs) = (take(&one).expect("a snapshot"), take(&two).expect("a snapshot"));
        assert!(ours.compare(&theirs).expect("of a kind").compared > 0);
    }
    let [ours, theirs] = [&one, &two].map(|client| client.snapshot_types(&["Product"]).expect("types"));
    assert!(ours.compare(&theirs).expect("of a kind").is_same());
    let query = "SELECT {isocode} FROM {Language}";
    let [ours, theirs] = [&one, &two].map(|client| client.snapshot_rows(query, &["isocode"]).expect("rows"));
    assert!(ours.compare(&theirs).expect("the same columns").is_same());
}
