//! `--mask`: which columns get other values.

use hac_client::Result;
use hac_client::console::{CopyKind, CopyPlan};

use crate::args::{CopyArgs, Masking};
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::env;
use crate::output::{MaskKey, Masks};

/// Masks the columns of a plan. Fails for what cannot be masked: a misspelled name must not let values through.
pub(super) fn mask(plan: &mut CopyPlan, args: &CopyArgs, context: &RunContext) -> Result<()> {
    if args.mask.is_empty() {
        return Ok(());
    }
    let given = context.environment.text(env::MASK_KEY)?;
    let key = match &given {
        Some(text) => MaskKey::of(text)?,
        None => MaskKey::random()?,
    };
    let masks = Masks::new(args.mask.clone(), key);
    let names: Vec<String> = plan.columns().iter().map(|column| column.attribute().to_owned()).collect();
    let columns = masks.of(&names)?;
    let mut masked: Vec<(String, Masking)> = Vec::new();
    for (column, masking) in plan.columns().iter().zip(columns) {
        let Some(masking) = masking else { continue };
        let name = column.attribute();
        let refused = |why: String, hint: String| Err(usage("mask the attributes", why, hint));
        match (column.kind(), masking) {
            (CopyKind::Time | CopyKind::Number, Masking::Hash) => {
                return refused(format!("{name} is no text, and a hash is one"), format!("--mask {name}=fake"));
            }
            (CopyKind::Text | CopyKind::Time | CopyKind::Number, _) if column.is_unique() && given.is_none() => {
                return refused(
                    format!("rows are found by {name}, and without {} each copy would make new ones", env::MASK_KEY),
                    format!("set {}, such as to the output of `openssl rand -hex 16`", env::MASK_KEY),
                );
            }
            // What else cannot be masked, the library refuses.
            _ => masked.push((name.to_owned(), masking)),
        }
    }
    for (name, masking) in masked {
        let masks = masks.clone();
        plan.mask(&name, move |value| masks.masked(masking, value).into_owned())?;
    }
    Ok(())
}
