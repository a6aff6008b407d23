//! Other values in place of those of some columns, the same for the same.
//!
//! Masked rows can still be joined and counted, but equal values stay equal, and nulls and empty texts stay what they are: it
//! is a pseudonym for each value and no anonymity. Who has the key can find out a value by trying.
//!
//! ```
//! use hac_client::mask::{MaskKey, Masking, Masks};
//!
//! # fn main() -> hac_client::Result<()> {
//! let masks = Masks::new(MaskKey::of("a key that nobody guesses")?).column("uid", Masking::Hash).column("name", Masking::Fake);
//! let columns = masks.places(&["p_uid".to_owned(), "p_city".to_owned(), "p_name".to_owned()])?;
//! assert_eq!(columns, [Some(Masking::Hash), None, Some(Masking::Fake)]);
//! assert_eq!(masks.value(Masking::Hash, "anna@shop.example.de").len(), 32);
//! assert!(masks.value(Masking::Fake, "anna@shop.example.de").ends_with("@example.com"));
//! # Ok(())
//! # }
//! ```

mod fake;
mod key;

use std::borrow::Cow;

use crate::column_names;
use crate::error::{Error, ErrorKind, Result};
use crate::named::{named, one_of};

pub use crate::hint::MaskAdvice;
pub use key::MaskKey;

pub(crate) const DOING: &str = "mask the columns";

/// What takes the place of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Masking {
    /// 32 hexadecimal digits.
    Hash,
    /// A value of the same shape: letters for letters, digits for digits, a date for a date, an address of `example.com` for an
    /// e-mail address.
    Fake,
}

named! {
    Masking is "a way to mask values", "mask the columns";
    /// Every way.
    ALL
    /// `hash` or `fake`.
    as_str { Hash => "hash", Fake => "fake" }
    /// Case-sensitive.
    from_str(text, name) { text == name } or one_of(Masking::ALL)
}

/// The columns to mask, and the key.
#[derive(Debug, Clone)]
pub struct Masks {
    wanted: Vec<(String, Masking)>,
    key: MaskKey,
    /// The column by which rows are read in pages, which cannot be masked.
    read_by: Option<String>,
}

impl Masks {
    /// Returns masks for no column yet.
    pub fn new(key: MaskKey) -> Self {
        Self { wanted: Vec::new(), key, read_by: None }
    }

    /// Masks a column, too: all that have the name, whatever its case, and with or without the `p_` that databases have in front of
    /// attributes. `{name[en]}` and `{name[de]}` have the same.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, masking: Masking) -> Self {
        self.wanted.push((name.into(), masking));
        self
    }

    /// Names the column by which rows are [read in pages](crate::HacClient::stream_pages). Its values stand in the requests, in
    /// errors and in the [position](crate::console::PagePosition) where to go on, so it is not masked: [`places`](Self::places) fails
    /// if it is to be.
    #[must_use]
    pub fn read_by(self, column: impl Into<String>) -> Self {
        Self { read_by: Some(column.into()), ..self }
    }

    /// Returns for each column of a result how it is masked.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if one that is to be masked is not there, since a misspelled name must not let values through, or if
    /// the rows are [read by](Self::read_by) one of them. The hint of the latter is a [`Hint::ChangeMask`](crate::Hint::ChangeMask).
    pub fn places(&self, headers: &[String]) -> Result<Vec<Option<Masking>>> {
        let mut columns = vec![None; headers.len()];
        for (name, masking) in &self.wanted {
            let places = column_names::positions(name, headers);
            if places.is_empty() {
                return Err(column_names::missing(DOING, name, headers));
            }
            for place in places {
                columns[place] = Some(*masking);
            }
        }
        if let Some(key) = &self.read_by {
            let places = column_names::positions(key, headers);
            if places.is_empty() {
                let why = format!("no column is called {key}, by which the rows are read, so it may be a masked one");
                return Err(refused(why, MaskAdvice::NameColumn { key: key.clone(), columns: headers.to_vec() }));
            }
            if places.into_iter().any(|place| columns[place].is_some()) {
                let why = format!("the rows are read by {key}, whose values are needed to read on");
                return Err(refused(why, MaskAdvice::ReadByOther { key: key.clone() }));
            }
        }
        Ok(columns)
    }

    /// Returns what takes the place of a value. An empty text has nothing to hide, and stays.
    pub fn value<'c>(&self, masking: Masking, value: &'c str) -> Cow<'c, str> {
        match masking {
            _ if value.is_empty() => Cow::Borrowed(value),
            Masking::Hash => Cow::Owned(self.key.hash(value)),
            Masking::Fake => Cow::Owned(fake::of(value, &self.key)),
        }
    }

    /// Returns a row with masked cells. `places` are what [`places`](Self::places) returned for its columns.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the row has more or fewer cells than there are columns: it is not known which of them to mask.
    pub fn row<'c>(
        &self,
        places: &[Option<Masking>],
        cells: &'c [Option<Cow<'_, str>>],
    ) -> Result<Vec<Option<Cow<'c, str>>>> {
        if cells.len() != places.len() {
            let why = format!("a row has {} cells, and there are {} columns", cells.len(), places.len());
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because(why)
                .with_hint("select the columns by their names"));
        }
        let masked = cells.iter().zip(places).map(|(cell, masking)| {
            let cell = cell.as_deref()?;
            Some(masking.map_or(Cow::Borrowed(cell), |masking| self.value(masking, cell)))
        });
        Ok(masked.collect())
    }

    /// Returns the key.
    pub fn key(&self) -> &MaskKey {
        &self.key
    }
}

/// What cannot be masked, or not in this way.
pub(crate) fn refused(why: impl Into<String>, advice: MaskAdvice) -> Error {
    Error::new(ErrorKind::Usage, DOING).because(why).with_hint(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(wanted: &[(&str, Masking)]) -> Masks {
        let masks = Masks::new(MaskKey::of("a key for the tests").expect("long enough"));
        wanted.iter().fold(masks, |masks, (name, masking)| masks.column(*name, *masking))
    }

    #[test]
    fn every_column_of_the_name_is_masked_and_a_missing_one_is_an_error() {
        let headers = ["PK", "p_name", "p_uid", "p_name", "NAME"].map(String::from);
        let masked = masks(&[("name", Masking::Fake), ("pk", Masking::Hash)]).places(&headers).expect("all are there");
        let (hash, fake) = (Some(Masking::Hash), Some(Masking::Fake));
        assert_eq!(masked, [hash, fake, None, fake, fake]);
        let error = masks(&[("pk", Masking::Hash), ("emial", Masking::Hash)]).places(&headers).expect_err("misspelled");
        assert!(error.to_string().contains("there is no column emial"), "{error}");
    }

    #[test]
    fn the_column_by_which_rows_are_read_is_not_masked_whatever_it_is_called() {
        let headers = ["PK", "p_code"].map(String::from);
        let masks = masks(&[("code", Masking::Fake)]);
        assert_eq!(masks.clone().read_by("pk").places(&headers).expect("another"), [None, Some(Masking::Fake)]);
        for (key, why) in [("P_CODE", "the rows are read by P_CODE"), ("uid", "no column is called uid")] {
            let error = masks.clone().read_by(key).places(&headers).expect_err(key);
            assert!(error.why().starts_with(why), "{error}");
        }
    }

    #[test]
    fn a_row_of_another_length_is_refused_since_its_cells_may_stand_in_other_columns() {
        let masks = masks(&[("b", Masking::Hash)]);
        let places = [None, Some(Masking::Hash)];
        let cell = |text: &'static str| Some(Cow::Borrowed(text));
        let row = [cell("x"), None];
        assert_eq!(masks.row(&places, &row).expect("two cells"), row);
        let row = [cell("x"), cell("secret")];
        assert!(masks.row(&places, &row).is_ok_and(|masked| masked[0] == row[0] && masked[1] != row[1]));
        let error = masks.row(&places, &row[1..]).expect_err("one cell");
        assert_eq!(error.why(), "a row has 1 cells, and there are 2 columns");
    }

    #[test]
    fn equal_values_are_masked_alike_and_others_are_not() {
        let masks = masks(&[("a", Masking::Hash)]);
        for masking in [Masking::Hash, Masking::Fake] {
            assert_eq!(masks.value(masking, "anna@shop.com"), masks.value(masking, "anna@shop.com"));
            assert_ne!(masks.value(masking, "anna@shop.com"), masks.value(masking, "anne@shop.com"));
            assert_eq!(masks.value(masking, ""), "");
        }
        let other = Masks::new(MaskKey::random().expect("random bytes"));
        assert_ne!(masks.value(Masking::Hash, "x"), other.value(Masking::Hash, "x"));
    }
}
