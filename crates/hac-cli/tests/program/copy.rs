//! `hac copy`: rows of one environment into another.

use std::fmt::Write as _;
use std::time::Duration;

use hac_simulator::{Fault, On, Simulator, SimulatorBuilder, SimulatorHandle};

use crate::bench::{Bench, Ran, ran};
use crate::snapshot;

const IMPORT: &str = "/console/impex/import";

/// Two servers, and a configuration that names them.
pub(crate) struct Two {
    pub(crate) bench: Bench,
    pub(crate) other: SimulatorHandle,
}

impl Two {
    /// The second server has no products.
    pub(crate) fn new() -> Self {
        Self::with(Simulator::builder(), "")
    }

    /// `settings` are those of the second environment.
    pub(crate) fn with(first: SimulatorBuilder, settings: &str) -> Self {
        let (bench, other) = (Bench::with(first), Simulator::builder().products(0).start().expect("it starts"));
        bench.home.records(&other);
        let environment = |name: &str, settings: &str, url: &str| {
            format!(
                "[environments.{name}]\n{settings}\n[environments.{name}.endpoints.hac]\nurl = '{url}'\nusername = 'admin'\n"
            )
        };
        let directory = bench.home.path().join(".config/hac-client");
        std::fs::create_dir_all(&directory).expect("made");
        let text = environment("one", "", &bench.simulator.url()) + &environment("two", settings, &other.url());
        std::fs::write(directory.join("config.toml"), text).expect("written");
        Self { bench, other }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut hac = self.bench.hac();
        hac.env_remove("HAC_URL").env_remove("HAC_USERNAME").envs(variables.iter().copied());
        // Windows has another place for it.
        hac.env("XDG_STATE_HOME", self.bench.home.path().join(".local/state"));
        let mut ran = ran(hac.args(arguments), self.bench.home.path(), Some(&self.bench.simulator.url()));
        for text in [&mut ran.stdout, &mut ran.stderr] {
            *text = text.replace(self.other.url().trim_start_matches("http://"), "OTHER");
        }
        ran
    }

    pub(crate) fn copy(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["copy", "--from", "one", "--to", "two"], arguments].concat())
    }

    /// The rows of a query, as CSV, in an order of their own.
    pub(crate) fn rows(&self, environment: &str, query: &str) -> Vec<String> {
        let ran = self.run(&["flexsearch", "-e", environment, "-m", "0", "--format", "csv", "--no-headers", query]);
        assert_eq!(ran.code, Some(0), "{ran}");
        let mut rows: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    }

    pub(crate) fn import(&self, environment: &str, impex: &str) {
        self.bench.file("rows.impex", impex);
        let ran = self.run(&["impex", "import", "-e", environment, "rows.impex"]);
        assert_eq!(ran.code, Some(0), "{ran}");
    }

    /// The files of rows that were left.
    pub(crate) fn files(&self) -> Vec<std::path::PathBuf> {
        let directory = self.bench.home.path().join(".local/state/hac-client/copies");
        let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// The checkpoints of imports that were left.
    pub(crate) fn checkpoints(&self) -> usize {
        let directory = self.bench.home.path().join(".local/state/hac-client/imports");
        std::fs::read_dir(directory).map_or(0, Iterator::count)
    }

    fn forget(&self) {
        self.bench.simulator.ledger().clear();
        self.other.ledger().clear();
    }
}

/// Paths as Unix writes them.
fn slashes(text: &str) -> String {
    text.replace('\\', "/")
}

/// The same without the random part of the name of a file.
fn named(ran: &Ran) -> String {
    let text = slashes(&ran.to_string());
    let mut parts = text.split("/copies/");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let at = part.find(".impex").expect("the name of a file");
        write!(told, "/copies/{}RANDOM{}", &part[..at - 8], &part[at..]).expect("a string");
    }
    told
}

const PRODUCTS: &str = "SELECT {p.code}, {v.version}, {c.id}, {p.ean}, {p.manufacturerName}, {p.name[en]:o}, {p.name[de]:o}, \
    {p.description[en]:o}, {p.description[de]:o} FROM {Product AS p JOIN CatalogVersion AS v ON {p.catalogVersion} = {v.pk} \
    JOIN Catalog AS c ON {v.catalog} = {c.pk}}";

#[test]
fn rows_of_a_type_are_the_same_in_the_other_environment_and_a_second_copy_changes_nothing() {
    let two = Two::new();
    let first = two.copy(&["Product"]);
    assert_eq!(first.code, Some(0), "{first}");
    let rows = two.rows("one", PRODUCTS);
    assert!(rows.len() >= 100, "{rows:?}");
    assert_eq!(two.rows("two", PRODUCTS), rows);
    let second = two.copy(&["Product", "--json"]);
    assert_eq!((second.code, two.rows("two", PRODUCTS) == rows), (Some(0), true), "{second}");
    assert_eq!((two.files().len(), two.checkpoints()), (0, 0));
    // Nothing is written to the first.
    assert_eq!(two.bench.simulator.ledger().count(IMPORT), 0);
    snapshot!(format!("{first}\n=== again, as JSON\n{second}"));
}

#[test]
fn each_row_is_once_there_when_the_import_goes_on_after_a_lost_answer() {
    let two = Two::new();
    two.run(&["session", "start", "two"]);
    two.other.faults().once(On::post(IMPORT).skip(1), Fault::ResetAfter);
    let broken = two.copy(&["Product", "--chunk-lines", "30"]);
    assert_eq!(broken.code, Some(5), "{broken}");
    let [file] = &two.files()[..] else { panic!("{broken}") };
    assert_ne!(two.checkpoints(), 0, "it has to be decided");
    #[cfg(unix)] // the mode of a file
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let directory = std::fs::metadata(file.parent().expect("a directory")).expect("a directory");
        assert_eq!(directory.permissions().mode() & 0o777, 0o700);
    }
    let told = slashes(broken.stderr.split('`').nth(1).expect("a command")).replace("HOME/", "");
    assert!(file.ends_with(told.split(' ').nth(3).expect("a file")), "{broken}");
    let go_on: Vec<&str> = told.split(' ').skip(1).chain(["--assume", "imported"]).collect();
    let resumed = two.run(&go_on);
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert_eq!(two.rows("two", PRODUCTS), two.rows("one", PRODUCTS));
    // What was resumed is done, as after every import that is resumed.
    let again = two.run(&go_on);
    assert_eq!((again.code, two.other.ledger().count(IMPORT)), (Some(0), 3), "{again}");
    assert!(again.stdout.contains("The import was finished before"), "{again}");
    snapshot!(named(&broken));
}

#[test]
fn a_dry_run_prints_what_an_import_takes_and_sends_nothing_to_the_other_server() {
    let two = Two::new();
    two.import(
        "one",
        "INSERT_UPDATE Language;isocode[unique=true];active;name[lang=de]\n;de;false;\"ein \"\"a\"\"; b\"\n",
    );
    two.forget();
    let (languages, versions) = (two.copy(&["Language", "--dry-run"]), two.copy(&["CatalogVersion", "--dry-run"]));
    assert_eq!((languages.code, versions.code), (Some(0), Some(0)), "{languages}\n{versions}");
    assert!(two.other.ledger().is_empty());
    assert_eq!(two.bench.simulator.ledger().count(IMPORT), 0);
    two.import("two", &languages.stdout);
    let query = "SELECT {isocode}, {active}, {name[en]:o}, {name[de]:o} FROM {Language}";
    assert_eq!(two.rows("two", query), two.rows("one", query));
    snapshot!(format!("{languages}\n{versions}"));
}

#[test]
fn the_columns_of_a_query_are_copied_and_items_of_subtypes_stay_such() {
    let two = Two::new();
    two.import("one", "INSERT Customer;uid;name;sessionLanguage(isocode)\n;c1;Carla;de\n;c2;;\n");
    let query = "SELECT {u.uid}, {u.name}, {u.sessionLanguage} FROM {User AS u} WHERE {u.uid} IN (?uids) ;";
    let ran = two.copy(&[query, "--param", "uids:json=[\"c1\",\"c2\",\"editor\"]"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let customers = "SELECT {c.uid}, {c.name}, {l.isocode} FROM {Customer AS c LEFT JOIN Language AS l \
        ON {c.sessionLanguage} = {l.pk}} WHERE {c.uid} LIKE 'c_'";
    assert_eq!(two.rows("two", customers), ["c1,Carla,de", "c2,,"]);
    assert_eq!(two.rows("two", "SELECT {uid} FROM {Employee} WHERE {uid} = 'editor'"), ["editor"]);
    // Each item once, whatever is joined.
    let joined = "SELECT DISTINCT {p.code}, {p.catalogVersion}, {p.ean} FROM {Product AS p JOIN CategoryProductRelation AS r \
        ON {r.target} = {p.pk}}";
    assert_eq!(two.copy(&[joined]).code, Some(0));
    assert_eq!(two.rows("two", "SELECT {code} FROM {Product}"), two.rows("one", "SELECT {code} FROM {Product}"));
}

#[test]
fn items_are_found_by_keys_of_keys_and_by_those_that_are_named() {
    let two = Two::new();
    let refused = two.copy(&["CategoryProductRelation"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("--key ATTRIBUTE"), "{refused}");
    assert_eq!(two.copy(&["Product"]).code, Some(0));
    let copied = two.copy(&["CategoryProductRelation", "--key", "source,target"]);
    assert_eq!(copied.code, Some(0), "{copied}");
    assert!(copied.stderr.contains("source(code,catalogVersion(catalog(id),version))[unique=true]"), "{copied}");
    let relations = "SELECT {c.code}, {p.code} FROM {CategoryProductRelation AS r JOIN Category AS c ON {r.source} = {c.pk} \
        JOIN Product AS p ON {r.target} = {p.pk}}";
    assert_eq!(two.rows("two", relations), two.rows("one", relations));
}

#[test]
fn times_numbers_and_flags_arrive_as_they_were() {
    let two = Two::with(Simulator::builder().stock_levels(50), "");
    let ran = two.copy(&["StockLevel", "--page-rows", "20"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let levels =
        "SELECT {productCode}, {available}, {reserved}, {treatNegativeAsZero}, {nextDeliveryTime} FROM {StockLevel}";
    let rows = two.rows("two", levels);
    assert_eq!((rows.len(), rows), (50, two.rows("one", levels)));
}

#[test]
fn encrypted_attributes_are_refused_by_name_and_passwords_are_left_out() {
    let two = Two::new();
    let refused = two.copy(&["CreditCardPaymentInfo"]);
    let by_query = two.copy(&["SELECT {code}, {number} FROM {CreditCardPaymentInfo}"]);
    for ran in [&refused, &by_query] {
        assert_eq!(ran.code, Some(2), "{ran}");
        assert!(ran.stderr.contains("CreditCardPaymentInfo.number is encrypted"), "{ran}");
    }
    assert_eq!((two.other.ledger().count(IMPORT), two.bench.simulator.ledger().count(IMPORT)), (0, 0));
    for flags in [["--exclude", "number"], ["--encrypted", "number"]] {
        let ran = two.copy(&[&["CreditCardPaymentInfo", "--dry-run"], &flags[..]].concat());
        assert_eq!((ran.code, ran.stdout.contains("encrypted-")), (Some(0), false), "{ran}");
        assert!(
            ran.stdout.starts_with("INSERT_UPDATE CreditCardPaymentInfo;code[unique=true];ccOwner;user(uid);"),
            "{ran}"
        );
    }
    // The server knows it better than who says that there are none.
    assert_eq!(two.copy(&["CreditCardPaymentInfo", "--encrypted", "none"]).code, Some(2));
    let users = two.copy(&["Customer", "--dry-run"]);
    assert!(!users.stdout.contains("simulated") && !users.stdout.contains("pbkdf2"), "{users}");
    assert!(users.stderr.contains("not copied: encodedPassword, passwordEncoding"), "{users}");
    let asked = two.copy(&["SELECT {uid}, {encodedPassword} FROM {Customer}", "--dry-run"]);
    assert!(asked.stdout.contains("1:simulated:anonymous"), "{asked}");
    snapshot!(format!("{refused}\n=== users\n{}", users.stderr));
}

#[test]
fn where_a_server_does_not_say_what_is_encrypted_the_user_has_to() {
    let two = Two::with(Simulator::builder().knobs(|knobs| knobs.encrypted_attributes = false), "");
    let refused = two.copy(&["CreditCardPaymentInfo"]);
    assert_eq!((refused.code, two.other.ledger().is_empty()), (Some(2), true), "{refused}");
    let without = two.copy(&["CreditCardPaymentInfo", "--encrypted", "number", "--dry-run"]);
    assert_eq!((without.code, without.stdout.contains("encrypted-")), (Some(0), false), "{without}");
    assert_eq!(
        two.copy(&["SELECT {code}, {number} FROM {CreditCardPaymentInfo}", "--encrypted", "number"]).code,
        Some(2)
    );
    let none = two.copy(&["Product", "--encrypted", "none"]);
    assert_eq!(none.code, Some(0), "{none}");
    // An attribute that no query can name is left out.
    let computed = two.copy(&["AttributeDescriptor", "--encrypted", "none", "--dry-run"]);
    assert_eq!(computed.code, Some(0), "{computed}");
    assert!(computed.stderr.contains("not copied: encrypted (it is not in the database)"), "{computed}");
    snapshot!(refused);
}

#[test]
fn masked_values_are_nowhere_and_rows_that_are_found_by_them_are_found_again() {
    const KEY: [(&str, &str); 1] = [("HAC_MASK_KEY", "a key for the tests")];
    let two = Two::new();
    two.import("one", "INSERT Customer;uid;name\n;secret@example.com;Anna Secretowa\n");
    let query = "SELECT {uid}, {name} FROM {Customer} WHERE {uid} LIKE 'secret%'";
    let masks = ["--mask", "uid", "--mask", "name=fake"];
    let copy = [&["copy", "--from", "one", "--to", "two", query], &masks[..]].concat();
    let keyless = two.run(&copy);
    assert_eq!((keyless.code, two.other.ledger().count(IMPORT)), (Some(2), 0), "{keyless}");
    assert!(keyless.stderr.contains("HAC_MASK_KEY"), "{keyless}");
    for _ in 0..2 {
        let ran = two.run_with(&[&copy[..], &["-vvv"]].concat(), &KEY);
        assert_eq!((ran.code, ran.to_string().contains("Secretowa")), (Some(0), false), "{ran}");
    }
    let users = two.rows("two", "SELECT {uid}, {name} FROM {Customer}");
    assert!(!users.concat().to_lowercase().contains("secret"), "{users:?}");
    assert_eq!(users.len(), two.rows("one", "SELECT {uid} FROM {Customer}").len(), "{users:?}");
}

#[test]
fn rows_that_fail_are_told_with_their_lines_and_stay_in_a_file() {
    let two = Two::new();
    two.import(
        "one",
        "INSERT_UPDATE Catalog;id[unique=true]\n;only\nINSERT_UPDATE CatalogVersion;catalog(id)[unique=true];version[unique=true]\n\
         ;only;Online\nINSERT_UPDATE Product;code[unique=true];catalogVersion(catalog(id),version)[unique=true]\n;odd;only:Online\n",
    );
    let query = "SELECT {code}, {catalogVersion}, {ean} FROM {Product} WHERE {code} IN ('odd', 'CAM-100000')";
    let ran = two.copy(&[query, "--report", "report"]);
    assert_eq!((ran.code, two.files().len()), (Some(1), 1), "{ran}");
    let failed = std::fs::read_to_string(two.bench.home.path().join("report/failed.impex")).expect("a report");
    assert!(failed.contains(";odd;only:Online"), "{failed}");
    assert_eq!(two.rows("two", "SELECT {code} FROM {Product}"), ["CAM-100000"]);
    let json = two.copy(&[query, "--json"]);
    assert_eq!(
        (json.code, json.json()["failed"].as_u64(), json.json()["imported"].as_u64()),
        (Some(1), Some(1), Some(1))
    );
    assert!(json.json()["file"].as_str().is_some_and(|file| slashes(file).contains("/copies/Product-")), "{json}");
    snapshot!(named(&ran));
}

#[test]
fn references_to_nothing_are_empty_in_the_copy_and_told() {
    let two = Two::new();
    let ran = two.run(&[
        "flexsearch",
        "-e",
        "one",
        "--sql",
        "--commit",
        "UPDATE users SET p_sessionlanguage = 8796093087777 WHERE p_uid = 'admin'",
    ]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let copied = two.copy(&["SELECT {uid}, {sessionLanguage} FROM {Employee} WHERE {uid} = 'admin'"]);
    assert_eq!(copied.code, Some(0), "{copied}");
    assert!(copied.stderr.contains("1 value of sessionLanguage is empty in the copy"), "{copied}");
    // By what names nothing, no row is found.
    let refused = two.copy(&["SELECT {uid}, {sessionLanguage} FROM {Employee}", "--key", "sessionLanguage"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("which names an item that does not exist"), "{refused}");
}

#[test]
fn a_protected_environment_is_refused_before_anything_is_read() {
    let two = Two::with(Simulator::builder(), "protection = 'read-only'");
    let refused = two.copy(&["Product", "--yes-i-mean", "two"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(refused.stderr.contains("two (http://OTHER) is read-only"), "{refused}");
    assert!(two.other.ledger().is_empty() && two.bench.simulator.ledger().is_empty());
    let dry = two.copy(&["Language", "--dry-run"]);
    assert_eq!((dry.code, two.other.ledger().is_empty()), (Some(0), true), "{dry}");
    assert!(dry.stderr.contains("note: two is read-only: the copy itself would be refused"), "{dry}");
    // Read from it is as good as from any other.
    let back = two.run(&["copy", "--from", "two", "--to", "one", "Language"]);
    assert_eq!(back.code, Some(0), "{back}");

    let two = Two::with(Simulator::builder(), "protection = 'confirm'");
    for (flags, is_read) in [(&[][..], true), (&["--yes-i-mean", "one"], false)] {
        two.forget();
        let ran = two.copy(&[&["Product"], flags].concat());
        // What is wrong with the query is told before anybody confirms it.
        assert_eq!((ran.code, two.bench.simulator.ledger().is_empty()), (Some(2), !is_read), "{ran}");
        assert!(ran.stderr.contains("--yes-i-mean two") && two.other.ledger().is_empty(), "{ran}");
    }
    let wrong = two.copy(&["SELECT {cod}, {eann} FROM {Product}"]);
    assert_eq!(wrong.code, Some(2), "{wrong}");
    assert!(
        wrong.stderr.contains("Product has no attributes cod and eann") && !wrong.stderr.contains("confirm"),
        "{wrong}"
    );
    let dry = two.copy(&["Language", "--dry-run"]);
    assert_eq!(dry.code, Some(0), "nothing is written, so nothing is to be confirmed: {dry}");
    assert!(!dry.stderr.contains("read-only"), "{dry}");
    assert!(two.other.ledger().is_empty());
    let meant = two.copy(&["Product", "--yes-i-mean", "two"]);
    assert_eq!(meant.code, Some(0), "{meant}");
}

#[test]
fn the_name_of_a_file_is_no_query_to_copy() {
    let two = Two::new();
    for name in ["q.fxs", "Product"] {
        two.bench.file(name, "SELECT {pk} FROM {Language}");
    }
    let refused = two.copy(&["q.fxs"]);
    assert_eq!((refused.code, two.bench.simulator.ledger().len()), (Some(2), 0), "{refused}");
    assert!(refused.stderr.contains("q.fxs is the name of a file"), "{refused}");
    let way = if cfg!(windows) { "(Get-Content -Raw q.fxs)" } else { "\"$(cat q.fxs)\"" };
    assert!(refused.stderr.contains(&format!("hint: pass the query itself: {way}")), "{refused}");
    // A type may have the name of a file.
    assert_eq!(two.copy(&["Product", "--dry-run"]).code, Some(0));
}

#[test]
fn what_cannot_be_copied_is_a_usage_error_with_a_next_step() {
    let two = Two::new();
    two.run(&["session", "start", "one"]);
    two.forget();
    let mut all = String::new();
    let query = |text: &'static str| vec!["--from", "one", "--to", "two", text];
    for arguments in [
        vec!["--from", "one", "--to", "one", "Product"],
        vec!["--from", "one", "Product"],
        vec!["-e", "one", "--from", "one", "--to", "two", "Product"],
        vec!["--from", "one", "--to", "two", "Product", "--dry-run", "--json"],
        vec!["--from", "one", "--to", "two", "Prodct"],
        vec!["--from", "one", "--to", "two", "Product", "--exclude", "eann"],
        vec!["--from", "one", "--to", "two", "Product", "--exclude", "code"],
        vec!["--from", "one", "--to", "two", "Product", "--encrypted", "none,ean"],
        vec!["--from", "one", "--to", "two", "Product", "--mask", "catalogVersion"],
        vec!["--from", "one", "--to", "two", "StockLevel", "--mask", "available"],
        vec!["--from", "one", "--to", "two", "Product", "--mask", "eann"],
        query("SELECT {ean}, {code} FROM {Product}"),
        query("SELECT COUNT(*), {code} FROM {Product}"),
        query("SELECT {code}, {catalogVersion}, {name} FROM {Product}"),
        query("SELECT {code}, {catalogVersion}, {name[en]} FROM {Product} ORDER BY {code}"),
        query("SELECT {code}, {catalogVersion} FROM {Product} UNION SELECT {code}, {catalogVersion} FROM {Category}"),
        query("SELECT {code}, {eann} FROM {Product}"),
        query("SELECT {code}, {catalogVersion} FROM {Prodct}"),
    ] {
        let ran = two.run(&[&["copy"], &arguments[..]].concat());
        assert_eq!(ran.code, Some(2), "{ran}");
        writeln!(all, "$ hac copy {}\n{}", arguments.join(" "), ran.stderr).expect("a string");
    }
    assert_eq!((two.other.ledger().count(IMPORT), two.files().len()), (0, 0));
    snapshot!(all);
}

#[test]
fn a_failure_of_one_of_two_servers_names_it_and_exit_code_1_is_for_rows() {
    let two = Two::new();
    let refused = two.copy(&["SELECT {code}, {catalogVersion} FROM {Product} WHERE {nothing} = 1"]);
    assert_eq!(refused.code, Some(3), "{refused}");
    assert!(refused.stderr.contains("of one: ") && refused.stderr.contains("hac type show Product"), "{refused}");
    let misspelt =
        two.copy(&["SELECT {p.code}, {p.catalogVersion} FROM {Product AS p JOIN Categry AS c ON {c.code} = {p.code}}"]);
    assert_eq!(misspelt.code, Some(3), "{misspelt}");
    assert!(misspelt.stderr.contains("hint: did you mean Category? `hac type list` lists the types"), "{misspelt}");
    two.other.faults().always(On::post(IMPORT), Fault::ResetBefore);
    let broken = two.copy(&["Language"]);
    assert_eq!(broken.code, Some(5), "{broken}");
    // Nobody knows whether it was executed.
    assert_eq!(two.files().len(), 1, "{broken}");
}

#[test]
fn a_type_without_rows_sends_nothing() {
    let two = Two::new();
    let ran = two.copy(&["StockLevel", "--json"]);
    assert_eq!(
        (ran.code, ran.json()["rows"].as_u64(), two.other.ledger().count(IMPORT)),
        (Some(0), Some(0), 0),
        "{ran}"
    );
    assert_eq!(two.files(), [] as [std::path::PathBuf; 0]);
}

#[test]
fn a_login_that_fails_before_the_first_chunk_leaves_no_file() {
    let two = Two::new();
    assert_eq!(two.run(&["session", "start", "one"]).code, Some(0));
    let query = "SELECT {uid}, {name} FROM {Employee}";
    let ran = two.run_with(&["copy", "--from", "one", "--to", "two", query], &[("HAC_PASSWORD", "wrong")]);
    assert_eq!((ran.code, two.files().len(), two.other.ledger().count(IMPORT)), (Some(4), 0, 0), "{ran}");
    assert!(!ran.stderr.contains("--resume") && two.checkpoints() == 0, "{ran}");
}

#[test]
fn an_import_may_take_longer_than_what_is_configured_for_answers() {
    // A limit of an endpoint is meant for quick answers. That of an import is ten minutes.
    let two = Two::with(Simulator::builder(), "");
    let config = two.bench.home.path().join(".config/hac-client/config.toml");
    let text = std::fs::read_to_string(&config).expect("a configuration") + "timeout = 1\n";
    std::fs::write(&config, text).expect("written");
    two.other.faults().always(On::post(IMPORT), Fault::DelayAnswer(Duration::from_millis(1_500)));
    let copied = two.copy(&["Language"]);
    assert_eq!(copied.code, Some(0), "{copied}");
    two.bench.file("languages.impex", "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n");
    let imported = two.run(&["impex", "import", "languages.impex", "-e", "two"]);
    assert_eq!(imported.code, Some(0), "{imported}");
    let typed = two.run(&["impex", "import", "languages.impex", "-e", "two", "--timeout", "1"]);
    assert_eq!(typed.code, Some(5), "{typed}");
}
