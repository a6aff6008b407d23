//! `hac doctor`: the way of every command, step by step, and what to do at each.

mod account;
mod configuration;
mod pin;
mod place;
mod programs;
mod report;
mod way;

use hac_client::network::BaseUrl;
use hac_client::{Error, ErrorKind, Validation};

use crate::args::RowFormat;
use crate::connection::{self, Connection, Key};
use crate::context::RunContext;
use crate::credentials::{KeyringUse, StdinUse};
use crate::diagnostics::{CommandResult, Outcome};
use crate::job::Job;
use crate::output::Style;
use crate::printer::Printer;
use crate::settings::Settings;
use account::Account;
use report::{Report, Step};

/// The steps behind the configuration, in their order.
const STEPS: [&str; 11] = [
    "dns",
    "tcp",
    "proxy",
    "tls",
    "context path",
    "release",
    "login",
    "rights",
    "session file",
    "clock",
    "session timeout",
];

/// Walks all steps.
pub(crate) async fn run(job: Job<'_>) -> CommandResult {
    let style = job.settings.json.then(|| job.style());
    let Job { context, settings, printer } = job;
    let mut report = Report::begin(style, settings.volume.quiet);
    report.add(programs::step(context), printer);
    let prepared = settings.base_url().and_then(|url| Ok((client(settings, context, printer, &url)?, url)));
    let ((connection, no_user), url) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return Ok(misconfigured(report, &error, Some(settings), printer)?),
    };
    report.add(configuration::step(settings, context, &url)?, printer);
    let walked = way::walk(settings, context, connection, &url, &mut report, printer).await?;
    let account = Account { settings, client: &walked.client, no_user };
    account.walk(walked.found, &mut report, printer).await?;
    Ok(report.end(Some(settings), printer)?)
}

/// The report where the settings cannot be used at all. `format` is the one that was typed.
pub(crate) fn without_settings(
    error: &Error,
    format: Option<RowFormat>,
    context: &RunContext,
    printer: &mut Printer,
) -> CommandResult {
    let mut report = Report::begin(format.map(Style::plain), printer.talk.is_quiet());
    report.add(programs::step(context), printer);
    Ok(misconfigured(report, error, None, printer)?)
}

fn misconfigured(
    mut report: Report,
    error: &Error,
    settings: Option<&Settings>,
    printer: &mut Printer,
) -> hac_client::Result<Outcome> {
    report.add(Step::failed("configuration", error), printer);
    for name in STEPS {
        report.add(Step::skipped(name, "configuration failed"), printer);
    }
    report.end(settings, printer)
}

/// The client of every other command. Without a user it knows the way and cannot log in, for the reason that comes with it.
fn client(
    settings: &Settings,
    context: &RunContext,
    printer: &Printer,
    url: &BaseUrl,
) -> hac_client::Result<(Connection, Option<Error>)> {
    let label = settings.label();
    let (stdin, keyring) = (StdinUse::Other, KeyringUse::Source);
    let connected = connection::connect(settings, context, &printer.talk, &label, Validation::OnUse, stdin, keyring);
    match connected {
        // It asks for a user before it looks at anything else.
        Err(error) if error.kind() == ErrorKind::Config && settings.username().is_err() => {
            let key = Key { base_url: url.as_str().to_owned(), username: String::new(), label };
            let connected = connection::connect_without_password(settings, context, &printer.talk, &key)?;
            Ok((connected, Some(error)))
        }
        connected => Ok((connected?, None)),
    }
}
