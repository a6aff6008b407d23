//! The audit log, which anything may have written to.

use crate::audit::read;

/// Reads a log whole and its last entries.
///
/// # Panics
/// If the last entries are not those of the whole log.
pub fn audit_log(data: &[u8]) {
    let all = read(data, 0, |_| true).expect("memory can be read");
    let lines = data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    assert!(all.entries.len() + all.unreadable <= lines, "more entries than lines");
    for entry in &all.entries {
        assert!(entry.seconds().is_finite() && !entry.at_formatted().is_empty());
        assert!(entry.outcome.is_some() == entry.ms.is_some());
    }
    for most in [1, 2, 5] {
        let last = read(data, most, |_| true).expect("memory can be read");
        assert!(last.entries.len() == all.entries.len().min(most) && last.unreadable == all.unreadable);
        // Two entries of one id: an end belongs to the later of those that are still there.
        let ids =
            |entries: &[crate::audit::AuditEntry]| entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&last.entries), ids(&all.entries[all.entries.len() - last.entries.len()..]));
    }
    let none = read(data, 0, |_| false).expect("memory can be read");
    assert!(none.entries.is_empty() && none.unreadable == all.unreadable);
}
