//! `hac diff query`: rows that have the same key, cell by cell.

use hac_client::FlexibleSearch;
use hac_client::comparison::RowDifference;

use super::sides::{Sides, two_needed};
use super::{MISSING, at, conclude};
use crate::args::DiffQueryArgs;
use crate::diagnostics::CommandResult;
use crate::job::Job;
use crate::output::Listing;
use crate::parameters;
use crate::query_text::sendable;
use crate::source;

/// What stands for a row that a server has.
const PRESENT: &str = "present";

pub(super) async fn compare(job: &mut Job<'_>, sides: &Sides, args: &DiffQueryArgs) -> CommandResult {
    let text = source::read(&args.source, "query", &[], job)?;
    let mut query = FlexibleSearch::new(sendable(&text));
    for (name, value) in parameters::read(&args.params)? {
        query = query.param(name, value)?;
    }
    let mut both = Vec::new();
    for (name, client) in sides.iter() {
        both.push(client.snapshot_rows(&query, &args.key).await.map_err(|error| at(name, error))?);
    }
    let [ours, theirs] = &both[..] else { return Err(two_needed("-e ONE,OTHER").into()) };
    let found = ours.compare(theirs)?;
    let mut listing = Listing::new(&["key", "column", &sides.names[0], &sides.names[1]]);
    for difference in found.differences {
        match difference {
            RowDifference::Cell { key, column, cells: [our, their] } => {
                listing.push([Some(key.join(":")), Some(column), our, their]);
            }
            RowDifference::Row { key, is_in_first } => {
                // The whole row, not a cell of it.
                let is_there = |it: bool| Some(if it { PRESENT } else { MISSING }.to_owned());
                listing.push([Some(key.join(":")), None, is_there(is_in_first), is_there(!is_in_first)]);
            }
            _ => {}
        }
    }
    conclude(job, sides, &listing, found.compared, "")
}
