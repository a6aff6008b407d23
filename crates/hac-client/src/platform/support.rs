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
use crate::transport::Body;
use crate::transport::resend::Effect;

impl HacClient {
    /// The logs and configuration files that the server offers, each as the server tells of it: a path, or an object whose
    /// keys are in no public source.
    pub async fn support_files(&self) -> Result<Vec<Value>> {
        let call = Call::get("/platform/support/data", "list the support files");
        self.engine().perform(&call, &mut JsonAnswer::<Vec<Value>>::list()).await
    }

    /// Has the server pack these files, for [`download_support_zip`](Self::download_support_zip), and returns what it
    /// answers. Where that is no [success](Acknowledgement::success), an older archive may be what is downloaded next.
    ///
    /// It counts as a write: the server makes a file of it.
    pub async fn prepare_support_zip<P: AsRef<str>>(&self, paths: &[P]) -> Result<Acknowledgement> {
        const DOING: &str = "pack the support files";
        if paths.iter().all(|path| path.as_ref().trim().is_empty()) {
            return Err(Error::new(ErrorKind::Usage, DOING)
                .because("no file was named")
                .with_hint("name files that the server offers"));
        }
        let call = Call::post(
            "/platform/support/zip",
            DOING,
            Effect::Write,
            Body::form(paths.iter().map(|path| ("files", path.as_ref()))),
        );
        let answer = self.engine().perform(&call, &mut JsonAnswer::<Value>::any()).await?;
        Ok(Acknowledgement { answer })
    }

    /// Reads the archive that was packed last into a sink while it arrives, and returns its length in bytes.
    ///
    /// What is no zip archive, or has no end, is an error; what of it was given to the sink by then is to be thrown away.
    /// Whether two users who pack at the same time get their own archives is not known.
    pub async fn download_support_zip(&self, sink: &mut dyn ByteSink) -> Result<u64> {
        let call = Call::get("/platform/support/zip/download", "download the support files");
        self.engine().perform(&call, &mut Download::new(Kind::Zip, sink)).await
    }
}
