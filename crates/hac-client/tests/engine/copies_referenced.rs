//! Copies of rows with references that name little, nothing or something odd.

use std::fmt::Write as _;

use hac_client::console::{CopyAdvice, CopySummary, ImpexCopy};
use hac_client::{Commit, ErrorKind, FlexibleSearch, HacClient, Hint, ImpexImport, Result};
use hac_simulator::{Fault, On};

use super::support::{Hac, QUERY, assert_kind};

async fn sql(client: &HacClient, text: &str) {
    let statement = FlexibleSearch::sql(text).commit(Commit::Yes);
    client.execute_flexiblesearch(statement).await.expect("executed");
}

async fn impex(client: &HacClient, copy: ImpexCopy) -> Result<(Vec<String>, CopySummary)> {
    let plan = client.plan_copy(copy).await.expect("a plan");
    let mut text = String::new();
    let summary = client.stream_copy(&plan, &mut text).await?;
    Ok((text.lines().skip(1).map(str::to_owned).collect(), summary))
}

/// How many queries a copy into memory takes.
async fn queries(hac: &Hac, client: &HacClient, copy: ImpexCopy) -> usize {
    let plan = client.plan_copy(copy).await.expect("a plan");
    hac.ledger().clear();
    client.stream_copy(&plan, &mut String::new()).await.expect("rows");
    hac.ledger().count(QUERY)
}

#[tokio::test]
async fn an_empty_part_of_a_key_keeps_its_place_and_a_key_of_nothing_names_nothing() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let copy = || ImpexCopy::of_query("SELECT {source}, {target} FROM {CategoryProductRelation}").key("target");
    let (rows, _) = impex(&client, copy()).await.expect("rows");
    assert!(rows[0].starts_with(";cameras:electronicsProductCatalog:Online;"), "{rows:?}");
    sql(&client, "UPDATE categories SET p_catalogversion = NULL").await;
    let (rows, summary) = impex(&client, copy()).await.expect("rows");
    assert!(rows[0].starts_with(";cameras::;") && summary.dangling.is_empty(), "{rows:?}");
    // No key is better than half of one: an import would find another item.
    sql(&client, "UPDATE categories SET p_catalogversion = 8796093087777").await;
    let (rows, summary) = impex(&client, copy()).await.expect("rows");
    assert!(rows.iter().all(|row| row.starts_with(";;")), "{rows:?}");
    assert_eq!(summary.dangling.get("source").copied(), Some(summary.rows));
    sql(&client, "UPDATE categories SET p_catalogversion = NULL, p_code = NULL").await;
    let (rows, summary) = impex(&client, copy()).await.expect("rows");
    assert!(rows.iter().all(|row| row.starts_with(";;")), "{rows:?}");
    assert_eq!(summary.dangling.get("source").copied(), Some(summary.rows));
    // By what names nothing, no row is found.
    let error = impex(&client, copy().key("source")).await.expect_err("a key");
    assert_eq!(error.hint(), Some(&Hint::from(CopyAdvice::LeaveOutRow)), "{error:?}");
}

#[tokio::test]
async fn values_in_keys_are_written_as_an_import_reads_them() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let unique = "UPDATE attributedescriptors SET p_unique = 1 WHERE QualifierInternal = 'active' \
        AND EnclosingTypePK = (SELECT PK FROM composedtypes WHERE InternalCode = 'Language')";
    sql(&client, unique).await;
    sql(&client, "UPDATE users SET p_sessionlanguage = (SELECT PK FROM languages WHERE p_isocode = 'de')").await;
    let query = "SELECT {uid}, {sessionLanguage} FROM {User} WHERE {uid} = 'admin'";
    let (rows, _) = impex(&client, ImpexCopy::of_query(query)).await.expect("rows");
    assert_eq!(rows, ["Employee;admin;de:true"]);
}

#[tokio::test]
async fn what_is_no_pk_becomes_no_part_of_a_query() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let query = "SELECT {code}, {user} FROM {CreditCardPaymentInfo}";
    let plan = client.plan_copy(ImpexCopy::of_query(query)).await.expect("a plan");
    let page = serde_json::json!({
        "headers": ["copied_pk", "copied_type", "p_code", "p_user"],
        "resultList": [["9223372036854775801", "", "a", "0) OR (1=1"], ["9223372036854775802", "", "b", ""], ["9223372036854775803", "", "c", "4-1"]],
        "resultCount": 3, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    // The first request asks for the headers.
    hac.simulator.faults().once(On::post(QUERY).skip(1), Fault::Body(page.to_string()));
    let mut text = String::new();
    let summary = client.stream_copy(&plan, &mut text).await.expect("rows");
    assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), [";a;", ";b;", ";c;"]);
    assert_eq!(summary.dangling.get("user"), Some(&3));
}

#[tokio::test]
async fn items_are_looked_up_once_and_two_hundred_at_a_time() {
    let hac = Hac::with(|simulator| simulator.products(1_200));
    let client = hac.warm_client().await;
    let products = "SELECT {code}, {catalogVersion} FROM {Product}";
    let few = FlexibleSearch::new(format!("{products} WHERE {{code}} LIKE 'CAM%'"));
    let of_all = queries(&hac, &client, ImpexCopy::of_query(products)).await;
    assert_eq!(of_all, queries(&hac, &client, ImpexCopy::of_query(few)).await, "three batches of rows, and one");

    let cards = ImpexCopy::of_query("SELECT {code}, {user} FROM {CreditCardPaymentInfo} WHERE {code} LIKE 'many%'");
    let mut text = String::from("INSERT Customer;uid\n");
    (0..401).for_each(|user| writeln!(text, ";u{user}").expect("a string"));
    text.push_str("INSERT CreditCardPaymentInfo;code;user(uid)\n");
    (0..401).for_each(|user| writeln!(text, ";many{user};u{user}").expect("a string"));
    client.import_impex(ImpexImport::new(text)).await.expect("imported");
    let of_many = queries(&hac, &client, cards.clone()).await;
    sql(&client, "UPDATE paymentinfos SET p_user = (SELECT PK FROM users WHERE p_uid = 'admin')").await;
    assert_eq!(of_many, queries(&hac, &client, cards).await + 2);
    // What is not there is not asked for again.
    sql(&client, "UPDATE products SET p_catalogversion = 8796093087777").await;
    let of_all = queries(&hac, &client, ImpexCopy::of_query(products).key("code")).await;
    let few = FlexibleSearch::new(format!("{products} WHERE {{code}} LIKE 'CAM%'"));
    assert_eq!(of_all, queries(&hac, &client, ImpexCopy::of_query(few).key("code")).await);
}

#[tokio::test]
async fn rows_of_a_key_that_is_null_are_refused_since_each_would_overwrite_the_one_before() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    sql(&client, "UPDATE users SET p_name = NULL, p_sessionlanguage = NULL WHERE p_uid = 'admin'").await;
    for copy in [
        ImpexCopy::of_query("SELECT {uid}, {name} FROM {User}").key("name"),
        ImpexCopy::of_type("Employee").key("name").key("sessionLanguage"),
    ] {
        let plan = client.plan_copy(copy).await.expect("a plan");
        let mut text = String::new();
        let error = client.stream_copy(&plan, &mut text).await.expect_err("no key");
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().contains("has no value in "), "{error}");
        assert_eq!(error.hint(), Some(&Hint::from(CopyAdvice::LeaveOutRow)), "{error:?}");
    }
    // A part of a key may be null.
    let plan = client.plan_copy(ImpexCopy::of_type("Employee").key("uid").key("name")).await.expect("a plan");
    client.stream_copy(&plan, &mut String::new()).await.expect("rows");
}

#[tokio::test]
async fn rows_that_share_a_key_are_refused_since_the_second_would_overwrite_the_first() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    sql(&client, "UPDATE users SET p_name = 'Ada' WHERE p_uid IN ('admin', 'anonymous')").await;
    let copy = |keys: &[&str]| {
        let query = "SELECT {uid}, {name} FROM {User} WHERE {uid} IN ('admin', 'anonymous')";
        keys.iter().fold(ImpexCopy::of_query(query), |copy, key| copy.key(*key))
    };
    let error = impex(&client, copy(&["name"])).await.expect_err("one name");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.why().contains(" has the same name as another one"), "{error}");
    assert_eq!(error.hint(), Some(&Hint::from(CopyAdvice::LeaveOutRow)), "{error:?}");
    impex(&client, copy(&["name", "uid"])).await.expect("they differ in one of both");
    // A value is that of its attribute.
    sql(&client, "UPDATE users SET p_name = CASE p_uid WHEN 'admin' THEN 'Ada' END, p_description = CASE p_uid WHEN 'admin' THEN NULL ELSE 'Ada' END")
        .await;
    let query = "SELECT {name}, {description} FROM {User} WHERE {uid} IN ('admin', 'anonymous')";
    impex(&client, ImpexCopy::of_query(query).key("name").key("description")).await.expect("different attributes");
    let masked = ImpexCopy::of_query("SELECT {uid}, {name} FROM {User} WHERE {uid} IN ('admin', 'anonymous')");
    let mut plan = client.plan_copy(masked).await.expect("a plan");
    plan.mask("uid", |_| "somebody".to_owned()).expect("a text");
    let error = client.stream_copy(&plan, &mut String::new()).await.expect_err("one masked value");
    assert!(error.why().contains(" has the same uid as another one"), "{error}");
}
