//! Imports in one request.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use hac_client::console::{ImpexImport, ImpexResult};
use hac_client::request::Effect;
use hac_client::{Error, ErrorKind, Result};
use pyo3::prelude::*;

use crate::bulk::Bulk;
use crate::call::{Call, Convert};
use crate::client::{Client, value};
use crate::console::{Reports, failures_of, millis, seconds, switch_named, with_outcome};
use crate::errors::raised;

/// What is imported.
#[derive(FromPyObject)]
pub(crate) enum Source {
    Text(String),
    Bytes(String, Vec<u8>),
    File(PathBuf),
}

fn impex_result(result: &ImpexResult) -> Convert {
    value((
        result.success(),
        result.output.clone(),
        result.error().map(str::to_owned),
        result.validation_errors().into_iter().map(str::to_owned).collect::<Vec<_>>(),
        result.summary.clone(),
        failures_of(result),
        millis(result.elapsed),
    ))
}

#[pymethods]
impl Client {
    /// `at_once` is the file, where a checkpoint is kept of it.
    #[expect(clippy::too_many_arguments, reason = "as many as the form has")]
    #[pyo3(signature = (source, mode, encoding, threads, switches, wait_limit, validate_only, at_once=None))]
    fn import_impex(
        &self,
        py: Python<'_>,
        source: Source,
        mode: &str,
        encoding: Option<String>,
        threads: u16,
        switches: Vec<String>,
        wait_limit: Option<f64>,
        validate_only: bool,
        at_once: Option<Bulk>,
    ) -> PyResult<Call> {
        let reports = Reports::default();
        let callback = reports.callback();
        let build = || -> Result<ImpexImport> {
            let wrong = |why: String| Error::new(ErrorKind::Usage, "import").because(why);
            let mut import = match source {
                Source::Text(text) => ImpexImport::new(text),
                Source::Bytes(name, bytes) => ImpexImport::from_bytes(name, bytes),
                Source::File(path) => ImpexImport::from_file(path)?,
            };
            let threads = NonZeroU16::new(threads).ok_or_else(|| wrong("max_threads is 0".into()))?;
            let limit = wait_limit.map_or(Duration::MAX, seconds);
            import = import.validation(mode.parse()?).threads(threads).wait_limit(limit).on_progress(callback);
            if let Some(encoding) = encoding {
                import = import.encoding(encoding);
            }
            for name in switches {
                import = import.switch_on(switch_named(&name)?);
            }
            Ok(import)
        };
        let import = py.detach(build).map_err(|error| raised(py, &error))?;
        let file = at_once.map(Bulk::build).transpose().map_err(|error| raised(py, &error))?;
        let effect = if validate_only { Effect::Read } else { Effect::Write };
        Ok(self
            .call(py, effect, move |client| async move {
                reports.begin();
                let done = match file {
                    Some(file) => client.import_impex_at_once(import, file).await,
                    None if validate_only => client.validate_impex(import).await,
                    None => client.import_impex(import).await,
                };
                with_outcome(done).map(|result| impex_result(&result))
            })
            .doing(if validate_only { "validate" } else { "import" }))
    }
}
