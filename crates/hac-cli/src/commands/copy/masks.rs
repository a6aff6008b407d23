//! `--mask`: which columns get other values.

use hac_client::Result;

use super::attributes::Holds;
use super::plan::Plan;
use crate::args::{CopyArgs, Masking};
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::env;
use crate::output::{MaskKey, Masks};

/// What is masked, and in which columns of a plan.
pub(super) struct Masked {
    masks: Masks,
    columns: Vec<Option<Masking>>,
}

impl Masked {
    /// `None` where nothing is masked. Fails for what cannot be masked: a misspelled name must not let values through.
    pub(super) fn of(plan: &Plan, args: &CopyArgs, context: &RunContext) -> Result<Option<Self>> {
        if args.mask.is_empty() {
            return Ok(None);
        }
        let given = context.environment.text(env::MASK_KEY)?;
        let key = match &given {
            Some(text) => MaskKey::of(text)?,
            None => MaskKey::random()?,
        };
        let masks = Masks::new(args.mask.clone(), key);
        let names: Vec<String> = plan.columns.iter().map(|column| column.attribute.clone()).collect();
        let columns = masks.of(&names)?;
        for (column, masking) in plan.columns.iter().zip(&columns) {
            let Some(masking) = masking else { continue };
            let name = &column.attribute;
            let refused = |why: String, hint: String| Err(usage("mask the attributes", why, hint));
            match (&column.holds, masking) {
                (Holds::Text, _) | (Holds::Time | Holds::Number, Masking::Fake) => {}
                (Holds::Time | Holds::Number, Masking::Hash) => {
                    return refused(format!("{name} is no text, and a hash is one"), format!("--mask {name}=fake"));
                }
                _ => {
                    let why = format!("{name} names something else, which an import would not find by a masked value");
                    return refused(why, format!("leave it out: --exclude {name}"));
                }
            }
            if column.unique && given.is_none() {
                return refused(
                    format!("rows are found by {name}, and without {} each copy would make new ones", env::MASK_KEY),
                    format!("set {}, such as to the output of `openssl rand -hex 16`", env::MASK_KEY),
                );
            }
        }
        Ok(Some(Self { masks, columns }))
    }

    /// The value for a column of the plan.
    pub(super) fn value(&self, column: usize, cell: String) -> String {
        match self.columns.get(column).copied().flatten() {
            Some(masking) => self.masks.masked(masking, &cell).into_owned(),
            None => cell,
        }
    }
}
