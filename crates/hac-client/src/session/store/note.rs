//! What a lock file may hold: who has the lock, for people.

/// More than any note of a lock's holder.
pub(super) const LARGEST_NOTE: usize = 4096;

/// Whether a text is nothing, or what the holder of a lock writes, or as much of it as a killed process got done.
pub(super) fn is_note(text: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"pid\":";
    text.len() <= LARGEST_NOTE && (text.starts_with(BEGINNING) || BEGINNING.starts_with(text))
}
