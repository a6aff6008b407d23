//! Scripts and queries: what arrives is what ran.

use hac_simulator::{Fault, On, Release, Simulator};

use crate::browser::Browser;

#[test]
fn a_script_runs_after_a_login() {
    for release in Release::ALL {
        let simulator = Simulator::builder().release(release).start().unwrap();
        let mut browser = Browser::admin(&simulator);
        assert_eq!(browser.script("1 + 1")["executionResult"], "2");
        assert_eq!(simulator.ledger().executed_scripts(), ["1 + 1"]);
        assert_eq!(simulator.ledger().logins(), 1);
    }
}

#[test]
fn a_script_is_answered_with_three_texts_in_order_and_nothing_else() {
    let simulator = Simulator::builder().start().unwrap();
    let reply = Browser::admin(&simulator).run_script("'A & B'");
    assert_eq!(reply.text(), r#"{"executionResult":"A & B","outputText":"","stacktraceText":""}"#);
    assert_eq!(reply.header("content-type"), Some("application/json;charset=UTF-8"));
}

#[test]
fn a_script_that_throws_is_answered_200_with_a_trace() {
    let simulator = Simulator::builder().start().unwrap();
    let answer = Browser::admin(&simulator).script("throw new Error('oops')");
    assert!(answer["stacktraceText"].as_str().unwrap().contains("oops"));
}

#[test]
fn a_script_without_its_type_is_a_bad_request() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let reply = browser.post("/console/scripting/execute", &[("script", "1")]);
    assert_eq!(reply.status, 400);
    let reply = browser.post("/console/scripting/execute", &[("scriptType", "javascript")]);
    assert_eq!(reply.status, 400);
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn a_form_over_the_servers_limit_loses_its_fields() {
    let simulator = Simulator::builder().knobs(|knobs| knobs.max_form_bytes = 1000).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let long = format!("1//{}", "x".repeat(1000));
    assert_eq!(browser.run_script(&long).status, 405, "the token went with the fields");
    browser.headers = vec![("X-CSRF-TOKEN".to_owned(), browser.token.clone())];
    assert_eq!(browser.run_script(&long).status, 400, "the script is missing");
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn a_get_on_an_execute_address_is_no_page() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for path in ["/console/scripting/execute", "/console/flexsearch/execute"] {
        let reply = browser.get(path);
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    }
    assert_eq!(browser.post("/console/scripting", &[]).status, 405);
}

#[test]
fn a_query_answers_rows_up_to_the_count_that_was_asked_for() {
    let simulator = Simulator::builder().products(300).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let query = ("flexibleSearchQuery", "SELECT {code} FROM {Product}");
    let keys = [
        "\"query\":",
        "\"executionTime\":",
        "\"resultCount\":",
        "\"exception\":null",
        "\"headers\":",
        "\"resultList\":",
        "\"rawExecution\":false",
        "\"dataSourceId\":\"master\"",
        "\"exceptionStackTrace\":\"\"",
        "\"parametersAsString\":\"\"",
        "\"catalogVersionsAsString\":\"\"",
    ];
    let text = browser.query(&[query]).text();
    let places: Vec<_> = keys.iter().map(|key| text.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    for (max_count, rows) in [(None, 200), (Some("7"), 7), (Some("999999999"), 300)] {
        let mut fields = vec![query];
        fields.extend(max_count.map(|count| ("maxCount", count)));
        let answer = browser.query(&fields).json();
        assert_eq!(answer["resultList"].as_array().unwrap().len(), rows);
        assert_eq!(answer["resultCount"], rows);
    }
    assert_eq!(simulator.ledger().executed(), 4);
}

#[test]
fn cells_are_escaped_unless_the_server_does_not() {
    for (escape, cell) in [(true, "&lt;a&gt; &amp; &quot;b&quot;"), (false, "<a> & \"b\"")] {
        let simulator = Simulator::builder().knobs(move |knobs| knobs.escape_cells = escape).start().unwrap();
        let reply = Browser::admin(&simulator).query(&[("sqlQuery", "SELECT '<a> & \"b\"', NULL")]);
        let answer = reply.json();
        assert_eq!(answer["resultList"][0][0], cell);
        assert!(answer["resultList"][0][1].is_null());
        assert_eq!(answer["rawExecution"], true);
    }
}

#[test]
fn a_query_that_fails_is_answered_200_with_an_exception() {
    let simulator = Simulator::builder().start().unwrap();
    let reply = Browser::admin(&simulator).query(&[("flexibleSearchQuery", "SELECT {pk} FROM {Foo}")]);
    let answer = reply.json();
    assert_eq!(reply.status, 200);
    assert!(answer["exception"]["message"].as_str().unwrap().contains("Foo"));
    assert!(answer["exception"]["cause"].is_null());
    assert!(answer["exception"]["stackTrace"][0]["className"].is_string());
    assert!(answer["headers"].is_null() && answer["resultList"].is_null());
    assert!(!answer["exceptionStackTrace"].as_str().unwrap().is_empty());
}

#[test]
fn a_boolean_is_one_of_eight_words_and_everything_else_is_a_bad_request() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    browser.query(&[("sqlQuery", "CREATE TABLE kept (name VARCHAR(20))"), ("commit", "true")]);
    let mut kept = 0;
    for (word, commits) in [
        ("true", true),
        ("TRUE", true),
        (" on ", true),
        ("Yes", true),
        ("1", true),
        ("false", false),
        ("off", false),
        ("no", false),
        ("0", false),
        ("", false),
    ] {
        kept += i64::from(commits) * 2;
        let insert = ("sqlQuery", "INSERT INTO kept VALUES ('row')");
        assert_eq!(browser.query(&[insert, ("commit", word)]).status, 200, "{word:?}");
        let script = ("script", "db.update(\"INSERT INTO kept VALUES ('row')\"); null");
        let fields = [script, ("scriptType", "javascript"), ("commit", word)];
        assert_eq!(browser.post("/console/scripting/execute", &fields).status, 200, "{word:?}");
        let counted = browser.query(&[("sqlQuery", "SELECT COUNT(*) FROM kept")]).json();
        assert_eq!(counted["resultList"][0][0], kept.to_string(), "{word:?}");
    }
    let executed = simulator.ledger().executed();
    for word in ["maybe", "2", "y"] {
        assert_eq!(browser.query(&[("sqlQuery", "SELECT 1"), ("commit", word)]).status, 400, "{word:?}");
        let fields = [("script", "1"), ("scriptType", "javascript"), ("commit", word)];
        assert_eq!(browser.post("/console/scripting/execute", &fields).status, 400, "{word:?}");
    }
    assert_eq!(simulator.ledger().executed(), executed);
}

#[test]
fn what_is_sent_twice_is_joined_by_a_comma_where_it_is_a_text_and_counts_once_where_it_is_not() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let fields =
        [("script", "[1"), ("script", "2].length"), ("scriptType", "javascript"), ("commit", "1"), ("commit", "?")];
    assert_eq!(browser.post("/console/scripting/execute", &fields).json()["executionResult"], "2");
    let in_the_query = "/console/scripting/execute?script=[7";
    let fields = [("script", "8][0]"), ("scriptType", "javascript")];
    assert_eq!(browser.post(in_the_query, &fields).json()["executionResult"], "7");
    let fields = [("sqlQuery", "SELECT 1"), ("sqlQuery", "2"), ("maxCount", "1"), ("maxCount", "many")];
    assert_eq!(browser.query(&fields).json()["headers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_count_is_a_number_of_java() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for (count, status) in [("2147483647", 200), (" 7 ", 200), ("", 200), ("2147483648", 400), ("-1", 400)] {
        assert_eq!(browser.query(&[("sqlQuery", "SELECT 1"), ("maxCount", count)]).status, status, "{count:?}");
    }
}

#[test]
fn a_body_that_nobody_wants_is_answered_before_it_has_arrived_and_then_cut_off() {
    use std::io::{BufReader, Read as _, Write as _};

    const ALL: usize = 40_000_000;
    let simulator = Simulator::builder().knobs(|knobs| knobs.max_form_bytes = ALL).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    for (token, form) in [("wrong", ALL), (browser.token.clone().as_str(), ALL + 1)] {
        let mut connection = BufReader::new(browser.connect().unwrap());
        browser.headers = vec![("X-CSRF-TOKEN".to_owned(), token.to_owned())];
        let reply = browser.send_head_on(&mut connection, "/hac/console/scripting/execute", form).unwrap();
        assert_eq!(reply.status, if token == "wrong" { 405 } else { 400 });
        let piece = vec![b'x'; 1 << 20];
        let mut sent = 0;
        while sent < form && connection.get_mut().write_all(&piece).is_ok() {
            sent += piece.len();
        }
        assert!(sent < form, "it was never cut off");
        assert!(sent >= 2 << 20, "it was cut off after {sent} bytes");
        let mut rest = Vec::new();
        assert!(connection.read_to_end(&mut rest).is_err() || rest.is_empty());
    }
    // What is not too long for that is read to its end, and the connection goes on.
    let mut connection = BufReader::new(browser.connect().unwrap());
    browser.headers = vec![("X-CSRF-TOKEN".to_owned(), "wrong".to_owned())];
    for _ in 0..2 {
        let form = "x".repeat(2 << 20);
        let reply = browser.send_on(&mut connection, "POST", "/hac/console/scripting/execute", Some(form)).unwrap();
        assert_eq!(reply.status, 405);
    }
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn a_long_form_that_is_wanted_arrives_whole() {
    let simulator = Simulator::builder().knobs(|knobs| knobs.max_form_bytes = 40_000_000).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let script = format!("'{}'.length", "x".repeat(9_000_000));
    assert_eq!(browser.script(&script)["executionResult"], "9000000", "the token is in the form");
    browser.headers = vec![("X-CSRF-TOKEN".to_owned(), browser.token.clone())];
    assert_eq!(browser.script(&script)["executionResult"], "9000000", "the token is in the header");
    assert_eq!(simulator.ledger().executed_scripts().len(), 2);
}

#[test]
fn a_count_that_is_no_number_is_a_bad_request() {
    let simulator = Simulator::builder().start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let query = ("flexibleSearchQuery", "SELECT {pk} FROM {Product}");
    assert_eq!(browser.query(&[query, ("maxCount", "many")]).status, 400);
    assert_eq!(browser.query(&[("maxCount", "1")]).status, 400);
    assert_eq!(simulator.ledger().executed(), 0);
}

#[test]
fn a_user_of_the_simulator_is_a_user_of_its_database() {
    let simulator = Simulator::builder().user("boss", "secret", &["ROLE_ADMINGROUP"]).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let mut asked_as = |user| {
        let form = [("flexibleSearchQuery", "SELECT {uid} FROM {Employee} WHERE {uid} = 'boss'"), ("user", user)];
        browser.post("/console/flexsearch/execute", &form).json()["resultList"].clone()
    };
    assert_eq!(asked_as("boss")[0][0], "boss");
    assert!(asked_as("nobody").is_null() || asked_as("nobody").as_array().is_some_and(Vec::is_empty));
}

#[test]
fn a_result_that_is_too_long_for_memory_is_whole_and_can_be_cut() {
    let simulator = Simulator::builder().stock_levels(60_000).start().unwrap();
    let mut browser = Browser::admin(&simulator);
    let text = "SELECT {pk}, {productCode}, {available}, {reserved}, {overSelling}, {preOrder}, {maxPreOrder}, {nextDeliveryTime} \
                FROM {StockLevel} ORDER BY {pk}";
    let fields = [("flexibleSearchQuery", text), ("maxCount", "100000")];
    let reply = browser.query(&fields);
    let length = reply.body.len();
    assert!(length > 4 << 20, "{length} bytes");
    assert_eq!(reply.header("content-length"), Some(length.to_string().as_str()));
    let answer = reply.json();
    assert_eq!(answer["resultCount"], 60_000);
    let rows = answer["resultList"].as_array().unwrap();
    assert_eq!(rows.len(), 60_000);
    assert_eq!(rows[59_999][1], "STOCK-00060000");
    assert_eq!(answer["headers"][1], "p_productcode");
    assert_eq!(answer["exceptionStackTrace"], "");

    for fault in [Fault::CutBody, Fault::CutChunked] {
        simulator.faults().once(On::post("/console/flexsearch/execute"), fault);
        let form = browser.form(&fields);
        let path = browser.below("/console/flexsearch/execute");
        let cut = browser.send("POST", &path, Some(form));
        assert!(cut.is_err() || cut.unwrap().body.len() < length);
    }
}

#[test]
fn a_simulator_on_the_file_of_another_goes_on_with_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let start = || Simulator::builder().database(directory.path().join("hac.db")).start();
    let simulator = start().unwrap();
    let script = [("scriptContent", "INSERT_UPDATE Language;isocode[unique=true]\n;fr")];
    assert!(Browser::admin(&simulator).post("/console/impex/import", &script).text().contains("finished successfully"));
    let taken = start().unwrap_err();
    assert!(taken.to_string().contains("in use by another process"), "{taken}");
    simulator.stop();

    let again = start().unwrap();
    let found =
        Browser::admin(&again).query(&[("flexibleSearchQuery", "SELECT {pk} FROM {Language} WHERE {isocode} = 'fr'")]);
    assert_eq!(found.json()["resultCount"], 1);
}
