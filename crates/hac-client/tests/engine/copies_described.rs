//! Copies of types of which the server says something else than usual.

use hac_client::console::{CopyAdvice, CopyPlan, ImpexCopy};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Hint};
use hac_simulator::{Fault, On};

use super::support::{Hac, QUERY, assert_kind};

const FAILED: &str = r#"{"exception":{"message":"no rights"},"exceptionStackTrace":"at a.b","resultList":null}"#;

async fn sql(client: &HacClient, text: &str) {
    let statement = FlexibleSearch::sql(text).commit(Commit::Yes);
    client.execute_flexiblesearch(statement).await.expect("executed");
}

/// Changes what the server says of an attribute.
async fn describe(client: &HacClient, type_code: &str, attribute: &str, change: &str) {
    let text = format!(
        "UPDATE attributedescriptors SET {change} WHERE QualifierInternal = '{attribute}' \
         AND EnclosingTypePK = (SELECT PK FROM composedtypes WHERE InternalCode = '{type_code}')"
    );
    sql(client, &text).await;
}

/// A server of which one attribute is described differently.
async fn described(type_code: &str, attribute: &str, change: &str) -> (Hac, HacClient) {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    describe(&client, type_code, attribute, change).await;
    (hac, client)
}

/// Why an attribute is left out; `None` if it is a column.
#[track_caller]
fn left_out<'p>(plan: &'p CopyPlan, attribute: &str) -> Option<&'p str> {
    let found = plan.left_out().iter().find(|left_out| left_out.attribute == attribute);
    let is_column = plan.columns().iter().any(|column| column.attribute() == attribute);
    assert_ne!(found.is_some(), is_column, "{attribute}: {plan:?}");
    found.map(|left_out| left_out.reason.as_str())
}

#[track_caller]
fn other_key(error: &Error, of: &str) {
    assert_kind(error, ErrorKind::Usage);
    let Some(Hint::ChangeCopy(CopyAdvice::NameOtherKey { attribute, excluded: false, .. })) = error.hint() else {
        panic!("{error:?}")
    };
    assert_eq!(attribute, of);
}

#[tokio::test]
async fn an_encrypted_attribute_is_refused_however_the_database_says_it_and_the_query_writes_it() {
    for flag in ["1", "'true'", "'TRUE'"] {
        let (_hac, client) = described("User", "uid", &format!("p_encrypted = {flag}")).await;
        for copy in [ImpexCopy::of_type("User"), ImpexCopy::of_query("SELECT {UID}, {name} FROM {User}")] {
            let error = client.plan_copy(copy).await.expect_err("encrypted");
            assert_kind(&error, ErrorKind::Usage);
            assert!(error.why().contains("is encrypted, and its values are never copied"), "{flag}: {error}");
        }
        // In the key of what an attribute names, the values would be copied too.
        let cards = ImpexCopy::of_type("CreditCardPaymentInfo").exclude("number");
        let plan = client.plan_copy(cards).await.expect("without its user");
        assert_eq!(left_out(&plan, "user"), Some("User is told apart by uid, which is encrypted"), "{flag}");
    }
}

#[tokio::test]
async fn what_a_query_selects_is_refused_even_if_the_caller_says_that_it_is_encrypted() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let query = || ImpexCopy::of_query("SELECT {code}, {NUMBER} FROM {CreditCardPaymentInfo}");
    for copy in [query(), query().encrypted(["number"]), query().encrypted([""; 0])] {
        let error = client.plan_copy(copy).await.expect_err("encrypted");
        assert!(error.why().contains("is encrypted"), "{error}");
    }
    let plan = client.plan_copy(query().exclude("Number")).await.expect("without it");
    assert!(left_out(&plan, "number").is_some());
    let (_hac, client) = described("CreditCardPaymentInfo", "number", "p_encrypted = 0").await;
    let plan = client.plan_copy(ImpexCopy::of_type("CreditCardPaymentInfo").encrypted([" NUMBER "])).await;
    assert_eq!(left_out(&plan.expect("without it"), "number"), Some("it is encrypted"));
}

#[tokio::test]
async fn an_encrypted_attribute_is_found_among_hundreds() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let many = "INSERT INTO attributedescriptors WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) \
        SELECT 9000000000000000000 + i, (SELECT PK FROM composedtypes WHERE InternalCode = 'AttributeDescriptor'), NULL, NULL, 'a' || i, (SELECT PK FROM composedtypes WHERE InternalCode = 'Language'), \
        0, NULL, i = 300, 3 FROM n";
    sql(&client, many).await;
    let error = client.plan_copy(ImpexCopy::of_type("Language")).await.expect_err("encrypted");
    assert!(error.why().starts_with("Language.a300 is encrypted"), "{error}");
    let plan = client.plan_copy(ImpexCopy::of_type("Language").exclude("a300")).await.expect("without it");
    assert_eq!(left_out(&plan, "a299"), Some("it is a collection or a map"));
}

#[tokio::test]
async fn a_map_that_is_no_text_of_each_language_is_called_a_map() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    sql(&client, "INSERT INTO maptypes SELECT 7, PK, NULL, NULL, 'StringToString' FROM composedtypes WHERE InternalCode = 'MapType'").await;
    describe(&client, "Language", "active", "AttributeTypePK = 7").await;
    let reason = "it is a collection or a map";
    let plan = client.plan_copy(ImpexCopy::of_type("Language")).await.expect("without it");
    assert_eq!(left_out(&plan, "active"), Some(reason));
    for copy in [
        ImpexCopy::of_type("Language").key("active"),
        ImpexCopy::of_query("SELECT {isocode}, {active} FROM {Language}"),
        ImpexCopy::of_query("SELECT {isocode}, {active[en]} FROM {Language}"),
    ] {
        let error = client.plan_copy(copy).await.expect_err("a map");
        assert!(
            error.why().ends_with(&format!("active, which cannot be copied: {reason}"))
                || error.why().ends_with(&format!("active cannot be copied: {reason}")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_reference_is_copied_only_by_a_key_that_an_import_can_read() {
    const LANGUAGE: &str = "(SELECT PK FROM composedtypes WHERE InternalCode = 'Language')";
    let holds = |code: &str, table: &str| {
        format!("p_unique = 1, AttributeTypePK = (SELECT PK FROM {table} WHERE InternalCode = '{code}')")
    };
    for (attribute, change, reason) in [
        ("name", "p_unique = 1".to_owned(), "Language is told apart by name, which is no part of a key"),
        (
            "active",
            holds("de.hybris.platform.core.PK", "atomictypes"),
            "Language is told apart by active, which has no text",
        ),
        ("active", holds("Language", "composedtypes"), "the unique attributes of Language name items without an end"),
        ("active", holds("CategoryProductRelation", "composedtypes"), "nothing is unique in CategoryProductRelation"),
    ] {
        let (_hac, client) = described("Language", attribute, &change).await;
        let plan = client.plan_copy(ImpexCopy::of_type("User")).await.expect("without languages");
        assert_eq!(left_out(&plan, "sessionLanguage"), Some(reason));
        let query = "SELECT {uid}, {sessionLanguage} FROM {User}";
        let error = client.plan_copy(ImpexCopy::of_query(query)).await.expect_err("asked for");
        assert_kind(&error, ErrorKind::Usage);
        assert!(error.why().ends_with(&format!("sessionLanguage cannot be copied: {reason}")), "{error}");
        // Nor are rows found by it.
        let error = client.plan_copy(ImpexCopy::of_type("User").key("sessionLanguage")).await.expect_err("no key");
        other_key(&error, "sessionLanguage");
    }
    let hac = Hac::start();
    let client = hac.warm_client().await;
    sql(&client, &format!("UPDATE attributedescriptors SET EnclosingTypePK = 0 WHERE EnclosingTypePK = {LANGUAGE}"))
        .await;
    let plan = client.plan_copy(ImpexCopy::of_type("User")).await.expect("without languages");
    assert_eq!(left_out(&plan, "sessionLanguage"), Some("the server does not describe the type Language"));
}

#[tokio::test]
async fn rows_are_not_found_by_a_text_of_each_language_nor_by_what_has_no_text() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for copy in [
        ImpexCopy::of_type("Language").key("Name"),
        ImpexCopy::of_query("SELECT {isocode}, {name[en]} FROM {Language}").key("name"),
    ] {
        let error = client.plan_copy(copy).await.expect_err("localized");
        other_key(&error, "name");
        assert!(error.why().ends_with("it has a value for each language"), "{error}");
    }
    let (_hac, client) = described("Language", "name", "p_unique = 1").await;
    other_key(&client.plan_copy(ImpexCopy::of_type("Language")).await.expect_err("localized"), "name");
    let change = "AttributeTypePK = (SELECT PK FROM atomictypes WHERE InternalCode = 'de.hybris.platform.core.PK')";
    let (_hac, client) = described("Product", "ean", change).await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product")).await.expect("without it");
    assert_eq!(left_out(&plan, "ean"), Some("it is a de.hybris.platform.core.PK, which has no text"));
    other_key(&client.plan_copy(ImpexCopy::of_type("Product").key("ean")).await.expect_err("an object"), "ean");
    for attribute in ["ean", "supercategories"] {
        let query = format!("SELECT {{code}}, {{catalogVersion}}, {{{attribute}}} FROM {{Product}}");
        let error = client.plan_copy(ImpexCopy::of_query(query)).await.expect_err("no text");
        let exclude = CopyAdvice::Exclude { attribute: attribute.to_owned(), selected: true };
        assert_eq!(error.hint(), Some(&Hint::from(exclude)), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_set_is_left_out_unless_rows_are_found_by_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    // To be read and searched for; set when an item is made; set later; not said.
    for (attribute, modifiers) in
        [("code", "273"), ("ean", "273"), ("manufacturerName", "273 + 2048"), ("catalog", "273 + 2"), ("name", "NULL")]
    {
        describe(&client, "Product", attribute, &format!("modifiers = {modifiers}")).await;
    }
    let plan = client.plan_copy(ImpexCopy::of_type("Product")).await.expect("a plan");
    assert_eq!(left_out(&plan, "ean"), Some("it cannot be set"));
    for attribute in ["code", "manufacturerName", "catalog", "name"] {
        assert_eq!(left_out(&plan, attribute), None, "{attribute}");
    }
}

#[tokio::test]
async fn what_the_server_cannot_say_is_no_reason_to_leave_out_but_a_failure_of_another_kind_ends_the_plan() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let of_type = || ImpexCopy::of_type("Language");
    let whole = client.plan_copy(of_type()).await.expect("a plan");
    let asked = hac.ledger().count(QUERY);
    assert_eq!(
        asked, 6,
        "attributes, what is unique, encrypted and can be set, languages, and what can be searched for"
    );
    // Rows are found by the usual attribute, and everything may be settable.
    for (skip, said) in [(1, true), (2, false), (3, true), (4, false), (5, false)] {
        hac.simulator.faults().once(On::post(QUERY).skip(skip), Fault::Body(FAILED.to_owned()));
        let plan = client.plan_copy(of_type()).await;
        assert_eq!(plan.ok(), said.then(|| whole.clone()), "{skip}");
    }
    for skip in 0..asked {
        let refused = Fault::Answer { status: 400, headers: Vec::new(), body: String::new(), execute: false };
        hac.simulator.faults().once(On::post(QUERY).skip(skip), refused);
        let error = client.plan_copy(of_type()).await.expect_err("refused");
        assert!(!matches!(error.kind(), ErrorKind::Usage | ErrorKind::QueryFailed), "{skip}: {error:?}");
    }
}
