//! Exports, whose archive may be watched while it arrives.

use std::ops::ControlFlow;
use std::path::PathBuf;

use hac_client::console::{ExportMode, ImpexExport};
use hac_client::files::{ByteSink, Overwrite};
use hac_client::request::Effect;
use hac_client::{BoxFuture, Result};
use pyo3::prelude::*;

use crate::call::Call;
use crate::client::Client;
use crate::console::with_outcome;
use crate::errors::raised;
use crate::watcher::Watcher;

impl ByteSink for Watcher {
    fn begin(&mut self, length: Option<u64>) {
        self.expect(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.more(bytes.len() as u64);
        ControlFlow::Continue(())
    }

    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        self.heard()
    }
}

#[pymethods]
impl Client {
    #[expect(clippy::too_many_arguments, reason = "as many as an export has")]
    fn export_impex(
        &self,
        py: Python<'_>,
        script: String,
        target: PathBuf,
        mode: &str,
        encoding: Option<String>,
        overwrite: bool,
        watched: bool,
    ) -> PyResult<Call> {
        let build = || -> Result<ImpexExport> {
            let export = ImpexExport::new(script).mode(mode.parse::<ExportMode>()?);
            Ok(match encoding {
                Some(encoding) => export.encoding(encoding),
                None => export,
            })
        };
        let export = build().map_err(|error| raised(py, &error))?;
        let overwrite = if overwrite { Overwrite::Yes } else { Overwrite::No };
        let call = self.call(py, Effect::Read, move |client| async move {
            let mut watcher = Watcher::of_this_call(watched);
            let exported = client.export_impex_watched(export, target, overwrite, &mut watcher).await;
            crate::values::plain(&with_outcome(exported)?)
        });
        Ok(call.holding_a_file())
    }
}
