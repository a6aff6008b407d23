//! `hac impex …`.

pub(super) mod bulk;
mod export;
mod files;
mod lint;
mod names;
pub(super) mod report;
mod sent;
mod several;
mod watch;

use crate::args::{BulkArgs, ImpexArgs, ImpexCommand};
use crate::diagnostics::CommandResult;
use crate::job::Job;

pub(crate) async fn run(job: Job<'_>, args: &ImpexArgs) -> CommandResult {
    match &args.command {
        None => {
            let files = files::given(&args.file, job.context)?;
            files::import(job, (&args.file, &files), &args.options, &BulkArgs::default()).await
        }
        Some(ImpexCommand::Import(import)) => {
            let files = import.given.given(job.context)?;
            files::import(job, (import.given.named(), &files), &import.given.options, &import.bulk).await
        }
        Some(ImpexCommand::Validate(validate)) => {
            let files = validate.given(job.context)?;
            files::validate(job, &files, &validate.options).await
        }
        Some(ImpexCommand::Lint(args)) => lint::run(job, args).await,
        Some(ImpexCommand::Watch(args)) => Box::pin(watch::run(job, args)).await,
        Some(ImpexCommand::Export(export)) => export::run(job, export).await,
    }
}
