//! `hac impex watch`: imports a file when it is saved.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, ImpexImport, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::report::{ImportReport, Server, Task, name_of};
use crate::args::ImpexWatchArgs;
use crate::diagnostics::{CommandResult, Report, usage};
use crate::ending::blocking;
use crate::interrupt::Activity;
use crate::job::Job;

/// An editor writes a file in several steps: it is read when nothing has happened for so long.
const QUIET: Duration = Duration::from_millis(300);

/// Larger files are not for saving again and again; they are imported by `hac impex import`, which can go on where it stopped.
const LARGEST: u64 = 32 << 20;

type Changes = UnboundedReceiver<notify::Result<Event>>;

pub(super) async fn run(job: Job<'_>, args: &ImpexWatchArgs) -> CommandResult {
    let mut seen = Seen::default();
    // Before anything is looked for, so that nothing is saved unseen in between.
    let (_watcher, mut changes) = watched(&args.directory)?;
    blocking(|| seen.note_all(&args.directory));
    let connection = job.connect()?;
    if connection.client.protection() == Protection::ReadOnly {
        // Refused now and not at the first file, in the library's own words: nothing is sent.
        connection.client.import_impex(ImpexImport::new("#")).await?;
    }
    // Logs in before the first file is saved: a question for the password belongs here.
    connection.client.login().await?;
    let Job { context, settings, printer } = job;
    printer.talk.say(&format!("watching {}; press Ctrl-C to end", name_of(&args.directory)));
    loop {
        for path in saved(&mut changes, &args.directory).await? {
            let Some(bytes) = blocking(|| seen.news(&path))? else { continue };
            let name = name_of(&path);
            let file = path.file_name().map_or_else(|| name.clone(), |name| name.to_string_lossy().into_owned());
            let script = ImpexImport::from_bytes(file, bytes).validation(args.validation.into());
            let script = args.switches().fold(script, ImpexImport::switch_on);
            context.interrupt.now(Activity::Writing { what: "import", host: connection.host.clone() });
            let answered = connection.client.import_impex(script).await.or_else(Error::into_outcome);
            context.interrupt.now(Activity::Reading);
            match answered {
                Ok(result) => {
                    let mut report =
                        ImportReport::new(Task::Import, 1, settings.json, Server::new(settings, &connection));
                    report.result(&name, result, printer);
                    report.end(Vec::new(), printer);
                }
                // What ends one import and not the next is told. It is sent again only when it is saved again.
                Err(error) if goes_on(error.kind()) => {
                    let report = Report::from(&error);
                    printer.talk.error(&format!("{name}: {}", report.message));
                    if let Some(hint) = report.hint {
                        printer.talk.hint(&hint);
                    }
                }
                Err(error) => return Err(error.into()),
            }
            printer.data.flush();
        }
    }
}

/// Whether the next file may fare better.
fn goes_on(kind: ErrorKind) -> bool {
    !matches!(
        kind,
        ErrorKind::Config
            | ErrorKind::BadCredentials
            | ErrorKind::SessionEnded
            | ErrorKind::Protected
            | ErrorKind::Interrupted
    )
}

/// Begins to watch the directory and all below it.
fn watched(directory: &Path) -> Result<(RecommendedWatcher, Changes)> {
    let failed = |cause: notify::Error| {
        let hint = "name a directory that is there; on Linux, fs.inotify.max_user_watches limits their number";
        usage(&format!("watch {}", directory.display()), cause.to_string(), hint)
    };
    if !directory.is_dir() {
        let why = "there is no such directory";
        return Err(usage(&format!("watch {}", directory.display()), why, "name a directory with ImpEx files"));
    }
    let (sender, changes) = unbounded_channel();
    // Nobody listens any more when the program ends.
    let handler = move |event| drop(sender.send(event));
    let mut watcher = notify::recommended_watcher(handler).map_err(failed)?;
    watcher.watch(directory, RecursiveMode::Recursive).map_err(failed)?;
    Ok((watcher, changes))
}

/// Waits until files were saved and nothing more happens; in the order of their names.
async fn saved(changes: &mut Changes, directory: &Path) -> Result<BTreeSet<PathBuf>> {
    let ended =
        || usage(&format!("watch {}", directory.display()), "the system no longer reports changes", "start it again");
    let mut files = BTreeSet::new();
    take(changes.recv().await.ok_or_else(ended)?, &mut files);
    while let Ok(event) = tokio::time::timeout(QUIET, changes.recv()).await {
        take(event.ok_or_else(ended)?, &mut files);
    }
    Ok(files)
}

fn take(event: notify::Result<Event>, files: &mut BTreeSet<PathBuf>) {
    // What could not be watched for a moment is found when it is saved again.
    let Ok(event) = event else { return };
    if !matches!(event.kind, EventKind::Access(_) | EventKind::Remove(_)) {
        files.extend(event.paths.into_iter().filter(|path| is_impex(path)));
    }
}

/// Whether a path is that of an ImpEx file, and not of what an editor keeps beside it.
fn is_impex(path: &Path) -> bool {
    let is_hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    !is_hidden && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("impex"))
}

/// The contents of files when they were last looked at: a file that only got another date is not imported again.
#[derive(Debug, Default)]
struct Seen(HashMap<PathBuf, [u8; 32]>);

impl Seen {
    /// Notes all files of a directory, which were there before.
    fn note_all(&mut self, directory: &Path) {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries {
            let path = entry.path();
            // Links are not followed: they may lead in circles.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.note_all(&path),
                Ok(kind) if kind.is_file() && is_impex(&path) => {
                    let _ = self.news(&path);
                }
                _ => {}
            }
        }
    }

    /// The content of a file, unless it is what it was, or there is none.
    fn news(&mut self, path: &Path) -> Result<Option<Vec<u8>>> {
        let Ok(metadata) = fs::metadata(path) else { return Ok(None) };
        if !metadata.is_file() {
            return Ok(None);
        }
        if metadata.len() > LARGEST {
            let why = format!("it has more than {} MiB", LARGEST >> 20);
            return Err(usage(&format!("import {}", path.display()), why, "use hac impex import for large files"));
        }
        // It may be gone again.
        let Ok(bytes) = fs::read(path) else { return Ok(None) };
        let hash: [u8; 32] = Sha256::digest(&bytes).into();
        let is_new = self.0.insert(path.to_owned(), hash) != Some(hash);
        Ok((is_new && !bytes.trim_ascii().is_empty()).then_some(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_impex_files_count() {
        for (path, counts) in [
            ("a.impex", true),
            ("b/A.IMPEX", true),
            ("a.impex~", false),
            (".a.impex", false),
            (".#a.impex", false),
            ("a.csv", false),
        ] {
            assert_eq!(is_impex(Path::new(path)), counts, "{path}");
        }
    }

    #[test]
    fn a_file_is_news_once_for_each_content() {
        let home = tempfile::tempdir().expect("a directory");
        let (old, new) = (home.path().join("old.impex"), home.path().join("new.impex"));
        fs::write(&old, "#").expect("written");
        let mut seen = Seen::default();
        seen.note_all(home.path());
        assert_eq!(seen.news(&old).expect("readable"), None);
        assert_eq!(seen.news(&new).expect("absent"), None);
        fs::write(&new, "").expect("written");
        assert_eq!(seen.news(&new).expect("readable"), None, "an editor may empty a file first");
        for content in ["a", "b", "a"] {
            fs::write(&new, content).expect("written");
            assert_eq!(seen.news(&new).expect("readable"), Some(content.as_bytes().to_vec()));
            assert_eq!(seen.news(&new).expect("readable"), None);
        }
    }
}
