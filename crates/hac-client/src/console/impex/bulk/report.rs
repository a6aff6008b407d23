//! The outcome files: each row of the file is in one of them.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use encoding_rs::Encoding;

use super::checkpoint::Checkpoint;
use super::journal::{Journal, Mark};
use super::lines::encoded;
use super::preamble::Preamble;
use super::statements::StatementReader;
use super::survey::BulkFile;
use crate::console::impex::ImpexFailure;
use crate::console::impex::script::{Kind, Statement};
use crate::engine::download::ByteSink as _;
use crate::error::{Error, ErrorKind, Result};
use crate::unfinished::{NewFile, Overwrite};

/// How much is collected before it is written.
const STEP: usize = 64 << 10;

/// How many failures are told again.
pub(super) const MOST_FAILURES: usize = 10_000;

/// What the files are called. The last one is only there if the outcome of rows is unknown.
const NAMES: [&str; 4] = ["imported.impex", "failed.impex", "not-processed.impex", "unknown.impex"];

/// Fails if an outcome file would replace the file that is imported: its rows would be lost, and the import could not be resumed.
pub(super) fn check(directory: &Path, file: &BulkFile) -> Result<()> {
    let refused = |why: String| {
        Error::new(ErrorKind::Usage, format!("import {}", file.path.display()))
            .because(why)
            .with_hint("choose another directory for the outcome files; nothing was sent")
    };
    let shown = directory.display();
    if file.is_at(directory) {
        return Err(refused(format!("{shown} is the file itself, and no directory for its outcome")));
    }
    match NAMES.iter().find(|name| file.is_at(&directory.join(name))) {
        Some(name) => Err(refused(format!("the outcome files in {shown} would replace it: one of them is {name}"))),
        None => Ok(()),
    }
}

/// Makes the directory, and fails if the outcome files could not be written there: after the import it would be too late.
pub(super) fn prepare(directory: &Path) -> Result<()> {
    let refused = |why: String| {
        Error::new(ErrorKind::Config, format!("write the outcome files to {}", directory.display()))
            .because(why)
            .with_hint("choose a directory that you can write to; nothing was sent")
    };
    std::fs::create_dir_all(directory).map_err(|cause| refused(told(&cause)))?;
    for name in NAMES {
        let file = NewFile::create(directory.join(name), Overwrite::Yes);
        drop(file.map_err(|error| refused(format!("{name}: {}", error.why())))?);
    }
    Ok(())
}

/// Words why a directory or a file cannot be made.
pub(super) fn told(cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "it is, or is below, a file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => cause.to_string(),
    }
}

/// The fate of a row.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Imported,
    Failed(Mark),
    /// It missed a reference, and was not imported once more yet.
    Waiting(Mark),
    NotProcessed,
    Unknown,
}

/// Writes `imported.impex`, `failed.impex` and `not-processed.impex`, and `unknown.impex` if the outcome of rows is unknown. They
/// replace earlier ones. Blocks.
pub(super) fn write(
    directory: &Path,
    file: &BulkFile,
    encoding: &'static Encoding,
    checkpoint: &Checkpoint,
    journal: &mut Journal,
) -> Result<()> {
    let failed = |cause: io::Error| unwritten(directory, cause);
    std::fs::create_dir_all(directory).map_err(failed)?;
    let marks = journal.marks().map_err(failed)?;
    let output = |name: &str| Output::create(&directory.join(name), encoding);
    let [imported, rejected, not_processed, unknown] = NAMES;
    let (mut imported, mut rejected, mut not_processed) =
        (output(imported)?, output(rejected)?, output(not_processed)?);
    let mut unknown = if checkpoint.undecided().is_empty() { None } else { Some(output(unknown)?) };
    let mut ahead = marks.as_slice();
    while let Some((mark, rest)) = ahead.split_first().filter(|(mark, _)| mark.line == 0) {
        let reason = journal.reason(*mark).map_err(failed)?;
        rejected.comment(&format!("in no line of the file: {reason}")).map_err(failed)?;
        ahead = rest;
    }
    let mut statements = StatementReader::new(file.reader(), encoding).map_err(|flaw| file.flawed(flaw))?;
    while let Some(statement) = statements.next().map_err(|flaw| file.flawed(flaw))? {
        if matches!(statement.kind, Kind::Macro | Kind::Header) {
            for output in [&mut imported, &mut rejected, &mut not_processed].into_iter().chain(&mut unknown) {
                output.pending.take(&statement);
            }
            if let Some(mark) = mark_of(&mut ahead, statement.line).filter(|_| statement.kind == Kind::Header) {
                // It failed, and no row of it tells so.
                let reason = journal.reason(mark).map_err(failed)?;
                rejected.comment(&format!("line {}: {reason}", statement.line)).map_err(failed)?;
                rejected.begin().map_err(failed)?;
            }
            continue;
        }
        let line = statement.line;
        let mark = mark_of(&mut ahead, line);
        let written = match fate(checkpoint, line, mark) {
            Fate::Imported => imported.statement(&statement),
            Fate::NotProcessed => not_processed.statement(&statement),
            Fate::Unknown => unknown.as_mut().map_or(Ok(()), |unknown| unknown.statement(&statement)),
            Fate::Failed(mark) => journal.reason(mark).and_then(|reason| {
                rejected.comment(&format!("line {line}: {reason}"))?;
                rejected.statement(&statement)
            }),
            Fate::Waiting(mark) => journal.reason(mark).and_then(|reason| {
                not_processed.comment(&format!("line {line}: to be imported once more: {reason}"))?;
                not_processed.statement(&statement)
            }),
        };
        written.map_err(failed)?;
    }
    for output in [imported, rejected, not_processed].into_iter().chain(unknown) {
        output.finish().map_err(failed)?;
    }
    if checkpoint.undecided().is_empty() {
        // One of an earlier run would contradict the other files.
        let _ = std::fs::remove_file(directory.join(NAMES[3]));
    }
    Ok(())
}

/// The mark of a line, if it has one. Marks of earlier lines are passed over.
fn mark_of(ahead: &mut &[Mark], line: usize) -> Option<Mark> {
    let passed = ahead.iter().take_while(|mark| mark.line < line).count();
    *ahead = &ahead[passed..];
    ahead.first().filter(|mark| mark.line == line).copied()
}

/// What failed, with its lines, for whoever asks again. Blocks.
pub(super) fn failures(
    file: &BulkFile,
    encoding: &'static Encoding,
    journal: &mut Journal,
) -> Result<Vec<ImpexFailure>> {
    let mut all = failures_without_text(journal)?;
    let mut ahead = all.iter_mut().filter(|failure| failure.line.is_some()).peekable();
    if ahead.peek().is_some() {
        let mut statements = StatementReader::new(file.reader(), encoding).map_err(|flaw| file.flawed(flaw))?;
        while let Some(statement) = statements.next().map_err(|flaw| file.flawed(flaw))? {
            if let Some(failure) = ahead.next_if(|failure| failure.line == Some(statement.line)) {
                statement.text.trim_end_matches(['\n', '\r']).clone_into(&mut failure.text);
            }
        }
    }
    Ok(all)
}

/// The same for a file whose statements are not known.
pub(super) fn failures_without_text(journal: &mut Journal) -> Result<Vec<ImpexFailure>> {
    let failed = |cause: io::Error| {
        Error::new(ErrorKind::Config, "read the journal of the import").because(cause.to_string()).with_source(cause)
    };
    let mut all = Vec::new();
    for mark in journal.marks().map_err(failed)?.into_iter().filter(|mark| !mark.kept).take(MOST_FAILURES) {
        all.push(ImpexFailure {
            line: Some(mark.line).filter(|line| *line > 0),
            candidate_lines: Vec::new(),
            reason: journal.reason(mark).map_err(failed)?,
            text: String::new(),
        });
    }
    Ok(all)
}

fn fate(checkpoint: &Checkpoint, line: usize, mark: Option<Mark>) -> Fate {
    if !checkpoint.first.decided.contains(line) {
        return if checkpoint.first.is_in_flight(line) { Fate::Unknown } else { Fate::NotProcessed };
    }
    match mark {
        None => Fate::Imported,
        Some(mark) if !mark.kept => Fate::Failed(mark),
        Some(_) if checkpoint.second.decided.contains(line) => Fate::Imported,
        Some(_) if checkpoint.second.is_in_flight(line) => Fate::Unknown,
        Some(mark) => Fate::Waiting(mark),
    }
}

fn unwritten(directory: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("write the outcome files to {}", directory.display()))
        .because(told(&cause))
        .with_hint("choose another directory; the checkpoint has the outcome of the import")
        .with_source(cause)
}

/// One of the files.
struct Output {
    file: NewFile,
    encoding: &'static Encoding,
    /// Macros and headers that are written as soon as a row needs them.
    pending: Preamble,
    text: String,
}

impl Output {
    fn create(path: &Path, encoding: &'static Encoding) -> Result<Self> {
        let file = NewFile::create(path, Overwrite::Yes)?;
        Ok(Self { file, encoding, pending: Preamble::default(), text: String::new() })
    }

    fn comment(&mut self, text: &str) -> io::Result<()> {
        self.text.push_str("# ");
        self.push(text)
    }

    fn statement(&mut self, statement: &Statement<'_>) -> io::Result<()> {
        self.begin()?;
        self.push(statement.text)
    }

    /// Writes the macros and the header that are in effect.
    fn begin(&mut self) -> io::Result<()> {
        for item in std::mem::take(&mut self.pending).items() {
            self.push(&item.text)?;
        }
        Ok(())
    }

    fn push(&mut self, text: &str) -> io::Result<()> {
        self.text.push_str(text);
        if !text.ends_with(['\n', '\r']) {
            self.text.push('\n');
        }
        if self.text.len() >= STEP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = encoded(&self.text, self.encoding);
        self.text.clear();
        match self.file.piece(&bytes) {
            ControlFlow::Continue(()) => Ok(()),
            // The file keeps the cause for its end.
            ControlFlow::Break(()) => Err(self.file.reopen().err().unwrap_or_else(|| io::ErrorKind::Other.into())),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.file.finish()
    }
}
