//! `hac diff query`: rows that have the same key, cell by cell.

use std::collections::{BTreeMap, BTreeSet};

use hac_client::console::{FlexibleSearchResult, find_column};
use hac_client::{FlexibleSearch, Result};

use super::sides::Sides;
use super::{MISSING, PRESENT};
use super::{at, conclude};
use crate::args::DiffQueryArgs;
use crate::diagnostics::{CommandResult, usage};
use crate::job::Job;
use crate::output::Listing;
use crate::parameters;
use crate::query_text::sendable;
use crate::source;

/// The rows of one side by their keys, without these.
struct Keyed {
    headers: Vec<String>,
    rows: BTreeMap<Vec<String>, Vec<Option<String>>>,
}

pub(super) async fn compare(job: &mut Job<'_>, sides: &Sides, args: &DiffQueryArgs) -> CommandResult {
    let text = source::read(&args.source, "query", &[], job)?;
    let mut query = FlexibleSearch::new(sendable(&text)).max_count(0);
    for (name, value) in parameters::read(&args.params)? {
        query = query.param(name, value)?;
    }
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        let result = client.execute_flexiblesearch(&query).await.map_err(|error| at(name, error))?;
        both.push(keyed(&result, &args.key).map_err(|error| at(name, error))?);
    }
    let [ours, theirs] = &both[..] else {
        return Err(usage("compare", "two environments are needed", "-e ONE,OTHER").into());
    };
    if ours.headers != theirs.headers {
        let why = format!("the columns differ: {} and {}", ours.headers.join(", "), theirs.headers.join(", "));
        return Err(usage("compare the rows", why, "name the columns with AS").into());
    }
    let mut listing = Listing::new(&["key", "column", &sides.names[0], &sides.names[1]]);
    let keys: BTreeSet<&Vec<String>> = ours.rows.keys().chain(theirs.rows.keys()).collect();
    for key in &keys {
        let shown = Some(key.join(":"));
        match (ours.rows.get(*key), theirs.rows.get(*key)) {
            (Some(our), Some(their)) => {
                for ((header, our), their) in
                    ours.headers.iter().zip(our).zip(their).filter(|((_, our), their)| our != their)
                {
                    listing.push([shown.clone(), Some(header.clone()), our.clone(), their.clone()]);
                }
            }
            (our, their) => {
                // The whole row, not a cell of it.
                let is_there = |row: Option<&Vec<_>>| Some(if row.is_some() { PRESENT } else { MISSING }.to_owned());
                listing.push([shown, None, is_there(our), is_there(their)]);
            }
        }
    }
    let compared = keys.len();
    conclude(job, sides, &listing, compared, "")
}

fn keyed(result: &FlexibleSearchResult, keys: &[String]) -> Result<Keyed> {
    const DOING: &str = "compare the rows";
    let headers = &result.summary.headers;
    let place = |name: &String| {
        find_column(name.trim(), headers).map_err(|_| {
            let why = format!("the query has no column {name}; it has {}", headers.join(", "));
            usage(DOING, why, "--key takes the name of a column")
        })
    };
    let places = if keys.is_empty() { vec![0] } else { keys.iter().map(place).collect::<Result<_>>()? };
    let others: Vec<usize> = (0..headers.len()).filter(|at| !places.contains(at)).collect();
    let mut rows = BTreeMap::new();
    for row in &result.rows {
        let cell = |at: &usize| row.get(*at).cloned().flatten();
        let Some(key) = places.iter().map(cell).collect::<Option<Vec<String>>>() else {
            return Err(usage(
                DOING,
                "a row has no value in the column of the key",
                "choose another column with --key",
            ));
        };
        if rows.insert(key.clone(), others.iter().map(cell).collect()).is_some() {
            let why = format!("two rows have the key {}", key.join(":"));
            return Err(usage(DOING, why, "choose a column that is unique with --key; it may be repeated"));
        }
    }
    Ok(Keyed { headers: others.iter().map(|at| headers[*at].clone()).collect(), rows })
}
