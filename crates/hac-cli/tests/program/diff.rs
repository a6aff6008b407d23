//! `hac diff`: two environments, compared.

use hac_simulator::{Fault, On, Simulator, SimulatorBuilder, SimulatorHandle};

use crate::bench::{Bench, Ran, bare, home, ran};
use crate::snapshot;

/// Two servers, and a configuration that names them.
struct Both {
    bench: Bench,
    other: SimulatorHandle,
}

impl Both {
    fn new() -> Self {
        Self::with_products(100)
    }

    fn with_products(products: usize) -> Self {
        let simulator = || Simulator::builder().products(products);
        Self::of(simulator(), simulator())
    }

    fn of(one: SimulatorBuilder, two: SimulatorBuilder) -> Self {
        let (bench, other) = (Bench::with(one), two.start().expect("it starts"));
        bench.home.records(&other);
        let endpoint = |name: &str, url: &str| {
            format!(
                "[environments.{name}]\ndefault_endpoint = \"hac\"\n[environments.{name}.endpoints.hac]\nurl = \"{url}\"\nusername = \"admin\"\n"
            )
        };
        bench.file("config.toml", endpoint("one", &bench.simulator.url()) + &endpoint("two", &other.url()));
        Self { bench, other }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut hac = self.bench.hac();
        hac.env_remove("HAC_URL").env("HAC_CLIENT_CONFIG_PATH", self.bench.home.path().join("config.toml"));
        ran(hac.args(arguments), self.bench.home.path(), None)
    }

    fn diff(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["diff"], arguments, &["-e", "one,two"]].concat())
    }
}

#[test]
fn servers_that_are_the_same_have_no_difference() {
    let both = Both::new();
    for what in ["properties", "loggers", "types", "extensions"] {
        let ran = both.diff(&[what, "--format", "csv"]);
        assert_eq!(ran.code, Some(0), "{what}: {ran}");
        assert!(ran.stderr.contains("no difference between one and two in "), "{what}: {ran}");
    }
    assert_eq!((both.bench.simulator.ledger().logins(), both.other.ledger().logins()), (1, 1));
}

#[test]
fn a_certificate_of_two_servers_can_be_pinned_for_each() {
    let both = Both::of(Simulator::builder(), Simulator::builder().https());
    let fingerprint = both.other.certificate_sha256().expect("a certificate");
    let untrusted = both.diff(&["loggers"]);
    assert_eq!(untrusted.code, Some(3), "{untrusted}");
    let command = |name: &str| format!("`hac endpoint update {name} hac --pin sha256:{fingerprint}`");
    assert!(untrusted.stderr.contains(&format!("{} or {}", command("one"), command("two"))), "{untrusted}");
    let command = command("two");
    let words: Vec<&str> = command.trim_matches('`').split(' ').skip(1).collect();
    assert_eq!(both.run(&words).code, Some(0));
    assert_eq!(both.diff(&["loggers"]).code, Some(0));
}

#[test]
fn an_empty_list_has_no_lone_header_for_people_and_one_for_programs() {
    let both = Both::new();
    for format in ["table", "markdown", "vertical"] {
        for line in [&["diff", "loggers", "-e", "one,two"][..], &["type", "list", "nowhere", "-e", "one"]] {
            let ran = both.run(&[line, &["--format", format]].concat());
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran}");
            assert!(ran.stderr.contains("no "), "{ran}");
        }
    }
    for (format, header) in [("csv", "logger,one,two\n"), ("tsv", "logger\tone\ttwo\n"), ("jsonl", "")] {
        assert_eq!(both.diff(&["loggers", "--format", format]).stdout, header);
    }
    assert_eq!(both.diff(&["loggers", "--json"]).json()["rows"], serde_json::json!([]));
}

#[test]
fn what_differs_is_listed_with_both_values() {
    let both = Both::new();
    both.run(&["property", "set", "-e", "one", "a.b", "1"]);
    both.run(&["property", "set", "-e", "two", "a.b", "2"]);
    both.run(&["property", "set", "-e", "two", "only.there", "x"]);
    both.run(&["logger", "set", "-e", "two", "root", "WARN"]);
    both.bench.file("new.impex", "INSERT_UPDATE Language;isocode[unique=true];active\n;zz;true\n;de;false\n");
    both.run(&["impex", "import", "-e", "two", "new.impex"]);
    let properties = both.diff(&["properties", "--format", "csv"]);
    assert_eq!(properties.code, Some(1), "{properties}");
    let loggers = both.diff(&["loggers", "root", "--format", "csv"]);
    assert_eq!(loggers.code, Some(1), "{loggers}");
    let query = both.diff(&[
        "query",
        "SELECT {isocode} AS code, {active} AS active FROM {Language}",
        "--key",
        "code",
        "--format",
        "csv",
    ]);
    assert_eq!(query.code, Some(1), "{query}");
    let json = both.diff(&["properties", "a.b", "--json"]);
    assert_eq!(json.code, Some(1), "{json}");
    snapshot!(format!("{properties}\n=== loggers\n{loggers}\n=== query\n{query}\n=== JSON\n{json}"));
}

#[test]
fn all_rows_are_compared_however_many() {
    let both = Both::with_products(250);
    let ran = both.diff(&["query", "SELECT {pk}, {code} FROM {Product}"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stderr.contains("no difference between one and two in 250 compared"), "{ran}");
}

#[test]
fn only_what_was_asked_for_is_compared() {
    let both = Both::new();
    let all = both.diff(&["extensions", "--json"]);
    assert_eq!(all.code, Some(0), "{all}");
    let none = both.diff(&["extensions", "no-extension-is-called-so"]);
    let said = "neither one nor two has a name that contains \"no-extension-is-called-so\"";
    assert!(none.code == Some(2) && none.stderr.contains(said), "{none}");
    assert!(!all.stderr.contains(" in 0 compared"), "{all}");
}

#[test]
fn what_one_server_masks_is_not_compared() {
    let both = Both::new();
    both.run(&["property", "set", "-e", "one", "a.b", "1"]);
    both.run(&["property", "set", "-e", "two", "a.b", "********"]);
    let ran = both.diff(&["properties", "a.b"]);
    assert_eq!((ran.code, ran.stdout.contains("a.b")), (Some(0), false), "{ran}");
    assert!(ran.stderr.contains("1 property is masked by a server"), "{ran}");
}

#[test]
fn rows_without_a_key_and_rows_of_other_columns_cannot_be_compared() {
    let both = Both::new();
    let null = both.diff(&["query", "SELECT {sessionLanguage}, {uid} FROM {User}"]);
    assert_eq!(null.code, Some(2), "{null}");
    assert!(null.stderr.contains(" of one: a row has no value in the column of the key"), "{null}");
    let other = r#"{"headers":["code","other"],"resultList":[],"resultCount":0,"exception":null}"#;
    both.other.faults().always(On::post("/console/flexsearch/execute"), Fault::Body(other.into()));
    let columns = both.diff(&["query", "SELECT {isocode} AS code, {active} AS active FROM {Language}"]);
    assert_eq!(columns.code, Some(2), "{columns}");
    assert!(columns.stderr.contains("the columns differ: active and other"), "{columns}");
}

#[test]
fn a_key_is_named_without_the_prefix_of_databases() {
    let both = Both::new();
    let query = "SELECT {isocode}, {active} FROM {Language}";
    for key in ["isocode", "p_isocode", "ISOCODE"] {
        let ran = both.diff(&["query", query, "--key", key]);
        assert_eq!(ran.code, Some(0), "{key}: {ran}");
    }
}

#[test]
fn what_cannot_be_compared_is_never_called_the_same_or_different() {
    let both = Both::new();
    let refused = both.diff(&["query", "SELECT {nothing} FROM {Nowhere}"]);
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(refused.stderr.contains("of one"), "{refused}");
    both.other.faults().always(
        On::path("/config"),
        Fault::Refuse { status: 404, by: hac_simulator::RefusedBy::Front, sets_session: false, executed: false },
    );
    let rejected = both.diff(&["properties"]);
    assert_eq!(rejected.code, Some(3), "{rejected}");
    assert!(rejected.stderr.contains("of two"), "{rejected}");
    for (wrong, said) in [
        (&["query", "SELECT {isocode}, {active} FROM {Language}", "--key", "nope"][..], "has no column nope"),
        (&["query", "SELECT {active} AS a, {isocode} AS c FROM {Language}"], "two rows have the key"),
        (&["types", "Product", "Nothing"], "neither server has the type Nothing"),
        (&["loggers", "zzz"], "neither one nor two has a name that contains \"zzz\""),
    ] {
        let ran = both.diff(wrong);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains(said), "{ran}");
    }
    for wrong in [&["diff", "types"][..], &["diff", "types", "-e", "one"], &["diff", "types", "-e", "one,two,three"]] {
        let ran = both.run(wrong);
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("-e ONE,OTHER"), "{ran}");
    }
}

#[test]
fn an_environment_that_is_not_there_is_to_be_added_and_not_named_by_a_url_of_both() {
    let home = home();
    for arguments in [&["diff", "-e", "one,two", "types"][..], &["copy", "--from", "one", "--to", "two", "Product"]] {
        let refused = ran(bare(home.path()).args(arguments), home.path(), None);
        assert_eq!(refused.code, Some(2), "{refused}");
        assert!(refused.stderr.contains("hint: add it: hac env add one --url https://HOST:9002"), "{refused}");
    }
}

#[test]
fn one_url_for_both_environments_is_refused_with_a_next_step() {
    let home = home();
    let (url, hint) = ("https://localhost:9002", "hint: omit --url, and name two environments of the configuration");
    for arguments in [&["diff", "-e", "one,two", "types"][..], &["copy", "--from", "one", "--to", "two", "Product"]] {
        let flag = ran(bare(home.path()).args(arguments).args(["--url", url]), home.path(), None);
        let variable = ran(bare(home.path()).args(arguments).env("HAC_URL", url), home.path(), None);
        assert_eq!((flag.code, variable.code), (Some(2), Some(2)), "{flag}\n{variable}");
        assert!(flag.stderr.contains("--url names one server for both environments, 'one' and 'two'"), "{flag}");
        assert!(flag.stderr.contains(hint) && flag.stderr.contains("`hac env add NAME --url"), "{flag}");
        assert!(variable.stderr.contains(&hint.replace("omit --url", "unset HAC_URL")), "{variable}");
    }
}
