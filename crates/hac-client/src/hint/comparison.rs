//! Advice about comparisons.

use std::fmt;

/// What to change in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ComparisonAdvice {
    /// Neither server has the type.
    ListTypes,
    /// The key is not among the columns of the query.
    NameColumn,
    /// A row has no value in the column of the key.
    OtherKey,
    /// Several rows have the same key.
    UniqueKey,
}

impl fmt::Display for ComparisonAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ListTypes => "HacClient::types lists the types",
            Self::NameColumn => "name a column of the query as the key",
            Self::OtherKey => "choose another column as the key",
            Self::UniqueKey => "choose a column that is unique as the key, or several that are unique together",
        })
    }
}
