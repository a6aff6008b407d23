//! Rows of one server as ImpEx for another.

use std::ops::ControlFlow;

use hac_client::console::{BulkImport, CopyAdvice, CopyKind, CopyRole, CopySink, ImpexCopy};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Hint, ImpexImport, Overwrite};
use hac_simulator::{Fault, On};

use super::support::{Hac, QUERY, assert_kind};

const PRODUCTS: &str = "SELECT {p.code}, {v.version}, {c.id}, {p.ean}, {p.name[en]:o}, {p.name[de]:o} FROM {Product AS p \
    JOIN CatalogVersion AS v ON {p.catalogVersion} = {v.pk} JOIN Catalog AS c ON {v.catalog} = {c.pk}}";

async fn rows(client: &HacClient, query: &str) -> Vec<Vec<Option<String>>> {
    let result = client.execute_flexiblesearch(FlexibleSearch::new(query).max_count(0)).await.expect("rows");
    let mut rows = result.rows;
    rows.sort();
    rows
}

async fn import(client: &HacClient, script: &str) {
    client.import_impex(ImpexImport::new(script)).await.expect("imported");
}

#[track_caller]
fn advice(error: &Error) -> &CopyAdvice {
    assert_kind(error, ErrorKind::Usage);
    let Some(Hint::ChangeCopy(advice)) = error.hint() else { panic!("{error:?}") };
    advice
}

#[tokio::test]
async fn rows_of_a_type_are_the_same_on_another_server_after_the_import() {
    let (one, two) = (Hac::start(), Hac::with(|simulator| simulator.products(0)));
    let (from, to) = (one.warm_client().await, two.warm_client().await);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("products.impex");
    let plan = from.plan_copy(ImpexCopy::of_type("Product").page_rows(20)).await.expect("a plan");
    assert!(
        plan.header()
            .starts_with("INSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true];")
    );
    let is_read = |path: &str| path.ends_with(QUERY) || path.ends_with("/console/impex/typeAndAttributes");
    let all_read = one.ledger().entries().iter().all(|entry| is_read(&entry.path));
    assert!(all_read, "{:?}", one.requests());
    let written = from.write_copy(&plan, &file, Overwrite::No).await.expect("written");
    assert_eq!((written.rows, written.dangling.len(), written.stopped), (50, 0, false));
    let import = BulkImport::new(&file).state_directory(directory.path().join("state"));
    let imported = to.import_impex_bulk(import).await.expect("imported");
    assert_eq!(imported.imported, 50);
    assert_eq!(rows(&to, PRODUCTS).await, rows(&from, PRODUCTS).await);
    // The same again, into memory.
    let mut text = String::new();
    from.stream_copy(&plan, &mut text).await.expect("written");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), text);
}

#[tokio::test]
async fn a_plan_says_what_each_column_is_and_what_is_left_out() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product").exclude(" EAN ")).await.expect("a plan");
    assert_eq!(plan.type_code(), "Product");
    let column = |name: &str| plan.columns().iter().find(|column| column.attribute() == name);
    let code = column("code").expect("a column");
    assert_eq!((code.kind(), code.is_unique(), code.language()), (CopyKind::Text, true, None));
    let version = column("catalogVersion").expect("a column");
    assert_eq!(
        (version.kind(), version.header()),
        (CopyKind::Reference, "catalogVersion(catalog(id),version)[unique=true]".to_owned())
    );
    let names: Vec<_> = plan.columns().iter().filter(|column| column.attribute() == "name").collect();
    assert_eq!(names.iter().map(|column| column.language()).collect::<Vec<_>>(), [Some("de"), Some("en")]);
    assert!(column("ean").is_none());
    let excluded: Vec<_> = plan.left_out().iter().filter(|left_out| left_out.excluded).collect();
    assert_eq!(excluded.iter().map(|left_out| left_out.attribute.as_str()).collect::<Vec<_>>(), ["ean"]);
    assert_eq!(excluded[0].reason, "it is excluded");
}

#[tokio::test]
async fn texts_in_languages_that_the_other_server_lacks_are_left_out_of_a_type_and_refused_in_a_query() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let languages = client.languages().await.expect("languages");
    assert_eq!(languages, ["de", "en"]);
    let mut plan = client.plan_copy(ImpexCopy::of_type("Product")).await.expect("a plan");
    let all = plan.clone();
    plan.keep_languages(&languages).expect("all are there");
    assert_eq!(plan, all);
    plan.keep_languages(&["en".to_owned()]).expect("of a type");
    assert!(plan.columns().iter().all(|column| column.language() != Some("de")), "{}", plan.header());
    assert!(plan.left_out().iter().any(|left_out| left_out.attribute == "texts in de"));
    let mut text = String::new();
    assert_eq!(client.stream_copy(&plan, &mut text).await.expect("rows").rows, 50);
    assert!(!text.contains("lang=de"), "{text}");
    let query = ImpexCopy::of_query("SELECT {code}, {catalogVersion}, {name[de]} FROM {Product}");
    let mut plan = client.plan_copy(query).await.expect("a plan");
    assert_kind(&plan.keep_languages(&["en".to_owned()]).expect_err("asked for"), ErrorKind::Usage);
}

#[tokio::test]
async fn a_mask_takes_the_place_of_each_value_and_of_nothing_else() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    import(&client, "INSERT Customer;uid;name;sessionLanguage(isocode)\n;secret-uid;Anna Secret;de\n;other-uid;;de\n")
        .await;
    let query = FlexibleSearch::new("SELECT {uid}, {name}, {sessionLanguage} FROM {Customer} WHERE {uid} LIKE ?end");
    let copy = ImpexCopy::of_query(query.param("end", "%-uid").expect("a parameter"));
    let mut plan = client.plan_copy(copy).await.expect("a plan");
    plan.mask(" NAME ", |value| format!("{};", value.len())).expect("a text");
    let mut text = String::new();
    client.stream_copy(&plan, &mut text).await.expect("rows");
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    lines.sort_unstable();
    // Masked before it is put in quotes; a null stays one.
    assert_eq!(lines, [";other-uid;;de", ";secret-uid;\"11;\";de"]);
    let error = plan.mask("sessionLanguage", str::to_owned).expect_err("a reference");
    let exclude = CopyAdvice::Exclude { attribute: "sessionLanguage".to_owned(), selected: false };
    assert_eq!(advice(&error), &exclude);
    let error = plan.mask("nmae", str::to_owned).expect_err("misspelled");
    assert!(
        matches!(advice(&error), CopyAdvice::ListAttributes { role: CopyRole::Masked, meant: Some(meant), .. } if meant == "name"),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_copied_says_what_to_change() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = async |copy: ImpexCopy| client.plan_copy(&copy).await.expect_err("refused");
    let card = || ImpexCopy::of_type("CreditCardPaymentInfo");
    let error = plan(card()).await;
    assert!(error.why().contains("CreditCardPaymentInfo.number is encrypted"), "{error}");
    let exclude = Hint::from(CopyAdvice::Exclude { attribute: "number".to_owned(), selected: false });
    assert_eq!(error.hint(), Some(&Hint::All(vec![exclude, "nothing was copied".into()])));
    // The server knows better that there are some.
    assert_eq!(plan(card().encrypted([""; 0])).await.hint(), error.hint());
    for copy in [card().encrypted(["Number"]), card().exclude("number")] {
        let plan = client.plan_copy(copy).await.expect("without it");
        assert!(plan.columns().iter().all(|column| column.attribute() != "number"));
    }

    let product = || ImpexCopy::of_type("Product");
    let meant = |error: &Error, role: CopyRole| match advice(error) {
        CopyAdvice::ListAttributes { type_code, role: of, meant, .. } => {
            assert_eq!((type_code.as_str(), *of), ("Product", role));
            meant.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(meant(&plan(product().key("cod")).await, CopyRole::Key).as_deref(), Some("code"));
    assert_eq!(meant(&plan(product().exclude("eann")).await, CopyRole::Excluded).as_deref(), Some("ean"));
    assert_eq!(meant(&plan(product().encrypted(["eann"])).await, CopyRole::Encrypted).as_deref(), Some("ean"));
    let query = ImpexCopy::of_query("SELECT {code}, {eann} FROM {Product}");
    assert_eq!(meant(&plan(query).await, CopyRole::Selected).as_deref(), Some("ean"));

    let key =
        CopyAdvice::NameOtherKey { type_code: "Product".to_owned(), attribute: "code".to_owned(), excluded: true };
    assert_eq!(advice(&plan(product().exclude("code")).await), &key);
    let error = plan(product().key("PK")).await;
    assert!(error.why().ends_with("each environment gives it values of its own"), "{error}");
    let missing = CopyAdvice::SelectKey { attributes: vec!["catalogVersion".to_owned()] };
    assert_eq!(advice(&plan(ImpexCopy::of_query("SELECT {code} FROM {Product}")).await), &missing);
    // All of them at once.
    let error = plan(ImpexCopy::of_query("SELECT {pk} FROM {Product}")).await;
    let missing = CopyAdvice::SelectKey { attributes: vec!["code".to_owned(), "catalogVersion".to_owned()] };
    assert_eq!(advice(&error), &missing);
    assert!(error.why().ends_with("the query does not select code and catalogVersion"), "{error}");
    let error = plan(ImpexCopy::of_query("SELECT {cod}, {code}, {eann}, {qqqqqqq} FROM {Product}")).await;
    assert_eq!(error.why(), "Product has no attributes cod, eann and qqqqqqq (in the query)");
    assert_eq!(meant(&error, CopyRole::Selected).as_deref(), Some("code, ean"));
    let error = plan(ImpexCopy::of_query("SELECT {name}, {description} FROM {Product}")).await;
    assert!(error.why().starts_with("name and description have a value for each language"), "{error}");
    assert_eq!(advice(&plan(ImpexCopy::of_type("CategoryProductRelation")).await), &CopyAdvice::NameKey);
    let types = CopyAdvice::ListTypes { meant: Some("Product".to_owned()) };
    assert_eq!(advice(&plan(ImpexCopy::of_type("Prodct")).await), &types);
    hac.ledger().clear();
    for code in ["", "Product! AS x", "Product} WHERE {x"] {
        assert_eq!(advice(&plan(ImpexCopy::of_type(code)).await), &CopyAdvice::ListTypes { meant: None });
    }
    for query in
        [FlexibleSearch::sql("SELECT {code} FROM {Product}"), "SELECT 1 FROM {A} UNION SELECT 2 FROM {B}".into()]
    {
        assert_kind(&plan(ImpexCopy::of_query(query)).await, ErrorKind::Usage);
    }
    assert!(hac.ledger().is_empty(), "{:?}", hac.requests());
}

#[tokio::test]
async fn where_the_server_does_not_say_what_is_encrypted_the_caller_has_to() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.encrypted_attributes = false));
    let client = hac.warm_client().await;
    let product = || ImpexCopy::of_type("Product");
    let error = client.plan_copy(product()).await.expect_err("nobody says it");
    assert_eq!(advice(&error), &CopyAdvice::DeclareEncrypted);
    client.plan_copy(product().encrypted([""; 0])).await.expect("none is");
    let plan = client.plan_copy(product().encrypted(["ean"])).await.expect("one is");
    assert!(plan.left_out().iter().any(|left_out| left_out.attribute == "ean" && !left_out.excluded));
}

#[tokio::test]
async fn a_file_is_whole_or_absent_and_none_is_replaced_unasked() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product").page_rows(20)).await.expect("a plan");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("products.impex");
    std::fs::write(&file, "mine").expect("written");
    hac.ledger().clear();
    let refused = client.write_copy(&plan, &file, Overwrite::No).await.expect_err("it is there");
    assert_kind(&refused, ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
    // In the middle: behind the first page.
    hac.simulator.faults().always(
        On::post(QUERY).skip(2),
        Fault::Answer { status: 400, headers: Vec::new(), body: String::new(), execute: false },
    );
    client.write_copy(&plan, &file, Overwrite::Yes).await.expect_err("broken");
    assert_eq!(std::fs::read_to_string(&file).expect("a file"), "mine");
    assert_eq!(std::fs::read_dir(directory.path()).expect("a directory").count(), 1);
    hac.simulator.faults().clear();
    client.write_copy(&plan, &file, Overwrite::Yes).await.expect("written");
    assert!(std::fs::read_to_string(&file).expect("a file").starts_with("INSERT_UPDATE Product;"));
}

#[tokio::test]
async fn a_query_that_cannot_be_read_in_pages_or_would_commit_sends_no_query_for_rows() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let text = "SELECT {code}, {catalogVersion} FROM {Product}";
    let committed = FlexibleSearch::new(text).commit(Commit::Yes);
    for query in [committed, format!("{text} ORDER BY {{code}}").into()] {
        let plan = client.plan_copy(ImpexCopy::of_query(query)).await.expect("a plan");
        hac.ledger().clear();
        let mut text = String::new();
        let error = client.stream_copy(&plan, &mut text).await.expect_err("refused");
        assert_kind(&error, ErrorKind::Usage);
        assert_eq!((text.as_str(), hac.ledger().is_empty()), ("", true), "{error}");
    }
}

/// Takes one piece.
#[derive(Default)]
struct Once {
    rows: Vec<u64>,
}

impl CopySink for Once {
    fn piece(&mut self, impex: &str, rows: u64) -> ControlFlow<()> {
        assert!(impex.ends_with('\n'), "{impex}");
        self.rows.push(rows);
        ControlFlow::Break(())
    }
}

#[tokio::test]
async fn a_sink_may_stop_a_copy() {
    let hac = Hac::with(|simulator| simulator.products(1_200));
    let client = hac.warm_client().await;
    let plan = client.plan_copy(ImpexCopy::of_type("Product").page_rows(100)).await.expect("a plan");
    let asked = hac.ledger().count(QUERY);
    let mut once = Once::default();
    let summary = client.stream_copy(&plan, &mut once).await.expect("stopped");
    let [rows] = once.rows[..] else { panic!("{:?}", once.rows) };
    assert!(hac.ledger().count(QUERY) < asked + 12, "not all pages are read before anything is passed on");
    assert!(summary.stopped && summary.rows == rows && rows < 1_200, "{summary:?}");
}

#[test]
fn the_blocking_client_copies_too() {
    let hac = Hac::start();
    let client = hac.builder().build_blocking().expect("a client");
    assert_eq!(client.unique_attributes("Product").expect("attributes"), ["code", "catalogVersion"]);
    assert_eq!(client.languages().expect("languages"), ["de", "en"]);
    let plan = client.plan_copy(ImpexCopy::of_type("Language")).expect("a plan");
    let directory = tempfile::tempdir().expect("a directory");
    let written = client.write_copy(&plan, directory.path().join("languages.impex"), Overwrite::No).expect("written");
    let mut text = String::new();
    assert_eq!(client.stream_copy(&plan, &mut text).expect("rows").rows, written.rows);
    assert_eq!(text.lines().count(), 3, "{text}");
}
