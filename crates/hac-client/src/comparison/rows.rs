//! Rows that have the same key, cell by cell.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Comparison;
use crate::column_names::position;
use crate::console::flexsearch::FlexibleSearchResult;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::{ComparisonAdvice, Hint};

const DOING: &str = "compare the rows";

/// The rows of a query on one server, by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSnapshot {
    /// The columns without those of the key.
    headers: Vec<String>,
    rows: BTreeMap<Vec<String>, Vec<Option<String>>>,
}

/// A cell that differs, or a row that only one snapshot has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum RowDifference {
    /// A cell of a row that both have.
    Cell {
        /// The values of the columns of the key.
        key: Vec<String>,
        /// The label of the column.
        column: String,
        /// The cell in the first and in the second snapshot; `None` is a null.
        cells: [Option<String>; 2],
    },
    /// A row that only one of them has.
    Row {
        /// The values of the columns of the key.
        key: Vec<String>,
        /// Whether it is the first one.
        is_in_first: bool,
    },
}

impl RowSnapshot {
    /// Makes a snapshot of the rows of a query. The key is one column or several that are unique together, by their names as for
    /// [`find_column`](crate::console::find_column); an empty list means the first column.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if there is no such column, if a row has no value in it, or if two rows have the same key.
    pub fn of<K: AsRef<str>>(result: &FlexibleSearchResult, key: &[K]) -> Result<Self> {
        let headers = &result.summary.headers;
        let place = |name: &K| {
            let name = name.as_ref();
            position(name.trim(), headers).ok_or_else(|| {
                let why = format!("the query has no column {name}; it has {}", headers.join(", "));
                refused(why, ComparisonAdvice::NameColumn)
            })
        };
        let places = if key.is_empty() { vec![0] } else { key.iter().map(place).collect::<Result<_>>()? };
        let others: Vec<usize> = (0..headers.len()).filter(|at| !places.contains(at)).collect();
        let mut rows = BTreeMap::new();
        for row in &result.rows {
            let cell = |at: &usize| row.get(*at).cloned().flatten();
            let Some(key) = places.iter().map(cell).collect::<Option<Vec<String>>>() else {
                return Err(refused("a row has no value in the column of the key", ComparisonAdvice::OtherKey));
            };
            if rows.insert(key.clone(), others.iter().map(cell).collect()).is_some() {
                let why = format!("two rows have the key {}", key.join(":"));
                return Err(refused(why, ComparisonAdvice::UniqueKey));
            }
        }
        Ok(Self { headers: others.iter().map(|at| headers[*at].clone()).collect(), rows })
    }

    /// Compares the rows of this snapshot, the first, with those of a second one.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the columns have different names, as they may on different databases.
    pub fn compare(&self, second: &Self) -> Result<Comparison<RowDifference>> {
        if self.headers != second.headers {
            let why = format!("the columns differ: {} and {}", self.headers.join(", "), second.headers.join(", "));
            return Err(refused(why, "name the columns with AS"));
        }
        let keys: BTreeSet<&Vec<String>> = self.rows.keys().chain(second.rows.keys()).collect();
        let mut differences = Vec::new();
        for key in &keys {
            match (self.rows.get(*key), second.rows.get(*key)) {
                (Some(ours), Some(theirs)) => {
                    let cells = self.headers.iter().zip(ours).zip(theirs).filter(|((_, our), their)| our != their);
                    differences.extend(cells.map(|((column, our), their)| RowDifference::Cell {
                        key: (*key).clone(),
                        column: column.clone(),
                        cells: [our.clone(), their.clone()],
                    }));
                }
                (ours, _) => {
                    differences.push(RowDifference::Row { key: (*key).clone(), is_in_first: ours.is_some() });
                }
            }
        }
        Ok(Comparison { differences, compared: keys.len(), left_out: Vec::new() })
    }
}

fn refused(why: impl Into<String>, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(headers: &[&str], rows: &[&[Option<&str>]]) -> FlexibleSearchResult {
        let mut result = FlexibleSearchResult::default();
        result.summary.headers = headers.iter().map(|header| (*header).to_owned()).collect();
        let row = |row: &&[Option<&str>]| row.iter().map(|cell| cell.map(str::to_owned)).collect();
        result.rows = rows.iter().map(row).collect();
        result
    }

    #[test]
    fn rows_are_found_by_their_key_and_compared_cell_by_cell() {
        let ours = result(&["p_code", "p_a", "p_b"], &[&[Some("1"), Some("x"), None], &[Some("2"), None, None]]);
        let theirs = result(&["p_code", "p_a", "p_b"], &[&[Some("3"), None, None], &[Some("1"), Some("x"), Some("y")]]);
        let [ours, theirs] = [ours, theirs].map(|rows| RowSnapshot::of(&rows, &["code"]).expect("unique"));
        let found = ours.compare(&theirs).expect("the same columns");
        let key = |text: &str| vec![text.to_owned()];
        let cells = [None, Some("y".to_owned())];
        assert_eq!(
            found.differences,
            [
                RowDifference::Cell { key: key("1"), column: "p_b".to_owned(), cells },
                RowDifference::Row { key: key("2"), is_in_first: true },
                RowDifference::Row { key: key("3"), is_in_first: false },
            ]
        );
        assert_eq!(found.compared, 3);
    }

    #[test]
    fn a_key_that_finds_no_single_row_is_an_error() {
        let rows = result(&["a", "b"], &[&[Some("1"), Some("x")], &[Some("1"), None]]);
        for (key, why) in [
            (&[][..], "two rows have the key 1"),
            (&["b"], "a row has no value in the column of the key"),
            (&["c"], "the query has no column c; it has a, b"),
        ] {
            assert_eq!(RowSnapshot::of(&rows, key).expect_err(why).why(), why);
        }
        let renamed = RowSnapshot::of(&result(&["a", "c"], &[]), &["a"]).expect("no rows");
        let error = RowSnapshot::of(&result(&["a", "b"], &[]), &["a"]).expect("no rows").compare(&renamed);
        assert!(error.is_err_and(|error| error.why() == "the columns differ: b and c"));
    }
}
