//! The files for SAP's support, logs and configuration: `/platform/support`.
//!
//! All of it was seen in one public client, its release not stated.

use serde_json::Value;

use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::download::{ByteSink, Download, Kind};
use crate::engine::json::JsonAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::monitoring::Acknowledgement;
use crate::protection::Class;
use crate::transport::Body;

impl HacClient {
    /// Returns the logs and configuration files that the server offers, each as received: a path, or an object whose keys are
    /// not documented publicly.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn support_files(&self) -> Result<Vec<Value>> {
        let call = Call::get("/platform/support/data", "list the support files");
        self.engine().perform(&call, &mut JsonAnswer::<Vec<Value>>::list()).await
    }

    /// Makes the server pack these files for [`download_support_zip`](Self::download_support_zip), and returns its answer.
    /// Without [success](Acknowledgement::success), the next download may be an older archive.
    ///
    /// The call is a write, because the server creates a file.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call), and [`Usage`](ErrorKind::Usage) if no path is given.
    pub async fn prepare_support_zip<P: AsRef<str>>(&self, paths: &[P]) -> Result<Acknowledgement> {
        const DOING: &str = "pack the support files";
        if paths.iter().all(|path| path.as_ref().trim().is_empty()) {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("no file was selected")
                .with_hint("select files that the server offers"));
        }
        let call = Call::post(
            "/platform/support/zip",
            DOING,
            Class::Write,
            Body::form(paths.iter().map(|path| ("files", path.as_ref()))),
        );
        let answer = self.engine().perform(&call, &mut JsonAnswer::<Value>::any()).await?;
        let answer = Acknowledgement { answer };
        answer.noted_in(&call);
        Ok(answer)
    }

    /// Downloads the archive that was packed last into a sink, and returns its length in bytes.
    ///
    /// It is not known whether users who pack at the same time get their own archives.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call); [`Protocol`](ErrorKind::Protocol) if the archive is incomplete.
    /// Discard what the sink has received then.
    pub async fn download_support_zip(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        let call = Call::get("/platform/support/zip/download", "download the support files");
        self.engine().perform(&call, &mut Download::new(Kind::Zip, sink)).await
    }
}
