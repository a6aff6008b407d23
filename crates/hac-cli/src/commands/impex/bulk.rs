//! Files that are imported in chunks: what is asked before, and what a signal means meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use hac_client::console::{Assumption, BulkImport, BulkResult, BulkStart, BulkStatus};
use hac_client::{Error, ErrorKind, Hint, Result};

use super::report::counted;
use crate::args::{BulkArgs, ImpexOptions};
use crate::connection::Connection;
use crate::context::RunContext;
use crate::diagnostics::usage;
use crate::ending::{self, Stage};
use crate::interrupt::Activity;
use crate::printer::Talk;
use crate::progress::{Unit, grouped};

/// Files above this size are split by default, in bytes.
const SPLIT_ABOVE: u64 = 1 << 20;

/// What is undecided of a file that was sent in one request.
const WHOLE: [(usize, usize); 1] = [(0, 0)];

/// How often to look for a signal.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Whether a file can be split: an archive cannot. What cannot be opened is told by whoever opens it.
pub(super) fn is_divisible(path: &Path) -> bool {
    let mut head = [0; 4];
    let begins = content(path).and_then(|mut content| content.read(&mut head)).unwrap_or_default();
    head[..begins] != *b"PK\x03\x04"
}

/// Whether a file has so much text that it is split by default.
pub(super) fn is_large(path: &Path) -> bool {
    let read = content(path).and_then(|content| io::copy(&mut content.take(SPLIT_ABOVE + 1), &mut io::sink()));
    read.is_ok_and(|length| length > SPLIT_ABOVE)
}

/// The text of a file, decompressed. What is no file cannot be read twice, and counts as empty.
fn content(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Box::new(io::empty()));
    }
    let mut head = [0; 2];
    let begins = file.read(&mut head)?;
    file.rewind()?;
    Ok(if head[..begins] == *b"\x1f\x8b" { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// Fails if the file does not exist or cannot be read.
pub(super) fn check(path: &Path) -> Result<()> {
    let file = File::open(path).and_then(|file| file.metadata());
    match file {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(usage(
            &format!("read {}", path.display()),
            "it is not a regular file",
            "what can be read only once cannot be imported in chunks: save it as a file",
        )),
        Err(_) => hac_client::ImpexImport::from_file(path).map(drop),
    }
}

/// The request for a file.
pub(super) fn request(path: &Path, options: &ImpexOptions, bulk: &BulkArgs) -> BulkImport {
    let mut import = BulkImport::new(path)
        .validation(options.validation.into())
        .threads(options.threads)
        .encoding(&options.encoding)
        .continue_after_failures(options.keep_going)
        .start(match (bulk.resume, bulk.restart) {
            (true, _) => BulkStart::Resume,
            (false, true) => BulkStart::Restart,
            (false, false) => BulkStart::New,
        });
    import = options.switches().fold(import, BulkImport::switch_on);
    if let Some(rows) = bulk.chunk_lines {
        import = import.chunk_rows(rows);
    }
    if let Some(chunks) = bulk.parallel {
        import = import.parallel(chunks);
    }
    bulk.assume.iter().fold(import, |import, assumed| match assumed.lines {
        Some(lines) => import.assume_lines(lines, assumed.assumption),
        None => import.assume(assumed.assumption),
    })
}

/// Imports a file. `go_on` is the command that goes on with it.
pub(in crate::commands) async fn import(
    connection: &Connection,
    context: &RunContext,
    talk: &Talk,
    (name, go_on): (&str, &str),
    import: BulkImport,
) -> Result<BulkResult> {
    let import = asked_about(import, name, connection, context, talk).await?;
    warn_of_restart(&import, name, connection, talk).await;
    let (interrupt, screen, details) = (context.interrupt.clone(), talk.screen().clone(), talk.clone());
    let counting = talk.progress(&format!("importing {name}"), Unit::Of("rows"), Some(0));
    let import = import
        .on_progress(move |progress| {
            screen.reach(progress.done as u64, progress.total as u64, progress.rate(), progress.time_left());
            if progress.in_this_call > 0 {
                details.detail(&format!("{} of {}", grouped(progress.done as u64), counted(progress.total, "row")));
            }
        })
        .stop_if(move || interrupt.signal().is_some());
    let (file, go_on) = (name.to_owned(), go_on.to_owned());
    let activity = Activity::Importing { file, go_on: go_on.clone(), host: connection.host.clone() };
    context.interrupt.now(activity);
    ending::restore_first();
    let answered = until_it_ends(connection, context, talk, import).await;
    context.interrupt.now(Activity::Reading);
    ending::restored();
    drop(counting);
    let result = answered.or_else(Error::into_outcome)?;
    if context.interrupt.signal().is_some() && result.not_processed > 0 {
        context.interrupt.tells();
        return Err(Error::new(ErrorKind::Interrupted, format!("finish the import of {name}"))
            .because(format!(
                "interrupted after {} of {}",
                grouped((result.rows - result.not_processed) as u64),
                counted(result.rows, "row")
            ))
            .with_hint(format!("go on with `{go_on}`")));
    }
    Ok(result)
}

/// Waits for the import, and says what the first signal does.
async fn until_it_ends(
    connection: &Connection,
    context: &RunContext,
    talk: &Talk,
    import: BulkImport,
) -> Result<BulkResult> {
    let mut running = std::pin::pin!(connection.client.import_impex_bulk(import));
    loop {
        tokio::select! {
            biased;
            result = &mut running => return result,
            () = tokio::time::sleep(BETWEEN_LOOKS) => {
                // A signal while a question is asked ends the program.
                if context.interrupt.signal().is_some() && ending::stage() == Stage::Restoring {
                    break;
                }
            }
        }
    }
    talk.say("stopping after the chunk in flight; a second Ctrl-C stops at once, and the outcome of the chunk is unknown then");
    running.await
}

/// Says what was undecided of an import that begins anew.
pub(super) async fn warn_of_restart(import: &BulkImport, name: &str, connection: &Connection, talk: &Talk) {
    if import.start_policy() != BulkStart::Restart {
        return;
    }
    // What cannot be read is forgotten, too.
    let earlier = connection.client.bulk_import_status(import).await.ok().flatten();
    let elsewhere = connection.client.bulk_import_elsewhere(import).await.ok().flatten();
    for earlier in earlier.into_iter().chain(elsewhere.map(|(_, earlier)| earlier)) {
        talk_of_undecided(&earlier, name, talk);
    }
}

/// Says what was undecided of an earlier import that is forgotten now.
pub(super) fn talk_of_undecided(earlier: &BulkStatus, name: &str, talk: &Talk) {
    if !earlier.undecided.is_empty() {
        let what = what_of(&earlier.undecided, name);
        talk.warn(&format!("begun anew, though it is unknown whether the earlier import has imported {what}"));
    }
}

/// "lines 3 to 7 of FILE", or the file.
fn what_of(chunks: &[(usize, usize)], name: &str) -> String {
    if *chunks == WHOLE {
        return name.to_owned();
    }
    let lines: Vec<_> = chunks
        .iter()
        .map(|(first, last)| if first == last { format!("line {first}") } else { format!("lines {first} to {last}") })
        .collect();
    match &lines[..] {
        [before @ .., last] if !before.is_empty() => format!("{} and {last} of {name}", before.join(", ")),
        lines => format!("{} of {name}", lines.concat()),
    }
}

/// Asks what to do about an earlier import, if there is an unfinished one and somebody to ask.
pub(super) async fn asked_about(
    import: BulkImport,
    name: &str,
    connection: &Connection,
    context: &RunContext,
    talk: &Talk,
) -> Result<BulkImport> {
    if !context.terminals.can_ask() {
        return Ok(import);
    }
    match connection.client.bulk_import_status(&import).await {
        Ok(Some(earlier)) => asked(import, &earlier, name, talk),
        // The import itself says why a checkpoint cannot be used, unless it is not wanted.
        _ => Ok(import),
    }
}

/// Asks what to do about an earlier import.
fn asked(import: BulkImport, earlier: &BulkStatus, name: &str, talk: &Talk) -> Result<BulkImport> {
    let is_begun = earlier.imported + earlier.failed > 0 || !earlier.undecided.is_empty();
    if earlier.is_done || !is_begun || import.start_policy() == BulkStart::Restart {
        return Ok(import);
    }
    let mut import = import;
    if import.start_policy() == BulkStart::New {
        let done = earlier.imported + earlier.failed;
        let state = if earlier.undecided == WHOLE {
            "it is unknown whether it was executed".to_owned()
        } else {
            format!("{} of {} are done", grouped(done as u64), counted(earlier.rows, "row"))
        };
        let question = format!(
            "An earlier import of {name} is unfinished: {state}. Type resume to go on, restart to begin anew: "
        );
        import = match talk.ask(&question).to_ascii_lowercase().as_str() {
            "resume" => import.start(BulkStart::Resume),
            "restart" => return Ok(import.start(BulkStart::Restart)),
            // The import refuses.
            _ => return Ok(import),
        };
    }
    // One word cannot decide about several chunks: the import says so.
    if import.is_decided() {
        return Ok(import);
    }
    for lines in &earlier.undecided {
        if import.decision(*lines).is_some() {
            continue;
        }
        let what = what_of(&[*lines], name);
        let is_one = lines.0 == lines.1;
        let (were, them) = if is_one { ("was", "it") } else { ("were", "them") };
        let question = format!(
            "It is unknown whether {what} {were} imported. Check on the server, then type imported to skip {them}, \
             not-imported to send {them} again: "
        );
        let assumption = match talk.ask(&question).to_ascii_lowercase().as_str() {
            "imported" => Assumption::Imported,
            "not-imported" => Assumption::NotImported,
            _ => {
                return Err(Error::new(ErrorKind::OutcomeUnknown, format!("resume the import of {name}"))
                    .because(format!("it is unknown whether {what} {were} imported, and that was not decided"))
                    .with_hint(Hint::DecideChunks { chunks: earlier.undecided.clone() }));
            }
        };
        import = import.assume_lines(*lines, assumption);
    }
    Ok(import)
}
