//! Why a row does not become a value.

use std::fmt;

use serde::de;

/// Why a row does not become a value.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::console::flexsearch) enum Fault {
    /// A field has no column.
    Missing(String),
    /// The value of a column does not fit.
    Value {
        column: String,
        why: String,
    },
    /// The type takes so many fields, as serde says it.
    Length(String),
    Text(String),
}

impl Fault {
    pub(in crate::console::flexsearch) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The same, and where it is.
    pub(in crate::console::flexsearch) fn at(self, column: &str) -> Self {
        match self {
            Self::Text(why) | Self::Length(why) => Self::Value { column: column.to_owned(), why },
            placed => placed,
        }
    }

    /// In words; `row` counts from 1.
    pub(in crate::console::flexsearch) fn told(&self, row: usize, headers: &[String]) -> String {
        match self {
            Self::Missing(field) => {
                format!("no column matches the field {field}; the columns are {}", headers.join(", "))
            }
            Self::Value { column, why } => format!("row {row}, column {column}: {why}"),
            Self::Length(why) | Self::Text(why) => format!("row {row}: {why}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(0, &[]))
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Text(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field.to_owned())
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::Length(expected.to_string())
    }
}
