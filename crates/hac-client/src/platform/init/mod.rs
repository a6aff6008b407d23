//! System update and initialisation: `/platform/update`, `/platform/init/…`, `/initlog/log`.

pub(crate) mod data;
pub(crate) mod log;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod tracker;

use std::error::Error as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::hint::Hint;
use crate::limits::COLLECTED_LIMIT;
use crate::page::update_log::LogLine;
use crate::protection::{Admission, Class};
use crate::transport::Body;
use data::{DataAnswer, PatchesAnswer, PendingPatch, UpdateData, pending_patches};
use log::UpdateLog;
use plan::{Initialization, InitializationPlan, Update, UpdatePlan};

/// The server's answer at the end of an update. A failed update is a result whose [`success`](Self::success) is false, not an
/// `Err`.
///
/// Serialized, [`elapsed`](Self::elapsed) is `execution_time_ms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "the update may have failed: see `success`"]
pub struct UpdateResult {
    success: bool,
    /// The log as HAC sends it.
    pub log_html: String,
    /// The time from sending to the complete answer, measured by the client.
    #[serde(rename = "execution_time_ms", serialize_with = "crate::serialized::millis")]
    pub elapsed: Duration,
}

impl UpdateResult {
    /// Returns whether the server reports success. Its log may still report errors, see [`errors`](Self::errors).
    pub fn success(&self) -> bool {
        self.success
    }

    fn log(&self) -> UpdateLog {
        UpdateLog { log_html: self.log_html.clone() }
    }

    /// Returns the lines of the log.
    pub fn lines(&self) -> Vec<LogLine> {
        self.log().lines()
    }

    /// Returns the log as text.
    pub fn log_text(&self) -> String {
        self.log().log_text()
    }

    /// Returns whether the log says that the run is finished, see [`UpdateLog::is_complete`].
    pub fn is_finished(&self) -> bool {
        self.log().is_complete()
    }

    /// Returns the lines of the log that report a failure, see [`UpdateLog::errors`].
    pub fn errors(&self) -> Vec<String> {
        self.log().errors()
    }
}

#[derive(Deserialize)]
struct ExecuteAnswer {
    success: Option<bool>,
    log: Option<String>,
}

impl HacClient {
    /// Returns what the server offers for an update: extensions and their parameters. Sends two requests, because HAC
    /// provides some of the data only after its page was requested.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn update_data(&self) -> Result<UpdateData> {
        const DOING: &str = "read what can be updated";
        match self.show_update_page(DOING).await {
            Ok(()) => {}
            // The right to the one page is not the right to the other.
            Err(error) if error.kind() == ErrorKind::Forbidden => {}
            Err(error) => return Err(error),
        }
        let call = get("/platform/init/data", DOING);
        let mut expected = JsonAnswer::<DataAnswer>::with_keys(["projectDatas"]);
        self.engine().perform(&call, &mut expected).await.map(UpdateData::from)
    }

    /// Returns the system patches that have not run yet, ordered by extension.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn pending_patches(&self) -> Result<Vec<PendingPatch>> {
        let call = get("/platform/init/pendingPatches", "read the pending patches");
        let mut expected = JsonAnswer::<PatchesAnswer>::with_keys([""; 0]);
        self.engine().perform(&call, &mut expected).await.map(pending_patches)
    }

    /// Checks an update against what the server offers, see [`Update::plan`]. Sends three requests and changes nothing.
    ///
    /// # Errors
    /// Those of [`Update::plan`] and of [every call](crate::guide::errors#every-call).
    pub async fn plan_update(&self, update: &Update) -> Result<UpdatePlan> {
        update.plan(&self.update_data().await?, &self.pending_patches().await?)
    }

    /// Checks an initialisation against what the server offers; works and fails as [`plan_update`](Self::plan_update).
    pub async fn plan_initialization(&self, initialization: &Initialization) -> Result<InitializationPlan> {
        initialization.plan(&self.update_data().await?, &self.pending_patches().await?)
    }

    /// Runs an update and waits for its end, within the client's time limit.
    ///
    /// The request is sent once. If its answer is lost, the call fails with [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) and
    /// the update continues on the server: use [`run_update`](Self::run_update) for runs of more than a few seconds.
    /// A failed update is a result without [`success`](UpdateResult::success).
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    /// [`Initializing`](ErrorKind::Initializing) means that another update is running and this one was not started.
    pub async fn execute_update(&self, plan: &UpdatePlan) -> Result<UpdateResult> {
        self.execute(plan, self.engine().answer_timeout, None).await
    }

    /// Runs an initialisation and waits for its end; works and fails as [`execute_update`](Self::execute_update).
    pub async fn execute_initialization(&self, plan: &InitializationPlan) -> Result<UpdateResult> {
        self.execute_update(plan.steps()).await
    }

    /// Returns the configuration of an update as JSON text: the file for `ant updatesystem -DconfigFile=…`. Runs nothing.
    ///
    /// # Errors
    /// Those of [every call](crate::guide::errors#every-call).
    pub async fn dump_configuration(&self, plan: &UpdatePlan) -> Result<String> {
        let call =
            Call::post("/platform/dumpConfiguration", "dump the configuration of the update", Class::Read, body(plan));
        // As the server wrote it, in its order.
        let mut object = JsonAnswer::<Box<RawValue>>::with_keys([""; 0]);
        self.engine().perform(&call, &mut object).await.map(|object| object.get().to_owned())
    }

    /// Runs an update whose request was put together elsewhere: a JSON object as HAC's own page sends it. Nothing in it is checked.
    ///
    /// Everything else is as for [`execute_update`](Self::execute_update).
    pub async fn execute_update_request(
        &self,
        request: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<UpdateResult> {
        let text = serde_json::to_string(request).unwrap_or_default();
        let class = update_class(&serde_json::Value::Object(request.clone()));
        let timeout = self.engine().answer_timeout;
        let body = json(text);
        let subject = self.engine().subject(|| subject(&body, &[]));
        self.execute_body("run the update", class, (body, subject), timeout, None).await
    }

    /// Asks for what a run needs before anything else is sent.
    async fn admit(&self, plan: &UpdatePlan) -> Result<Admission> {
        Box::pin(self.engine().admit(plan.class(), doing(plan))).await
    }

    async fn execute(
        &self,
        plan: &UpdatePlan,
        timeout: Option<Duration>,
        admission: Option<Admission>,
    ) -> Result<UpdateResult> {
        let body = body(plan);
        let subject = self.engine().subject(|| subject(&body, plan.named_parameters()));
        self.execute_body(doing(plan), plan.class(), (body, subject), timeout, admission).await
    }

    async fn execute_body(
        &self,
        doing: &'static str,
        class: Class,
        (body, subject): (Body, Option<Subject>),
        timeout: Option<Duration>,
        admission: Option<Admission>,
    ) -> Result<UpdateResult> {
        let call = Call::post("/platform/init/execute", doing, class, body).recorded_as(subject);
        let mut expected = JsonAnswer::<ExecuteAnswer>::with_keys(["success"]);
        let began = Instant::now();
        let answer = self
            .engine()
            .perform_admitted(&call, &mut expected, timeout, admission)
            .await
            .map_err(|error| doubtful(&call, error))?;
        let Some(log) = UpdateLog::new(answer.log.unwrap_or_default()) else {
            return call.concluded(Err(log_too_large(doing, "; it was executed")));
        };
        if answer.success != Some(true) {
            call.failed(None);
        }
        Ok(UpdateResult {
            success: answer.success.unwrap_or_default(),
            log_html: log.log_html,
            elapsed: began.elapsed(),
        })
    }
}

/// What a request to run an update does. It destroys unless it is certain that it does not.
pub(crate) fn update_class(request: &serde_json::Value) -> Class {
    use serde_json::Value;
    let Value::Object(request) = request else { return Class::Destroy };
    let keeps_tables = matches!(request.get("dropTables"), None | Some(Value::Null | Value::Bool(false)));
    let updates = match request.get("initMethod") {
        None | Some(Value::Null) => true,
        Some(method) => method == "UPDATE",
    };
    if keeps_tables && updates { Class::Write } else { Class::Destroy }
}

/// A redirect to the initialisation is the answer to a run that was not begun. But where something else was answered, and only
/// the look at the session was led there, it may be this very run that is going on.
fn doubtful(call: &Call, error: Error) -> Error {
    if error.kind() != ErrorKind::Initializing {
        return error;
    }
    let Some(cause) = error.source() else { return error };
    let cause = cause.downcast_ref::<Error>().map_or_else(|| cause.to_string(), |cause| cause.why().to_owned());
    Error::new(ErrorKind::OutcomeUnknown, call.doing.clone())
        .because(format!("{cause}; but the system is being initialised or updated now, possibly by this request"))
        .with_hint(Hint::FollowUpdate)
        .with_source(error)
}

fn log_too_large(doing: &str, executed: &str) -> Error {
    Error::new(ErrorKind::TooLarge, doing)
        .because(format!("the lines of the log take more than {} MiB of memory{executed}", COLLECTED_LIMIT >> 20))
        .with_hint("the log on the server's disk contains the same lines")
}

/// The JSON of a run, with the hashes of its patches. Of the parameters that were named only the names are shown: a value may be a secret.
fn subject(body: &Body, named: &[(String, Vec<String>)]) -> Subject {
    let Body::Raw(_, json) = body else { return Subject::bytes(b"") };
    let request: serde_json::Value = serde_json::from_slice(json).unwrap_or_default();
    let method = request.get("initMethod").and_then(serde_json::Value::as_str).unwrap_or("none");
    let drops = request.get("dropTables").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let mut line = format!("initMethod={method} dropTables={drops}");
    let patches = request.get("patches").and_then(serde_json::Value::as_object).into_iter().flatten();
    let hashes: Vec<String> = patches
        .flat_map(|(extension, hashes)| {
            let hashes = hashes.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            hashes.map(move |hash| format!("{extension}:{hash}"))
        })
        .collect();
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    for (what, all) in [("patches", hashes.join(",")), ("parameters", names.join(","))] {
        if !all.is_empty() {
            line = format!("{line} {what}={all}");
        }
    }
    Subject::bytes(json).shown_as(line)
}

fn doing(plan: &UpdatePlan) -> &'static str {
    if plan.init_method() == Some("INIT") { "initialise the system" } else { "run the update" }
}

fn get(path: &str, doing: &str) -> Call {
    Call::get(path, doing)
}

fn body(plan: &UpdatePlan) -> Body {
    json(plan.request_body())
}

fn json(text: String) -> Body {
    Body::Raw("application/json; charset=UTF-8".into(), Bytes::from(text))
}
