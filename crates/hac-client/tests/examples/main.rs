//! The programs in `examples/`, run against the simulator, and their length.

mod programs;
mod support;

#[test]
fn every_example_is_short_and_whole() {
    let examples = support::sources();
    assert_eq!(
        examples.keys().map(String::as_str).collect::<Vec<_>>(),
        ["fifty_tasks", "import", "imported_session", "million_rows", "rows", "single_sign_on", "update"]
    );
    for (name, source) in examples {
        let code = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        assert!(code.count() <= 30, "{name} has more than 30 lines of code");
        for outside in ["mod ", "include!", "macro_rules!", "#[path"] {
            assert!(!source.contains(outside), "{name} hides code: {outside}");
        }
    }
}
