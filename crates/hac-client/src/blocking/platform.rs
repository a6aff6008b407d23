//! The calls of HAC's tab "Platform".

use serde_json::{Map, Value};

use super::HacClient;
use crate::engine::download::ByteSink;
use crate::error::Result;
use crate::monitoring::Acknowledgement;
use crate::platform::config::{Property, PropertyChange};
use crate::platform::log4j::{LogLevel, LogLevelChange, Logger};
use crate::platform::pk::PkAnalysis;

impl HacClient {
    /// See [`HacClient::loggers`](crate::HacClient::loggers).
    pub fn loggers(&self) -> Result<Vec<Logger>> {
        self.wait(self.client.loggers())
    }

    /// See [`HacClient::change_log_level`](crate::HacClient::change_log_level).
    pub fn change_log_level(&self, logger_name: &str, level: LogLevel) -> Result<LogLevelChange> {
        self.wait(self.client.change_log_level(logger_name, level))
    }

    /// See [`HacClient::replace_log_level`](crate::HacClient::replace_log_level).
    pub fn replace_log_level(&self, logger_name: &str, level: LogLevel) -> Result<LogLevelChange> {
        self.wait(self.client.replace_log_level(logger_name, level))
    }

    /// See [`HacClient::properties`](crate::HacClient::properties).
    pub fn properties(&self) -> Result<Vec<Property>> {
        self.wait(self.client.properties())
    }

    /// See [`HacClient::set_property`](crate::HacClient::set_property).
    pub fn set_property(&self, key: &str, value: &str) -> Result<PropertyChange> {
        self.wait(self.client.set_property(key, value))
    }

    /// See [`HacClient::replace_property`](crate::HacClient::replace_property).
    pub fn replace_property(&self, key: &str, value: &str) -> Result<PropertyChange> {
        self.wait(self.client.replace_property(key, value))
    }

    /// See [`HacClient::analyze_pk`](crate::HacClient::analyze_pk).
    pub fn analyze_pk(&self, pk: &str) -> Result<PkAnalysis> {
        self.wait(self.client.analyze_pk(pk))
    }

    /// See [`HacClient::about`](crate::HacClient::about).
    pub fn about(&self) -> Result<Map<String, Value>> {
        self.wait(self.client.about())
    }

    /// See [`HacClient::support_files`](crate::HacClient::support_files).
    pub fn support_files(&self) -> Result<Vec<Value>> {
        self.wait(self.client.support_files())
    }

    /// See [`HacClient::prepare_support_zip`](crate::HacClient::prepare_support_zip).
    pub fn prepare_support_zip<P: AsRef<str>>(&self, paths: &[P]) -> Result<Acknowledgement> {
        let paths: Vec<_> = paths.iter().map(AsRef::as_ref).collect();
        self.wait(self.client.prepare_support_zip(&paths))
    }

    /// See [`HacClient::download_support_zip`](crate::HacClient::download_support_zip).
    pub fn download_support_zip(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        self.wait(self.client.download_support_zip(sink))
    }
}
