//! `hac about`.

use crate::args::AboutArgs;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;
use crate::output::print_document;

pub(crate) async fn run(job: Job<'_>, _: &AboutArgs) -> CommandResult {
    let style = job.style();
    let connection = job.connect()?;
    let about = connection.client.about().await?;
    print_document("about", &about, &style, &mut job.printer.data)?;
    Ok(Outcome::Done(Effect::Read))
}
