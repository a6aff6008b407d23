//! `hac impex watch`: imports a file when it is saved.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hac_client::console::{BulkImport, BulkStart};
use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind, HacClient, ImpexImport, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::bulk;
use super::report::{ImportReport, Server, command_for, go_on, name_of};
use super::sent::Answer;
use crate::args::ImpexWatchArgs;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::ending::blocking;
use crate::hints::with_command;
use crate::interrupt::Activity;
use crate::job::Job;

/// An editor writes a file in several steps: it is read when nothing has happened for so long.
const QUIET: Duration = Duration::from_millis(300);

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
    // A signal is the way to end it, where no import is cut off.
    context.interrupt.watches();
    loop {
        for path in saved(&mut changes, &args.directory).await? {
            if !blocking(|| seen.is_news(&path)) {
                continue;
            }
            let name = name_of(&path);
            let go_on = go_on(&name, &settings.typed_target());
            let answered = match begun(&connection.client, args, &path, &go_on).await {
                Ok(file) if blocking(|| bulk::is_large(&path)) => {
                    let answered = bulk::import(&connection, context, &printer.talk, (&name, &go_on), file);
                    Box::pin(answered).await.map(|result| Answer::Bulk(Box::new(result)))
                }
                Ok(file) => {
                    let host = connection.host.clone();
                    let activity = Activity::ImportingAtOnce { file: name.clone(), go_on: go_on.clone(), host };
                    context.interrupt.now(activity);
                    at_once(&connection.client, args, &path, file).await
                }
                Err(error) => Err(error),
            };
            context.interrupt.now(Activity::Reading);
            match answered {
                Ok(answer) => {
                    let mut report = ImportReport::of_saved_file(settings.json, Server::new(settings, &connection))
                        .counting(context.terminals.stderr);
                    match answer {
                        Answer::Whole(result, rows) => report.result(&name, result, rows, printer),
                        Answer::Bulk(result) => report.bulk(&name, *result, &go_on, printer),
                    }
                    report.end(Vec::new(), printer);
                }
                // What ends one import and not the next is told. It is sent again only when it is saved again.
                Err(error) if goes_on(error.kind()) => {
                    let command = command_for(&[PathBuf::from(&name)], settings, String::new());
                    let report = Report::from(&with_command(error, &command));
                    printer.talk.error(&format!("{name}: {}", report.message));
                    if let Some(hint) = report.hint {
                        printer.talk.hint(&hint);
                    }
                }
                Err(error) => return Err(error.into()),
            }
            printer.data.flush();
            if context.interrupt.signal().is_some() {
                return Ok(Outcome::Done(Effect::Write));
            }
        }
    }
}

/// The file, for its checkpoint. What an earlier import of it has left is forgotten, because it was saved again; but not that it is
/// unknown whether some of it was imported.
async fn begun(client: &HacClient, args: &ImpexWatchArgs, path: &Path, go_on: &str) -> Result<BulkImport> {
    let file = args.switches().fold(BulkImport::new(path).validation(args.validation.into()), BulkImport::switch_on);
    match client.bulk_import_status(&file).await? {
        Some(earlier) if !earlier.undecided.is_empty() => {
            let why = "it is unknown whether an earlier content of it was imported";
            let hint = format!(
                "check on the server, then go on with `{go_on} --assume imported` or `{go_on} --assume not-imported`, or \
                 begin anew with --restart in place of --resume; nothing was sent"
            );
            Err(usage(&format!("import {}", path.display()), why, hint))
        }
        Some(earlier) if !earlier.is_done => Ok(file.start(BulkStart::Restart)),
        _ => Ok(file),
    }
}

/// Imports a file that is not split.
async fn at_once(client: &HacClient, args: &ImpexWatchArgs, path: &Path, file: BulkImport) -> Result<Answer> {
    let script = blocking(|| ImpexImport::from_file(path))?.validation(args.validation.into());
    let script = args.switches().fold(script, ImpexImport::switch_on);
    let rows = blocking(|| script.rows());
    let answered = Box::pin(client.import_impex_at_once(script, file)).await.or_else(Error::into_outcome);
    answered.map(|result| Answer::Whole(result, rows))
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
    Ok(files.into_iter().map(|path| as_given(path, directory)).collect())
}

/// The path below the directory as it was named; some systems report absolute paths.
fn as_given(path: PathBuf, directory: &Path) -> PathBuf {
    let absolute = [std::path::absolute(directory), directory.canonicalize()];
    let below = absolute.iter().flatten().find_map(|absolute| path.strip_prefix(absolute).ok());
    below.map(|below| directory.join(below)).unwrap_or(path)
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
                    let _ = self.is_news(&path);
                }
                _ => {}
            }
        }
    }

    /// Whether a file has a content, and another one than when it was last looked at.
    fn is_news(&mut self, path: &Path) -> bool {
        let Ok((hash, is_blank)) = looked_at(path) else { return false };
        let is_new = self.0.insert(path.to_owned(), hash) != Some(hash);
        is_new && !is_blank
    }
}

/// The hash of a file, and whether it is blank. It may be gone again.
fn looked_at(path: &Path) -> io::Result<([u8; 32], bool)> {
    let mut file = fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let (mut hash, mut is_blank, mut piece) = (Sha256::new(), true, vec![0; 64 << 10]);
    loop {
        let read = match file.read(&mut piece) {
            Ok(0) => return Ok((hash.finalize().into(), is_blank)),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        hash.update(&piece[..read]);
        is_blank &= piece[..read].trim_ascii().is_empty();
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
        assert!(!seen.is_news(&old));
        assert!(!seen.is_news(&new), "it is absent");
        fs::write(&new, "").expect("written");
        assert!(!seen.is_news(&new), "an editor may empty a file first");
        for content in ["a", "b", "a"] {
            fs::write(&new, content).expect("written");
            assert!(seen.is_news(&new));
            assert!(!seen.is_news(&new));
        }
    }

    #[test]
    fn paths_are_shown_as_the_directory_was_named() {
        let directory = Path::new("data");
        let absolute = std::path::absolute(directory.join("below/a.impex")).expect("a path");
        for path in [absolute, PathBuf::from("data/below/a.impex")] {
            assert_eq!(as_given(path, directory), Path::new("data").join("below/a.impex"));
        }
    }
}
