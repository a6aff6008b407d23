//! What is to be copied.

use crate::console::flexsearch::FlexibleSearch;
use crate::console::flexsearch::pages::DEFAULT_PAGE_ROWS;

/// Rows that are to be written as ImpEx, for an import into another environment: see
/// [`HacClient::plan_copy`](crate::HacClient::plan_copy).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImpexCopy {
    pub(super) what: What,
    pub(super) key: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) encrypted: Option<Vec<String>>,
    pub(super) page_rows: usize,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Type(String),
    Query(FlexibleSearch),
}

impl ImpexCopy {
    /// Returns a copy of the rows of a type, without those of its subtypes, with all attributes that ImpEx can set.
    pub fn of_type(code: impl Into<String>) -> Self {
        Self::new(What::Type(code.into()))
    }

    /// Returns a copy of the rows of a FlexibleSearch query, with the attributes that are its columns: `{code}`, `{p.name[en]}`.
    /// Its [`max_count`](FlexibleSearch::max_count) does not matter.
    pub fn of_query(query: impl Into<FlexibleSearch>) -> Self {
        Self::new(What::Query(query.into()))
    }

    fn new(what: What) -> Self {
        Self { what, key: Vec::new(), exclude: Vec::new(), encrypted: None, page_rows: DEFAULT_PAGE_ROWS }
    }

    /// Adds an attribute by which an import finds the rows that are there already. Default: the
    /// [unique attributes](crate::HacClient::unique_attributes) of the type.
    #[must_use]
    pub fn key(mut self, attribute: impl Into<String>) -> Self {
        self.key.push(attribute.into());
        self
    }

    /// Adds an attribute that is left out.
    #[must_use]
    pub fn exclude(mut self, attribute: impl Into<String>) -> Self {
        self.exclude.push(attribute.into());
        self
    }

    /// Sets which attributes of the type are encrypted. They are left out. An empty list says that the type has none.
    ///
    /// Needed only where the server does not say it. Those that the server calls encrypted are refused, whatever is set here, unless
    /// they are set here too or [excluded](Self::exclude).
    #[must_use]
    pub fn encrypted<A: Into<String>>(mut self, attributes: impl IntoIterator<Item = A>) -> Self {
        self.encrypted = Some(attributes.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how many rows are read in one request, at least 1. Default: 10,000.
    ///
    /// Pages get smaller by themselves, as those of a [`PagedSearch`](crate::console::PagedSearch).
    #[must_use]
    pub fn page_rows(mut self, rows: usize) -> Self {
        self.page_rows = rows;
        self
    }

    /// Whether an attribute is to be left out.
    pub(super) fn excludes(&self, name: &str) -> bool {
        self.exclude.iter().any(|other| other.trim().eq_ignore_ascii_case(name))
    }
}

impl From<&ImpexCopy> for ImpexCopy {
    fn from(copy: &ImpexCopy) -> Self {
        copy.clone()
    }
}
