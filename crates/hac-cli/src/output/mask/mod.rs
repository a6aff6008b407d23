//! `--mask`: other values in place of those of some columns, the same for the same.
//!
//! Masked rows can still be joined and counted, but equal values stay equal, and nulls and empty texts stay what they are: it
//! is a pseudonym for each value and no anonymity. The key is random in each run unless `HAC_MASK_KEY` sets it.

mod fake;
mod key;

use std::borrow::Cow;

use hac_client::Result;

use super::picked::all_places;
use crate::args::{Mask, Masking};
use crate::diagnostics::usage;

pub(crate) use key::MaskKey;

/// The columns to mask, and the key.
#[derive(Debug, Clone)]
pub(crate) struct Masks {
    wanted: Vec<Mask>,
    key: MaskKey,
    /// The column by which rows are read in pages, which cannot be masked.
    read_by: Option<String>,
}

impl Masks {
    pub(crate) fn new(wanted: Vec<Mask>, key: MaskKey) -> Self {
        Self { wanted, key, read_by: None }
    }

    /// The same for rows that are read in pages by this column. Its values stand in the requests, in errors, and in the file that says
    /// where to go on.
    pub(crate) fn read_by(self, column: &str) -> Self {
        Self { read_by: Some(column.to_owned()), ..self }
    }

    /// Which columns of a result are masked. All that have the name: `{name[en]}` and `{name[de]}` have the same.
    ///
    /// # Errors
    /// A usage error if one that is to be masked is not there, since a misspelled name must not let values through, or if the rows
    /// are read by one of them.
    pub(crate) fn of(&self, headers: &[String]) -> Result<Vec<Option<Masking>>> {
        let mut columns = vec![None; headers.len()];
        for Mask { column, masking } in &self.wanted {
            for place in all_places(column, headers)? {
                columns[place] = Some(*masking);
            }
        }
        if let Some(key) = &self.read_by {
            let refused = |why: String, hint: String| usage("mask the columns", why, hint);
            let places = all_places(key, headers).map_err(|_| {
                let why = format!("none of them is called {key}, which is the key of --all, so it may be a masked one");
                refused(why, format!("name the key by its column with --key: {}", headers.join(", ")))
            })?;
            if places.into_iter().any(|place| columns[place].is_some()) {
                let why = format!("{key} is the key of --all, whose values are needed to read on");
                return Err(refused(why, "leave it out with --columns, or name another key with --key".to_owned()));
            }
        }
        Ok(columns)
    }

    /// The value that takes the place of another. An empty text has none to hide.
    pub(crate) fn masked<'c>(&self, masking: Masking, cell: &'c str) -> Cow<'c, str> {
        match masking {
            _ if cell.is_empty() => Cow::Borrowed(cell),
            Masking::Hash => Cow::Owned(self.key.hash(cell)),
            Masking::Fake => Cow::Owned(fake::of(cell, &self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(wanted: &[&str]) -> Masks {
        let wanted = wanted.iter().map(|mask| mask.parse().expect("a mask")).collect();
        Masks::new(wanted, MaskKey::of("a key for the tests").expect("long enough"))
    }

    #[test]
    fn every_column_of_the_name_is_masked_and_a_missing_one_is_an_error() {
        let headers = ["PK", "p_name", "p_uid", "p_name", "NAME"].map(String::from);
        let masked = masks(&["name=fake", "pk"]).of(&headers).expect("all are there");
        let (hash, fake) = (Some(Masking::Hash), Some(Masking::Fake));
        assert_eq!(masked, [hash, fake, None, fake, fake]);
        let error = masks(&["pk", "emial"]).of(&headers).expect_err("misspelled");
        assert!(error.to_string().contains("there is no column emial"), "{error}");
    }

    #[test]
    fn equal_values_are_masked_alike_and_others_are_not() {
        let masks = masks(&["a"]);
        for masking in [Masking::Hash, Masking::Fake] {
            assert_eq!(masks.masked(masking, "anna@shop.com"), masks.masked(masking, "anna@shop.com"));
            assert_ne!(masks.masked(masking, "anna@shop.com"), masks.masked(masking, "anne@shop.com"));
            assert_eq!(masks.masked(masking, ""), "");
        }
        let other = Masks::new(Vec::new(), MaskKey::random().expect("random bytes"));
        assert_ne!(masks.masked(Masking::Hash, "x"), other.masked(Masking::Hash, "x"));
    }
}
