//! Chunks of unknown outcome: all of them are named, each is decided by itself, and none is forgotten silently.

use std::num::NonZeroU16;

use hac_client::console::{Assumption, BulkImport, BulkStart};
use hac_client::{Error, ErrorKind, Hint, ImpexImport};
use hac_simulator::{Fault, On};

use super::IMPORT;
use super::bulk::{Bulk, checkpoint, undecided, users};
use crate::support::assert_kind;

const CHUNKS: [(usize, usize); 2] = [(2, 13), (14, 23)];

/// Two chunks at the same time: one is executed, the other is not, and both answers are lost.
async fn two_unknown() -> (Bulk, BulkImport, Error) {
    let bulk = Bulk::of(&users(20)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    let import = bulk.import().parallel(NonZeroU16::new(2).expect("two"));
    let error = bulk.run(import.clone()).await.expect_err("unknown");
    (bulk, import.start(BulkStart::Resume), error)
}

#[tokio::test]
async fn an_import_names_all_chunks_of_unknown_outcome() {
    let (bulk, import, error) = two_unknown().await;
    assert_kind(&error, ErrorKind::OutcomeUnknown);
    assert!(error.to_string().contains("import lines 2 to 13 and lines 14 to 23 of "), "{error}");
    assert_eq!(error.hint(), Some(&Hint::DecideChunks { chunks: CHUNKS.to_vec() }));
    let status = bulk.client.bulk_import_status(&import).await.expect("a status").expect("an import");
    assert_eq!(status.undecided, CHUNKS);
}

#[tokio::test]
async fn chunks_of_unknown_outcome_are_decided_one_by_one() {
    let (bulk, import, _) = two_unknown().await;
    let there = bulk.users().await;
    assert_eq!(there.len(), 10, "one chunk was executed");
    let first_is_there = there.contains(&"bulk0".to_owned());
    let [imported, lost] = if first_is_there { CHUNKS } else { [CHUNKS[1], CHUNKS[0]] };
    for refused in [
        import.clone(),
        // One answer is wrong for one of them, whatever it is.
        import.clone().assume(Assumption::Imported),
        import.clone().assume(Assumption::NotImported),
        import.clone().assume_lines(imported, Assumption::Imported),
        import.clone().assume_lines(imported, Assumption::Imported).assume(Assumption::NotImported),
        import.clone().assume_lines((2, 23), Assumption::Imported),
    ] {
        assert_eq!(undecided(bulk.run(refused).await), CHUNKS);
    }
    let strange = bulk.run(import.clone().assume_lines((2, 12), Assumption::Imported)).await.expect_err("no chunk");
    assert!(strange.to_string().ends_with("no chunk of unknown outcome has exactly lines 2 to 12"), "{strange}");
    let both = import.clone().assume_lines(lost, Assumption::Imported).assume_lines(lost, Assumption::NotImported);
    assert_kind(&bulk.run(both).await.expect_err("a contradiction"), ErrorKind::Usage);
    assert_eq!(bulk.hac.ledger().count(IMPORT), 2);

    let decided = import.assume_lines(imported, Assumption::Imported).assume_lines(lost, Assumption::NotImported);
    let result = bulk.run(decided).await.expect("imported");
    assert_eq!((result.imported, result.failed, result.chunks), (20, 0, 2));
    let mut there = bulk.users().await;
    there.sort();
    let mut expected: Vec<_> = (0..20).map(|row| format!("bulk{row}")).collect();
    expected.sort();
    assert_eq!(there, expected);
}

#[tokio::test]
async fn an_unfinished_import_under_another_name_of_the_server_is_not_begun_again() {
    for at_once in [true, false] {
        let bulk = Bulk::of(&users(20)).await;
        bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
        let named = |name: &str| bulk.hac.builder().environment(name).build().expect("a client");
        let (one, other) = (named("b"), named("b2"));
        let unknown = if at_once {
            let script = ImpexImport::new(users(20));
            one.import_impex_at_once(script, bulk.import()).await.expect_err("unknown")
        } else {
            one.import_impex_bulk(bulk.import()).await.expect_err("unknown")
        };
        assert_kind(&unknown, ErrorKind::OutcomeUnknown);
        let hint = Hint::ResumeImportAs { environment: "b".to_owned() };
        for start in [BulkStart::New, BulkStart::Resume] {
            let import = || bulk.import().start(start).assume(Assumption::NotImported);
            let in_chunks = other.import_impex_bulk(import()).await.expect_err("unfinished");
            let whole =
                other.import_impex_at_once(ImpexImport::new(users(20)), import()).await.expect_err("unfinished");
            for refused in [in_chunks, whole] {
                assert_eq!((refused.kind(), refused.hint()), (ErrorKind::Usage, Some(&hint)), "{refused}");
                assert!(refused.to_string().contains("b and b2 are the same server"), "{refused}");
            }
        }
        assert_eq!(bulk.hac.ledger().count(IMPORT), 1);
        let elsewhere = other.bulk_import_elsewhere(bulk.import()).await.expect("a status").expect("an import");
        assert_eq!((elsewhere.0.as_str(), elsewhere.1.undecided.len()), ("b", 1));
        // What is unfinished goes on, and what begins anew forgets it.
        let resumed = bulk.import().start(BulkStart::Resume).assume(Assumption::Imported);
        one.import_impex_bulk(resumed).await.expect("resumed");
        assert_eq!(other.bulk_import_elsewhere(bulk.import()).await.expect("a status"), None);
        bulk.has_each_once(20).await;
    }
}

#[tokio::test]
async fn what_begins_anew_forgets_an_unfinished_import_under_another_name_of_the_server() {
    let bulk = Bulk::of(&users(20)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetBefore);
    let one = bulk.hac.builder().environment("b").build().expect("a client");
    one.import_impex_bulk(bulk.import()).await.expect_err("unknown");
    // Somebody's copy, which no import would remove, does not count.
    let checkpoint = checkpoint(bulk.directory.path());
    std::fs::copy(&checkpoint, checkpoint.with_file_name("copied.json")).expect("copied");
    bulk.run(bulk.import().start(BulkStart::Restart)).await.expect("imported");
    assert_eq!(one.bulk_import_status(bulk.import()).await.expect("a status"), None);
    bulk.has_each_once(20).await;
}

#[tokio::test]
async fn a_file_that_has_changed_names_the_lines_whose_outcome_was_unknown() {
    let bulk = Bulk::of(&users(20)).await;
    bulk.hac.simulator.faults().once(On::post(IMPORT), Fault::ResetAfter);
    let file = bulk.directory.path().join("users.impex");
    assert_eq!(undecided(bulk.run(bulk.import()).await), [CHUNKS[0]]);
    std::fs::write(&file, users(21)).expect("written");
    let resumed = || bulk.import().start(BulkStart::Resume).assume(Assumption::Imported);
    let error = bulk.run(resumed()).await.expect_err("another content");
    let hint = Hint::RestoreFile { chunks: vec![CHUNKS[0]] };
    assert_eq!((error.kind(), error.hint()), (ErrorKind::Usage, Some(&hint)));
    assert!(error.to_string().ends_with("unknown whether lines 2 to 13 of that were imported"), "{error}");
    std::fs::write(&file, users(20)).expect("restored");
    bulk.run(resumed()).await.expect("resumed");
    bulk.has_each_once(20).await;
}
