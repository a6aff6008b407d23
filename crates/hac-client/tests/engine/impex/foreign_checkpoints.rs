//! Checkpoints that others may have written.

use std::os::unix::fs::PermissionsExt as _;

use hac_client::ErrorKind;
use hac_client::console::{Assumption, BulkStart};
use hac_simulator::{Fault, On};

use super::IMPORT;
use super::bulk::{Bulk, checkpoint, undecided, users};
use crate::support::assert_kind;

#[tokio::test]
async fn a_checkpoint_that_others_could_have_written_is_not_used() {
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
