//! Which interpreter this is.
#![expect(unsafe_code, reason = "PyO3 has no safe way to ask for the interpreter's number")]

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Refuses an interpreter beside the main one: what `PyO3` keeps in static memory belongs to one interpreter only.
pub(crate) fn refuse_others(_py: Python<'_>) -> PyResult<()> {
    // SAFETY: this thread is attached to the interpreter that imports the module, as `_py` shows.
    let number = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if number == 0 {
        return Ok(());
    }
    Err(PyImportError::new_err("this module has no support for subinterpreters"))
}
