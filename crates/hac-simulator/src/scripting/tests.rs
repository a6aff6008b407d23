use super::*;

fn run(script: &str) -> ScriptOutcome {
    let database = Arc::new(Database::open(10).expect("it opens"));
    Scripts::new(None, database).run("javascript", script, false)
}

#[test]
fn a_whole_number_has_no_point() {
    assert_eq!(
        run("2 + 2"),
        ScriptOutcome {
            execution_result: "4".to_owned(),
            ..ScriptOutcome::default()
        }
    );
}
