//! Changes that the server acknowledges in words of its own.

use hac_client::monitoring::Acknowledgement;
use serde::Serialize;
use serde_json::Value;

use crate::conclusion::refused;
use crate::diagnostics::{Effect, Outcome, Report};
use crate::printer::Printer;
use crate::settings::Settings;

/// The answer of the server stands in it as it came.
#[derive(Serialize)]
struct AnswerJson<'a> {
    success: bool,
    answer: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

/// Why a change failed: `what` completes "the server did not …".
pub(super) fn failure(acknowledgement: &Acknowledgement, kind: &str, what: &str) -> Option<Report> {
    (!acknowledgement.success()).then(|| Report {
        kind: kind.to_owned(),
        message: format!("the server did not {what}: {}", acknowledgement.answer),
        hint: Some("the server's log says more".to_owned()),
    })
}

/// Prints the result of a change.
pub(super) fn tell(
    acknowledgement: &Acknowledgement,
    failure: Option<&Report>,
    done: &str,
    settings: &Settings,
    printer: &mut Printer,
) -> Outcome {
    if settings.json {
        let json = AnswerJson { success: failure.is_none(), answer: &acknowledgement.answer, error: failure.cloned() };
        printer.data.json(&json);
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line(done);
    }
    printer.data.flush();
    failure.map_or(Outcome::Done(Effect::Write), |report| refused(report, printer))
}
