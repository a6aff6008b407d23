//! A failure on the server is an `Err` of its own kind, and a result for whoever asks for it.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::console::{FlexibleSearchSummary, ImpexExportResult, RowSink};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, ImpexResult, Overwrite, ScriptResult};

use super::support::{Hac, assert_kind, script};

struct Unread;

impl RowSink for Unread {
    fn row(&mut self, _: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[tokio::test]
async fn a_script_that_throws_is_an_error_that_holds_its_result() {
    let hac = Hac::start();
    let client = hac.client();
    let error =
        client.execute_script(script("throw new Error('oops')").commit(Commit::Yes)).await.expect_err("it throws");
    assert_kind(&error, ErrorKind::ScriptFailed);
    assert!(error.why().contains("oops") && !error.kind().may_be_resent(), "{error:?}");
    assert!(error.hint().expect("a hint").to_string().contains("may have been committed"), "{error:?}");
    let result: ScriptResult = error.into_outcome().expect("its result");
    assert!(!result.success() && result.stacktrace_text.contains("oops"));
    assert!(result.error().is_some_and(|line| line.contains("oops")));
    assert_eq!(hac.ledger().executed(), 1);
}

#[tokio::test]
async fn a_query_that_fails_is_an_error_and_never_zero_rows() {
    let hac = Hac::start();
    let client = hac.client();
    let error = client.execute_flexiblesearch("SELECT {nme} FROM {Product}").await.expect_err("no such attribute");
    assert_kind(&error, ErrorKind::QueryFailed);
    assert!(error.why().contains("nme"), "{error:?}");
    let result = Err(error).or_else(Error::into_outcome::<hac_client::FlexibleSearchResult>).expect("its result");
    assert!(result.rows.is_empty() && result.summary.failure.is_some());

    let query = FlexibleSearch::new("SELECT {nme} FROM {Product}");
    let error = client.stream_flexiblesearch(query, &mut Unread).await.expect_err("no such attribute");
    assert_kind(&error, ErrorKind::QueryFailed);
    assert!(error.into_outcome::<FlexibleSearchSummary>().expect("its summary").failure.is_some());
}

#[tokio::test]
async fn an_import_and_a_validation_with_errors_are_errors_that_name_the_first_line() {
    let hac = Hac::start();
    let client = hac.client();
    let script = "INSERT_UPDATE Product;code[unique=true];nope\n;a;b\n";
    let error = client.import_impex(script).await.expect_err("no such attribute");
    assert_kind(&error, ErrorKind::ImportFailed);
    assert!(error.why().contains("line 1") && error.why().contains("nope"), "{error:?}");
    assert_eq!(error.into_outcome::<ImpexResult>().expect("its result").failures.len(), 1);
    let error = client.validate_impex("INSERT Foo;a;\n;1\n").await.expect_err("no such type");
    assert_kind(&error, ErrorKind::ImportFailed);
    assert!(error.hint().expect("a hint").to_string().contains("nothing was imported"), "{error:?}");
}

#[tokio::test]
async fn an_export_that_fails_is_an_error_and_leaves_no_file() {
    let hac = Hac::start();
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("out.zip");
    let error = hac.client().export_impex("INSERT Foo;a", &target, Overwrite::No).await.expect_err("no such type");
    assert_kind(&error, ErrorKind::ImportFailed);
    assert!(!target.exists());
    assert!(error.into_outcome::<ImpexExportResult>().expect("its result").archive.is_none());
}

#[tokio::test]
async fn an_error_of_another_kind_has_no_result() {
    let hac = Hac::start();
    let error = hac.client().execute_groovy(" ", Commit::No).await.expect_err("it is empty");
    assert_eq!(error.into_outcome::<ScriptResult>().expect_err("nothing ran").kind(), ErrorKind::Usage);
}
