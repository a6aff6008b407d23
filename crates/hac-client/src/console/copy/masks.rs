//! Which columns of a copy get other values, and which cannot.

use super::attributes::unknown_attribute;
use super::plan::{CopyColumn, CopyKind, CopyPlan, Mask};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::{CopyAdvice, CopyRole, Hint, MaskAdvice};
use crate::mask::{Masking, Masks};

impl CopyPlan {
    /// Sets what takes the place of the values of an attribute, in all its languages. Called with each value that is not null, as it
    /// would stand in the ImpEx without quotes.
    ///
    /// Rows are found by their masked values: give the same value the same mask in each copy if the attribute is
    /// [unique](CopyColumn::is_unique). A time must stay a time, and a number a number.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if there is no column of the attribute, and for booleans and references: an import would not find
    /// what they name.
    pub fn mask(&mut self, attribute: &str, mask: impl Fn(&str) -> String + Send + Sync + 'static) -> Result<()> {
        let mask = Mask::new(mask);
        let name = attribute.trim();
        let mut is_there = false;
        for column in self.columns.iter_mut().filter(|column| column.attribute.eq_ignore_ascii_case(name)) {
            is_there = true;
            check(column)?;
            column.mask = Some(mask.clone());
        }
        if is_there {
            return Ok(());
        }
        let names = self.columns.iter().map(|column| column.attribute.as_str());
        Err(unknown_attribute(&self.type_code, name, CopyRole::Masked, names))
    }

    /// Masks the values of all attributes that the masks name, in all their languages: a copy of customers without their names.
    ///
    /// ```no_run
    /// # async fn example(client: &hac_client::HacClient) -> hac_client::Result<()> {
    /// use hac_client::console::ImpexCopy;
    /// use hac_client::mask::{MaskKey, Masking, Masks};
    ///
    /// let mut plan = client.plan_copy(ImpexCopy::of_type("Customer")).await?;
    /// let key = MaskKey::of(&std::env::var("MASK_KEY").unwrap_or_default())?;
    /// plan.mask_with(&Masks::new(key).column("uid", Masking::Hash).column("name", Masking::Fake))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if there is no column of an attribute; for booleans and references, of which an import would not
    /// find what they name; for a hash of a time or a number; and for an attribute that is [unique](CopyColumn::is_unique) with a
    /// [random key](crate::mask::MaskKey::is_random), with which each copy would make new rows. Nothing is masked then.
    pub fn mask_with(&mut self, masks: &Masks) -> Result<()> {
        let names: Vec<String> = self.columns.iter().map(|column| column.attribute.clone()).collect();
        let places = masks.places(&names)?;
        let masked = || self.columns.iter().zip(&places).filter_map(|(column, masking)| Some((column, (*masking)?)));
        masked().try_for_each(|(column, masking)| check_masking(column, masking, masks))?;
        masked().try_for_each(|(column, _)| check(column))?;
        for (column, masking) in self.columns.iter_mut().zip(places) {
            if let Some(masking) = masking {
                let masks = masks.clone();
                column.mask = Some(Mask::new(move |value| masks.value(masking, value).into_owned()));
            }
        }
        Ok(())
    }
}

/// Fails for a column of which no value can be another one.
fn check(column: &CopyColumn) -> Result<()> {
    if !matches!(column.kind(), CopyKind::Boolean | CopyKind::Reference) {
        return Ok(());
    }
    let attribute = column.attribute.clone();
    let why = format!("{attribute} names something else, which an import would not find by a masked value");
    Err(refused(why, CopyAdvice::Exclude { attribute, selected: false }))
}

/// Fails for a column that cannot be masked in this way.
fn check_masking(column: &CopyColumn, masking: Masking, masks: &Masks) -> Result<()> {
    let attribute = column.attribute.clone();
    match (column.kind(), masking) {
        (CopyKind::Time | CopyKind::Number, Masking::Hash) => {
            Err(refused(format!("{attribute} is no text, and a hash is one"), MaskAdvice::Fake { attribute }))
        }
        (CopyKind::Text | CopyKind::Time | CopyKind::Number, _) if column.unique && masks.key().is_random() => {
            let why = format!("rows are found by {attribute}, and with a random key each copy would make new ones");
            Err(refused(why, MaskAdvice::KeepKey { attribute }))
        }
        _ => Ok(()),
    }
}

fn refused(why: impl Into<String>, hint: impl Into<Hint>) -> Error {
    Error::new(ErrorKind::Usage, "mask the attributes").because(why).with_hint(hint)
}
