use std::fmt::Write as _;

use crate::bench::Bench;
use crate::snapshot;

const SCRIPT: [&str; 3] = ["script", "--type", "javascript"];

#[test]
fn a_script_finds_its_parameters_set_in_their_types() {
    let bench = Bench::new();
    bench.home.hides("it's \"${x}\"");
    let told = "[text, count + 1, on === true, since.getTime(), tree.a[1], raw].join('|')";
    let ran = bench.run(
        &[
            &SCRIPT[..],
            &["--param", "text=it's \"${x}\" \\ = 😀", "--param", "count:int=-3", "--param", "on:bool=true"],
            &[
                "--param",
                "since:date=1970-01-02",
                "--param",
                "tree:json={\"a\": [1, \"x\"]}",
                "--param",
                "raw=@@a",
                told,
            ],
        ]
        .concat(),
    );
    assert_eq!(ran.stdout, "it's \"${x}\" \\ = 😀|-2|true|86400000|x|@a\n", "{ran}");
}

#[test]
fn a_parameter_can_be_the_text_of_a_file() {
    let bench = Bench::new();
    bench.home.hides("a'b\r\n");
    bench.file("codes.txt", "a'b\r\n\"c\"\n");
    bench.file("tree.json", "[1, 2,\n 3]\n");
    let ran = bench.run(
        &[
            &SCRIPT[..],
            &["--param", "text=@codes.txt", "--param", "tree:json=@tree.json", "JSON.stringify([text, tree])"],
        ]
        .concat(),
    );
    assert_eq!(ran.stdout, "[\"a'b\\r\\n\\\"c\\\"\\n\",[1,2,3]]\n", "{ran}");
}

#[test]
fn the_json_of_a_script_is_the_same_with_parameters() {
    let bench = Bench::new();
    let mut plain = bench.run(&[&SCRIPT[..], &["--json", "6 * 7"]].concat()).json();
    let mut with = bench.run(&[&SCRIPT[..], &["--json", "--param", "a:int=6", "a * 7"]].concat()).json();
    for json in [&mut plain, &mut with] {
        json["execution_time_ms"].take();
    }
    assert_eq!(plain, with);
}

#[test]
fn a_query_finds_what_its_parameters_say() {
    let bench = Bench::new();
    let query = |text: &str, params: &[&str]| {
        let params: Vec<&str> = params.iter().flat_map(|param| ["--param", param]).collect();
        bench.run(&[&["flexsearch", "--csv", text], &params[..]].concat())
    };
    let one = "SELECT {uid} FROM {User} WHERE {uid} = ?uid";
    assert_eq!(query(one, &["uid=admin"]).stdout, "p_uid\nadmin\n");
    assert_eq!(query(one, &["uid=' OR 1=1 OR '1'='1"]).stdout, "p_uid\n");
    let several = "SELECT {uid} FROM {User} WHERE {uid} IN (?uids) ORDER BY {uid}";
    let ran = query(several, &["uids:json=[\"anonymous\", \"admin\", \"it's\"]"]);
    assert_eq!(ran.stdout, "p_uid\nadmin\nanonymous\n", "{ran}");
    let sql = bench.run(&[
        "flexsearch",
        "--sql",
        "--csv",
        "SELECT ?a AS a, ?b AS b",
        "--param",
        "a={?x}",
        "--param",
        "b:int=-1",
    ]);
    assert_eq!(sql.stdout, "a,b\n{?x},-1\n", "{sql}");
}

#[test]
fn parameters_that_cannot_be_are_usage_errors_with_a_next_step() {
    let bench = Bench::new();
    bench.file("latin1.txt", b"\xe4");
    let mut all = String::new();
    for param in [
        "days",
        "=3",
        "days:number=3",
        "days:int=three",
        "days:bool=yes",
        "days:date=2026-11-23T06:30",
        "days:json={a: 1}",
        "days=@",
        "days=@missing.txt",
        "days=@latin1.txt",
        "2days=3",
        "class=3",
        "days:int=9007199254740993",
    ] {
        let ran = bench.run(&[&SCRIPT[..], &["--param", param, "1"]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("hint: "), "{ran}");
        writeln!(all, "$ --param '{param}'\n{}", ran.stderr).expect("a string");
    }
    for (text, params) in [
        ("x = ?days", &["days=1", "days=2"][..]),
        ("x = ?days AND y = ?weeks", &["days=1"]),
        ("x = '?days'", &["days=1"]),
        ("x = ?days", &["days=a\\b"]),
        ("x = ?days", &["days={pk}"]),
        ("x = ?days", &["days:date=2026-11-23"]),
        ("x IN (?days)", &["days:json=[]"]),
        ("x = ?days -- it's\n AND [y] = '\\'' ", &["days=1"]),
    ] {
        let params: Vec<&str> = params.iter().flat_map(|param| ["--param", param]).collect();
        let ran = bench.run(&[&["flexsearch", text], &params[..]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("hint: "), "{ran}");
        writeln!(all, "$ hac flexsearch \"{text}\" {}\n{}", params.join(" "), ran.stderr).expect("a string");
    }
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
    snapshot!(all);
}

#[test]
fn a_parameter_that_the_text_never_uses_is_named() {
    let bench = Bench::new();
    let script = bench.run(&[&SCRIPT[..], &["--param", "sku=1", "--param", "skuu=2", "sku"]].concat());
    assert_eq!((script.code, script.stdout.as_str()), (Some(0), "1\n"), "{script}");
    assert_eq!(script.stderr, "warning: the script never uses the parameter skuu\n");
    let query = bench.run(&["flexsearch", "SELECT {pk} FROM {Product}", "--param", "sku=1"]);
    assert!(query.code == Some(2) && query.stderr.contains("no placeholder ?sku"), "{query}");
}

#[test]
fn a_parameter_that_cannot_be_is_json_when_asked_for() {
    let bench = Bench::new();
    let json = bench.run(&["groovy", "--json", "--param", "days:int=x", "1"]).json();
    assert_eq!((json["success"].as_bool(), json["error"]["kind"].as_str()), (Some(false), Some("usage")));
    assert!(json["error"]["hint"].is_string(), "{json}");
}
