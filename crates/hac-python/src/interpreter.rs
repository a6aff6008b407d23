//! Which interpreter this is, and its collector.
#![expect(
    unsafe_code,
    reason = "PyO3 has no safe way to ask for the interpreter's number, nor to the collector's switch, nor to interrupt it"
)]

use pyo3::exceptions::{PyImportError, PyKeyboardInterrupt};
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

/// Runs what makes very many objects that are all kept: the collector, which would look at each of them again and again, has to
/// wait until they are there.
pub(crate) fn without_collections<T>(_py: Python<'_>, work: impl FnOnce() -> T) -> T {
    struct Enabled;
    impl Drop for Enabled {
        fn drop(&mut self) {
            // SAFETY: dropped within the function, whose thread is attached.
            unsafe { pyo3::ffi::PyGC_Enable() };
        }
    }
    // SAFETY: this thread is attached, as `_py` shows.
    let _enabled = (unsafe { pyo3::ffi::PyGC_Disable() } == 1).then_some(Enabled);
    work()
}

/// The text of an exception for C code, which makes an error of its own of it. Programs catch that one, so Ctrl-C is raised once more.
pub(crate) fn text_for_c(py: Python<'_>, error: PyErr) -> String {
    let (text, is_interrupt) = (error.to_string(), error.is_instance_of::<PyKeyboardInterrupt>(py));
    drop(error);
    if is_interrupt {
        // Last of all: to make a text of an object is enough to have it raised here.
        // SAFETY: the function only sets a flag, which the main thread looks at between two instructions.
        unsafe { pyo3::ffi::PyErr_SetInterrupt() };
    }
    text
}
