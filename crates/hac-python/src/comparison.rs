//! Snapshots of servers, and what differs between two.

use hac_client::comparison::{self, Difference, RowDifference};
use hac_client::request::Effect;
use hac_client::{Error, HacClient};
use pyo3::prelude::*;

use crate::call::{Call, Convert};
use crate::client::Client;
use crate::console::Query;
use crate::errors::raised;

/// What one server says of names.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Snapshot(comparison::Snapshot);

/// The rows of a query on one server.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct RowSnapshot(comparison::RowSnapshot);

/// A name, and what both sides have of it.
type Named = (String, Option<String>, Option<String>);
/// The values of the key, the column, and both cells; without a column, whether the row is there.
type Row = (Vec<String>, Option<String>, Option<String>, Option<String>);

fn named(difference: Difference) -> Named {
    let [first, second] = difference.sides.map(|side| side.as_str().map(str::to_owned));
    (difference.name, first, second)
}

fn row(difference: RowDifference) -> Option<Row> {
    const PRESENT: &str = "present";
    match difference {
        RowDifference::Cell { key, column, cells: [first, second] } => Some((key, Some(column), first, second)),
        RowDifference::Row { key, is_in_first } => {
            let there = |it: bool| it.then(|| PRESENT.to_owned());
            Some((key, None, there(is_in_first), there(!is_in_first)))
        }
        _ => None,
    }
}

#[pymethods]
impl Snapshot {
    fn compare(&self, py: Python<'_>, second: &Bound<'_, Self>) -> PyResult<(Vec<Named>, usize, Vec<String>)> {
        let found = self.0.compare(&second.get().0).map_err(|error| raised(py, &error))?;
        Ok((found.differences.into_iter().map(named).collect(), found.compared, found.left_out))
    }
}

#[pymethods]
impl RowSnapshot {
    fn compare(&self, py: Python<'_>, second: &Bound<'_, Self>) -> PyResult<(Vec<Row>, usize)> {
        let second = second.get();
        let found = py.detach(|| self.0.compare(&second.0)).map_err(|error| raised(py, &error))?;
        Ok((found.differences.into_iter().filter_map(row).collect(), found.compared))
    }
}

/// The failure of one of two servers, which names it.
fn of_server(client: &HacClient, error: Error) -> Error {
    let url = client.base_url();
    if error.doing().contains(url) {
        return error;
    }
    let doing = format!("{} of {url}", error.doing());
    error.while_doing(doing)
}

fn contains(name: &str, text: Option<&str>) -> bool {
    text.is_none_or(|text| name.to_lowercase().contains(text))
}

#[pymethods]
impl Client {
    /// A snapshot of `properties`, `loggers`, `extensions` or `types`; of those whose names contain the text, or of the types of these
    /// codes.
    fn snapshot(&self, py: Python<'_>, of: String, text: Option<String>, codes: Vec<String>) -> Call {
        let text = text.map(|text| text.to_lowercase());
        self.call(py, Effect::Read, move |client| async move {
            let snapshot = match &*of {
                "properties" => client.snapshot_properties().await,
                "loggers" => client.snapshot_loggers().await,
                "extensions" => client.snapshot_extensions().await,
                _ => client.snapshot_types(&codes).await,
            };
            let snapshot = snapshot.map_err(|error| of_server(&client, error))?;
            let snapshot = snapshot.only(|name| contains(name, text.as_deref()));
            Ok(Box::new(move |py: Python<'_>| Ok(Py::new(py, Snapshot(snapshot))?.into_any())) as Convert)
        })
    }

    fn snapshot_rows(&self, py: Python<'_>, query: Query, key: Vec<String>) -> PyResult<Call> {
        let effect = query.effect();
        let query = query.build().map_err(|error| raised(py, &error))?;
        Ok(self.call(py, effect, move |client| async move {
            let snapshot = client.snapshot_rows(query, &key).await.map_err(|error| of_server(&client, error))?;
            Ok(Box::new(move |py: Python<'_>| Ok(Py::new(py, RowSnapshot(snapshot))?.into_any())) as Convert)
        }))
    }
}
