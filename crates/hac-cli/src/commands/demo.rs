//! `hac demo`.

use crate::args::DemoArgs;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Outcome};
use crate::printer::Printer;
use crate::settings::Settings;

#[expect(clippy::unused_async, reason = "placeholder of the first slice")]
pub(crate) async fn run(_: &RunContext, _: &Settings, _: &DemoArgs, _: &mut Printer) -> CommandResult {
    Ok(Outcome::Done)
}
