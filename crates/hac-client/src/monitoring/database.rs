//! The log of the statements that go to the database: `/monitoring/database`.
//!
//! All of it was seen in one public client, against a recent release.

use super::{Acknowledgement, Switch};
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::download::{ByteSink, Download, Kind};
use crate::error::Result;

/// What stands between the columns of the log.
const COLUMN_END: char = '|';

impl HacClient {
    /// Starts or stops the JDBC log of the node that answers. It slows the system down and grows until it is stopped.
    pub async fn switch_jdbc_log(&self, switch: Switch) -> Result<Acknowledgement> {
        self.change("switch the JDBC log", &format!("/monitoring/database/logs/{}", switch.as_str())).await
    }

    /// Whether each line of the JDBC log has a stack trace.
    pub async fn switch_jdbc_log_stacktrace(&self, switch: Switch) -> Result<Acknowledgement> {
        let path = format!("/monitoring/database/stacktrace/{}", switch.as_str());
        self.change("switch the stack traces of the JDBC log", &path).await
    }

    /// Whether each line of the JDBC log has the statement with its values, which may be anybody's data.
    pub async fn switch_jdbc_log_params(&self, switch: Switch) -> Result<Acknowledgement> {
        let path = format!("/monitoring/database/params/{}", switch.as_str());
        self.change("switch the values in the JDBC log", &path).await
    }

    /// Empties the JDBC log.
    pub async fn clear_jdbc_log(&self) -> Result<Acknowledgement> {
        self.change("clear the JDBC log", "/monitoring/database/clearlog").await
    }

    /// Reads the whole JDBC log into a sink while it arrives, and returns its length in bytes; 0 if nothing was logged.
    ///
    /// It is text in UTF-8, a line a statement: number, data source, time, duration, kind, SQL, and the SQL with its values and
    /// a stack trace where those are on. What the first two columns mean is not known for sure.
    pub async fn download_jdbc_log(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        let call = Call::get("/monitoring/database/logs/download", "read the JDBC log").query("downloadSize=-1");
        self.engine().perform(&call, &mut Download::new(Kind::LinesWith(COLUMN_END), sink)).await
    }
}
