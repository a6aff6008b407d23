//! Environments and URLs without the flags that name them.

use crate::bench::Bench;

#[test]
fn an_environment_without_its_flag_gets_the_line_that_works() {
    let bench = Bench::new();
    let added = bench.run(&["env", "add", "dev", "--url", &bench.simulator.url()]);
    assert_eq!(added.code, Some(0), "{added}");
    let ran = bench.run(&["dev", "property", "get", "build.version"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran}");
    let (_, line) = ran.stderr.split_once("hint: name it with -e: hac ").expect("a hint");
    let meant = bench.run(&line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(meant.code, Some(0), "{meant}");
    let json = bench.run(&["dev", "property", "get", "build.version", "--json"]).json();
    assert_eq!(json["error"]["hint"], "name it with -e: hac property get build.version --json -e dev");
    let copied = bench.run(&["copy", "dev", "production", "Product"]);
    assert_eq!(copied.code, Some(2), "{copied}");
    assert!(copied.stderr.contains(": hac copy --from dev --to production Product\n"), "{copied}");
}

#[test]
fn a_url_without_its_flag_is_no_environment() {
    let bench = Bench::new();
    let added = bench.run(&["env", "add", "dev", "https://localhost:9002"]);
    assert_eq!(added.code, Some(2), "{added}");
    assert!(
        added.stderr.contains("hint: name it with --url: hac env add dev --url https://localhost:9002\n"),
        "{added}"
    );
    // Another URL is known, from HAC_URL.
    let login = bench.run(&["login", "https://localhost:9002"]);
    assert!(login.code == Some(2) && login.stderr.contains("hac login --url https://localhost:9002\n"), "{login}");
    let about = bench.run(&["about", "-e", "https://localhost:9002"]);
    assert!(about.code == Some(2) && about.stderr.contains("hint: pass it with --url"), "{about}");
    assert!(bench.simulator.ledger().is_empty(), "nothing was sent");
}
