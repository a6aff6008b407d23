//! `hac jdbclog …`.

use std::ops::ControlFlow;

use hac_client::files::ByteSink;
use hac_client::monitoring::{Acknowledgement, Switch};
use hac_client::{HacClient, Overwrite};
use serde::Serialize;

use super::acknowledged;
use crate::args::{JdbclogCommand, JdbclogDownloadArgs, JdbclogSwitchArgs};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::outfile::OutFile;
use crate::printer::Data;

pub(crate) async fn run(job: Job<'_>, command: &JdbclogCommand) -> CommandResult {
    match command {
        JdbclogCommand::On(args) => switch(job, Switch::On, args).await,
        JdbclogCommand::Off(args) => switch(job, Switch::Off, args).await,
        JdbclogCommand::Clear(_) => clear(job).await,
        JdbclogCommand::Download(args) => download(job, args).await,
    }
}

/// One of the three switches of the log.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Part {
    Log,
    Stacktrace,
    Params,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "the JDBC log",
            Self::Stacktrace => "its stack traces",
            Self::Params => "its values",
        }
    }

    async fn set(self, client: &HacClient, switch: Switch) -> hac_client::Result<Acknowledgement> {
        match self {
            Self::Log => client.switch_jdbc_log(switch).await,
            Self::Stacktrace => client.switch_jdbc_log_stacktrace(switch).await,
            Self::Params => client.switch_jdbc_log_params(switch).await,
        }
    }
}

/// What `jdbclog on` and `off` say as JSON.
#[derive(Serialize)]
struct SwitchJson<'a> {
    success: bool,
    /// What was switched, in this order.
    switched: &'a [Part],
    on: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

async fn switch(job: Job<'_>, switch: Switch, args: &JdbclogSwitchArgs) -> CommandResult {
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    let details = [(Part::Stacktrace, args.stacktrace), (Part::Params, args.params)];
    let mut parts: Vec<Part> = details.iter().filter(|(_, wanted)| *wanted).map(|(part, _)| *part).collect();
    // The first line of the log has all that was asked for, and so has the last one.
    parts.insert(if switch == Switch::On { parts.len() } else { 0 }, Part::Log);
    let (on, word) = match switch {
        Switch::On => (true, "on"),
        Switch::Off => (false, "off"),
    };
    let mut switched = Vec::new();
    let mut failure = None;
    for part in parts {
        context.interrupt.now(Activity::Writing { what: "switching of the JDBC log", host: connection.host.clone() });
        let acknowledgement = part.set(&connection.client, switch).await?;
        context.interrupt.now(Activity::Reading);
        failure =
            acknowledged::failure(&acknowledgement, "jdbc_log_not_switched", &format!("switch {} {word}", part.name()));
        if failure.is_some() {
            break;
        }
        switched.push(part);
    }
    if settings.json {
        printer.data.json(&SwitchJson { success: failure.is_none(), switched: &switched, on, error: failure.clone() });
    } else if failure.is_none() && !settings.volume.quiet {
        printer.data.line(&format!("The JDBC log is {word}, on the node that answered"));
    }
    printer.data.flush();
    if let Some(report) = failure {
        return Ok(refused(&report, printer));
    }
    if on {
        printer.talk.note("it slows the node down until `hac jdbclog off`");
    }
    Ok(Outcome::Done(Effect::Write))
}

async fn clear(job: Job<'_>) -> CommandResult {
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    context.interrupt.now(Activity::Writing { what: "clearing of the JDBC log", host: connection.host });
    let cleared = connection.client.clear_jdbc_log().await?;
    context.interrupt.now(Activity::Reading);
    let failure = acknowledged::failure(&cleared, "jdbc_log_not_cleared", "clear the JDBC log");
    Ok(acknowledged::tell(&cleared, failure.as_ref(), "The JDBC log is cleared", settings, printer))
}

/// What `jdbclog download` says as JSON: the file that it wrote, or the text itself.
#[derive(Serialize)]
struct DownloadJson<'a> {
    success: bool,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

async fn download(job: Job<'_>, args: &JdbclogDownloadArgs) -> CommandResult {
    if let Some(path) = &args.output {
        let mut file = OutFile::create(path, if args.force { Overwrite::Yes } else { Overwrite::No })?
            .told_on(job.printer.talk.screen());
        let bytes = job.connect()?.client.download_jdbc_log(&mut file).await?;
        file.finish(Effect::Read)?;
        let file = path.display().to_string();
        if job.settings.json {
            job.printer.data.json(&DownloadJson { success: true, bytes, file: Some(file), text: None });
        } else {
            job.printer.talk.say(&format!("{bytes} bytes written to {file}"));
        }
        return Ok(Outcome::Done(Effect::Read));
    }
    job.settings.output.refuse_rows(
        "print the JDBC log",
        "lines of text",
        "omit the format, choose json or jsonl, or write the log to a file with -o FILE",
    )?;
    if job.settings.json {
        let mut log = Vec::new();
        let bytes = job.connect()?.client.download_jdbc_log(&mut log).await?;
        let text = String::from_utf8_lossy(&log);
        job.printer.data.json(&DownloadJson { success: true, bytes, file: None, text: Some(&text) });
        return Ok(Outcome::Done(Effect::Read));
    }
    let connection = job.connect()?;
    let mut shown = Shown { data: &mut job.printer.data, begun: Vec::new() };
    let answer = connection.client.download_jdbc_log(&mut shown).await;
    shown.end();
    if answer? == 0 {
        job.printer.talk.say("the JDBC log is empty; it is written only after `hac jdbclog on`");
    }
    Ok(Outcome::Done(Effect::Read))
}

/// Text on its way to standard output: whole letters at a time, since pieces end anywhere.
struct Shown<'a> {
    data: &'a mut Data,
    /// The beginning of a letter.
    begun: Vec<u8>,
}

impl ByteSink for Shown<'_> {
    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.begun.extend_from_slice(bytes);
        let whole = self.begun.len() - unfinished(&self.begun);
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
        self.data.text(&String::from_utf8_lossy(&text));
        if self.data.broken().error().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Shown<'_> {
    fn end(self) {
        self.data.text(&String::from_utf8_lossy(&self.begun));
        self.data.flush();
    }
}

/// How many bytes at the end are the beginning of a letter.
fn unfinished(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        // What is wrong in the middle stays wrong; only the end may still become right.
        Err(error) => {
            let after = error.valid_up_to() + error.error_len().unwrap_or(1);
            unfinished(&bytes[after..])
        }
        Ok(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_letter_that_may_still_be_finished_is_held_back() {
        for (bytes, held) in [
            (&b"plain"[..], 0),
            ("ä".as_bytes(), 0),
            (&"xä".as_bytes()[..2], 1),
            (&"x🚲".as_bytes()[..4], 3),
            (b"\xff\xffx", 0),
            (b"\xff x \xc3", 1),
            (b"", 0),
        ] {
            assert_eq!(unfinished(bytes), held, "{bytes:?}");
        }
    }
}
