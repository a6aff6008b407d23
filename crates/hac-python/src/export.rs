//! Exports, whose archive may be watched while it arrives.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use hac_client::console::{ExportMode, ImpexExport};
use hac_client::files::{ByteSink, Overwrite};
use hac_client::request::Effect;
use hac_client::{BoxFuture, Result};
use pyo3::prelude::*;

use crate::call::{Call, Caller, Event};
use crate::client::Client;
use crate::console::with_outcome;
use crate::errors::raised;
use crate::received::Received;

/// Tells whoever waits how much of the archive has come.
#[derive(Default)]
struct Watcher {
    caller: Option<Caller>,
    received: Arc<Received>,
}

impl ByteSink for Watcher {
    fn begin(&mut self, length: Option<u64>) {
        self.received.begin(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        if let Some(caller) = &self.caller
            && self.received.more(bytes.len())
        {
            caller.event(Event::Received(Arc::clone(&self.received)));
        }
        ControlFlow::Continue(())
    }

    /// What the callback raises ends the call here, at the latest: the file does not appear behind it.
    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(async {
            if let Some(caller) = &self.caller {
                caller.heard().await;
            }
            ControlFlow::Continue(())
        })
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
            let mut watcher = Watcher { caller: Caller::current().filter(|_| watched), ..Watcher::default() };
            let exported = client.export_impex_watched(export, target, overwrite, &mut watcher).await;
            crate::values::plain(&with_outcome(exported)?)
        });
        Ok(call.holding_a_file())
    }
}
