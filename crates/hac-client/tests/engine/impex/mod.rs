//! ImpEx: what is sent, what the page says, which lines failed, and archives that are whole.

mod at_once;
mod bulk;
mod checkpoints;
mod departure;
mod distributed;
mod export;
#[cfg(unix)] // Modes and links are Unix's.
mod foreign_checkpoints;
mod undecided;
mod upload;

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use hac_client::console::{ExportMode, ImpexSwitch, ValidationMode};
use hac_client::{BasicAuthHandler, Error, ErrorKind, FlexibleSearch, HacClient, ImpexImport, ImpexResult, Overwrite};
use hac_simulator::{Fault, On};

use crate::support::{Hac, assert_kind};

const IMPORT: &str = "/console/impex/import";
const VALIDATE: &str = "/console/impex/import/validate";
const UPLOAD: &str = "/console/impex/import/upload";
const EXPORT: &str = "/console/impex/export";
const LANGUAGE: &str = "INSERT_UPDATE Language;isocode[unique=true];active\n;xx;true\n";
const CATEGORIES: &str = "INSERT_UPDATE Category;code[unique=true];name[lang=en]";
const CONSOLE: &str = "<title>hybris administration console | ImpEx Import</title>";

fn page(body: &str, execute: bool) -> Fault {
    Fault::Answer { status: 200, headers: vec![], body: format!("{CONSOLE}{body}"), execute }
}

/// A script too large for a form, of so many rows, the last of which fails.
fn large(rows: usize) -> String {
    let mut script = String::from("INSERT_UPDATE User;uid[unique=true];description\n");
    for row in 0..rows {
        script.extend(["Employee;large", &row.to_string(), ";", &"x".repeat(20_000), "\n"]);
    }
    script.push_str(";;without a uid\n");
    script
}

async fn languages(client: &HacClient, like: &str) -> Vec<String> {
    let query = FlexibleSearch::new(format!("SELECT {{isocode}} FROM {{Language}} WHERE {{isocode}} LIKE '{like}%'"));
    let found = client.execute_flexiblesearch(query).await.expect("rows");
    found.rows.into_iter().flatten().flatten().collect()
}

fn lines(result: &ImpexResult) -> Vec<Option<usize>> {
    result.failures.iter().map(|failure| failure.line).collect()
}

#[tokio::test]
async fn an_import_is_one_request_with_the_real_checkboxes_and_its_rows_are_there() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let result = client.import_impex(LANGUAGE).await.expect("a result");
    assert!(result.success() && result.failures.is_empty() && result.error().is_none());
    assert_eq!((result.level.as_str(), result.summary.as_str()), ("notice", "Import finished successfully"));
    assert_eq!(hac.requests(), [format!("POST /hac{IMPORT} 200")]);
    let entries = hac.ledger().entries();
    let off = ["legacyMode", "enableCodeExecution", "distributedMode", "sldEnabled"];
    assert_eq!(
        entries[0].form,
        [("scriptContent", LANGUAGE), ("validationEnum", "IMPORT_STRICT"), ("encoding", "UTF-8"), ("maxThreads", "1")]
            .into_iter()
            .chain(off.map(|name| (name, "false")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect::<Vec<_>>()
    );
    assert_eq!(languages(&client, "xx").await, ["xx"]);
}

#[tokio::test]
async fn each_switch_sets_its_own_checkbox_and_code_runs_only_with_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for switch in ImpexSwitch::ALL {
        hac.ledger().clear();
        let import = ImpexImport::new(LANGUAGE)
            .switch_on(*switch)
            .validation(ValidationMode::Relaxed)
            .poll_interval(Duration::from_millis(1))
            .threads(NonZeroU16::new(16).expect("some"));
        assert!(client.import_impex(import).await.expect("a result").success());
        let entries = hac.ledger().entries();
        let sent = entries.iter().find(|entry| entry.path.ends_with(IMPORT)).expect("it was sent");
        for other in ImpexSwitch::ALL {
            assert_eq!(sent.field(other.field()), Some(if other == switch { "true" } else { "false" }));
        }
        assert_eq!(sent.field("validationEnum"), Some("IMPORT_RELAXED"));
        assert_eq!(sent.field("maxThreads"), Some("16"));
        assert!(sent.form.iter().all(|(name, _)| !name.starts_with('_')), "markers switch nothing on");
    }
    let code = "INSERT_UPDATE Language;isocode[unique=true]\n#% if: true\n;yy\n#% endif:\n";
    let result = client.import_impex(code).await.or_else(Error::into_outcome).expect("a result");
    assert!(!result.success());
    assert_eq!(lines(&result), [Some(2)], "{result:?}");
    assert!(languages(&client, "yy").await.is_empty());
    let with_code = ImpexImport::new(code).switch_on(ImpexSwitch::CodeExecution);
    assert!(client.import_impex(with_code).await.expect("a result").success());
    assert_eq!(languages(&client, "yy").await, ["yy"]);
}

#[tokio::test]
async fn failed_lines_are_told_with_their_reason_and_their_line_in_the_script() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let script = "\u{feff}# comment with \" in it\r\n\
        $cv=catalogVersion(\\\r\n  catalog(id),version)[unique=true]\r\n\r\n\
        INSERT_UPDATE Product; code[unique=true]; $cv; \\\r\n  name[lang=en]\r\n\
        ;new1;electronicsProductCatalog:Staged;\"two\r\nlines; \"\"quoted\"\"\"\r\n\
        ;new2;none:Staged;\"three\r\n\r\nlines\"\r\n\
        ;new3;none:Online;x\r\n\
        INSERT_UPDATE Product;code[unique=true];nope\r\n;a;b\r\n\
        INSERT_UPDATE User;uid[unique=true];name;sessionLanguage(isocode)\r\nCustomer;ann;\"Ann\r\nB\";qq\r\n";
    let result = client.import_impex(script).await.or_else(Error::into_outcome).expect("a result");
    assert!(!result.success());
    assert_eq!(result.error(), Some("Import has encountered problems."));
    assert_eq!(lines(&result), [Some(9), Some(12), Some(13), Some(16)], "{result:#?}");
    assert_eq!(
        result.failures[0].reason,
        "column 2: cannot resolve value 'none:Staged' for attribute 'catalogVersion'"
    );
    assert_eq!(result.failures[0].text, ";new2;none:Staged;\"three\r\n\r\nlines\"");
    assert_eq!(result.failures[2].reason, "unknown attributes [Product.nope]");
    assert!(result.output.contains("none:Staged") && result.validation_errors().len() > 4);
    let query = FlexibleSearch::new("SELECT {code}, {name} FROM {Product} WHERE {code} LIKE 'new%'");
    let found = client.execute_flexiblesearch(query).await.expect("rows").rows;
    assert_eq!(found, [[Some("new1".to_owned()), Some("two\r\nlines; \"quoted\"".to_owned())]]);
}

#[tokio::test]
async fn whatever_stands_in_the_cells_the_lines_that_failed_are_the_right_ones() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let nasty = [
        "plain",
        "\"a;b\"",
        "\"x\n,,,,like;a;dump\n\"",
        "\"INSERT Product;code\n;y\"",
        "\"\"\"quoted\"\" # no comment\"",
        "  padded  ",
        "\"\n\n\"",
        "$macro and $none",
        "\"<ignore>x\"",
        "<b>&</b>",
        "ä€😀",
        "",
        "\\",
        "a \" b \" c",
    ];
    let mut script = String::from("$macro=replaced\n");
    let mut expected = Vec::new();
    for block in 0..4 {
        script.push_str("INSERT_UPDATE User;uid[unique=true];\\\n  name;description;sessionLanguage(isocode)\n# \"\n");
        for (row, cell) in nasty.iter().enumerate() {
            let fails = (row + block) % 3 == 0;
            if fails {
                expected.push(Some(script.matches('\n').count() + 1));
            }
            let other = nasty[(row * 5 + block) % nasty.len()];
            let language = if fails { "none" } else { "en" };
            script.extend([
                "Customer;u",
                &block.to_string(),
                "-",
                &row.to_string(),
                ";",
                cell,
                ";",
                other,
                ";",
                language,
                "\n",
            ]);
        }
    }
    let result = client.import_impex(script.as_str()).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), expected, "{script}\n{}", result.output);
    assert!(expected.len() > 15);
}

#[tokio::test]
async fn a_line_that_occurs_twice_and_failed_once_is_not_guessed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let script = "INSERT Language;isocode[unique=true]\n;xx\n;yy\n;xx\n";
    let result = client.import_impex(script).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), [None]);
    assert_eq!(result.failures[0].candidate_lines, [2, 4]);
}

#[tokio::test]
async fn the_level_decides_about_success_and_nothing_else() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let dump = "<div class='box impexResult'><pre>,,,,reason;a\nImport finished successfully</pre></div>";
    for (level, success) in [
        ("notice", true),
        ("NOTICE", true),
        ("error", false),
        ("ERROR", false),
        ("error ", false),
        ("err", false),
        ("fatal", false),
        ("warning", false),
    ] {
        let body = format!("{dump}<span data-level='{level}' data-result='It &amp; that' id=impexResult></span>");
        hac.simulator.faults().once(On::post(IMPORT), page(&body, false));
        let result = client.import_impex(LANGUAGE).await.or_else(Error::into_outcome).expect("a result");
        assert_eq!((result.success(), result.summary.as_str()), (success, "It & that"), "{level}");
        assert_eq!(result.output, ",,,,reason;a\nImport finished successfully");
        assert_eq!(result.failures.len(), usize::from(!success));
    }
}

#[tokio::test]
async fn a_form_that_hac_refuses_is_reported_in_its_words_and_not_executed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(IMPORT), page("<span class=error>No such encoding</span>", false));
    let error = client.import_impex(LANGUAGE).await.expect_err("refused");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.to_string().contains("HAC refused the form, and did nothing: No such encoding"), "{error}");
    // The simulator's own: every field is lost when the form is too long for it.
    let small = Hac::with(|simulator| simulator.knobs(|knobs| knobs.max_form_bytes = 500));
    let error = small
        .warm_client()
        .await
        .import_impex(format!("{LANGUAGE}{}", ";yy;false\n".repeat(100)))
        .await
        .expect_err("refused");
    assert_kind(&error, ErrorKind::Rejected);
    assert!(error.to_string().contains("The script is empty"), "{error}");
    assert_eq!(small.ledger().executed(), 0);
}

#[tokio::test]
async fn a_page_without_a_result_may_have_been_an_import() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let unread = "<span id=impexResult data-result='Import has begun'></span><p class=error>No such encoding</p>";
    for body in ["", "<span id=impexResult></span>", unread, "<pre class=impexResult>,,,,x;y</pre>"] {
        hac.simulator.faults().once(On::post(IMPORT), page(body, true));
        let error = client.import_impex(LANGUAGE).await.expect_err("no result");
        assert_kind(&error, ErrorKind::Protocol);
        assert!(error.hint().expect("a hint").to_string().contains("may have been executed"), "{error:?}");
    }
    assert_eq!(hac.ledger().count(IMPORT), 4);
}

#[tokio::test]
async fn an_import_whose_answer_is_lost_is_not_sent_again_and_a_validation_is() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    assert_kind(&client.import_impex(LANGUAGE).await.expect_err("lost"), ErrorKind::OutcomeUnknown);
    assert_eq!((hac.ledger().count(IMPORT), hac.ledger().executed()), (1, 1));
    hac.simulator.faults().once(On::post(VALIDATE), Fault::ResetAfter);
    let result = client.validate_impex(LANGUAGE).await.expect("a result");
    assert_eq!(result.summary, "Import script is valid");
    assert_eq!((hac.ledger().count(VALIDATE), hac.ledger().executed()), (2, 1));
}

#[tokio::test]
async fn a_session_that_ended_is_renewed_and_the_import_runs_once() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    assert!(client.import_impex(LANGUAGE).await.expect("renewed").success());
    assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 1));
}

#[tokio::test]
async fn a_user_without_the_right_gets_an_error_and_nothing_runs() {
    let hac = Hac::with(|simulator| simulator.user("reader", "secret", &["ROLE_HAC_CONSOLE_FLEXIBLESEARCH"]));
    let client = hac.builder().auth_handler(BasicAuthHandler::new("reader", "secret")).build().expect("a client");
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("x.zip");
    for error in [
        client.import_impex(LANGUAGE).await.expect_err("no right"),
        client.import_impex(ImpexImport::new(large(100))).await.expect_err("no right"),
        client.validate_impex(LANGUAGE).await.expect_err("no right"),
        client.export_impex(CATEGORIES, &target, Overwrite::No).await.expect_err("no right"),
    ] {
        assert_kind(&error, ErrorKind::Forbidden);
    }
    assert_eq!(hac.ledger().executed(), 0);
    assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 0);
}

#[tokio::test]
async fn a_validation_tells_the_line_and_imports_nothing() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let result =
        client.validate_impex("# x\n\nINSERT Foo;a;\\\n b\n;1\n").await.or_else(Error::into_outcome).expect("a result");
    assert!(!result.success());
    assert_eq!(result.summary, "Import script is invalid: line 3 at main script: unknown type 'Foo'");
    assert_eq!(lines(&result), [Some(3)]);
    assert!(client.validate_impex(LANGUAGE).await.expect("a result").success());
    assert!(languages(&client, "xx").await.is_empty());
    let archive = ImpexImport::from_bytes("a.zip", b"PK\x03\x04".to_vec());
    assert_kind(&client.validate_impex(archive).await.expect_err("no text"), ErrorKind::Usage);
}

#[tokio::test]
async fn what_cannot_be_meant_is_a_usage_error_and_nothing_is_sent() {
    let hac = Hac::start();
    let client = hac.client();
    let directory = tempfile::tempdir().expect("a directory");
    for path in [directory.path().to_owned(), PathBuf::from("/nowhere/a.impex")] {
        assert_kind(&ImpexImport::from_file(path).expect_err("no file"), ErrorKind::Usage);
    }
    for import in [
        ImpexImport::new(""),
        ImpexImport::new("\u{feff}\n \n"),
        ImpexImport::from_bytes("x", Vec::new()),
        ImpexImport::new(LANGUAGE).encoding("klingon"),
    ] {
        assert_kind(&import.verify().expect_err("refused"), ErrorKind::Usage);
        assert_kind(&client.import_impex(import.clone()).await.expect_err("refused"), ErrorKind::Usage);
        assert_kind(&client.validate_impex(import).await.expect_err("refused"), ErrorKind::Usage);
    }
    let error = client.export_impex(" \n", directory.path().join("x.zip"), Overwrite::No).await.expect_err("empty");
    assert_kind(&error, ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
    for mode in ["strict", "IMPORT_STRICT", "import_relaxed", "Relaxed"] {
        let mode: ValidationMode = mode.parse().expect(mode);
        assert!(ValidationMode::ALL.contains(&mode));
    }
    assert_kind(&"lax".parse::<ValidationMode>().expect_err("unknown"), ErrorKind::Usage);
    assert_eq!("export-only".parse::<ExportMode>().expect("known"), ExportMode::ExportOnly);
    assert_eq!("EXPORT_REIMPORT_RELAXED".parse::<ExportMode>().expect("known"), ExportMode::ReimportRelaxed);
    assert_kind(&"all".parse::<ExportMode>().expect_err("unknown"), ErrorKind::Usage);
}
