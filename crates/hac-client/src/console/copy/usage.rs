//! What cannot be copied.

use crate::error::{Error, ErrorKind};
use crate::hint::Hint;

pub(super) const DOING: &str = "copy";

/// A copy that cannot be planned or written in this way.
pub(super) fn usage(why: impl Into<String>, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(hint)
}
