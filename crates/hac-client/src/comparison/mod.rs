//! What differs between two servers, or between two points in time.
//!
//! A snapshot has what one server says: [`snapshot_properties`](crate::HacClient::snapshot_properties),
//! [`snapshot_loggers`](crate::HacClient::snapshot_loggers), [`snapshot_types`](crate::HacClient::snapshot_types),
//! [`snapshot_extensions`](crate::HacClient::snapshot_extensions) and [`snapshot_rows`](crate::HacClient::snapshot_rows) take one.
//! Two of a kind are compared without a server, so they may be of two servers, or of one before and after a deployment.
//!
//! ```no_run
//! # async fn example(staging: &hac_client::HacClient, production: &hac_client::HacClient) -> hac_client::Result<()> {
//! let is_about_mail = |key: &str| key.starts_with("mail.");
//! let ours = staging.snapshot_properties().await?.only(is_about_mail);
//! let theirs = production.snapshot_properties().await?.only(is_about_mail);
//! let found = ours.compare(&theirs)?;
//! for difference in &found.differences {
//!     println!("{}: {:?}", difference.name, difference.sides);
//! }
//! println!("{} compared, {} masked by a server", found.compared, found.left_out.len());
//! # Ok(())
//! # }
//! ```

mod calls;
mod rows;
mod snapshot;

use serde::Serialize;

pub use crate::hint::ComparisonAdvice;
pub use rows::{RowDifference, RowSnapshot};
pub use snapshot::Snapshot;

/// What two snapshots have in common, and what not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Comparison<D = Difference> {
    /// What differs, in the order of the names or of the keys.
    pub differences: Vec<D>,
    /// How many names or keys were compared.
    pub compared: usize,
    /// The names that could not be compared, sorted: properties that a server [masks](crate::platform::Property::is_masked).
    pub left_out: Vec<String>,
}

impl<D> Comparison<D> {
    /// Returns whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The name: a key of a property, a logger, a type, `Type.attribute`, an extension.
    pub name: String,
    /// What the first and the second snapshot have of the name.
    pub sides: [Side; 2],
}

/// What a snapshot has of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Side {
    /// Nothing: the server does not have it.
    Missing,
    /// The server has it. It is a type, an attribute or an extension, which have no value.
    Present,
    /// A logger without a level of its own.
    Inherited,
    /// The value of a property, or the level of a logger.
    Value(String),
}

impl Side {
    /// Returns the value, `inherited` or `present`; `None` for what is missing.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Missing => None,
            Self::Present => Some("present"),
            Self::Inherited => Some("inherited"),
            Self::Value(value) => Some(value),
        }
    }
}

impl Serialize for Side {
    /// Serializes as [`as_str`](Self::as_str).
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_str().serialize(serializer)
    }
}
