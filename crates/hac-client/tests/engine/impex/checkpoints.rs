//! Checkpoints: whose they are.

use hac_simulator::{Fault, On};

use super::IMPORT;
use super::bulk::{Bulk, undecided, users};

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
