//! Reading the log: lines of two kinds, of which each end belongs to a beginning.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, Read as _};

use super::entry::{AuditEntries, AuditEntry};
use super::line::Line;

/// More than any line that is written.
const LONGEST: u64 = 64 << 10;

/// Reads the last wanted entries. What is no line of ours is counted and left out.
pub(crate) fn read(
    mut log: impl BufRead,
    most: usize,
    wanted: impl Fn(&AuditEntry) -> bool,
) -> io::Result<AuditEntries> {
    let mut entries: VecDeque<AuditEntry> = VecDeque::new();
    // How many entries were left out at the front, and the number of each that is still there.
    let mut dropped = 0_usize;
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut unreadable = 0;
    let mut text = Vec::new();
    while next_line(&mut log, &mut text)? {
        if text.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice(&text) {
            Ok(Line::Sending(sending)) => {
                let Some(entry) = AuditEntry::begun(*sending) else {
                    unreadable += 1;
                    continue;
                };
                if !wanted(&entry) {
                    continue;
                }
                numbers.insert(entry.id.clone(), dropped + entries.len());
                entries.push_back(entry);
                if most != 0 && entries.len() > most {
                    if let Some(first) = entries.pop_front()
                        && numbers.get(&first.id) == Some(&dropped)
                    {
                        numbers.remove(&first.id);
                    }
                    dropped += 1;
                }
            }
            // Of an entry that is not wanted, or is in a file that was moved away.
            Ok(Line::Ended(ended)) => {
                let number = numbers.remove(&ended.id);
                if let Some(entry) = number.and_then(|number| entries.get_mut(number.checked_sub(dropped)?)) {
                    entry.end(ended);
                }
            }
            Err(_) => unreadable += 1,
        }
    }
    Ok(AuditEntries { entries: entries.into(), unreadable })
}

/// Reads a line, or as much of it as is allowed and skips the rest. `false` at the end.
fn next_line(log: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<bool> {
    text.clear();
    if log.by_ref().take(LONGEST).read_until(b'\n', text)? == 0 {
        return Ok(false);
    }
    if text.len() as u64 == LONGEST && !text.ends_with(b"\n") {
        log.skip_until(b'\n')?;
    }
    Ok(true)
}
