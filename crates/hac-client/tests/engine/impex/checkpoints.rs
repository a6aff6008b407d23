//! Checkpoints: whose they are, and which are not used.

use hac_client::console::{Assumption, BulkImport, BulkStart};
use hac_client::{ErrorKind, Hint};
use hac_simulator::{Fault, On};

use super::IMPORT;
use super::bulk::{Bulk, checkpoint, undecided, users};

#[tokio::test]
async fn each_environment_has_a_checkpoint_of_its_own() {
    let bulk = Bulk::of(&users(30)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    assert_eq!(undecided(bulk.run(bulk.import()).await), [(2, 13)]);
    let other = bulk.hac.builder().environment("other").build().expect("a client");
    assert_eq!(other.bulk_import_status(bulk.import()).await.expect("a status"), None);
    let here = bulk.client.bulk_import_status(bulk.import()).await.expect("a status").expect("an import");
    assert_eq!(here.undecided, [(2, 13)]);
    // What is forgotten is that of its environment, too.
    other.forget_bulk_import(bulk.import()).await.expect("nothing to forget");
    assert!(bulk.client.bulk_import_status(bulk.import()).await.expect("a status").is_some());
    bulk.client.forget_bulk_import(bulk.import()).await.expect("forgotten");
    assert_eq!(bulk.client.bulk_import_status(bulk.import()).await.expect("a status"), None);
}

#[tokio::test]
async fn the_end_of_a_path_is_not_taken_for_the_beginning_of_an_environment() {
    let bulk = Bulk::of(&users(30)).await;
    let state = bulk.directory.path().join("state");
    let [short, long] = ["rows", "rows.a"].map(|name| bulk.directory.path().join(name));
    for path in [&short, &long] {
        std::fs::write(path, users(30)).expect("written");
    }
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    let one = bulk.hac.builder().environment(".ab").build().expect("a client");
    undecided(one.import_impex_bulk(BulkImport::new(&short).state_directory(&state)).await);
    let other = bulk.hac.builder().environment("b").build().expect("a client");
    let status = other.bulk_import_status(BulkImport::new(&long).state_directory(&state)).await.expect("a status");
    assert_eq!(status, None);
}

#[tokio::test]
async fn a_checkpoint_with_lines_that_no_import_notes_is_damaged() {
    let bulk = Bulk::of(&users(30)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    assert_eq!(undecided(bulk.run(bulk.import()).await), [(2, 13)]);
    let path = checkpoint(bulk.directory.path());
    let text = std::fs::read_to_string(&path).expect("a checkpoint");
    let resumed = || bulk.import().start(BulkStart::Resume).assume(Assumption::Imported);
    for round in ["first", "second"] {
        let (before, rounds) = text.split_once(&format!("\"{round}\":{{")).expect("a round");
        let (_, behind) = rounds.split_once(']').and_then(|(_, rest)| rest.split_once(']')).expect("two lists");
        for lists in [
            "\"decided\":[[13,2]],\"in_flight\":[]",
            "\"decided\":[[24,33],[2,13]],\"in_flight\":[]",
            "\"decided\":[[2,13],[13,23]],\"in_flight\":[]",
            "\"decided\":[],\"in_flight\":[{\"first_line\":13,\"last_line\":2,\"rows\":10}]",
        ] {
            std::fs::write(&path, format!("{before}\"{round}\":{{{lists}{behind}")).expect("written");
            let error = bulk.run(resumed()).await.expect_err(lists);
            assert_eq!((error.kind(), error.hint()), (ErrorKind::Usage, Some(&Hint::RestartImport)), "{error}");
            assert!(error.to_string().ends_with("it is damaged"), "{round} {lists}: {error}");
        }
    }
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
    std::fs::write(&path, &text).expect("written");
    bulk.run(resumed()).await.expect("resumed");
    bulk.has_each_once(30).await;
}
