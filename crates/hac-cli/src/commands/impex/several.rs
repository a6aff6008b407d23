//! Several files: which of them are done already, and where each has its outcome files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use hac_client::console::{BulkImport, BulkStatus};
use hac_client::{Error, ErrorKind, HacClient, Hint, Result};

use super::bulk::talk_of_undecided;
use super::sent::Script;
use crate::args::BulkArgs;
use crate::diagnostics::usage;
use crate::hints::{ImportCommand, with_command};
use crate::printer::Talk;

/// Decides what earlier imports of the files mean, before anything is sent. Returns the names of those that are finished, and are not
/// sent again.
///
/// With `--resume`, files with a finished checkpoint are done. Without it they are sent again, and what their checkpoints say of an
/// earlier run is forgotten before the first is sent: the next `--resume` goes by this one.
pub(super) async fn begun(
    client: &HacClient,
    scripts: &[(String, Script)],
    bulk: &BulkArgs,
    (go_on, own): (&str, &dyn Fn(&str) -> ImportCommand),
    can_ask: bool,
    talk: &Talk,
) -> Result<HashSet<String>> {
    let mut finished = HashSet::new();
    let mut forgotten = Vec::new();
    for (name, script) in scripts {
        let Some(file) = script.file() else { continue };
        let earlier = status(client, file).await;
        let is_done = earlier.as_ref().is_some_and(|earlier| earlier.is_done);
        if bulk.restart {
            if let Some(earlier) = &earlier {
                talk_of_undecided(earlier, name, talk);
            }
        } else if !earlier.as_ref().is_some_and(|earlier| earlier.is_done || is_begun(earlier))
            && let Ok(Some((environment, _))) = client.bulk_import_elsewhere(file).await
        {
            let why = format!("an earlier import of this file into {environment}, the same server, is unfinished");
            let refused = Error::new(ErrorKind::Usage, format!("import {name}")).because(why);
            return Err(with_command(refused.with_hint(Hint::ResumeImportAs { environment }), &own(name)));
        }
        if bulk.resume {
            finished.extend(is_done.then(|| name.clone()));
            continue;
        }
        if is_done || bulk.restart {
            forgotten.push(file);
        } else if !can_ask && earlier.is_some_and(|earlier| is_begun(&earlier)) {
            let hint = format!("go on with `{go_on}`, or begin anew with --restart; nothing was sent");
            return Err(usage(&format!("import {name}"), "an earlier import of this file is unfinished", hint));
        }
    }
    // From behind: what is left, if this is interrupted, is an earlier run up to one of its files.
    for file in forgotten.into_iter().rev() {
        client.forget_bulk_import(file).await?;
    }
    Ok(finished)
}

/// What is known of a file. The import itself says what is wrong with a checkpoint.
async fn status(client: &HacClient, file: &BulkImport) -> Option<BulkStatus> {
    client.bulk_import_status(file).await.ok().flatten()
}

fn is_begun(earlier: &BulkStatus) -> bool {
    earlier.imported + earlier.failed > 0 || !earlier.undecided.is_empty()
}

/// The error of one of several files, with a next step for all of them.
pub(super) fn explained(error: Error, name: &str, all: &ImportCommand, own: &ImportCommand) -> Error {
    let go_on = all.resume();
    match error.hint() {
        // To begin anew would send all of them once more.
        Some(Hint::RestartImport) => {
            let hint = format!("import {name} by itself, then go on with `{go_on}`; nothing of it was sent");
            error.with_hint(hint)
        }
        // Lines are those of one file.
        Some(Hint::DecideChunks { chunks }) if chunks.len() > 1 => {
            let error = with_command(error, own);
            let then = Hint::from(format!("then go on with `{go_on}`"));
            let all = error.hint().cloned().into_iter().chain([then]).collect();
            error.with_hint(Hint::All(all))
        }
        Some(Hint::RestoreFile { .. } | Hint::ResumeImportAs { .. }) => with_command(error, own),
        _ => with_command(error, all),
    }
}

/// The directories of the outcome files.
pub(super) struct Reports {
    directory: Option<PathBuf>,
    /// For each of several files a directory of its own, or one for the only file.
    is_for_several: bool,
    taken: HashSet<PathBuf>,
}

impl Reports {
    /// Fails if outcome files would replace one of the files.
    pub(super) fn of(bulk: Option<&BulkArgs>, files: &[PathBuf]) -> Result<Self> {
        let directory = bulk.and_then(|bulk| bulk.report.clone());
        let reports = |directory| Self { directory, is_for_several: files.len() > 1, taken: HashSet::new() };
        let mut all = reports(directory.clone());
        let directories: Vec<PathBuf> = files.iter().filter_map(|file| all.next(file)).collect();
        for file in files.iter().filter_map(|file| file.canonicalize().ok()) {
            let holds = |directory: &&PathBuf| {
                directory.canonicalize().is_ok_and(|directory| file.parent().is_some_and(|parent| parent == directory))
            };
            if files.len() > 1
                && let Some(directory) = directories.iter().find(holds)
            {
                let why = format!("{} is imported, and outcome files would be written beside it", file.display());
                let hint = "choose another directory for the outcome files; nothing was sent";
                return Err(usage(&format!("write the outcome files to {}", directory.display()), why, hint));
            }
        }
        Ok(reports(directory))
    }

    /// The directory for the next file; the same one whenever the same files are named.
    pub(super) fn next(&mut self, file: &Path) -> Option<PathBuf> {
        let directory = self.directory.as_ref()?;
        if !self.is_for_several {
            return Some(directory.clone());
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let numbered = (2..).map(|number| directory.join(format!("{name}-{number}")));
        let free = std::iter::once(directory.join(&*name)).chain(numbered).find(|path| !self.taken.contains(path))?;
        self.taken.insert(free.clone());
        Some(free)
    }
}
