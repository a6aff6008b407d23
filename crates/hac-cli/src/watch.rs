//! `--watch`: a command that reads, again and again until Ctrl-C.

use std::time::Duration;

use hac_client::ErrorKind;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::args::Command;
use crate::commands;
use crate::conclusion::conclude;
use crate::diagnostics::{CommandResult, Failure, Outcome};
use crate::env;
use crate::job::Job;
use crate::os;

/// Clears the terminal and goes to its first line.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// Runs the command, waits, and runs it again. It ends with a signal, or with a failure that waiting does not mend.
pub(crate) async fn repeat(job: Job<'_>, command: &Command, pause: Duration) -> CommandResult {
    let Job { context, settings, printer } = job;
    let takes_escapes = os::takes_escapes(context.environment.raw(env::TERM).as_ref());
    let clears = context.terminals.stdout && takes_escapes;
    let mut is_first = true;
    loop {
        if clears {
            printer.data.safe(CLEAR);
        }
        if !settings.output.is_json() && (clears || !is_first) {
            let time = Timestamp::now().to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S");
            printer.data.line(&format!("-- {time}, every {} s --", pause.as_secs_f64()));
        }
        is_first = false;
        context.interrupt.watches();
        let result = commands::run(Job { context, settings, printer: &mut *printer }, command).await;
        if let Err(failure) = &result
            && !may_pass(failure)
        {
            return result;
        }
        let code = conclude(result, printer);
        if code != 0 {
            context.interrupt.round_failed(code);
        }
        if printer.data.broken().error().is_some() {
            // Nobody reads any more.
            return Ok(Outcome::Done(crate::diagnostics::Effect::Read));
        }
        printer.data.begin_anew();
        tokio::time::sleep(pause).await;
    }
}

/// Whether the next round may succeed. A login that was refused is not tried again: accounts are locked for that.
fn may_pass(failure: &Failure) -> bool {
    use ErrorKind::{
        Connect, ConnectionLost, Initializing, OutcomeUnknown, Protocol, QueryFailed, Rejected, ScriptFailed, Timeout,
    };
    let kinds =
        [Connect, ConnectionLost, Initializing, OutcomeUnknown, Protocol, QueryFailed, Rejected, ScriptFailed, Timeout];
    matches!(failure, Failure::Error(error) if kinds.contains(&error.kind()))
}
