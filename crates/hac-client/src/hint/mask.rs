//! Advice about masks.

use std::fmt;

/// What to change about masks that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaskAdvice {
    /// The key can be guessed.
    LongerKey,
    /// There is no key, and the system gives no random numbers.
    NameKey,
    /// Rows of the copy are found by the attribute, and another run would mask it in another way.
    KeepKey {
        /// The attribute.
        attribute: String,
    },
    /// The attribute is a time or a number, and a hash is neither.
    Fake {
        /// The attribute.
        attribute: String,
    },
    /// The column by which rows are read in pages is to be masked.
    ReadByOther {
        /// The name of the column.
        key: String,
    },
    /// It is not known by which column rows are read in pages.
    NameColumn {
        /// What it is called.
        key: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
}

impl MaskAdvice {
    pub(super) fn map_texts(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Self::KeepKey { attribute } | Self::Fake { attribute } => change(attribute),
            Self::ReadByOther { key } => change(key),
            Self::NameColumn { key, columns } => {
                change(key);
                columns.iter_mut().for_each(change);
            }
            Self::LongerKey | Self::NameKey => {}
        }
    }
}

impl fmt::Display for MaskAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LongerKey => f.write_str("choose a longer one, such as from `openssl rand -hex 16`"),
            Self::NameKey => f.write_str("name a key: MaskKey::of"),
            Self::KeepKey { .. } => {
                f.write_str("name a key that you keep (MaskKey::of), such as the output of `openssl rand -hex 16`")
            }
            Self::Fake { attribute } => write!(f, "mask it by Masking::Fake: .column(\"{attribute}\", Masking::Fake)"),
            Self::ReadByOther { .. } => {
                f.write_str("leave it out of the query, or read by another column (PagedSearch::key)")
            }
            Self::NameColumn { columns, .. } => {
                write!(f, "name the key by its column (Masks::read_by): {}", columns.join(", "))
            }
        }
    }
}
