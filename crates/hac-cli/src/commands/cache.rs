//! `hac cache …`.

use hac_client::Validation;
use serde::Serialize;
use serde_json::Value;

use crate::args::CacheCommand;
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Outcome, Report, refused};
use crate::interrupt::Activity;
use crate::printer::Printer;
use crate::settings::Settings;

/// The answer of the server stands in it as it came.
#[derive(Serialize)]
struct ClearingJson<'a> {
    success: bool,
    answer: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    command: &CacheCommand,
    printer: &mut Printer,
) -> CommandResult {
    let CacheCommand::Clear = command;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    context.interrupt.now(Activity::Writing { what: "clearing of the cache", host: connection.host });
    let clearing = connection.client.clear_region_cache().await?;
    context.interrupt.now(Activity::Reading);
    let failure = (!clearing.success()).then(|| Report {
        kind: "cache_not_cleared".to_owned(),
        message: format!("the server did not clear the cache: {}", clearing.answer),
        hint: Some("the server's log says more".to_owned()),
    });
    if settings.json {
        let json = ClearingJson { success: failure.is_none(), answer: &clearing.answer, error: failure.clone() };
        printer.data.json(&json)?;
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line("The region cache is cleared, on the node that answered")?;
    }
    printer.data.flush()?;
    Ok(failure.map_or(Outcome::Done, |report| refused(&report, printer)))
}
