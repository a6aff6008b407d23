//! Whether the environment whose entries are asked for is one at all.

use std::cell::RefCell;
use std::collections::BTreeSet;

use hac_client::audit::Audit;
use hac_client::{Result, nearest_names};

use crate::config::Config;
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::ending;

/// What the target is called where nothing names it.
const BUILT_IN: &str = "local";

/// Fails for a name that is neither configured nor in a record: no answer to a misspelt name looks like "nothing was changed".
pub(super) fn check(name: &str, context: &RunContext) -> Result<()> {
    let environment = |label: &str| label.split('/').next().unwrap_or_default().to_owned();
    // What is wrong with the configuration is no reason to stop, and it may have the name.
    let Ok(files) = Config::all(&context.environment, context.directory.as_deref()) else { return Ok(()) };
    let configured = files.iter().flat_map(|file| &file.environments).map(|its| its.name.clone());
    let names = RefCell::new(configured.collect::<BTreeSet<String>>());
    ending::blocking(|| {
        Audit::in_default_file().entries(0, |entry| {
            names.borrow_mut().insert(environment(&entry.environment));
            false
        })
    })?;
    let names = names.into_inner();
    let wanted = environment(name);
    if wanted == BUILT_IN || names.contains(&wanted) {
        return Ok(());
    }
    let hint = match nearest_names(&wanted, names.iter().map(String::as_str)).first() {
        Some(near) => {
            format!("did you mean {near}? `hac env list` lists the configured ones, `hac audit` all that was recorded")
        }
        None => "`hac env list` lists the configured ones, `hac audit` all that was recorded".to_owned(),
    };
    let why = format!("the environment '{wanted}' is neither configured nor in a record");
    Err(usage("show what was changed", why, hint))
}
