//! Checkpoints: whose they are, and who may have written them.

use hac_client::ErrorKind;
use hac_client::console::{Assumption, BulkStart};
use hac_simulator::{Fault, On};

use super::IMPORT;
use super::bulk::{Bulk, checkpoint, undecided, users};
use crate::support::assert_kind;

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

#[cfg(unix)] // Modes and links are Unix's.
#[tokio::test]
async fn a_checkpoint_that_others_could_have_written_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let bulk = Bulk::of(&users(30)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    undecided(bulk.run(bulk.import()).await);
    let resumed = || bulk.import().start(BulkStart::Resume).assume(Assumption::Imported);
    let path = checkpoint(bulk.directory.path());
    let elsewhere = bulk.directory.path().join("elsewhere");
    std::fs::rename(&path, &elsewhere).expect("moved");
    std::os::unix::fs::symlink(&elsewhere, &path).expect("a link");
    let error = bulk.run(resumed()).await.expect_err("a link");
    assert_kind(&error, ErrorKind::Config);
    std::fs::rename(&elsewhere, &path).expect("moved back");
    let state = path.parent().expect("a directory");
    std::fs::set_permissions(state, std::fs::Permissions::from_mode(0o777)).expect("opened for all");
    let error = bulk.run(resumed()).await.expect_err("open for all");
    assert_kind(&error, ErrorKind::Config);
    std::fs::set_permissions(state, std::fs::Permissions::from_mode(0o700)).expect("closed");
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
    bulk.run(resumed()).await.expect("resumed");
    bulk.has_each_once(30).await;
}
