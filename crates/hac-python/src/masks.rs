//! Masks as the Python half has them.

use hac_client::Result;
use hac_client::mask::{MaskKey, Masks};
use pyo3::prelude::*;

/// Columns with the way in which each is masked, and the key.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Mask {
    columns: Vec<(String, String)>,
    key: Option<String>,
}

impl Mask {
    pub(crate) fn build(self) -> Result<Masks> {
        let key = match &self.key {
            Some(text) => MaskKey::of(text)?,
            None => MaskKey::random()?,
        };
        let mut masks = Masks::new(key);
        for (column, masking) in self.columns {
            masks = masks.column(column, masking.parse()?);
        }
        Ok(masks)
    }
}
