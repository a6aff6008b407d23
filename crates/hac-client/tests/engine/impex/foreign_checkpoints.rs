//! Checkpoints that others may have written.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

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

#[tokio::test]
async fn a_file_of_an_import_with_a_second_name_is_not_used() {
    let bulk = Bulk::of(&users(30)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    undecided(bulk.run(bulk.import()).await);
    let resumed = || bulk.import().start(BulkStart::Resume).assume(Assumption::Imported);
    let path = checkpoint(bulk.directory.path());
    let second = bulk.directory.path().join("second");
    for ending in ["json", "rows", "lock"] {
        let file = path.with_extension(ending);
        std::fs::hard_link(&file, &second).expect(ending);
        let error = bulk.run(resumed()).await.expect_err("two names");
        assert_kind(&error, ErrorKind::Config);
        assert!(error.to_string().ends_with("permission denied"), "{ending}: {error}");
        std::fs::remove_file(&second).expect(ending);
    }
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
    bulk.run(resumed()).await.expect("resumed");
    bulk.has_each_once(30).await;
}

#[tokio::test]
async fn a_pipe_in_the_place_of_a_checkpoint_is_not_used_and_not_waited_for() {
    let bulk = Bulk::of(&users(30)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    undecided(bulk.run(bulk.import()).await);
    let path = checkpoint(bulk.directory.path());
    std::fs::remove_file(&path).expect("removed");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    for start in [BulkStart::New, BulkStart::Resume] {
        let error = bulk.run(bulk.import().start(start)).await.expect_err("a pipe");
        assert_kind(&error, ErrorKind::Config);
    }
    assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
}
