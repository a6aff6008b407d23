use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::place::Place;
use super::*;
use crate::session::store::folder::Access;

fn place(directory: &Path) -> Place {
    Place { path: directory.join("state/hac-client/audit.jsonl"), is_default: true }
}

/// A line as the log has it before a call is sent.
fn sending(id: &str, environment: &str) -> String {
    format!(
        r#"{{"event":"sending","at":"2026-11-29T14:23:53.123Z","id":"{id}","run":"r","user":"u","uid":1,"host":"h","pid":7,"hac_user":"admin","url":"http://x","environment":"{environment}","class":"write","operation":"run the script","path":"/console/scripting/execute","bytes":3,"sha256":"ab","first_line":"1"}}"#
    )
}

fn ended(id: &str, outcome: &str) -> String {
    format!(
        r#"{{"event":"ended","at":"2026-11-29T14:23:54.123Z","id":"{id}","outcome":"{outcome}","node":".r2","ms":5}}"#
    )
}

fn read_lines(lines: &[String], most: usize) -> AuditEntries {
    read(lines.join("\n").as_bytes(), most, |_| true).expect("memory can be read")
}

fn outcomes(entries: &AuditEntries) -> Vec<(&str, Option<&str>)> {
    entries.entries.iter().map(|entry| (entry.id.as_str(), entry.outcome.as_deref())).collect()
}

#[test]
fn each_end_belongs_to_its_beginning_and_one_without_an_end_has_no_outcome() {
    let lines = [
        sending("a", "prod"),
        sending("b", "prod"),
        ended("b", "ok"),
        sending("c", "prod"),
        ended("gone", "ok"),
        ended("a", "script_failed"),
        ended("a", "ok"),
    ];
    let all = read_lines(&lines, 0);
    assert_eq!(outcomes(&all), [("a", Some("script_failed")), ("b", Some("ok")), ("c", None)]);
    assert_eq!((all.entries[0].ms, all.entries[0].node.as_deref(), all.unreadable), (Some(5), Some(".r2"), 0));
    // Of the last ones only; the end of one that was left out changes none of them.
    assert_eq!(outcomes(&read_lines(&lines, 2)), [("b", Some("ok")), ("c", None)]);
    assert_eq!(outcomes(&read_lines(&lines, 1)), [("c", None)]);
    let wanted = read(lines.join("\n").as_bytes(), 0, |entry| entry.id != "b").expect("read");
    assert_eq!(outcomes(&wanted), [("a", Some("script_failed")), ("c", None)]);
}

#[test]
fn what_is_no_line_of_the_log_is_counted_and_hides_no_other() {
    let lines = [
        "{\"event\":\"sending\",\"at\":\"2026".to_owned(),
        String::new(),
        "x".repeat(200_000),
        sending("a", "prod").replace("2026-11-29T14:23:53.123Z", "yesterday"),
        sending("b", "prod").replace("write", "smash"),
        sending("c", "prod"),
    ];
    let log = read_lines(&lines, 0);
    assert_eq!((outcomes(&log), log.unreadable), (vec![("c", None)], 4));
}

#[test]
fn the_lines_of_many_writers_do_not_mix() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = Arc::new(place(directory.path()));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let place = Arc::clone(&place);
            std::thread::spawn(move || {
                for line in 0..200 {
                    let environment = format!("{writer}").repeat(writer * 97 + line);
                    file::append(&place, &sending(&format!("{writer}-{line}"), &environment)).expect("appended");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().expect("no panic");
    }
    let log = Audit::in_file(&place.path).entries(0, |_| true).expect("read");
    assert_eq!((log.entries.len(), log.unreadable), (1600, 0));
    for writer in 0..8 {
        let of_one: Vec<_> = log.entries.iter().filter(|entry| entry.id.starts_with(&format!("{writer}-"))).collect();
        assert!(of_one.iter().enumerate().all(|(at, entry)| entry.id == format!("{writer}-{at}")), "in their order");
    }
}

#[test]
fn what_is_written_to_the_log_goes_to_its_end_wherever_its_writer_stands() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = place(directory.path());
    let mut log = file::opened(&place, Access::Append).expect("opened").expect("made");
    file::append(&place, "of another process").expect("appended");
    log.seek(SeekFrom::Start(0)).expect("moved");
    log.write_all(b"of this one\n").expect("written");
    drop(log);
    assert_eq!(std::fs::read_to_string(&place.path).expect("read"), "of another process\nof this one\n");
}

#[test]
fn a_line_that_a_full_disk_cut_does_not_swallow_the_next() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = place(directory.path());
    file::append(&place, &sending("a", "prod")).expect("appended");
    let mut torn = std::fs::read(&place.path).expect("a file");
    torn.extend(&sending("b", "prod").as_bytes()[..40]);
    std::fs::write(&place.path, torn).expect("written");
    file::append(&place, &sending("c", "prod")).expect("appended");
    let log = Audit::in_file(&place.path).entries(0, |_| true).expect("read");
    assert_eq!((outcomes(&log), log.unreadable), (vec![("a", None), ("c", None)], 1));
}

#[test]
fn without_a_file_there_are_no_entries_and_looking_for_them_makes_none() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = place(directory.path());
    assert_eq!(Audit::in_file(&place.path).entries(0, |_| true).expect("nothing"), AuditEntries::default());
    assert!(!directory.path().join("state").exists());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = place(directory.path());
    std::fs::write(directory.path().join("state"), "a file").expect("written");
    let error = file::append(&place, "{}").expect_err("a file is no directory");
    assert_eq!(error.kind(), crate::ErrorKind::Io);
    assert!(error.doing().ends_with("audit.jsonl") && error.hint().is_some(), "{error:?}");
}

#[cfg(unix)] // modes, links and pipes
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).expect("it is there").mode() & 0o7777
    }

    #[test]
    fn the_file_and_its_directory_are_for_their_owner_alone_even_if_they_were_public() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = place(directory.path());
        file::append(&place, "{}").expect("appended");
        let folder = place.path.parent().expect("a directory");
        assert_eq!((mode(folder), mode(&place.path)), (0o700, 0o600));
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).expect("changed");
        std::fs::set_permissions(&place.path, PermissionsExt::from_mode(0o644)).expect("changed");
        file::append(&place, "{}").expect("appended");
        assert_eq!((mode(folder), mode(&place.path)), (0o700, 0o600));
    }

    #[test]
    fn links_and_what_is_no_file_are_refused_and_their_targets_stay_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let place = Place { path: directory.path().join("audit.jsonl"), is_default: false };
        let target = directory.path().join("target");
        std::fs::write(&target, "as it was\n").expect("written");
        let refused = |what: &str| {
            let error = file::append(&place, "{}").expect_err(what);
            assert!(error.why().contains("symbolic link, has hard links"), "{what}: {error}");
            if what != "a directory" {
                let error = Audit::in_file(&place.path).entries(0, |_| true).expect_err(what);
                assert!(error.why().contains("symbolic link, has hard links"), "{what}: {error}");
                std::fs::remove_file(&place.path).expect("removed");
            }
            assert_eq!(std::fs::read(&target).expect("a file"), b"as it was\n", "{what}");
        };
        symlink(&target, &place.path).expect("a link");
        refused("a symbolic link");
        symlink("nowhere", &place.path).expect("a link");
        refused("a link to nothing");
        std::fs::hard_link(&target, &place.path).expect("a link");
        refused("a hard link");
        std::fs::create_dir(&place.path).expect("a directory");
        refused("a directory");
    }

    #[test]
    fn a_directory_that_others_may_write_to_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o777)).expect("changed");
        let place = Place { path: directory.path().join("audit.jsonl"), is_default: false };
        let error = file::append(&place, "{}").expect_err("it is public");
        assert!(error.why().contains("other users can write"), "{error}");
        assert!(!place.path.exists());
    }
}
