//! The native half of the Python package `hac_client_core`: `hac_client_core._native`.
//!
//! It knows clients, calls and rows. Classes that people see are in the Python half, `python/hac_client_core`.

mod arrow;
mod auth;
mod batch;
mod bulk;
mod call;
mod client;
mod comparison;
mod console;
mod copy;
mod csv;
mod diagnosis;
mod errors;
mod export;
mod hints;
mod import;
mod interpreter;
mod lint;
mod logs;
mod masks;
mod objects;
mod platform;
mod received;
mod rows;
mod runtime;
mod sessions;
mod shutdown;
mod table;
mod update;
mod values;
mod watcher;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _native {
    use pyo3::prelude::*;

    use super::{errors, interpreter, logs};

    #[pymodule_export]
    use super::{
        call::Call, client::Client, comparison::RowSnapshot, comparison::Snapshot, copy::Plan, lint::lint_impex,
        logs::set_log_level, objects::Rows, rows::RowReader, rows::arrow_stream, runtime::Runtime, sessions::Sessions,
        sessions::read_curl, shutdown::shut_down, table::Table, update::read_update_log,
    };

    /// The codes of all kinds of errors.
    #[pyfunction]
    fn error_kinds() -> Vec<&'static str> {
        hac_client::ErrorKind::ALL.iter().map(|kind| kind.code()).collect()
    }

    /// Panics, for a test.
    #[cfg(feature = "test-panic")]
    #[pyfunction]
    fn panic_here(py: Python<'_>) -> PyResult<()> {
        errors::guarded(py, || panic!("on purpose"))
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        interpreter::refuse_others(module.py())?;
        logs::install();
        errors::quiet_panics();
        Ok(())
    }
}
