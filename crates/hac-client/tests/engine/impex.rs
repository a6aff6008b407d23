//! ImpEx: what is sent, what the page says, which lines failed, and archives that are whole.

use std::num::NonZeroU16;
use std::ops::ControlFlow;
use std::path::PathBuf;

use hac_client::console::{ExportMode, ImpexExport, ImpexSwitch, ValidationMode};
use hac_client::files::ByteSink;
use hac_client::{BasicAuthHandler, Error, ErrorKind, FlexibleSearch, HacClient, ImpexImport, ImpexResult, Overwrite};
use hac_simulator::{Fault, On};

use super::support::{Hac, assert_kind};

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
            .threads(NonZeroU16::new(16).expect("some"));
        assert!(client.import_impex(import).await.expect("a result").success());
        let entries = hac.ledger().entries();
        for other in ImpexSwitch::ALL {
            assert_eq!(entries[0].field(other.field()), Some(if other == switch { "true" } else { "false" }));
        }
        assert_eq!(entries[0].field("validationEnum"), Some("IMPORT_RELAXED"));
        assert_eq!(entries[0].field("maxThreads"), Some("16"));
        assert!(entries[0].form.iter().all(|(name, _)| !name.starts_with('_')), "markers switch nothing on");
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
async fn a_line_that_stands_there_twice_and_failed_once_is_not_guessed() {
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
async fn a_form_that_hac_refuses_is_told_in_its_words_and_was_not_executed() {
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
async fn a_user_without_the_right_is_told_so_and_nothing_ran() {
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
async fn what_is_too_large_for_a_form_is_uploaded_and_its_lines_are_told_all_the_same() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Größe \"1\".impex");
    std::fs::write(&path, large(150)).expect("written");
    for import in [
        ImpexImport::from_file(&path).expect("opened"),
        ImpexImport::new(large(150)),
        ImpexImport::from_bytes("x.impex", large(150).into_bytes()),
    ] {
        hac.ledger().clear();
        let result = client
            .import_impex(import.switch_on(ImpexSwitch::LegacyMode))
            .await
            .or_else(Error::into_outcome)
            .expect("a result");
        assert_eq!(lines(&result), [Some(152)], "{:?}", result.summary);
        assert_eq!((hac.ledger().count(UPLOAD), hac.ledger().count(IMPORT), hac.ledger().executed()), (1, 0, 1));
        let entries = hac.ledger().entries();
        let sent = entries.last().expect("a request");
        assert_eq!(sent.query, None, "the token stands in no address, where logs would keep it");
        assert!(sent.header("x-csrf-token").is_some());
        assert_eq!((sent.field("legacyMode"), sent.field("encoding")), (Some("true"), Some("UTF-8")));
    }
    assert_eq!(hac.ledger().entries().last().expect("a request").field("file"), Some("x.impex"));
    let query =
        FlexibleSearch::new("SELECT count(*), min(length({description})) FROM {User} WHERE {uid} LIKE 'large%'");
    let found = client.execute_flexiblesearch(query).await.expect("rows").rows;
    assert_eq!(found, [[Some("150".to_owned()), Some("20000".to_owned())]]);
}

#[tokio::test]
async fn an_upload_finds_out_about_a_dead_session_before_the_file_travels() {
    let hac = Hac::start();
    hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    // Another process, which has not heard of the session for a while.
    let result =
        hac.client().import_impex(ImpexImport::new(large(300))).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), [Some(302)]);
    assert_eq!((hac.ledger().logins(), hac.ledger().count(UPLOAD), hac.ledger().executed()), (1, 1, 1));
}

#[tokio::test]
async fn an_upload_that_is_refused_under_way_hears_it_and_runs_once() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().expire_sessions();
    // Far more than the server reads of what it refuses.
    let result =
        client.import_impex(ImpexImport::new(large(500))).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), [Some(502)]);
    assert_eq!((hac.ledger().logins(), hac.ledger().executed()), (1, 1));
}

#[tokio::test]
async fn a_file_whose_upload_was_refused_is_sent_again_from_its_beginning() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().once(On::post(UPLOAD), Fault::Redirect("/hac/login".into()));
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.impex");
    std::fs::write(&path, large(100)).expect("written");
    let result = client
        .import_impex(ImpexImport::from_file(&path).expect("opened"))
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert_eq!(lines(&result), [Some(102)]);
    assert_eq!((hac.ledger().count(UPLOAD), hac.ledger().executed()), (2, 1));
}

#[tokio::test]
async fn a_file_that_becomes_shorter_under_way_is_an_error_of_ours_and_nothing_ran() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.zip");
    std::fs::write(&path, [b"PK\x03\x04".to_vec(), vec![0; 3 << 20]].concat()).expect("written");
    let import = ImpexImport::from_file(&path).expect("opened");
    std::fs::File::options().write(true).open(&path).and_then(|file| file.set_len(1 << 20)).expect("cut");
    let error = client.import_impex(import).await.expect_err("cut");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("cannot be read to its end"), "{error}");
    assert_eq!(hac.ledger().executed(), 0);
}

#[tokio::test]
async fn files_in_another_encoding_are_uploaded_as_they_are() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let bytes = "INSERT Language;isocode[unique=true];name[lang=en]\n;xx;Français\n;;\"Müll\ner\"\n".chars();
    let bytes: Vec<u8> = bytes.map(|c| u8::try_from(u32::from(c)).expect("Latin 1")).collect();
    let error = client.import_impex(ImpexImport::from_bytes("a.impex", bytes.clone())).await.expect_err("no UTF-8");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("a.impex is no UTF-8 text (line 2, byte 9)"), "{error}");
    assert!(hac.ledger().is_empty());
    let import = ImpexImport::from_bytes("a.impex", bytes).encoding("ISO-8859-1");
    let result = client.import_impex(import.clone()).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), [Some(3)], "{result:?}");
    let query = FlexibleSearch::new("SELECT {name[en]} FROM {Language} WHERE {isocode} = 'xx'");
    assert_eq!(client.execute_flexiblesearch(query).await.expect("rows").rows, [[Some("Français".to_owned())]]);
    assert!(client.validate_impex(import).await.expect("a result").success());
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

/// Where exports go in a test.
struct Place {
    directory: tempfile::TempDir,
    target: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let target = directory.path().join("out.zip");
        Self { directory, target }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).expect("the directory");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

#[tokio::test]
async fn an_export_leaves_a_whole_archive_and_says_what_is_in_it() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let export = ImpexExport::new(CATEGORIES).mode(ExportMode::ExportOnly).encoding("UTF-8");
    let result = client.export_impex(export, &place.target, Overwrite::No).await.expect("a result");
    assert!(result.success());
    let archive = result.archive.expect("an archive");
    assert_eq!(archive.size, std::fs::metadata(&place.target).expect("a file").len());
    let entries: Vec<_> = archive.entries.iter().map(|entry| (entry.name.as_str(), entry.rows)).collect();
    assert_eq!(entries, [("importscript.impex", None), ("Category.csv", Some(12))]);
    assert_eq!(place.names(), ["out.zip"]);
    let sent = hac.ledger().entries();
    assert_eq!((sent.len(), sent[0].path.as_str()), (2, "/hac/console/impex/export"));
    assert_eq!(sent[0].field("validationEnum"), Some("EXPORT_ONLY"));
    assert!(sent[1].path.starts_with("/hac/console/impex/export/data/"), "{}", sent[1].path);
}

/// What a progress bar would be told, and when it breaks off.
struct Watcher {
    length: Option<u64>,
    seen: u64,
    breaks_off: bool,
}

impl ByteSink for Watcher {
    fn begin(&mut self, length: Option<u64>) {
        self.length = length;
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.seen += bytes.len() as u64;
        if self.breaks_off { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::test]
async fn whoever_watches_an_export_is_told_its_length_and_may_break_it_off() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let mut watcher = Watcher { length: None, seen: 0, breaks_off: true };
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    assert_kind(&export.expect_err("broken off"), ErrorKind::Io);
    assert!(place.names().is_empty());
    watcher = Watcher { length: None, seen: 0, breaks_off: false };
    let export = client.export_impex_watched(CATEGORIES, &place.target, Overwrite::No, &mut watcher).await;
    let size = export.expect("a result").archive.expect("an archive").size;
    assert_eq!((watcher.length, watcher.seen), (Some(size), size));
}

#[tokio::test]
async fn a_file_that_is_there_stays_unless_told_otherwise() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    std::fs::write(&place.target, "mine").expect("written");
    let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("there already");
    assert_kind(&error, ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
    assert_eq!(std::fs::read(&place.target).expect("read"), b"mine");
    client.export_impex(CATEGORIES, &place.target, Overwrite::Yes).await.expect("a result");
    assert!(std::fs::read(&place.target).expect("read").starts_with(b"PK"));
    let nowhere = place.directory.path().join("none").join("x.zip");
    for target in [nowhere, place.directory.path().to_owned()] {
        let error = client.export_impex(CATEGORIES, target, Overwrite::Yes).await.expect_err("no place");
        assert_kind(&error, ErrorKind::Usage);
    }
    assert_eq!((hac.ledger().executed(), place.names().len()), (1, 1));
}

#[tokio::test]
async fn an_export_that_fails_is_a_result_and_leaves_no_file() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let result = client
        .export_impex("INSERT Foo;a", &place.target, Overwrite::No)
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert!(!result.success() && result.archive.is_none());
    assert!(result.output.contains("unknown type 'Foo'"), "{result:?}");
    let notice = "<span id=impexResult data-level=notice data-result=done></span>";
    hac.simulator.faults().once(On::post(EXPORT), page(notice, true));
    let result = client
        .export_impex(CATEGORIES, &place.target, Overwrite::No)
        .await
        .or_else(Error::into_outcome)
        .expect("a result");
    assert!(!result.success(), "without an archive it is none");
    assert!(place.names().is_empty());
    for level in ["fatal", "err", "error ", "warning"] {
        let failed = format!(
            "<span id=impexResult data-level='{level}' data-result='has encountered problems'></span>
             <div id=downloadExportResultData><a href='export/data/x.zip'>x.zip</a></div>"
        );
        hac.simulator.faults().once(On::post(EXPORT), page(&failed, true));
        hac.ledger().clear();
        let result = client
            .export_impex(CATEGORIES, &place.target, Overwrite::No)
            .await
            .or_else(Error::into_outcome)
            .expect("a result");
        assert!(!result.success() && result.archive.is_none(), "{level}");
        assert_eq!(hac.ledger().len(), 1, "nothing is downloaded");
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_or_is_no_archive_leaves_no_file() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let link = "<span id=impexResult data-level=notice data-result=done></span>
        <div id=downloadExportResultData><a href='export/data/x.zip'>x.zip</a></div>";
    let answers = |body: &str| Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: false };
    let archive = On::path("/console/impex/export/data/x.zip");
    for (fault, kind) in [
        (answers("PK\x03\x04 and then nothing more"), ErrorKind::Protocol),
        (answers(""), ErrorKind::NotHac),
        (answers("<title>Portal</title>"), ErrorKind::NotHac),
        (Fault::Answer { status: 404, headers: vec![], body: String::new(), execute: false }, ErrorKind::Rejected),
    ] {
        hac.simulator.faults().once(On::post(EXPORT), page(link, true));
        hac.simulator.faults().once(archive.clone(), fault);
        let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("no archive");
        assert_kind(&error, kind);
        assert!(place.names().is_empty(), "{:?}", place.names());
    }
    // The connection breaks off under a real archive, which is given away only once.
    hac.simulator.faults().clear();
    hac.simulator.faults().once(On::get(".zip"), Fault::CutBody);
    let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err("cut");
    assert_kind(&error, ErrorKind::ConnectionLost);
    assert!(error.hint().expect("a hint").to_string().contains("export again"), "{error:?}");
    assert!(place.names().is_empty());
}

#[tokio::test]
async fn a_session_that_ends_before_the_download_is_renewed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    let login = "<title>hybris administration console | Login</title><form action=/hac/j_spring_security_check>
        <input name=j_username></form>";
    let link = "<span id=impexResult data-level=notice data-result=done></span>
        <div id=downloadExportResultData><a href='/hac/console/impex/export/data/x.zip?a=b'>x.zip</a>
        <a href='export/data/media.zip'>media.zip</a></div>";
    let archive = "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let answers = |body: &str| Fault::Answer { status: 200, headers: vec![], body: body.into(), execute: false };
    hac.simulator.faults().once(On::post(EXPORT), page(link, true));
    hac.simulator.faults().once(On::path("/console/impex/export/data/x.zip"), answers(login));
    hac.simulator.faults().once(On::path("/console/impex/export/data/x.zip"), answers(archive));
    let result = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect("a result");
    assert!(result.success());
    assert_eq!(result.further_downloads, ["media.zip"]);
    assert_eq!((hac.ledger().logins(), place.names()), (1, vec!["out.zip".to_owned()]));
    let asked = hac.ledger().entries();
    assert_eq!(asked.last().expect("a download").query.as_deref(), Some("a=b"));
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_not_followed() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let place = Place::new();
    for href in ["https://evil.example.com/x.zip?token=SECRET", "/other/x.zip", "javascript:alert(1)"] {
        let body = format!(
            "<span id=impexResult data-level=notice data-result=done></span>
             <div id=downloadExportResultData><a href='{href}'>x</a></div>"
        );
        hac.simulator.faults().once(On::post(EXPORT), page(&body, true));
        hac.ledger().clear();
        let error = client.export_impex(CATEGORIES, &place.target, Overwrite::No).await.expect_err(href);
        assert_kind(&error, ErrorKind::NotHac);
        assert!(!format!("{error:?}").contains("SECRET"));
        assert_eq!((hac.ledger().len(), place.names().len()), (1, 0), "{href}");
    }
}
