//! What is too large for a form, or no text in UTF-8: it is uploaded.

use hac_client::console::ImpexSwitch;
use hac_client::{Error, ErrorKind, FlexibleSearch, ImpexImport};
use hac_simulator::{Fault, On};

use super::{IMPORT, UPLOAD, large, lines};
use crate::support::{Hac, assert_kind};

#[tokio::test]
async fn what_is_too_large_for_a_form_is_uploaded_and_its_lines_are_told_all_the_same() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Größe 1.impex");
    std::fs::write(&path, large(150)).expect("written");
    for import in [
        ImpexImport::from_file(&path).expect("opened"),
        ImpexImport::new(large(150)),
        ImpexImport::from_bytes("Größe \"1\".impex", large(150).into_bytes()),
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
    assert_eq!(hac.ledger().entries().last().expect("a request").field("file"), Some("Gr__e__1_.impex"));
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
async fn a_file_that_is_truncated_while_it_is_sent_is_a_usage_error_and_nothing_runs() {
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
    assert!(error.to_string().contains("a.impex is not valid UTF-8 (line 2, byte 9)"), "{error}");
    assert!(hac.ledger().is_empty());
    let import = ImpexImport::from_bytes("a.impex", bytes).encoding("ISO-8859-1");
    let result = client.import_impex(import.clone()).await.or_else(Error::into_outcome).expect("a result");
    assert_eq!(lines(&result), [Some(3)], "{result:?}");
    let query = FlexibleSearch::new("SELECT {name[en]} FROM {Language} WHERE {isocode} = 'xx'");
    assert_eq!(client.execute_flexiblesearch(query).await.expect("rows").rows, [[Some("Français".to_owned())]]);
    assert!(client.validate_impex(import).await.expect("a result").success());
}

#[tokio::test]
async fn a_script_in_utf_16_reaches_the_server_as_utf_8() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let script = "\u{feff}INSERT Language;isocode[unique=true];name[lang=en]\n;xx;Français 😀\n";
    let bytes: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &bytes).expect("written");
    let import = ImpexImport::from_file(file.path()).expect("opened");
    assert!(client.import_impex(import).await.expect("a result").success());
    let sent = hac.ledger().entries().iter().find_map(|entry| entry.field("scriptContent").map(str::to_owned));
    assert_eq!(sent.as_deref(), script.strip_prefix('\u{feff}'));
    let query = FlexibleSearch::new("SELECT {name[en]} FROM {Language} WHERE {isocode} = 'xx'");
    assert_eq!(client.execute_flexiblesearch(query).await.expect("rows").rows, [[Some("Français 😀".to_owned())]]);
    let cut = ImpexImport::from_bytes("a.impex", &bytes[..bytes.len() - 1]);
    let error = client.import_impex(cut).await.expect_err("half a character");
    assert_kind(&error, ErrorKind::Usage);
    assert!(error.to_string().contains("a.impex begins as UTF-16 text"), "{error}");
}
