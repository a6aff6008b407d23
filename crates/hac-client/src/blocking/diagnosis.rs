//! The way to HAC step by step.

use super::HacClient;
use crate::diagnosis::{
    ConsoleTab, Diagnosis as Steps, FoundConsole, ProxyInUse, ReachedHost, ResolvedHost, ServerCertificate, TabAccess,
};
use crate::error::Result;

/// The steps of the way to HAC, see the [module](crate::diagnosis).
#[derive(Debug)]
pub struct Diagnosis<'a> {
    client: &'a HacClient,
    steps: Steps,
}

impl HacClient {
    /// See [`HacClient::diagnosis`](crate::HacClient::diagnosis).
    pub fn diagnosis(&self) -> Diagnosis<'_> {
        Diagnosis { client: self, steps: self.client.diagnosis() }
    }
}

impl Diagnosis<'_> {
    /// See [`Diagnosis::proxy`](crate::diagnosis::Diagnosis::proxy).
    pub fn proxy(&self) -> Option<ProxyInUse> {
        self.steps.proxy()
    }

    /// See [`Diagnosis::resolve`](crate::diagnosis::Diagnosis::resolve).
    pub fn resolve(&self) -> Result<ResolvedHost> {
        self.client.wait(self.steps.resolve())
    }

    /// See [`Diagnosis::connect`](crate::diagnosis::Diagnosis::connect).
    pub fn connect(&self, host: &ResolvedHost) -> Result<ReachedHost> {
        self.client.wait(self.steps.connect(host))
    }

    /// See [`Diagnosis::find_console`](crate::diagnosis::Diagnosis::find_console).
    pub fn find_console(&self) -> Result<FoundConsole> {
        self.client.wait(self.steps.find_console())
    }

    /// See [`Diagnosis::certificate`](crate::diagnosis::Diagnosis::certificate).
    pub fn certificate(&self) -> Option<ServerCertificate> {
        self.steps.certificate()
    }

    /// See [`Diagnosis::open_tab`](crate::diagnosis::Diagnosis::open_tab).
    pub fn open_tab(&self, tab: ConsoleTab) -> Result<TabAccess> {
        self.client.wait(self.steps.open_tab(tab))
    }
}
