use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::snapshot;

#[test]
fn the_cache_is_cleared_and_said_to_be() {
    let bench = Bench::new();
    snapshot!(bench.run(&["cache", "clear"]));
    assert_eq!(bench.simulator.ledger().executed(), 1);
    let json = bench.run(&["cache", "clear", "--json"]).json();
    assert_eq!(json, serde_json::json!({"success": true, "answer": {"success": true}}));
}

#[test]
fn an_answer_that_speaks_of_a_failure_exits_1() {
    let bench = Bench::new();
    bench.simulator.faults().times(2, On::post("/clear"), Fault::Body(r#"{"message":"failed"}"#.into()));
    snapshot!(bench.run(&["cache", "clear"]));
    let ran = bench.run(&["cache", "clear", "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(1), &"cache_not_cleared".into()));
}
