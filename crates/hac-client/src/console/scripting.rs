//! The scripting console: `/console/scripting/execute`.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize, Serializer};

use super::parameter::{self, Param, ParamValue};
use super::script_type::ScriptType;
use crate::audit::Subject;
use crate::client::HacClient;
use crate::engine::call::Call;
use crate::engine::json::JsonAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::outcome::sealed::Sealed;
use crate::outcome::{Outcome, checked};
use crate::progress::{OnProgress, Progress};
use crate::protection::Class;
use crate::serialized::millis;
use crate::server_text::{REASON_CHARS, one_line};
use crate::transport::Body;

/// Whether to commit the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Commit {
    /// Commits the transaction.
    Yes,
    /// Rolls the transaction back. HAC's default.
    #[default]
    No,
}

impl Commit {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "true",
            Self::No => "false",
        }
    }

    const fn class_of_script(self) -> Class {
        match self {
            Self::Yes => Class::Write,
            Self::No => Class::RolledBackScript,
        }
    }
}

/// A script to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    language: ScriptType,
    text: String,
    commit: Commit,
    params: Vec<Param>,
    progress: OnProgress,
    file: Option<String>,
}

impl Script {
    /// Returns a script that is rolled back unless [`commit`](Self::commit) is set.
    pub fn new(script_type: ScriptType, text: impl Into<String>) -> Self {
        Self {
            language: script_type,
            text: text.into(),
            commit: Commit::No,
            params: Vec::new(),
            progress: OnProgress::default(),
            file: None,
        }
    }

    /// Sets whether to commit.
    #[must_use]
    pub fn commit(mut self, commit: Commit) -> Self {
        self.commit = commit;
        self
    }

    /// Sets a variable of the script. The value can never become code, whatever it contains.
    ///
    /// HAC itself has no parameters, so the encoded value is declared in the script, on its first line; line numbers in stack
    /// traces stay correct. In Groovy it is a field of the script (visible to its closures and methods, but not to classes in
    /// it), in JavaScript and BeanShell a variable.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the name is not an identifier of the language, is reserved or already set, or if the
    /// language cannot represent the value (see [`ParamValue`]).
    ///
    /// # Example
    /// ```
    /// use hac_client::{Script, ScriptType};
    /// use hac_client::console::ParamValue;
    ///
    /// # fn main() -> hac_client::Result<()> {
    /// let script = Script::new(ScriptType::Groovy, "println \"$code: ${days + 1}\"")
    ///     .param("code", "it's \"quoted\" ${and} more")?
    ///     .param("days", 7)?
    ///     .param("options", ParamValue::Json("{\"dry\": true}".parse()?))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn param(mut self, name: impl Into<String>, value: impl Into<ParamValue>) -> Result<Self> {
        let (name, value) = (name.into(), value.into());
        parameter::check(self.language, &name, &value)?;
        parameter::add(&mut self.params, name, value)?;
        Ok(self)
    }

    /// Registers a callback for the progress of sending the script. Not called for requests of less than 1 MiB.
    ///
    /// The callback runs on the task that sends; it must not block.
    #[must_use]
    pub fn on_progress(mut self, callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = OnProgress::call(callback);
        self
    }

    /// Names the file that the text was read from, for the [audit log](crate::audit). Default: none.
    #[must_use]
    pub fn read_from(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    fn text(&self) -> Cow<'_, str> {
        if self.params.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        Cow::Owned(parameter::with_prologue(self.language, &self.text, &self.params))
    }
}

impl From<&Script> for Script {
    fn from(script: &Script) -> Self {
        script.clone()
    }
}

/// The result of a script.
///
/// A call returns it for a script that succeeded. For a script that threw it is in the error: see [`Error::into_outcome`].
///
/// Serialized, [`commit`](Self::commit) is a boolean `commit_mode`, [`elapsed`](Self::elapsed) is `execution_time_ms`, and an empty
/// stack trace is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ScriptResult {
    /// What the script printed.
    pub output_text: String,
    /// The returned value as text; `None` if HAC sent none. HAC sends `null` as `"null"`.
    pub execution_result: Option<String>,
    /// Whether the script was run with commit.
    #[serde(rename = "commit_mode", serialize_with = "commit_mode")]
    pub commit: Commit,
    /// The time from sending to the complete answer, measured by the client.
    #[serde(rename = "execution_time_ms", serialize_with = "millis")]
    pub elapsed: Duration,
    /// The stack trace; empty after success.
    #[serde(skip_serializing_if = "is_blank")]
    pub stacktrace_text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference to the field")]
fn commit_mode<S: Serializer>(commit: &Commit, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_bool(*commit == Commit::Yes)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl ScriptResult {
    /// Returns whether the script succeeded.
    pub fn success(&self) -> bool {
        self.stacktrace_text.trim().is_empty()
    }

    /// Returns why the script failed: the first line of the stack trace that gives a reason. `None` after a success.
    pub fn error(&self) -> Option<&str> {
        // HAC and the compiler begin with lines of their own.
        let mut lines = self.stacktrace_text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.clone().find(|line| !is_preamble(line)).or_else(|| lines.next())
    }
}

fn is_preamble(line: &str) -> bool {
    line.starts_with("Script execution has failed")
        || line.starts_with("Script compilation has failed")
        || line.ends_with("startup failed:")
}

impl Sealed for ScriptResult {
    fn to_error(&self, doing: &str) -> Error {
        let why = one_line(self.error().unwrap_or_default(), REASON_CHARS);
        Error::new(ErrorKind::ScriptFailed, doing).because(why).with_hint(match self.commit {
            Commit::Yes => "changes made before the failure may have been committed; check before you run it again",
            Commit::No => {
                "the transaction was rolled back; files, mails, log levels, caches and started jobs are not part of \
                 it"
            }
        })
    }
}

impl Outcome for ScriptResult {
    fn success(&self) -> bool {
        self.success()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    execution_result: Option<String>,
    #[serde(default)]
    output_text: Option<String>,
    #[serde(default)]
    stacktrace_text: Option<String>,
}

impl HacClient {
    /// Runs a Groovy script.
    ///
    /// The call is a write, even if it is rolled back: it is never sent again once it may have been executed.
    ///
    /// # Errors
    /// [`ScriptFailed`](ErrorKind::ScriptFailed) if the script throws or does not compile; [`Error::into_outcome`] has its
    /// result, with output and stack trace. [`Usage`](ErrorKind::Usage) if it is empty. Those of
    /// [every call](crate::guide::errors#every-call); without an answer in time it is
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown).
    pub async fn execute_groovy(&self, script: impl Into<String>, commit: Commit) -> Result<ScriptResult> {
        self.execute_script(Script::new(ScriptType::Groovy, script).commit(commit)).await
    }

    /// Runs a script in any language of the console.
    ///
    /// # Errors
    /// Those of [`execute_groovy`](Self::execute_groovy).
    pub async fn execute_script(&self, script: impl Into<Script>) -> Result<ScriptResult> {
        const DOING: &str = "run the script";
        let script = script.into();
        if script.text.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, DOING).because("the script is empty"));
        }
        let text = script.text();
        let call = Call::post(
            "/console/scripting/execute",
            DOING,
            script.commit.class_of_script(),
            Body::form([
                ("script", &*text),
                ("scriptType", script.language.as_str()),
                ("commit", script.commit.as_str()),
            ]),
        )
        .reporting_to(&script.progress)
        .recorded_as(self.engine().subject(|| Subject::text(&text, &script.text).of_file(script.file.as_deref())));
        let mut expected = JsonAnswer::<Answer>::with_keys(["executionResult", "outputText", "stacktraceText"]);
        let began = Instant::now();
        let answer = self.engine().perform(&call, &mut expected).await?;
        // HAC writes texts, also for null ("null") and for no stack trace (""). Null for both tells nothing of a run.
        if answer.execution_result.is_none() && answer.stacktrace_text.is_none() {
            return call.concluded(Err(Error::new(ErrorKind::Protocol, DOING)
                .because("the answer has neither a result nor a stack trace")
                .with_hint("the request may have been executed; it was not sent again")));
        }
        let mut stacktrace_text = answer.stacktrace_text.unwrap_or_default();
        self.engine().transport.secrets().cut(&mut stacktrace_text);
        let result = ScriptResult {
            execution_result: answer.execution_result,
            output_text: answer.output_text.unwrap_or_default(),
            stacktrace_text,
            commit: script.commit,
            elapsed: began.elapsed(),
        };
        call.concluded(checked(DOING, result))
    }
}
