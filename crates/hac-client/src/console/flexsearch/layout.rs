//! Which column is which field: labels are the database's, names are the program's.

use std::cell::OnceCell;

use serde::de::DeserializeOwned;

use super::fault::Fault;
use super::probe::Probe;

/// The columns of a query, as the fields of one type find them.
#[derive(Debug)]
pub(super) struct Layout {
    headers: Vec<String>,
    /// How many fields the type takes in a sequence, where each name in its list is a field of its own.
    sequence: Option<usize>,
    /// The columns of the fields that were asked for first: those of the type itself.
    known: OnceCell<(&'static [&'static str], Fields)>,
}

/// For each field its column.
pub(super) type Fields = Vec<Option<usize>>;

impl Layout {
    pub(super) fn of<T: DeserializeOwned>(headers: &[String]) -> Self {
        Self { headers: headers.to_vec(), sequence: Probe::fields_of::<T>(), known: OnceCell::new() }
    }

    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// Whether a field without a column can be told from one with a null: only a type that is read as a sequence says which of
    /// its fields may be left out.
    pub(super) fn tells_missing(&self, fields: &'static [&'static str]) -> bool {
        self.sequence == Some(fields.len())
    }

    pub(super) fn with_fields<T>(
        &self,
        fields: &'static [&'static str],
        then: impl FnOnce(&[Option<usize>]) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let known = if let Some(known) = self.known.get() {
            known
        } else {
            let found = self.find_all(fields)?;
            self.known.get_or_init(|| (fields, found))
        };
        if std::ptr::eq(known.0, fields) { then(&known.1) } else { then(&self.find_all(fields)?) }
    }

    fn find_all(&self, fields: &'static [&'static str]) -> Result<Fields, Fault> {
        fields.iter().map(|field| self.find(field)).collect()
    }

    /// The column of a field: the one of the same name, else the one that differs in case and in `p_` only, else the one that
    /// differs in underscores too (`catalog_version` is `p_catalogversion`).
    fn find(&self, field: &str) -> Result<Option<usize>, Fault> {
        let bare = |text: &str| canonical(text).replace('_', "");
        let fits: [&dyn Fn(&str) -> bool; 3] =
            [&|label| label == field, &|label| canonical(label) == canonical(field), &|label| {
                bare(label) == bare(field)
            }];
        for fits in fits {
            let mut columns = self.headers.iter().enumerate().filter(|(_, label)| fits(label));
            match (columns.next(), columns.next()) {
                (None, _) => {}
                (Some((column, _)), None) => return Ok(Some(column)),
                (Some((_, first)), Some((_, second))) => {
                    return Err(Fault::text(format!(
                        "the columns {first} and {second} both match the field {field}: rename one with AS"
                    )));
                }
            }
        }
        Ok(None)
    }
}

/// A label without what databases make of it: `P_CODE` and `p_code` are `code`.
pub(super) fn canonical(label: &str) -> String {
    let small = label.to_ascii_lowercase();
    match small.strip_prefix("p_") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => small,
    }
}
