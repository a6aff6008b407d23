//! `hac trust`: the file of a project gets its say, or loses it.

use hac_client::{Error, ErrorKind};
use serde::Serialize;

use crate::args::TrustArgs;
use crate::config::{PROJECT_FILE, Project};
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::job::Job;

#[derive(Serialize)]
struct TrustJson {
    success: bool,
    path: String,
    trusted: bool,
}

pub(crate) fn run(job: Job<'_>, args: &TrustArgs) -> CommandResult {
    let Job { context, settings, printer } = job;
    let mut warnings = Vec::new();
    let found = context.directory.as_deref().and_then(|directory| Project::find(directory, &mut warnings));
    let Some(project) = found else {
        let why = warnings.pop().unwrap_or_else(|| format!("there is no {PROJECT_FILE} in this directory or above it"));
        return Err(Error::new(ErrorKind::Config, "trust the project").because(why).into());
    };
    let path = project.path.display().to_string();
    let message = if args.revoke {
        if project.revoke(&context.environment)? {
            format!("{path} is no longer trusted")
        } else {
            format!("{path} was not trusted")
        }
    } else {
        project.set_trusted(&context.environment)?;
        format!("{path} is trusted until it changes")
    };
    if settings.json {
        printer.data.json(&TrustJson { success: true, path, trusted: !args.revoke });
    } else if !settings.volume.quiet {
        printer.data.line(&message);
    }
    Ok(Outcome::Done(Effect::Write))
}
