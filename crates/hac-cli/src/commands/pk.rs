//! `hac pk`.

use hac_client::platform::PkAnalysis;
use serde_json::{Value, json};

use crate::args::PkArgs;
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::job::Job;
use crate::output::Listing;

const COLUMNS: [&str; 7] = ["pk", "type", "type_code", "counter_based", "cluster_id", "created", "hex"];

pub(crate) async fn run(job: Job<'_>, args: &PkArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let Job { printer, .. } = job;
    let mut listing = Listing::new(&COLUMNS);
    let mut failures = Vec::new();
    for pk in &args.pks {
        let analysis = connection.client.analyze_pk(pk).await?;
        match analysis.failure() {
            None => listing.push(row(&analysis)),
            Some(message) => failures.push((pk, message)),
        }
    }
    let failure = (!failures.is_empty()).then(|| Report {
        kind: "no_pk".to_owned(),
        message: match &failures[..] {
            [(pk, message)] => format!("{pk} is not a PK: {message}"),
            several => {
                let each: Vec<_> = several.iter().map(|(pk, message)| format!("{pk} ({message})")).collect();
                format!("{} of {} are not PKs: {}", several.len(), args.pks.len(), each.join(", "))
            }
        },
        hint: Some("a PK is a whole number such as 8796093054977; `hac flexsearch` shows those of items".to_owned()),
    });
    listing.print_to(failure.as_ref(), &style, &mut printer.data)?;
    Ok(failure.map_or(Outcome::Done(Effect::Read), |report| refused(&report, printer)))
}

/// A PK is text: not every program can hold so large a number.
fn row(analysis: &PkAnalysis) -> [Value; 7] {
    [
        json!(analysis.pk),
        json!(analysis.composed_type()),
        json!(analysis.type_code()),
        json!(analysis.counter_based()),
        json!(analysis.cluster_id()),
        json!(analysis.creation_date()),
        json!(analysis.hex()),
    ]
}
