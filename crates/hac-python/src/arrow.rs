//! The Arrow C stream interface, for columns of text: <https://arrow.apache.org/docs/format/CStreamInterface.html>.
//!
//! Written out here because the crates that have it bring all of Arrow along.
#![expect(unsafe_code, reason = "the interface is made of C structs with raw pointers, freed by callbacks")]

use std::ffi::{CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::batch::Batch;

const NULLABLE: i64 = 2;
/// `EIO`, on every system.
const FAILED: c_int = 5;

/// Where a stream has its batches from.
pub(crate) trait Batches: Send {
    fn headers(&mut self) -> Result<Vec<String>, String>;
    fn next(&mut self) -> Result<Option<Arc<Batch>>, String>;
}

#[repr(C)]
struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct ArrowArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    private_data: *mut c_void,
}

// SAFETY: what private_data points to is `Source`, which is `Send`; nothing is bound to a thread.
unsafe impl Send for ArrowArrayStream {}

impl Drop for ArrowArrayStream {
    fn drop(&mut self) {
        // Whoever took the stream out of the capsule has set this to null.
        if let Some(release) = self.release {
            // SAFETY: it was not released, and this is its address.
            unsafe { release(self) };
        }
    }
}

struct Source {
    batches: Box<dyn Batches>,
    /// How many columns the schema has that was given away.
    columns: usize,
    last_error: Option<CString>,
}

/// A capsule named `arrow_array_stream`, as `__arrow_c_stream__` returns it.
pub(crate) fn capsule(py: Python<'_>, batches: Box<dyn Batches>) -> PyResult<Bound<'_, PyAny>> {
    let source = Box::new(Source { batches, columns: 0, last_error: None });
    let stream = ArrowArrayStream {
        get_schema: Some(get_schema),
        get_next: Some(get_next),
        get_last_error: Some(get_last_error),
        release: Some(release_stream),
        private_data: Box::into_raw(source).cast(),
    };
    Ok(PyCapsule::new_with_value(py, stream, c"arrow_array_stream")?.into_any())
}

/// Runs a callback's work; its error is kept for `get_last_error`.
///
/// # Safety
/// `stream` is a stream of this module that was not released.
unsafe fn with_source(stream: *mut ArrowArrayStream, work: impl FnOnce(&mut Source) -> Result<(), String>) -> c_int {
    // SAFETY: promised by the caller; a stream is used by one thread at a time.
    let source = unsafe { &mut *(*stream).private_data.cast::<Source>() };
    let done = catch_unwind(AssertUnwindSafe(|| work(source)))
        .unwrap_or_else(|_| Err("a bug in hac_client_core: a panic".into()));
    match done {
        Ok(()) => 0,
        Err(why) => {
            source.last_error = Some(c_string(&why));
            FAILED
        }
    }
}

unsafe extern "C" fn get_schema(stream: *mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int {
    // SAFETY: called by the consumer, with its stream and room for a schema.
    unsafe {
        with_source(stream, |source| {
            let headers = source.batches.headers()?;
            source.columns = headers.len();
            let children = headers.iter().map(|name| schema("u", name, Vec::new())).collect();
            ptr::write(out, schema("+s", "", children));
            Ok(())
        })
    }
}

unsafe extern "C" fn get_next(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: called by the consumer, with its stream and room for an array.
    unsafe {
        with_source(stream, |source| {
            if source.columns == 0 {
                source.columns = source.batches.headers()?.len();
            }
            let next = source.batches.next()?;
            ptr::write(out, next.map_or_else(no_array, |batch| array(&batch, source.columns)));
            Ok(())
        })
    }
}

unsafe extern "C" fn get_last_error(stream: *mut ArrowArrayStream) -> *const c_char {
    // SAFETY: called by the consumer, with its stream.
    let source = unsafe { &*(*stream).private_data.cast::<Source>() };
    source.last_error.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

unsafe extern "C" fn release_stream(stream: *mut ArrowArrayStream) {
    // SAFETY: called once, by whoever owns the stream; the source was boxed in `capsule`.
    unsafe {
        (*stream).release = None;
        drop(Box::from_raw((*stream).private_data.cast::<Source>()));
    }
}

struct SchemaParts {
    name: CString,
    children: Vec<*mut ArrowSchema>,
}

fn schema(format: &'static str, name: &str, children: Vec<ArrowSchema>) -> ArrowSchema {
    let format = if format == "u" { c"u" } else { c"+s" };
    let children = children.into_iter().map(|child| Box::into_raw(Box::new(child))).collect();
    let mut parts = Box::new(SchemaParts { name: c_string(name), children });
    ArrowSchema {
        format: format.as_ptr(),
        name: parts.name.as_ptr(),
        metadata: ptr::null(),
        flags: if parts.children.is_empty() { NULLABLE } else { 0 },
        n_children: i64::try_from(parts.children.len()).unwrap_or_default(),
        children: parts.children.as_mut_ptr(),
        dictionary: ptr::null_mut(),
        release: Some(release_schema),
        private_data: Box::into_raw(parts).cast(),
    }
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: called once, by whoever owns the schema; its parts and children were boxed in `schema`.
    unsafe {
        let parts = Box::from_raw((*schema).private_data.cast::<SchemaParts>());
        for &child in &parts.children {
            // One that was moved out is released by its new owner.
            if let Some(release) = (*child).release {
                release(child);
            }
            drop(Box::from_raw(child));
        }
        (*schema).release = None;
    }
}

struct ArrayParts {
    /// Keeps the buffers.
    _batch: Arc<Batch>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
    /// The offsets of a column that the batch does not have.
    _empty: Vec<i32>,
}

/// The end of the stream: an array that is released already.
fn no_array() -> ArrowArray {
    ArrowArray {
        length: 0,
        null_count: 0,
        offset: 0,
        n_buffers: 0,
        n_children: 0,
        buffers: ptr::null_mut(),
        children: ptr::null_mut(),
        dictionary: ptr::null_mut(),
        release: None,
        private_data: ptr::null_mut(),
    }
}

fn array(batch: &Arc<Batch>, columns: usize) -> ArrowArray {
    let children = (0..columns).map(|at| Box::into_raw(Box::new(column(batch, at)))).collect();
    of_parts(batch, 0, vec![ptr::null()], children, Vec::new())
}

fn column(batch: &Arc<Batch>, at: usize) -> ArrowArray {
    let Some(column) = batch.columns.get(at).filter(|column| !column.offsets.is_empty()) else {
        // A column without a cell: each is an empty text.
        let empty = vec![0; batch.rows + 1];
        let buffers =
            vec![ptr::null(), empty.as_ptr().cast(), ptr::NonNull::<u8>::dangling().as_ptr().cast_const().cast()];
        return of_parts(batch, 0, buffers, Vec::new(), empty);
    };
    let valid = if column.nulls == 0 { ptr::null() } else { column.valid.as_ptr().cast() };
    of_parts(
        batch,
        column.nulls,
        vec![valid, column.offsets.as_ptr().cast(), column.data.as_ptr().cast()],
        Vec::new(),
        Vec::new(),
    )
}

fn of_parts(
    batch: &Arc<Batch>,
    nulls: usize,
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
    empty: Vec<i32>,
) -> ArrowArray {
    let count = |number: usize| i64::try_from(number).unwrap_or_default();
    let mut parts = Box::new(ArrayParts { _batch: Arc::clone(batch), buffers, children, _empty: empty });
    ArrowArray {
        length: count(batch.rows),
        null_count: count(nulls),
        offset: 0,
        n_buffers: count(parts.buffers.len()),
        n_children: count(parts.children.len()),
        buffers: parts.buffers.as_mut_ptr(),
        children: parts.children.as_mut_ptr(),
        dictionary: ptr::null_mut(),
        release: Some(release_array),
        private_data: Box::into_raw(parts).cast(),
    }
}

unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: called once, by whoever owns the array; its parts and children were boxed in `of_parts` and `array`.
    unsafe {
        let parts = Box::from_raw((*array).private_data.cast::<ArrayParts>());
        for &child in &parts.children {
            if let Some(release) = (*child).release {
                release(child);
            }
            drop(Box::from_raw(child));
        }
        (*array).release = None;
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}
