use std::fmt::Write as _;

use hac_simulator::{Fault, On};

use crate::bench::Bench;
use crate::snapshot;

const PRODUCT: &str = "8796093054977";

#[test]
fn pks_tell_their_type() {
    snapshot!(Bench::new().run(&["pk", PRODUCT, "8796093054980", "--format", "table"]));
}

#[test]
fn pks_in_every_format() {
    let bench = Bench::new();
    let csv = bench.run(&["pk", PRODUCT, "--csv"]);
    assert_eq!(
        csv.stdout,
        "pk,type,type_code,counter_based,cluster_id,created,hex\n8796093054977,Product,1,true,,,80000008001\n"
    );
    snapshot!(bench.run(&["pk", PRODUCT, "7", "--json"]));
}

#[test]
fn what_is_no_pk_exits_1_and_what_is_one_is_told_all_the_same() {
    let bench = Bench::new();
    let mut all = String::new();
    for arguments in [
        &["nonsense"][..],
        &["-5"],
        &["9223372036854775808"],
        &["nonsense", PRODUCT, "1.5", "--csv"],
        &["nonsense", PRODUCT, "--format", "table"],
        &["nonsense", PRODUCT, "--json"],
        &[""],
        &[],
    ] {
        let ran = bench.run(&[&["pk"], arguments].concat());
        writeln!(all, "$ hac pk {}\n{ran}", arguments.join(" ")).expect("a string");
    }
    snapshot!(all);
}

#[test]
fn an_answer_of_another_kind_is_a_protocol_error() {
    let bench = Bench::new();
    bench.simulator.faults().once(On::post("/analyze"), Fault::Body(r#"{"status":"up"}"#.into()));
    let ran = bench.run(&["pk", PRODUCT, "--json"]);
    assert_eq!((ran.code, &ran.json()["error"]["kind"]), (Some(3), &"protocol".into()), "{ran}");
}
