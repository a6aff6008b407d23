//! The calls of HAC's tab "Platform": what is sent, and what is made of the answers.

use hac_client::ErrorKind;
use hac_client::platform::LogLevel;
use hac_simulator::{Fault, On, Release};

use super::support::{Hac, assert_kind};

fn page(html: &str) -> Fault {
    let body = format!("<title>hybris administration console | Page</title>{html}");
    Fault::Answer { status: 200, headers: Vec::new(), body, execute: false }
}

#[tokio::test]
async fn loggers_are_listed_on_every_release_without_changing_any() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let loggers = client.loggers().await.expect("loggers");
        let root = loggers.iter().find(|logger| logger.name == "root").expect("a root");
        assert_eq!((root.parent.as_deref(), root.level.as_deref()), (None, Some("INFO")));
        let impex = loggers.iter().find(|logger| logger.name == "de.hybris.platform.impex").expect("a logger");
        assert_eq!((impex.parent.as_deref(), impex.level.as_deref()), (Some("de.hybris.platform"), Some("WARN")));
        assert_eq!(hac.requests(), ["GET /hac/platform/log4j 200"]);
        assert_eq!(hac.ledger().executed(), 0);
    }
}

#[tokio::test]
async fn a_level_that_was_set_is_the_one_that_is_listed() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let change = client.change_log_level("de.hybris.platform.impex", LogLevel::Trace).await.expect("a change");
        assert!(change.success(), "{change:?}");
        let child = change.loggers.iter().find(|logger| logger.name == "de.hybris.platform.impex.jalo").expect("one");
        assert_eq!(child.level.as_deref(), Some("TRACE"), "inherited");
        assert_eq!(client.loggers().await.expect("loggers"), change.loggers);
    }
}

#[tokio::test]
async fn the_name_of_a_logger_is_passed_on_as_it_is() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for name in ["com.example.Outer$Inner", "a-b.c_d", "näme with=odd&letters", " "] {
        hac.ledger().clear();
        let changed = client.change_log_level(name, LogLevel::Error).await;
        if name.trim().is_empty() {
            assert_kind(&changed.expect_err("no name"), ErrorKind::Usage);
            assert!(hac.ledger().is_empty());
            continue;
        }
        assert_eq!(changed.expect(name).logger().expect("listed").level.as_deref(), Some("ERROR"));
        assert_eq!(hac.ledger().entries()[0].field("loggerName"), Some(name));
    }
}

#[tokio::test]
async fn a_logger_that_the_server_does_not_list_afterwards_was_not_set() {
    let hac = Hac::with(|simulator| simulator.knobs(|knobs| knobs.creates_loggers = false));
    let client = hac.warm_client().await;
    let change = client.change_log_level("com.example.Missing", LogLevel::Debug).await.expect("an answer");
    assert!(!change.success() && change.logger().is_none() && !change.loggers.is_empty());
}

#[tokio::test]
async fn a_name_that_the_list_lacks_becomes_a_logger_on_the_node_that_answers() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let name = "com.example.invented.Package";
        let change = client.change_log_level(name, LogLevel::Debug).await.expect("a change");
        assert!(change.success(), "{change:?}");
        let logger = change.logger().expect("listed");
        assert_eq!((logger.level.as_deref(), logger.parent.as_deref()), (Some("DEBUG"), Some("root")));
        assert_eq!(hac.requests(), ["POST /hac/platform/log4j/changeLevel 200"], "the list is not asked for first");
        assert_eq!(client.loggers().await.expect("loggers"), change.loggers);
    }
}

#[tokio::test]
async fn an_answer_that_says_nothing_of_the_level_is_no_change() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (answer, success) in [
        (r#"{"loggerName":"a","levelName":"INFO"}"#, true),
        (r#"{"loggerName":null,"levelName":null}"#, false),
        (r#"{"loggerName":"a","levelName":null}"#, false),
        (r#"{"loggerName":"b","levelName":"INFO"}"#, false),
        (r#"{"loggerName":"b","levelName":"INFO","loggers":[{"name":"b","effectiveLevel":"INFO"}]}"#, false),
    ] {
        hac.simulator.faults().once(On::post("/changeLevel"), Fault::Body(answer.to_owned()));
        let change = client.change_log_level("a", LogLevel::Info).await.expect("an answer");
        assert_eq!(change.success(), success, "{answer}");
    }
}

#[tokio::test]
async fn an_action_that_is_not_known_is_no_proof_of_a_change() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for (action, success) in [("\"update\"", true), ("null", false), ("\"\"", false), ("\"rejected\"", false)] {
        let answer = format!(r#"{{"action":{action},"hasEdited":false}}"#);
        hac.simulator.faults().once(On::post("/configstore"), Fault::Body(answer));
        assert_eq!(client.set_property("a", "b").await.expect("an answer").success(), success, "{action}");
    }
}

#[tokio::test]
async fn an_answer_without_information_is_not_a_success() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let answers = |path: &str, body: &str| hac.simulator.faults().once(On::path(path), Fault::Body(body.to_owned()));
    answers("/pkanalyzer/analyze", r#"{"pkString":"1"}"#);
    assert!(!client.analyze_pk("1").await.expect("an answer").success());
    answers("/impex/allTypes", r#"{"exists":true,"types":null}"#);
    assert_kind(&client.types().await.expect_err("no types"), ErrorKind::Protocol);
    answers("/impex/typeAndAttributes", r#"{"exists":true}"#);
    assert_kind(&client.type_attributes("User").await.expect_err("no attributes"), ErrorKind::Protocol);
    answers("/support/zip", r#"{"success":false}"#);
    assert!(!client.prepare_support_zip(&["config/local.properties"]).await.expect("an answer").success());
    answers("/scripting/execute", r#"{"executionResult":null,"outputText":null,"stacktraceText":null}"#);
    let error = client.execute_groovy("1", hac_client::Commit::No).await.expect_err("nothing is told");
    assert_kind(&error, ErrorKind::Protocol);
    assert!(error.hint().is_some_and(|hint| hint.to_string().contains("may have been executed")));
}

#[tokio::test]
async fn a_logging_page_without_its_table_is_an_error_and_no_level_is_set_to_find_out() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    hac.simulator.faults().always(On::path("/platform/log4j"), page("<table id=other></table>"));
    let error = client.loggers().await.expect_err("an unknown page");
    assert_kind(&error, ErrorKind::Protocol);
    assert!(error.hint().expect("a hint").to_string().contains("logging page"), "{error:?}");
    assert_eq!(hac.ledger().executed(), 0);
}

#[tokio::test]
async fn properties_are_read_with_their_masks_and_changed_in_memory() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let before = client.properties().await.expect("properties");
        assert!(before.len() > 300, "{}", before.len());
        let value = |key: &str| before.iter().find(|property| property.key == key).cloned().expect(key);
        assert!(value("db.password").is_masked() && !value("db.url").is_masked());
        assert_eq!(value("mail.smtp.user").value, "\"Shop\" <shop@example.com>");
        let change = client.set_property("mail.smtp.user", "a=b & 'c' \u{fc}").await.expect("a change");
        assert_eq!((change.action.as_str(), change.has_edited), ("update", Some(false)));
        let after = client.properties().await.expect("properties");
        let changed: Vec<_> = after.iter().filter(|property| !before.contains(property)).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].value, "a=b & 'c' \u{fc}");
    }
}

#[tokio::test]
async fn a_page_of_many_thousand_properties_is_read_whole() {
    let hac = Hac::with(|simulator| simulator.properties(60_000));
    let client = hac.warm_client().await;
    let properties = client.properties().await.expect("properties");
    assert!(properties.len() > 60_000, "{}", properties.len());
    assert_eq!(properties.last().map(|property| property.key.as_str()), Some("workflow.webmodule.enabled"));
    assert!(properties.iter().any(|property| property.key == "bulk.property.060000"));
}

#[tokio::test]
async fn a_property_without_a_key_is_not_sent() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    assert_kind(&client.set_property(" ", "x").await.expect_err("no key"), ErrorKind::Usage);
    assert!(hac.ledger().is_empty());
}

#[tokio::test]
async fn a_pk_of_the_sample_tells_its_type_on_every_release() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let query = client.execute_flexiblesearch("SELECT {pk} FROM {Language}").await.expect("rows");
        let pk = query.rows[0][0].clone().expect("a PK");
        let analysis = client.analyze_pk(&pk).await.expect("an answer");
        assert!(analysis.success(), "{analysis:?}");
        assert_eq!((analysis.composed_type(), analysis.type_code()), (Some("Language"), Some(32)));
        let number: i64 = pk.parse().expect("a number");
        assert_eq!(analysis.hex(), Some(format!("{number:x}").as_str()));
        assert_eq!(analysis.binary(), Some(format!("{number:b}").as_str()));
        assert_eq!(
            (analysis.counter_based(), analysis.creation_date(), analysis.cluster_id()),
            (Some(true), None, None)
        );
    }
}

#[tokio::test]
async fn text_that_is_no_pk_is_a_result_that_failed_and_is_passed_on_as_it_is() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    for text in ["nonsense", "-5", "9223372036854775808", "1 2", "ö&="] {
        hac.ledger().clear();
        let analysis = client.analyze_pk(text).await.expect("an answer");
        assert!(!analysis.success(), "{text}");
        assert_eq!(hac.ledger().entries()[0].field("pkString"), Some(text));
    }
    assert_kind(&client.analyze_pk(" ").await.expect_err("empty"), ErrorKind::Usage);
}

#[tokio::test]
async fn types_and_their_attributes_are_told_on_every_release() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let types = client.types().await.expect("types");
        assert!(types.is_sorted() && types.contains(&"Customer".to_owned()), "{types:?}");
        for code in &types {
            let attributes = client.type_attributes(code).await.expect("an answer").expect("it is there");
            assert!(attributes.is_sorted() && attributes.contains(&"pk".to_owned()), "{code}: {attributes:?}");
        }
        let customer = client.type_attributes("Customer").await.expect("an answer").expect("it is there");
        assert!(customer.contains(&"uid".to_owned()), "inherited");
        assert_eq!(client.type_attributes("Nothing").await.expect("an answer"), None);
    }
    let hac = Hac::start();
    assert_kind(&hac.client().type_attributes("").await.expect_err("empty"), ErrorKind::Usage);
}

#[tokio::test]
async fn the_server_is_asked_for_json_about_itself_because_it_has_a_page_too() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let about = client.about().await.expect("an object");
        assert_eq!(about["product"], "hac-simulator");
        assert_eq!(hac.ledger().entries()[0].header("accept"), Some("application/json"));
        client.support_files().await.expect("a list");
        assert_ne!(hac.ledger().entries()[1].header("accept"), Some("application/json"), "where nobody has seen it");
    }
}

#[tokio::test]
async fn support_files_are_packed_and_come_as_a_whole_archive() {
    for release in Release::ALL {
        let hac = Hac::with(|simulator| simulator.release(release));
        let client = hac.warm_client().await;
        let mut archive = Vec::new();
        let error = client.download_support_zip(&mut archive).await.expect_err("nothing was packed yet");
        assert_kind(&error, ErrorKind::Rejected);
        let files = client.support_files().await.expect("a list");
        let paths: Vec<&str> = files.iter().filter_map(|file| file.as_str()).collect();
        assert_eq!(paths.len(), 3);
        hac.ledger().clear();
        client.prepare_support_zip(&paths[..2]).await.expect("packed");
        let sent: Vec<_> =
            hac.ledger().entries()[0].form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(sent, [format!("files={}", paths[0]), format!("files={}", paths[1])]);
        assert_eq!(client.download_support_zip(&mut archive).await.expect("an archive"), archive.len() as u64);
        let holds = |name: &str| archive.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(holds(paths[0]) && holds(paths[1]) && !holds(paths[2]));
    }
}

#[tokio::test]
async fn an_invalid_archive_is_an_error_and_a_page_never_reaches_the_sink() {
    let hac = Hac::start();
    let client = hac.warm_client().await;
    let none: [&str; 0] = [];
    assert_kind(&client.prepare_support_zip(&none).await.expect_err("no file"), ErrorKind::Usage);
    for (body, kind) in [("<p>PK", ErrorKind::NotHac), ("PK\u{3}\u{4} no end", ErrorKind::Protocol)] {
        let mut taken = Vec::new();
        hac.simulator.faults().once(On::get("/zip/download"), page_of(body));
        assert_kind(&client.download_support_zip(&mut taken).await.expect_err(body), kind);
        assert_eq!(taken.is_empty(), kind == ErrorKind::NotHac);
    }
}

fn page_of(body: &str) -> Fault {
    Fault::Answer { status: 200, headers: Vec::new(), body: body.into(), execute: false }
}
