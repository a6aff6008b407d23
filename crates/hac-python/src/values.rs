//! JSON values as Python objects.

use hac_client::serde::Serialize;
use hac_client::serde_json::{self, Value};
use hac_client::{Error, ErrorKind, Result};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::call::Convert;

/// A result as dicts and lists.
pub(crate) fn plain<T: Serialize>(of: &T) -> Result<Convert> {
    let value = serde_json::to_value(of)
        .map_err(|cause| Error::new(ErrorKind::Internal, "hand the result over").with_source(cause))?;
    Ok(Box::new(move |py| Ok(object(py, &value)?.unbind())))
}

fn object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into_pyobject(py)?.into_any(),
            (None, Some(number)) => number.into_pyobject(py)?.into_any(),
            _ => number.as_f64().unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            items.iter().try_for_each(|item| list.append(object(py, item)?))?;
            list.into_any()
        }
        Value::Object(members) => {
            let dict = PyDict::new(py);
            members.iter().try_for_each(|(name, item)| dict.set_item(name, object(py, item)?))?;
            dict.into_any()
        }
    })
}
