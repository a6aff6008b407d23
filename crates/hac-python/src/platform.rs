//! The operations on HAC's platform and monitoring tabs, and requests for pages that the library has no call for.

use std::path::PathBuf;

use hac_client::files::{ByteSink, NewFile, Overwrite};
use hac_client::monitoring::Switch;
use hac_client::platform::LogLevelChange;
use hac_client::request::{Effect, HacAnswer, HacRequest};
use hac_client::{Error, ErrorKind, HacClient, Result};
use pyo3::prelude::*;

use crate::call::Call;
use crate::client::{Client, value};
use crate::errors::raised;
use crate::values::plain;

fn switch_of(on: bool) -> Switch {
    if on { Switch::On } else { Switch::Off }
}

enum Download {
    JdbcLog,
    SupportZip,
}

async fn download(client: HacClient, what: Download, target: PathBuf, overwrite: bool) -> Result<u64> {
    let mut file = NewFile::create(target, if overwrite { Overwrite::Yes } else { Overwrite::No })?;
    let sink: &mut dyn ByteSink = &mut file;
    let length = match what {
        Download::JdbcLog => client.download_jdbc_log(sink).await?,
        Download::SupportZip => client.download_support_zip(sink).await?,
    };
    file.finish().map_err(|cause| {
        Error::new(ErrorKind::Io, "keep the download").because("its file could not be written").with_source(cause)
    })?;
    Ok(length)
}

fn parts(change: &LogLevelChange) -> (bool, String, String, Option<String>) {
    (change.success(), change.logger_name.clone(), change.level_name.clone(), change.previous.clone())
}

#[pymethods]
impl Client {
    fn find_hac(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            let found = client.find_hac().await?;
            Ok(value((found.context_path.to_string(), found.node)))
        })
    }

    fn about(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { plain(&client.about().await?) })
    }

    fn properties(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            let all = client.properties().await?;
            Ok(value(all.into_iter().map(|property| (property.key, property.value)).collect::<Vec<_>>()))
        })
    }

    fn set_property(&self, py: Python<'_>, key: String, new: String) -> Call {
        self.call(py, Effect::Write, |client| async move {
            let change = client.set_property(&key, &new).await?;
            Ok(value((change.success(), change.action, change.has_edited, change.previous)))
        })
    }

    fn replace_property(&self, py: Python<'_>, key: String, new: String) -> Call {
        self.call(py, Effect::Write, |client| async move {
            let change = client.replace_property(&key, &new).await?;
            Ok(value((change.success(), change.action, change.has_edited, change.previous)))
        })
    }

    fn loggers(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move {
            let all = client.loggers().await?;
            Ok(value(all.into_iter().map(|logger| (logger.name, logger.parent, logger.level)).collect::<Vec<_>>()))
        })
    }

    fn change_log_level(&self, py: Python<'_>, name: String, level: &str) -> PyResult<Call> {
        let level = level.parse().map_err(|error| raised(py, &error))?;
        Ok(self.call(py, Effect::Write, move |client| async move {
            let change = client.change_log_level(&name, level).await?;
            Ok(value(parts(&change)))
        }))
    }

    fn replace_log_level(&self, py: Python<'_>, name: String, level: &str) -> PyResult<Call> {
        let level = level.parse().map_err(|error| raised(py, &error))?;
        Ok(self.call(py, Effect::Write, move |client| async move {
            let change = client.replace_log_level(&name, level).await?;
            Ok(value(parts(&change)))
        }))
    }

    fn analyze_pk(&self, py: Python<'_>, pk: String) -> Call {
        self.call(py, Effect::Read, |client| async move { plain(&client.analyze_pk(&pk).await?) })
    }

    fn cron_jobs(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { plain(&client.cron_jobs().await?) })
    }

    fn clear_region_cache(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Write, |client| async move { plain(&client.clear_region_cache().await?) })
    }

    /// `what` is `log`, `params` or `stacktrace`.
    fn switch_jdbc_log(&self, py: Python<'_>, what: &str, on: bool) -> Call {
        let (what, switch) = (what.to_owned(), switch_of(on));
        self.call(py, Effect::Write, move |client| async move {
            plain(&match &*what {
                "params" => client.switch_jdbc_log_params(switch).await?,
                "stacktrace" => client.switch_jdbc_log_stacktrace(switch).await?,
                _ => client.switch_jdbc_log(switch).await?,
            })
        })
    }

    fn clear_jdbc_log(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Write, |client| async move { plain(&client.clear_jdbc_log().await?) })
    }

    fn download_jdbc_log(&self, py: Python<'_>, target: PathBuf, overwrite: bool) -> Call {
        self.call(py, Effect::Read, move |client| async move {
            download(client, Download::JdbcLog, target, overwrite).await.map(value)
        })
    }

    fn support_files(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { plain(&client.support_files().await?) })
    }

    fn prepare_support_zip(&self, py: Python<'_>, paths: Vec<String>) -> Call {
        self.call(py, Effect::Write, |client| async move { plain(&client.prepare_support_zip(&paths).await?) })
    }

    fn download_support_zip(&self, py: Python<'_>, target: PathBuf, overwrite: bool) -> Call {
        self.call(py, Effect::Read, move |client| async move {
            download(client, Download::SupportZip, target, overwrite).await.map(value)
        })
    }

    fn types(&self, py: Python<'_>) -> Call {
        self.call(py, Effect::Read, |client| async move { client.types().await.map(value) })
    }

    fn type_attributes(&self, py: Python<'_>, code: String) -> Call {
        self.call(py, Effect::Read, |client| async move { client.type_attributes(&code).await.map(value) })
    }

    fn unique_attributes(&self, py: Python<'_>, code: String) -> Call {
        self.call(py, Effect::Read, |client| async move { client.unique_attributes(&code).await.map(value) })
    }

    /// A request for any page. `expected` is `json`, `json_list`, or the id of an element.
    #[expect(clippy::too_many_arguments, reason = "as many as a request has parts")]
    fn send(
        &self,
        py: Python<'_>,
        method: &str,
        path: String,
        query: Option<String>,
        form: Option<Vec<(String, String)>>,
        body: Option<(String, Vec<u8>)>,
        is_write: bool,
        expected: &str,
        keys: Vec<String>,
    ) -> PyResult<Call> {
        let effect = if is_write { Effect::Write } else { Effect::Read };
        let mut request = match method {
            "GET" => HacRequest::get(path),
            "POST" => HacRequest::post(path, effect),
            _ => {
                let error = Error::new(ErrorKind::Usage, "send the request")
                    .because(format!("{method:?} is no method that HAC takes"))
                    .with_hint("use GET or POST");
                return Err(raised(py, &error));
            }
        };
        if let Some(query) = query {
            request = request.query(query);
        }
        if let Some(form) = &form {
            request = request.form(form.iter().map(|(name, value)| (&**name, &**value)));
        }
        if let Some((content_type, bytes)) = body {
            request = request.body(content_type, bytes);
        }
        request = match expected {
            "json_list" => request.expect_json_list(),
            "element" => request.expect_element(keys),
            _ => request.expect_json(keys),
        };
        let effect = if method == "GET" { Effect::Read } else { effect };
        Ok(self.call(py, effect, move |client| async move {
            match client.send(&request).await? {
                HacAnswer::Json(json) => plain(&json),
                HacAnswer::Element { attributes, text, page } => Ok(value((attributes, text, page))),
                _ => Err(Error::new(ErrorKind::Protocol, "read the answer").because("it is of an unknown form")),
            }
        }))
    }
}
