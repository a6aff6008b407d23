//! Results in each format, in a pipe.

use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::{Bench, Ran};
use crate::snapshot;

const EXECUTE: &str = "/console/flexsearch/execute";
const PRODUCTS: &str = "SELECT {pk}, {code}, {name[en]}, {ean} FROM {Product} \
     WHERE {code} IN ('CAM-100000', 'DIS-100002', 'LEN-100001') ORDER BY {code}";

/// Every format.
pub(crate) const FORMATS: [&str; 8] = ["table", "tsv", "csv", "json", "jsonl", "markdown", "vertical", "impex"];

/// A null, an empty text, and what formats have to escape.
fn wild() -> Fault {
    let answer = serde_json::json!({
        "headers": ["PK", "p_code", "p_name", "p_n"],
        "resultList": [
            ["8796093054977", "a;b", "say \"x\" | *y*", "1"],
            ["8796093087745", "", "two\nlines <b>", "-20.5"],
            ["8796093120513", null, " blanks ", null],
        ],
        "resultCount": 3, "executionTime": 7, "exception": null, "exceptionStackTrace": "", "query": "SELECT 1",
    });
    Fault::Body(answer.to_string())
}

fn all(bench: &Bench, command: &[&str], formats: &[&str]) -> String {
    let mut all = String::new();
    for format in formats {
        let ran = bench.run(&[command, &["--format", format]].concat());
        writeln!(all, "=== {format}\n{ran}").expect("a string");
    }
    all
}

#[test]
fn a_query_in_every_format() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let mut told = String::new();
    for format in FORMATS {
        bench.simulator.faults().once(On::post(EXECUTE), wild());
        let query = ["flexsearch", "SELECT {pk}, {code}, {name[en]}, {n} FROM {Thing}", "--format", format];
        // What is unique in the type is asked for first.
        let query = if format == "impex" { &["flexsearch", PRODUCTS, "--format", format][..] } else { &query };
        writeln!(told, "=== {format}\n{}", bench.run(query)).expect("a string");
        bench.simulator.faults().clear();
    }
    snapshot!(told);
}

#[test]
fn a_list_and_a_single_result_in_every_format() {
    let bench = Bench::new();
    let mut told = all(&bench, &["logger", "list", "root"], &FORMATS);
    told.push_str(&all(&bench, &["property", "get", "deployment.type"], &FORMATS));
    snapshot!(told);
}

#[test]
fn text_is_a_format_whatever_the_configuration_prefers() {
    let bench = Bench::new();
    let file = bench.file("json.toml", "[output]\nformat = \"json\"\n");
    let configured = |arguments: &[&str]| bench.ran(bench.hac().env("HAC_CLIENT_CONFIG_PATH", &file).args(arguments));
    for command in
        [&["property", "get", "build.version"][..], &["logger", "set", "root", "WARN"], &["update", "status"]]
    {
        let plain = bench.run(command);
        assert!(plain.code == Some(0) && !plain.stdout.starts_with('{'), "{plain}");
        assert!(configured(command).stdout.starts_with('{'));
        assert_eq!(configured(&[command, &["--format", "text"]].concat()).stdout, plain.stdout);
        let both = bench.run(&[command, &["--format", "text", "--json"]].concat());
        assert_eq!(both.code, Some(2), "{both}");
    }
    bench.file("a.impex", "INSERT Title;code\n;a;b\n");
    let lint = ["impex", "lint", "a.impex"];
    assert_eq!(configured(&[&lint[..], &["--format", "text"]].concat()).stdout, bench.run(&lint).stdout);
    let names = bench.run(&["session", "list", "--format", "quiet", "--json"]);
    assert_eq!(names.code, Some(2), "{names}");
}

#[test]
fn each_format_has_one_spelling_of_a_null() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    for (format, null) in [
        ("table", "┆ NULL"),
        ("markdown", "| NULL |"),
        ("vertical", "  NULL\n"),
        ("tsv", "\t\n"),
        ("csv", ",\n"),
        ("jsonl", ":null}"),
    ] {
        bench.simulator.faults().once(On::post(EXECUTE), wild());
        for line in
            [&["logger", "list", "root"][..], &["flexsearch", "SELECT {pk}, {code}, {name[en]}, {n} FROM {Thing}"]]
        {
            let ran = bench.run(&[line, &["--format", format]].concat());
            assert!(ran.code == Some(0) && ran.stdout.contains(null), "{format}: {ran}");
        }
        bench.simulator.faults().clear();
    }
}

#[test]
fn lists_of_hac_client_cli_in_every_format() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let formats = ["table", "tsv", "csv", "jsonl", "markdown", "vertical", "quiet"];
    let mut told = String::new();
    for format in formats {
        writeln!(told, "=== {format}\n{}", bench.run(&["session", "list", "-f", format])).expect("a string");
    }
    snapshot!(told);
}

#[test]
fn columns_are_picked_and_ordered_and_a_wrong_one_is_named_with_the_nearest() {
    let bench = Bench::new();
    let picked = |flags: &[&str]| bench.run(&[&["flexsearch", PRODUCTS, "-q"], flags].concat());
    let columns = ["--columns", "name,PK,code"];
    assert!(picked(&columns).stdout.starts_with("p_name\tPK\tp_code\n"), "{}", picked(&columns));
    let line = picked(&["--columns", "code", "--format", "jsonl"]).stdout;
    assert_eq!(line.lines().next(), Some("{\"p_code\":\"CAM-100000\"}"));
    let json = picked(&["--columns", "code", "--json"]).json();
    assert_eq!(
        (&json["headers"], &json["rows"][0]),
        (&serde_json::json!(["p_code"]), &serde_json::json!(["CAM-100000"]))
    );
    assert_eq!(picked(&["--columns", "code", "--no-headers"]).stdout.lines().next(), Some("CAM-100000"));
    for flags in [&["--columns", "cod"][..], &["--columns", "cod", "--json"]] {
        let refused = picked(flags);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("no column cod") && refused.stderr.contains("did you mean code"), "{refused}");
    }
    let list = bench.run(&["logger", "list", "root", "--columns", "level,name"]);
    assert_eq!(list.stdout, "level\tname\nINFO\troot\n");
    let object = bench.run(&["property", "get", "deployment.type", "--json", "--columns", "value"]);
    assert_eq!(object.json().as_object().map(serde_json::Map::len), Some(1), "{object}");
    let none = bench.run(&["property", "get", "deployment.type", "--json", "--columns", "valeu"]);
    assert_eq!((none.code, none.json()["error"]["kind"].as_str()), (Some(2), Some("usage")), "{none}");
}

#[test]
fn the_value_alone_of_a_property_is_for_a_variable_of_a_shell() {
    let bench = Bench::new();
    let value = "development\n";
    assert_eq!(bench.run(&["property", "get", "deployment.type"]).stdout, value);
    assert_eq!(bench.run(&["property", "get", "deployment.type", "-q"]).stdout, value);
    let picked = ["property", "get", "deployment.type", "--format", "tsv", "--columns", "value", "--no-headers"];
    assert_eq!(bench.run(&picked).stdout, value);
    let without_format = ["property", "get", "deployment.type", "--columns", "value", "--no-headers"];
    assert_eq!(bench.run(&without_format).stdout, value, "who picks columns wants columns");
}

#[test]
fn a_masked_value_is_a_boolean_in_json() {
    let bench = Bench::new();
    let list = bench.run(&["property", "list", "password", "--format", "jsonl"]).stdout;
    let first: serde_json::Value = serde_json::from_str(list.lines().next().expect("a line")).expect("JSON");
    assert!(first["masked"].is_boolean(), "{list}");
}

#[test]
fn a_failure_is_an_object_in_both_kinds_of_json_wherever_they_are_asked_for() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let failing = ["flexsearch", "SELECT {nothing} FROM {Nowhere}"];
    let object = |ran: &Ran| {
        let failure = ran.json();
        assert_eq!(
            (&failure["success"], failure["error"]["kind"].as_str()),
            (&false.into(), Some("query_failed")),
            "{ran}"
        );
    };
    for flags in [&["--json"][..], &["--format", "json"], &["--format=jsonl"]] {
        object(&bench.run(&[&failing, flags].concat()));
    }
    bench.file(".hac.toml", "[output]\nformat = 'jsonl'\n");
    let configured = bench.run(&failing);
    object(&configured);
    assert_eq!(configured.stdout.lines().count(), 1);
    // A mistake in the command line, the refusal of a server, and a script.
    for (arguments, kind) in [
        (&["flexsearch", "--nonsense", "--format", "jsonl"][..], "usage"),
        (&["property", "set", "=x"], "usage"),
        (&["groovy", "x", "--url", "http://127.0.0.1:1"], "connect"),
        (&["property", "get", "no.such.property"], "unknown_property"),
    ] {
        let ran = bench.run(arguments);
        assert_eq!(ran.json()["error"]["kind"], kind, "{ran}");
        assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
    }
}

#[test]
fn lines_of_json_that_are_not_all_end_with_the_failure() {
    let bench = Bench::with(hac_simulator::Simulator::builder().products(3_000));
    bench.run(&["session", "start"]);
    bench.simulator.faults().always(On::post(EXECUTE), Fault::CutBody);
    let ran = bench.run(&["flexsearch", "--format", "jsonl", "-m", "0", "SELECT {code} FROM {Product}"]);
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["success"], false, "{ran}");
    assert_ne!(ran.code, Some(0));
}

#[test]
fn a_configured_format_is_for_lists_and_json_for_everything() {
    let bench = Bench::new();
    bench.file(".hac.toml", "[output]\nformat = 'csv'\n");
    assert_eq!(bench.run(&["logger", "list", "root"]).stdout, "name,level,parent\nroot,INFO,\n");
    let text = bench.run(&["property", "get", "deployment.type"]);
    assert_eq!(text.stdout, "development\n", "{text}");
    bench.file(".hac.toml", "[output]\nformat = 'json'\n");
    assert_eq!(bench.run(&["property", "get", "deployment.type"]).json()["success"], true);
    assert!(bench.run(&["session", "list"]).json().is_array());
    assert!(bench.run(&["audit"]).json()["rows"].is_array());
    bench.file(".hac.toml", "[output]\nformat = 'impex'\n");
    assert_eq!(bench.run(&["logger", "list", "root"]).stdout, "name\tlevel\tparent\nroot\tINFO\t\n");
}

#[test]
fn a_format_that_only_queries_have_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    let ran = bench.run(&["logger", "list", "--format", "impex"]);
    assert_eq!((ran.code, bench.simulator.ledger().entries().len()), (Some(2), 0), "{ran}");
    let ran = bench.run(&["flexsearch", "SELECT 1", "--sql", "--format", "impex"]);
    assert_eq!((ran.code, bench.simulator.ledger().entries().len()), (Some(2), 0), "{ran}");
    assert!(ran.stderr.contains("--impex-type"), "{ran}");
}

#[test]
fn rows_as_impex_can_be_imported_again() {
    let bench = Bench::new();
    let query = "SELECT {code}, {name[en]}, {ean}, {catalogVersion} FROM {Product} ORDER BY {code}";
    let before = bench.run(&["flexsearch", query, "--csv"]).stdout;
    for flags in [&[][..], &["--pk-as-key"]] {
        let impex = bench.run(&[&["flexsearch", query, "--format", "impex"], flags].concat());
        assert_eq!(impex.code, Some(0), "{impex}");
        let header = impex.stdout.lines().next().expect("a header");
        let version = if flags.is_empty() { "catalogVersion" } else { "catalogVersion(catalog(id),version)" };
        assert_eq!(header, format!("INSERT_UPDATE Product;code[unique=true];name[lang=en];ean;{version}[unique=true]"));
        let changed = "flexsearch --sql -c".split(' ').chain(["UPDATE products SET p_ean = 'x'"]).collect::<Vec<_>>();
        assert_eq!(bench.run(&changed).code, Some(0));
        let file = bench.file("rows.impex", &impex.stdout);
        let import = bench.run(&["impex", "import", &file]);
        assert_eq!(import.code, Some(0), "{import}");
        assert_eq!(bench.run(&["flexsearch", query, "--csv"]).stdout, before, "{flags:?}");
    }
}

#[test]
fn what_an_import_needs_and_the_rows_lack_is_a_warning() {
    let bench = Bench::new();
    let lacking = bench.run(&["flexsearch", "SELECT {name[en]} FROM {Product}", "-m", "1", "--format", "impex"]);
    assert!(lacking.stderr.contains("lack code and catalogVersion"), "{lacking}");
    let by_pk = bench.run(&["flexsearch", "SELECT {pk}, {ean} FROM {Product}", "-m", "1", "--format", "impex"]);
    assert!(by_pk.stdout.starts_with("INSERT_UPDATE Product;pk[unique=true];ean\n"), "{by_pk}");
    let typed = ["flexsearch", "--sql", "SELECT PK, p_ean FROM products", "-m", "1", "--format", "impex"];
    let typed = bench.run(&[&typed[..], &["--impex-type", "Product"]].concat());
    assert!(typed.stdout.starts_with("INSERT_UPDATE Product;pk[unique=true];ean\n"), "{typed}");
}

#[test]
fn pks_are_shown_as_keys_that_are_looked_up_together() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let query = "SELECT {pk}, {catalogVersion}, {ean}, {itemtype} FROM {Product} ORDER BY {code}";
    let before = bench.simulator.ledger().entries().len();
    let ran = bench.run(&["flexsearch", query, "--pk-as-key", "--csv"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let rows: Vec<&str> = ran.stdout.lines().skip(1).collect();
    assert_eq!(rows.len(), 100);
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert_eq!(cells[0].split(':').count(), 3, "{row}");
        assert_eq!(cells[1].split(':').count(), 2, "{row}");
        assert_eq!(cells[3], "Product", "{row}");
        assert!(cells[0].ends_with(cells[1]), "{row}");
    }
    // The query, and for each of four types: what it is, what is unique in it, and its items.
    assert_eq!(bench.simulator.ledger().entries().len() - before, 1 + 4 * 3);
}

#[test]
fn what_cannot_be_looked_up_stays_a_pk() {
    let bench = Bench::new();
    bench.run(&["session", "start"]);
    let rows = |cells: &str| {
        let answer = format!(
            "{{\"headers\":[\"A\"],\"resultList\":[{cells}],\"resultCount\":1,\"exception\":null,\"exceptionStackTrace\":\"\"}}"
        );
        bench.simulator.faults().once(On::post(EXECUTE), Fault::Body(answer));
        bench.run(&["flexsearch", "x", "--pk-as-key", "-q"]).stdout
    };
    // A type that there is none of, and an item that there is none of.
    assert_eq!(rows("[\"8796093054983\"]"), "A\n8796093054983\n");
    assert_eq!(rows("[\"8799999000577\"],[null]"), "A\n8799999000577\n\n");
    let failed = bench.run(&["flexsearch", "SELECT {nothing} FROM {Nowhere}", "--pk-as-key", "--json"]);
    assert_eq!((failed.code, failed.json()["error"]["kind"].as_str()), (Some(1), Some("query_failed")), "{failed}");
    let empty = bench.run(&["flexsearch", "SELECT {pk} FROM {Product} WHERE {code} = ''", "--pk-as-key"]);
    assert_eq!((empty.stdout.as_str(), empty.stderr.as_str()), ("PK\n", "0 results\n"), "{empty}");
}

#[test]
fn the_sql_of_a_query_is_shown_in_place_of_its_rows() {
    let bench = Bench::new();
    let ran = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "--show-sql"]);
    assert!(ran.stdout.to_lowercase().starts_with("select") && ran.stdout.contains("p_code"), "{ran}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
    let json = bench.run(&["flexsearch", "SELECT {code} FROM {Product}", "--show-sql", "--json"]);
    assert!(json.json()["sql"].as_str().is_some_and(|sql| sql.contains("p_code")), "{json}");
    let entries = bench.simulator.ledger().entries();
    let sent = entries.iter().rfind(|entry| entry.path.ends_with(EXECUTE)).expect("it was sent");
    assert_eq!(sent.field("maxCount"), Some("1"));
    let failed = bench.run(&["flexsearch", "SELECT {nothing} FROM {Nowhere}", "--show-sql"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (Some(1), ""), "{failed}");
}

#[test]
fn a_statement_without_commit_is_said_to_be_rolled_back() {
    let bench = Bench::new();
    let update = ["flexsearch", "--sql", "UPDATE products SET p_ean = 'x'"];
    let ran = bench.run(&update);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("rolled the statement back: --commit keeps"), "{ran}");
    let committed = bench.run(&[&update[..], &["-c"]].concat());
    assert!(!committed.stderr.contains("rolled"), "{committed}");
    let read = bench.run(&["flexsearch", "--sql", "SELECT 1 AS one"]);
    assert!(!read.stderr.contains("rolled"), "{read}");
}

#[test]
fn an_output_that_is_closed_early_is_no_failure_in_any_format() {
    let bench = Bench::with(hac_simulator::Simulator::builder().products(5_000));
    bench.run(&["session", "start"]);
    for format in FORMATS {
        let mut command = crate::bench::isolated(bench.home.path());
        command
            .args(["flexsearch", "-q", "-m", "0", "SELECT {code}, {catalogVersion} FROM {Product}", "--format", format])
            .envs([("HAC_URL", bench.simulator.url()), ("HAC_USERNAME", "admin".to_owned())])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdout = child.stdout.take().expect("piped");
        std::io::Read::read_exact(&mut stdout, &mut [0]).expect("its begin");
        drop(stdout);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{format}");
    }
}
