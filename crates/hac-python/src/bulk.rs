//! Imports in chunks.

use std::num::{NonZeroU16, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hac_client::console::{Assumption, BulkImport, BulkProgress, BulkResult, BulkStart, BulkStatus};
use hac_client::request::Effect;
use hac_client::{Error, ErrorKind, Result, Writes};
use pyo3::prelude::*;

use crate::call::{Call, Caller, Convert, Event};
use crate::client::{Client, WhenClosed, nothing, value};
use crate::console::{failures_of, millis, switch_named, with_outcome};
use crate::errors::raised;

const WHEN_CLOSED: WhenClosed = WhenClosed {
    in_a_write: "the chunk that was sent may have been imported: check on the server, then go on with resume=True and assume=",
    otherwise: "go on with resume=True",
};

/// An import as the Python half has it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Bulk {
    path: PathBuf,
    mode: String,
    encoding: Option<String>,
    threads: u16,
    switches: Vec<String>,
    chunk_lines: Option<usize>,
    parallel: u16,
    continues: bool,
    /// `new`, `resume` or `restart`.
    start: String,
    /// `imported` or `not_imported`.
    assume: Option<String>,
    /// The same for each chunk: its first line, its last line, and what became of it.
    assume_lines: Vec<(usize, usize, String)>,
    report: Option<PathBuf>,
    state_directory: Option<PathBuf>,
    keeps_checkpoint: bool,
}

impl Bulk {
    pub(crate) fn build(self) -> Result<BulkImport> {
        let zero = |name: &str| Error::new(ErrorKind::Usage, "import").because(format!("{name} is 0"));
        let count = |number: u16, name: &str| NonZeroU16::new(number).ok_or_else(|| zero(name));
        let mut import = BulkImport::new(self.path)
            .validation(self.mode.parse()?)
            .threads(count(self.threads, "max_threads")?)
            .parallel(count(self.parallel, "parallel")?)
            .continue_after_failures(self.continues)
            .keep_checkpoint(self.keeps_checkpoint)
            .start(match &*self.start {
                "resume" => BulkStart::Resume,
                "restart" => BulkStart::Restart,
                _ => BulkStart::New,
            });
        for name in &self.switches {
            import = import.switch_on(switch_named(name)?);
        }
        if let Some(encoding) = self.encoding {
            import = import.encoding(encoding);
        }
        if let Some(rows) = self.chunk_lines {
            import = import.chunk_rows(NonZeroUsize::new(rows).ok_or_else(|| zero("chunk_lines"))?);
        }
        let assumption = |assumed: &str| match assumed {
            "imported" => Assumption::Imported,
            _ => Assumption::NotImported,
        };
        if let Some(assumed) = self.assume {
            import = import.assume(assumption(&assumed));
        }
        for (first, last, assumed) in self.assume_lines {
            import = import.assume_lines((first, last), assumption(&assumed));
        }
        if let Some(directory) = self.report {
            import = import.report(directory);
        }
        if let Some(directory) = self.state_directory {
            import = import.state_directory(directory);
        }
        Ok(import)
    }
}

/// Called on the task that imports, which knows who waits for it.
fn report(progress: BulkProgress) {
    if let Some(caller) = Caller::current() {
        let BulkProgress { done, total, in_this_call, elapsed, .. } = progress;
        caller.event(Event::Rows(done, total, in_this_call, millis(elapsed)));
    }
}

fn parts(result: &BulkResult) -> Convert {
    value((
        result.success(),
        result.rows,
        result.imported,
        result.failed,
        result.not_processed,
        result.chunks,
        result.was_done,
        (result.not_split.clone(), result.unwritten.clone()),
        result.report.summary.clone(),
        result.report.output.clone(),
        failures_of(&result.report),
        millis(result.report.elapsed),
    ))
}

/// An earlier import of a file.
fn earlier(path: PathBuf, state_directory: Option<PathBuf>) -> BulkImport {
    let import = BulkImport::new(path);
    match state_directory {
        Some(directory) => import.state_directory(directory),
        None => import,
    }
}

fn status_parts(status: BulkStatus) -> (bool, usize, usize, usize, Vec<(usize, usize)>) {
    (status.is_done, status.rows, status.imported, status.failed, status.undecided)
}

#[pymethods]
impl Client {
    /// It ends by itself after the chunks that were sent, when it is stopped.
    fn import_impex_bulk(&self, py: Python<'_>, bulk: Bulk) -> PyResult<Call> {
        let stops = Arc::new(AtomicBool::new(false));
        let is_stopped = Arc::clone(&stops);
        let import = bulk.build().map_err(|error| raised(py, &error))?;
        let import = import.on_progress(report).stop_if(move || is_stopped.load(Ordering::SeqCst));
        let call = self.call_counted(py, Effect::Write, Writes::default(), WHEN_CLOSED, |client| async move {
            with_outcome(client.import_impex_bulk(import).await).map(|result| parts(&result))
        });
        Ok(call.ending_by_itself(stops))
    }

    fn bulk_import_status(&self, py: Python<'_>, path: PathBuf, state_directory: Option<PathBuf>) -> Call {
        let import = earlier(path, state_directory);
        self.call(py, Effect::Read, |client| async move {
            Ok(value(client.bulk_import_status(import).await?.map(status_parts)))
        })
    }

    fn forget_bulk_import(&self, py: Python<'_>, path: PathBuf, state_directory: Option<PathBuf>) -> Call {
        let import = earlier(path, state_directory);
        self.call(py, Effect::Read, |client| async move { client.forget_bulk_import(import).await.map(|()| nothing()) })
    }
}
