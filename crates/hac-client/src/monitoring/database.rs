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
    /// Starts or stops the JDBC log of the node that answers. The log slows the system down and grows until it is stopped.
    ///
    /// Check [`Acknowledgement::success`], as for the other changes of the log.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn switch_jdbc_log(&self, switch: Switch) -> Result<Acknowledgement> {
        self.change("switch the JDBC log", &format!("/monitoring/database/logs/{}", switch.as_str())).await
    }

    /// Turns stack traces in the JDBC log on or off.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn switch_jdbc_log_stacktrace(&self, switch: Switch) -> Result<Acknowledgement> {
        let path = format!("/monitoring/database/stacktrace/{}", switch.as_str());
        self.change("switch the stack traces of the JDBC log", &path).await
    }

    /// Turns the values of statements in the JDBC log on or off. They may be personal data.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn switch_jdbc_log_params(&self, switch: Switch) -> Result<Acknowledgement> {
        let path = format!("/monitoring/database/params/{}", switch.as_str());
        self.change("switch the values in the JDBC log", &path).await
    }

    /// Clears the JDBC log.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn clear_jdbc_log(&self) -> Result<Acknowledgement> {
        self.change("clear the JDBC log", "/monitoring/database/clearlog").await
    }

    /// Downloads the whole JDBC log into a sink and returns its length in bytes; 0 if nothing was logged.
    ///
    /// The log is UTF-8 text with a line for each statement: number, data source, time, duration, kind, SQL, and if turned
    /// on, the SQL with its values and a stack trace. The meaning of the first two columns is not certain.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn download_jdbc_log(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        let call = Call::get("/monitoring/database/logs/download", "read the JDBC log").query("downloadSize=-1");
        self.engine().perform(&call, &mut Download::new(Kind::LinesWith(COLUMN_END), sink)).await
    }
}
