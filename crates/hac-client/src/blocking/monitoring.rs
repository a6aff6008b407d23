//! The calls of HAC's tab "Monitoring".

use super::HacClient;
use crate::engine::download::ByteSink;
use crate::error::Result;
use crate::monitoring::cronjobs::CronJob;
use crate::monitoring::{Acknowledgement, Switch};

impl HacClient {
    /// See [`HacClient::clear_region_cache`](crate::HacClient::clear_region_cache).
    pub fn clear_region_cache(&self) -> Result<Acknowledgement> {
        self.wait(self.client.clear_region_cache())
    }

    /// See [`HacClient::cron_jobs`](crate::HacClient::cron_jobs).
    pub fn cron_jobs(&self) -> Result<Vec<CronJob>> {
        self.wait(self.client.cron_jobs())
    }

    /// See [`HacClient::switch_jdbc_log`](crate::HacClient::switch_jdbc_log).
    pub fn switch_jdbc_log(&self, switch: Switch) -> Result<Acknowledgement> {
        self.wait(self.client.switch_jdbc_log(switch))
    }

    /// See [`HacClient::switch_jdbc_log_stacktrace`](crate::HacClient::switch_jdbc_log_stacktrace).
    pub fn switch_jdbc_log_stacktrace(&self, switch: Switch) -> Result<Acknowledgement> {
        self.wait(self.client.switch_jdbc_log_stacktrace(switch))
    }

    /// See [`HacClient::switch_jdbc_log_params`](crate::HacClient::switch_jdbc_log_params).
    pub fn switch_jdbc_log_params(&self, switch: Switch) -> Result<Acknowledgement> {
        self.wait(self.client.switch_jdbc_log_params(switch))
    }

    /// See [`HacClient::clear_jdbc_log`](crate::HacClient::clear_jdbc_log).
    pub fn clear_jdbc_log(&self) -> Result<Acknowledgement> {
        self.wait(self.client.clear_jdbc_log())
    }

    /// See [`HacClient::download_jdbc_log`](crate::HacClient::download_jdbc_log).
    pub fn download_jdbc_log(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        self.wait(self.client.download_jdbc_log(sink))
    }
}
