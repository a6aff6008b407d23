//! Values beside a script or a query, as they arrive.

use hac_client::{ErrorKind, FlexibleSearch, Script, ScriptType};

use super::support::{Hac, QUERY, assert_kind};

#[tokio::test]
async fn the_values_of_a_script_travel_in_the_one_field_that_hac_takes() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.ledger().clear();
    // Refused once and sent again: the same text.
    hac.simulator.faults().expire_sessions();
    let script =
        Script::new(ScriptType::JavaScript, "a + b").param("a", "it's").and_then(|script| script.param("b", 2));
    let result = client.execute_script(script.expect("names")).await.expect("a result");
    assert_eq!(result.execution_result.as_deref(), Some("it's2"));
    let entries = hac.ledger().entries();
    let sent: Vec<_> = entries.iter().filter_map(|entry| entry.field("script")).collect();
    assert_eq!(sent, ["var a=\"it's\";var b=(2);a + b"; 2]);
    assert_eq!(hac.ledger().executed(), 1);
}

#[tokio::test]
async fn the_values_of_a_query_stand_in_its_text() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let query =
        FlexibleSearch::new("SELECT {uid} FROM {User} WHERE {uid} = ?uid").param("uid", "it's").expect("a name");
    client.execute_flexiblesearch(query.clone()).await.expect("a result");
    client
        .execute_flexiblesearch(FlexibleSearch::sql("SELECT ?a").param("a", -1).expect("a name"))
        .await
        .expect("rows");
    let entries = hac.ledger().entries();
    let sent: Vec<_> = entries.iter().filter(|entry| entry.path.ends_with(QUERY)).collect();
    assert_eq!(sent[0].field("flexibleSearchQuery"), Some("SELECT {uid} FROM {User} WHERE {uid} = 'it''s'"));
    assert_eq!(sent[1].field("sqlQuery"), Some("SELECT (-1)"));
}

#[tokio::test]
async fn a_query_whose_values_do_not_fit_is_not_sent() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let before = hac.ledger().entries().len();
    let query = FlexibleSearch::new("SELECT ?a, ?b").param("a", 1).expect("a name");
    let error = client.execute_flexiblesearch(query).await.expect_err("?b has no value");
    assert_kind(&error, ErrorKind::Usage);
    assert_eq!(hac.ledger().entries().len(), before);
}
