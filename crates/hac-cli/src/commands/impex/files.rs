//! `hac impex import` and `hac impex validate`: file after file, up to the first that fails.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hac_client::console::BulkStart;
use hac_client::{Error, ErrorKind, HacClient, ImpexImport, ImpexResult, Result};

use super::bulk;
use super::report::{ImportReport, Server, Task, command_for, name_of, problems};
use super::sent::{Answer, Noted, Script};
use super::{names, several};
use crate::args::{BulkArgs, ImpexFilesArgs, ImpexOptions};
use crate::ci::{CiReports, Problem, State};
use crate::connection::Connection;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Outcome, usage};
use crate::ending;
use crate::hints::with_command;
use crate::interrupt::Activity;
use crate::job::Job;
use crate::printer::Talk;
use crate::settings::Settings;

/// The files that `--report` writes.
const REPORTS: [&str; 4] = ["imported.impex", "failed.impex", "not-processed.impex", "unknown.impex"];

impl ImpexFilesArgs {
    pub(super) fn given(&self, context: &RunContext) -> Result<Vec<PathBuf>> {
        given(self.named(), context)
    }

    /// What the user named: files, directories and patterns.
    pub(super) fn named(&self) -> &[PathBuf] {
        if self.files.is_empty() { &self.file } else { &self.files }
    }
}

/// What was named, or standard input if something is piped in.
pub(super) fn given(named: &[PathBuf], context: &RunContext) -> Result<Vec<PathBuf>> {
    if !named.is_empty() {
        return ending::blocking(|| names::expanded(named));
    }
    if context.terminals.stdin {
        return Err(usage("read the ImpEx", "no file was named", "name files, or pipe the ImpEx in"));
    }
    Ok(vec![PathBuf::from("-")])
}

/// Imports files, which were named as the first of the pair says.
pub(super) async fn import(
    job: Job<'_>,
    (named, files): (&[PathBuf], &[PathBuf]),
    options: &ImpexOptions,
    bulk: &BulkArgs,
) -> CommandResult {
    let files = filled(files, &job.printer.talk);
    run(job, Task::Import, &files, options, Some((bulk, named))).await
}

pub(super) async fn validate(job: Job<'_>, files: &[PathBuf], options: &ImpexOptions) -> CommandResult {
    let files = filled(files, &job.printer.talk);
    run(job, Task::Validate, &files, options, None).await
}

/// The files without those of an earlier `--report` that nothing was written to: that no row failed is no reason to fail.
fn filled(files: &[PathBuf], talk: &Talk) -> Vec<PathBuf> {
    for file in files.iter().filter(|file| is_empty_report(file)) {
        talk.note(&format!("{} is empty, as --report leaves it without such rows: nothing to send", name_of(file)));
    }
    files.iter().filter(|file| !is_empty_report(file)).cloned().collect()
}

/// Whether it is a file of an earlier `--report` that nothing was written to.
pub(super) fn is_empty_report(file: &Path) -> bool {
    let is_report = file.file_name().is_some_and(|name| REPORTS.iter().any(|report| name == *report));
    is_report && ending::blocking(|| file.metadata()).is_ok_and(|found| found.is_file() && found.len() == 0)
}

async fn run(
    job: Job<'_>,
    task: Task,
    files: &[PathBuf],
    options: &ImpexOptions,
    resumable: Option<(&BulkArgs, &[PathBuf])>,
) -> CommandResult {
    let (bulk, named) = resumable.unzip();
    let flags = bulk.map(|bulk| options.repeated() + bulk.repeated()).unwrap_or_default();
    let command = command_for(named.unwrap_or_default(), job.settings, flags.clone());
    let go_on = command.resume();
    if let Some(bulk) = bulk {
        bulk.check_assumptions(files.len())?;
    }
    // All of them before the first is sent: a missing last file is no reason to stop half way.
    let scripts = open(files, options, bulk, job.settings).map_err(|error| task.named(error))?;
    let mut reports = ending::blocking(|| CiReports::create(&options.ci, task.command(), files))?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    for sentence in options.ignored() {
        printer.talk.warn(sentence);
    }
    let several = scripts.len() > 1;
    let mut report = ImportReport::new(task, scripts.len(), settings.json, Server::new(settings, &connection))
        .counting(context.terminals.stderr);
    let mut outcome = Outcome::Done(task.effect());
    let finished = match bulk {
        Some(bulk) if scripts.len() > 1 => {
            let own = |name: &str| command_for(&[PathBuf::from(name)], settings, flags.clone());
            let asks = context.terminals.can_ask();
            several::begun(&connection.client, &scripts, bulk, (&go_on, &own), asks, &printer.talk).await?
        }
        _ => HashSet::new(),
    };
    let mut scripts = scripts.into_iter();
    while let Some((name, script)) = scripts.next() {
        if task == Task::Import {
            let host = connection.host.clone();
            context.interrupt.now(match script.file() {
                Some(_) => Activity::ImportingAtOnce { file: name.clone(), go_on: go_on.clone(), host },
                None => Activity::Writing { what: "import", host },
            });
        }
        let began = Instant::now();
        let answered = match decided(script, &name, &connection, context, &printer.talk).await {
            Err(error) => Err(error),
            Ok(Script::Whole(script, noted)) => {
                let rows = (task == Task::Import).then(|| ending::blocking(|| script.rows())).flatten();
                let script = script.on_progress(printer.talk.screen().sending());
                send(&connection.client, task, script, noted).await.map(|result| Answer::Whole(result, rows))
            }
            Ok(Script::Bulk(import)) => {
                let answered = bulk::import(&connection, context, &printer.talk, (&name, &go_on), import);
                Box::pin(answered).await.map(|result| Answer::Bulk(Box::new(result)))
            }
        };
        context.interrupt.now(Activity::Reading);
        reports.add(&name, state(&answered), began.elapsed());
        match answered {
            Ok(answer) => {
                let failed = !answer.success();
                let lacks_report = matches!(&answer, Answer::Bulk(result) if result.unwritten.is_some());
                match answer {
                    Answer::Whole(result, rows) => report.result(&name, result, rows, printer),
                    Answer::Bulk(result) => report.bulk(&name, *result, &go_on, printer),
                }
                if failed {
                    // A missing report is not covered by a later file that failed.
                    if lacks_report || !matches!(outcome, Outcome::Unknown) {
                        outcome = if lacks_report { Outcome::Unknown } else { Outcome::Refused };
                    }
                    // What failed before is told again, and the files behind it are what is left to do.
                    if !options.keep_going && !finished.contains(&name) {
                        break;
                    }
                }
            }
            Err(error) => {
                let unsent: Vec<String> = scripts.map(|(name, _)| name).collect();
                let error = match task {
                    Task::Import if several => {
                        let own = command_for(&[PathBuf::from(&name)], settings, flags.clone());
                        several::explained(error, &name, &command, &own)
                    }
                    Task::Import => with_command(error, &command),
                    Task::Validate => error,
                };
                // The file without a result is what is told, whatever becomes of the reports.
                let _ = skipped(reports, &unsent).finish(task.effect(), &printer.talk);
                return report.broken(name, unsent, error, printer);
            }
        }
    }
    if task == Task::Import && context.terminals.stderr {
        // Scripts know the lines of an import.
        printer.data.flush();
        printer.talk.say(&format!("on {} ({})", settings.label(), connection.client.base_url()));
    }
    let unsent: Vec<String> = scripts.map(|(name, _)| name).collect();
    let written = skipped(reports, &unsent).finish(task.effect(), &printer.talk);
    report.end(unsent, printer);
    written.map(|()| outcome)
}

fn skipped(mut reports: CiReports, unsent: &[String]) -> CiReports {
    for name in unsent {
        reports.add(name, State::Skipped, Duration::ZERO);
    }
    reports
}

/// What a pipeline reads of a file.
fn state(answered: &Result<Answer>) -> State {
    match answered {
        Ok(answer) if answer.success() => State::Passed,
        Ok(Answer::Whole(result, _)) => State::Failed(problems(result)),
        Ok(Answer::Bulk(result)) => State::Failed(problems(&result.report)),
        Err(error) => State::Broken(Problem::without_result(error)),
    }
}

/// Asks about an earlier import of a file that is sent at once. What is resumed goes on in chunks, where that can be done.
async fn decided(
    script: Script,
    name: &str,
    connection: &Connection,
    context: &RunContext,
    talk: &Talk,
) -> Result<Script> {
    let Script::Whole(whole, Some(noted)) = script else { return Ok(script) };
    let file = bulk::asked_about(noted.file, name, connection, context, talk).await?;
    if noted.is_divisible && file.start_policy() != BulkStart::New {
        return Ok(Script::Bulk(file));
    }
    bulk::warn_of_restart(&file, name, connection, talk).await;
    Ok(Script::Whole(whole, Some(Noted { file, ..noted })))
}

async fn send(client: &HacClient, task: Task, script: ImpexImport, noted: Option<Noted>) -> Result<ImpexResult> {
    match (task, noted) {
        (Task::Import, Some(noted)) => Box::pin(client.import_impex_at_once(script, noted.file)).await,
        (Task::Import, None) => client.import_impex(script).await,
        (Task::Validate, _) => client.validate_impex(script).await,
    }
    .or_else(Error::into_outcome)
}

/// The files by the names that the user gave.
fn open(
    files: &[PathBuf],
    options: &ImpexOptions,
    bulk: Option<&BulkArgs>,
    settings: &Settings,
) -> Result<Vec<(String, Script)>> {
    let stdin = |file: &&PathBuf| file.as_os_str() == "-";
    let mut reports = several::Reports::of(bulk, files)?;
    if files.iter().filter(stdin).count() > 1 {
        return Err(usage("read standard input", "it was given twice, but can only be read once", "pass - only once"));
    }
    files
        .iter()
        .map(|file| {
            let name = name_of(file);
            if let (true, Some(flag)) = (stdin(&file), bulk.and_then(BulkArgs::flag)) {
                let why = format!("{flag} is for files: standard input can only be read once");
                return Err(usage("read standard input", why, "save it as a file, and name that"));
            }
            let in_chunks = |bulk: &BulkArgs| {
                let is_divisible = ending::blocking(|| bulk::is_divisible(file));
                let is_meant = bulk.of_a_checkpoint().is_some() && is_divisible;
                let is_large = || is_divisible && ending::blocking(|| bulk::is_large(file));
                !bulk.whole && (bulk.wants_chunks() || (!options.distributed && (is_meant || is_large())))
            };
            if let Some(bulk) = bulk.filter(|_| !stdin(&file))
                && in_chunks(bulk)
            {
                // Opened now, so that all mistakes with names are found before anything is sent.
                ending::blocking(|| bulk::check(file))?;
                let request = bulk::request(file, options, bulk);
                let request = match reports.next(file) {
                    Some(directory) => request.report(directory),
                    None => request,
                };
                if files.len() > 1 {
                    ending::blocking(|| request.verify())?;
                }
                return Ok((name, Script::Bulk(request)));
            }
            let noted = bulk.filter(|_| !stdin(&file) && ending::blocking(|| file.is_file())).map(|bulk| Noted {
                file: bulk::request(file, options, bulk).keep_checkpoint(files.len() > 1),
                is_divisible: !options.distributed && !bulk.whole && ending::blocking(|| bulk::is_divisible(file)),
            });
            let script =
                if stdin(&file) { from_stdin(settings)? } else { ending::blocking(|| ImpexImport::from_file(file))? };
            let script =
                script.validation(options.validation.into()).threads(options.threads).encoding(&options.encoding);
            let script = options.switches().fold(script, ImpexImport::switch_on);
            let script = match options.wait {
                Some(seconds) => script.wait_limit(Duration::from_secs(seconds)),
                None => script,
            };
            ending::blocking(|| script.verify())?;
            Ok((name, Script::Whole(Box::new(script), noted)))
        })
        .collect()
}

/// A script that is piped in.
pub(super) fn from_stdin(settings: &Settings) -> Result<ImpexImport> {
    const DOING: &str = "read standard input";
    if settings.password_stdin {
        return Err(usage(
            DOING,
            "it cannot hold both the script and the password",
            "set HAC_PASSWORD instead of --password-stdin, or name a file",
        ));
    }
    let mut bytes = Vec::new();
    ending::blocking(|| io::stdin().lock().read_to_end(&mut bytes))
        .map_err(|cause| Error::new(ErrorKind::Usage, DOING).because(cause.to_string()))?;
    if bytes.trim_ascii().is_empty() {
        return Err(usage(DOING, "it is empty", "pipe the ImpEx in, or name a file"));
    }
    Ok(ImpexImport::from_bytes(name_of(Path::new("-")), bytes))
}
