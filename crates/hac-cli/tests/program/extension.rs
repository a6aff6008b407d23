use crate::bench::Bench;
use crate::snapshot;

#[test]
fn extensions_with_project_data_are_listed_and_said_to_be_those_alone() {
    let bench = Bench::new();
    snapshot!(bench.run(&["extension", "list"]));
    let json = bench.run(&["extension", "list", "CORE", "--json"]).json();
    assert_eq!((&json["success"], &json["headers"]), (&true.into(), &serde_json::json!(["extension", "description"])));
    assert!(json["result_count"].as_u64().is_some_and(|count| count > 0), "{json}");
    assert_eq!(bench.simulator.ledger().executed(), 0);
}
