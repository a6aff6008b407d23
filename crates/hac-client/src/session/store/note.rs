//! The note in a lock file: who holds the lock, for people.

/// The limit of a note, in bytes: longer than any.
pub(super) const LARGEST_NOTE: usize = 4096;

/// Returns whether a text is empty or a note, which a killed process may have written in part.
pub(super) fn is_note(text: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"{\"pid\":";
    text.len() <= LARGEST_NOTE && (text.starts_with(BEGINNING) || BEGINNING.starts_with(text))
}
