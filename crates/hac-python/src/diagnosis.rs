//! The way to HAC, step by step.

use hac_client::diagnosis::{
    ConsoleTab, Diagnosis, FoundConsole, ProxyInUse, ReachedHost, ResolvedHost, ServerCertificate, ServerFacts,
    TabAccess,
};
use hac_client::request::Effect;
use hac_client::{Error, ErrorKind, HacClient, Result};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::call::{Call, Convert};
use crate::client::Client;
use crate::console::millis;
use crate::errors::raised;

/// What was found up to the step that failed.
#[derive(Default)]
struct Found {
    proxy: Option<ProxyInUse>,
    host: Option<ResolvedHost>,
    connection: Option<ReachedHost>,
    certificate: Option<ServerCertificate>,
    console: Option<FoundConsole>,
    tabs: Option<Vec<(&'static str, &'static str)>>,
    facts: Option<ServerFacts>,
    failed: Option<(&'static str, Error)>,
}

impl Found {
    async fn on_the_way(client: &HacClient, logs_in: bool) -> Self {
        let diagnosis = client.diagnosis();
        let mut found = Self { proxy: diagnosis.proxy(), ..Self::default() };
        let walked = found.walk(client, &diagnosis, logs_in).await;
        // One that was refused, too: it is the reason.
        found.certificate = diagnosis.certificate();
        found.failed = walked.err();
        found
    }

    async fn walk(
        &mut self,
        client: &HacClient,
        diagnosis: &Diagnosis,
        logs_in: bool,
    ) -> Result<(), (&'static str, Error)> {
        let host = diagnosis.resolve().await.map_err(|error| ("resolve", error))?;
        let reached = diagnosis.connect(&host).await;
        self.host = Some(host);
        self.connection = Some(reached.map_err(|error| ("connect", error))?);
        self.console = Some(diagnosis.find_console().await.map_err(|error| ("find_console", error))?);
        if !logs_in {
            return Ok(());
        }
        client.login().await.map_err(|error| ("login", error))?;
        let mut tabs = Vec::new();
        for tab in ConsoleTab::ALL {
            tabs.push((tab.as_str(), access(diagnosis, *tab).await.map_err(|error| ("open_tab", error))?));
        }
        self.tabs = Some(tabs);
        self.facts = match client.properties().await {
            Ok(properties) => Some(ServerFacts::of(&properties)),
            Err(error) if error.kind() == ErrorKind::Forbidden => None,
            Err(error) => return Err(("properties", error)),
        };
        Ok(())
    }

    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let failed = self.failed.map(|(step, error)| (step, raised(py, &error).into_value(py)));
        let proxy = self.proxy.map(|proxy| (proxy.url, proxy.variable));
        let host = self.host.map(|host| {
            let addresses: Vec<_> = host.addresses.iter().map(ToString::to_string).collect();
            (host.host, host.port, addresses, millis(host.elapsed))
        });
        let connection = self.connection.map(|reached| (reached.address.to_string(), millis(reached.elapsed)));
        let console = self.console.map(|console| {
            (console.context_path.to_string(), console.login_path, console.release.as_str(), console.clock_ahead)
        });
        let facts = self.facts.map(|facts| (facts.version, facts.session_timeout.map(|limit| limit.as_secs())));
        let certificate = self.certificate.map(certificate_parts);
        (proxy, host, connection, certificate, console, self.tabs, facts, failed).into_py_any(py)
    }
}

type Contents = (String, String, Vec<String>, String, String, bool);

fn certificate_parts(certificate: ServerCertificate) -> (String, bool, Option<Contents>) {
    let contents = certificate.contents.map(|contents| {
        let (from, to) = (contents.valid_from_formatted(), contents.valid_to_formatted());
        (contents.subject, contents.issuer, contents.names, from, to, contents.is_self_signed)
    });
    (certificate.fingerprint.to_string(), certificate.is_accepted, contents)
}

/// `open`, `denied`, or `absent` where the server has no such console.
async fn access(diagnosis: &Diagnosis, tab: ConsoleTab) -> Result<&'static str> {
    match diagnosis.open_tab(tab).await {
        Ok(TabAccess::Open) => Ok("open"),
        Ok(_) => Ok("denied"),
        Err(error) if error.kind() == ErrorKind::Rejected => Ok("absent"),
        Err(error) => Err(error),
    }
}

#[pymethods]
impl Client {
    fn diagnosis(&self, py: Python<'_>, logs_in: bool) -> Call {
        self.call(py, Effect::Read, move |client| async move {
            let found = Found::on_the_way(&client, logs_in).await;
            Ok(Box::new(move |py: Python<'_>| found.into_python(py)) as Convert)
        })
    }
}
