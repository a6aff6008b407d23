//! Copies: rows as ImpEx, for another server.

use std::ops::ControlFlow;
use std::path::PathBuf;

use hac_client::BoxFuture;
use hac_client::console::{CopyColumn, CopyPlan, CopySink, CopySummary, ImpexCopy, LeftOut};
use hac_client::files::Overwrite;
use hac_client::request::Effect;
use pyo3::prelude::*;

use crate::call::{Call, Convert};
use crate::client::{Client, value};
use crate::console::{Query, millis};
use crate::errors::raised;
use crate::masks::Mask;
use crate::watcher::Watcher;

/// A plan as the library has it. What people see of it is in the Python half.
#[pyclass(frozen, module = "hac_client_core._native")]
pub(crate) struct Plan(CopyPlan);

/// A copy as the Python half has it: of a type, or of a query.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Wanted {
    type_code: String,
    query: Option<Query>,
    key: Vec<String>,
    exclude: Vec<String>,
    encrypted: Option<Vec<String>>,
    languages: Option<Vec<String>>,
    page_rows: usize,
    mask: Option<Mask>,
}

/// Attribute, language, kind, whether it is unique, how it stands in the header.
fn column(column: &CopyColumn) -> (String, Option<String>, &'static str, bool, String) {
    let language = column.language().map(str::to_owned);
    (column.attribute().to_owned(), language, column.kind().as_str(), column.is_unique(), column.header())
}

fn left_out(left_out: &LeftOut) -> (String, String) {
    (left_out.attribute.clone(), left_out.reason.clone())
}

fn planned(plan: CopyPlan) -> Convert {
    Box::new(|py| {
        let columns: Vec<_> = plan.columns().iter().map(column).collect();
        let others: Vec<_> = plan.left_out().iter().map(left_out).collect();
        let (type_code, header) = (plan.type_code().to_owned(), plan.header());
        let parts = (Py::new(py, Plan(plan))?, type_code, header, columns, others);
        Ok(parts.into_pyobject(py)?.into_any().unbind())
    })
}

fn written(summary: CopySummary) -> Convert {
    value((summary.rows, summary.dangling, millis(summary.elapsed)))
}

impl CopySink for Watcher {
    fn piece(&mut self, _: &str, rows: u64) -> ControlFlow<()> {
        self.more(rows);
        ControlFlow::Continue(())
    }

    fn end(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        self.heard()
    }
}

#[pymethods]
impl Client {
    fn plan_copy(&self, py: Python<'_>, wanted: Wanted) -> PyResult<Call> {
        let mut copy = match wanted.query {
            Some(query) => ImpexCopy::of_query(query.build().map_err(|error| raised(py, &error))?),
            None => ImpexCopy::of_type(wanted.type_code),
        };
        for attribute in wanted.key {
            copy = copy.key(attribute);
        }
        for attribute in wanted.exclude {
            copy = copy.exclude(attribute);
        }
        if let Some(attributes) = wanted.encrypted {
            copy = copy.encrypted(attributes);
        }
        let (copy, languages) = (copy.page_rows(wanted.page_rows), wanted.languages);
        let masks = wanted.mask.map(Mask::build).transpose().map_err(|error| raised(py, &error))?;
        Ok(self.call(py, Effect::Read, |client| async move {
            let mut plan = client.plan_copy(copy).await?;
            if let Some(languages) = languages {
                plan.keep_languages(&languages)?;
            }
            if let Some(masks) = masks {
                plan.mask_with(&masks)?;
            }
            Ok(planned(plan))
        }))
    }

    fn write_copy(
        &self,
        py: Python<'_>,
        plan: &Bound<'_, Plan>,
        target: PathBuf,
        overwrite: bool,
        watched: bool,
    ) -> Call {
        let plan = plan.get().0.clone();
        let overwrite = if overwrite { Overwrite::Yes } else { Overwrite::No };
        let call = self.call(py, Effect::Read, move |client| async move {
            let mut watcher = Watcher::of_this_call(watched);
            Ok(written(client.write_copy_watched(&plan, target, overwrite, &mut watcher).await?))
        });
        call.holding_a_file()
    }

    fn languages(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { Ok(value(client.languages().await?)) })
    }
}
