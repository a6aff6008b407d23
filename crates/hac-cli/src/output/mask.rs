//! `--mask`: other values in place of those of some columns, the same for the same.
//!
//! The key is random in each run unless `HAC_MASK_KEY` sets it.

use std::borrow::Cow;

use hac_client::mask::{MaskAdvice, MaskKey};
use hac_client::{Error, Hint, Result};

use super::Cells;
use crate::args::{Mask, Masking};
use crate::env::{self, Environment};

/// The columns to mask, and the key.
#[derive(Debug, Clone)]
pub(crate) struct Masks(hac_client::mask::Masks);

impl Masks {
    pub(crate) fn of(wanted: &[Mask], environment: &Environment) -> Result<Self> {
        let key = match environment.text(env::MASK_KEY)? {
            Some(text) => MaskKey::of(&text),
            None => MaskKey::random(),
        };
        let masks = hac_client::mask::Masks::new(key.map_err(in_flags)?);
        Ok(Self(wanted.iter().fold(masks, |masks, Mask { column, masking }| masks.column(column, *masking))))
    }

    /// The same for rows that are read in pages by this column.
    pub(crate) fn read_by(self, column: &str) -> Self {
        Self(self.0.read_by(column))
    }

    /// Which columns of a result are masked, and how.
    pub(crate) fn places(&self, headers: &[String]) -> Result<Vec<Option<Masking>>> {
        self.0.places(headers).map_err(in_flags)
    }

    /// The value that takes the place of another.
    pub(crate) fn value<'c>(&self, masking: Masking, cell: &'c str) -> Cow<'c, str> {
        self.0.value(masking, cell)
    }

    /// A row with other values in place of those of the masked columns.
    pub(crate) fn row<'c>(
        &self,
        places: &[Option<Masking>],
        cells: &'c Cells<'_>,
    ) -> Result<Vec<Option<Cow<'c, str>>>> {
        self.0.row(places, cells)
    }

    /// As the library has them.
    pub(crate) fn of_library(&self) -> &hac_client::mask::Masks {
        &self.0
    }
}

/// A failure of the library whose reason is about a flag or a variable, with its name.
pub(crate) fn in_flags(error: Error) -> Error {
    let Some(Hint::ChangeMask(advice)) = error.hint() else { return error };
    let why = match advice {
        MaskAdvice::LongerKey => error.why().replacen("the key", env::MASK_KEY, 1),
        MaskAdvice::KeepKey { attribute } => {
            format!("rows are found by {attribute}, and without {} each copy would make new ones", env::MASK_KEY)
        }
        MaskAdvice::NameColumn { key, .. } => {
            format!("none of them is called {key}, which is the key of --all, so it may be a masked one")
        }
        MaskAdvice::ReadByOther { key } => format!("{key} is the key of --all, whose values are needed to read on"),
        _ => return error,
    };
    error.because(why)
}
