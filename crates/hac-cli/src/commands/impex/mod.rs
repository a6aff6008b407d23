//! `hac impex …`.

mod export;
mod files;
mod report;

use crate::args::{ImpexArgs, ImpexCommand};
use crate::diagnostics::CommandResult;
use crate::job::Job;

pub(crate) async fn run(job: Job<'_>, args: &ImpexArgs) -> CommandResult {
    match &args.command {
        None => files::import(job, &args.file, &args.options).await,
        Some(ImpexCommand::Import(import)) => files::import(job, import.given(), &import.options).await,
        Some(ImpexCommand::Validate(validate)) => files::validate(job, validate.given(), &validate.options).await,
        Some(ImpexCommand::Export(export)) => export::run(job, export).await,
    }
}
