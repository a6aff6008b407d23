//! `ImpEx`: scripts as the user gives them, and reports as HAC shows them.

use super::{parts, text};
use crate::console::impex::script::{Kind, Macros, Statements, cells, joined, mode_of};
use crate::console::impex::source::Source;
use crate::console::impex::{LINE_LIMIT, dump, lint_impex, locate};
use crate::page::impex::ImpexPage;
use crate::transport::UploadFile as _;

/// A script, in memory.
///
/// # Panics
/// Where a promise is broken: a statement on a line where it does not stand, macros that grow without end, a wrong place of what is
/// no UTF-8,
/// a finding outside of the text.
pub fn impex_input(data: &[u8]) {
    let source = Source::bytes(data.to_vec());
    let sent = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    assert_eq!(source.len(), sent.len() as u64);
    for most in [1, 7, sent.len() + 1] {
        let part = |at: usize| source.part(at as u64, most).expect("memory can be read");
        let all: Vec<u8> = (0..sent.len()).step_by(most).flat_map(part).collect();
        assert_eq!(all, sent, "the parts are the whole");
    }
    let broken = std::str::from_utf8(sent).err().map(|error| {
        let valid = &sent[..error.valid_up_to()];
        let line_begins = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        (memchr::memchr_iter(b'\n', valid).count() + 1, valid.len() - line_begins + 1)
    });
    assert_eq!(source.first_that_is_no_utf8().expect("memory can be read"), broken);
    let _ = source.is_archive().expect("memory can be read");

    let script = text(data);
    statements_stand_where_they_are_said_to(&script);
    for found in lint_impex(&script) {
        assert!(script.get(found.span.clone()).is_some(), "{found:?} is a part of the text");
        assert!(found.line > 0 && found.column > 0, "{found:?}");
    }
}

fn statements_stand_where_they_are_said_to(script: &str) {
    let lines = line_begins(script);
    let mut macros = Macros::default();
    let mut last = 0;
    for found in Statements::of(script) {
        assert!(found.line > last && found.last_line >= found.line, "statements come in order");
        last = found.last_line;
        let from = lines[found.line - 1];
        let to = lines.get(found.last_line).copied().unwrap_or(script.len());
        let there = script[from..to].trim_end_matches(['\r', '\n']);
        let there = if from == 0 { there.strip_prefix('\u{feff}').unwrap_or(there) } else { there };
        assert_eq!(there, found.text, "on line {}", found.line);
        assert!(joined(found.text).len() <= found.text.len());
        assert_eq!(found.kind == Kind::Header, mode_of(found.text).is_some() && found.kind != Kind::Macro);
        if found.kind == Kind::Macro {
            macros.define(found.text);
        }
        let line = macros.expand(found.text);
        // Macros may name macros that name macros: each doubles the other.
        assert!(line.len() <= found.text.len() + script.len() + (128 << 10), "{} bytes of a line", line.len());
        let cells: Vec<_> = cells(&line);
        assert!(cells.iter().map(|cell| cell.len() + 1).sum::<usize>() <= line.len() + 1, "no cell is made up");
        if found.line <= 8 {
            let message = format!("bad: line {} at main script", found.line);
            assert_eq!(locate::named(&message, script).and_then(|named| named.line), Some(found.line));
        }
    }
}

/// Where each line begins.
fn line_begins(script: &str) -> Vec<usize> {
    let mut begins = vec![0];
    let bytes = script.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')) {
            begins.push(at + 1);
        }
    }
    begins
}

/// A page of the import console, and the script that was imported behind it.
///
/// # Panics
/// Where a promise is broken: a line that the script does not have, a text longer than its limit, a failure that is made up or
/// lost.
pub fn impex_report(data: &[u8]) {
    let mut parts = parts(data);
    let html = text(parts.next().unwrap_or_default());
    let script = parts.next().map(text);
    let page = ImpexPage::read(&html);
    for verdict in [&page.result, &page.validation].into_iter().flatten() {
        assert!(!verdict.level.is_empty() && verdict.level.len() + verdict.text.len() <= html.len());
    }
    assert!(page.downloads.iter().all(|link| !link.href.is_empty()));
    assert!(page.errors.iter().all(|error| !error.is_empty()));
    assert!(page.dump.as_ref().is_none_or(|dump| dump.len() <= html.len()), "no more is read than there is");
    // The dump, and the input as if it were one.
    for dump in page.dump.iter().chain([&html]) {
        failures_are_those_of_the_dump(dump, script.as_deref());
    }
}

fn failures_are_those_of_the_dump(dump: &str, script: Option<&str>) {
    let entries: Vec<_> = dump::read(dump).collect();
    let text = |entry: &dump::Entry<'_>| match entry {
        dump::Entry::Header { text, .. } | dump::Entry::Row { text, .. } => text.len(),
    };
    assert!(entries.iter().map(text).sum::<usize>() <= dump.len(), "no line counts twice");
    let failed = |entry: &&dump::Entry<'_>| !matches!(entry, dump::Entry::Header { reason: None, .. });
    let found = locate::failures(dump, script);
    assert_eq!(found.len(), entries.iter().filter(failed).count(), "each line that failed is told, and no other");

    let lines = script.map_or(0, |script| line_begins(script).len());
    for failure in found {
        assert!(failure.text.chars().count() <= LINE_LIMIT + 1);
        assert!(failure.reason.len() <= dump.len());
        assert!(failure.line.is_none() || failure.candidate_lines.is_empty(), "a line is sure or it is not");
        assert!(failure.line.iter().chain(&failure.candidate_lines).all(|line| (1..=lines).contains(line)));
        assert!(failure.candidate_lines.is_sorted());
    }
}
