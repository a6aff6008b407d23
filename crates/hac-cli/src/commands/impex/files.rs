//! `hac impex import` and `hac impex validate`: file after file, up to the first that fails.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hac_client::console::{BulkImport, BulkResult};
use hac_client::{Error, ErrorKind, HacClient, ImpexImport, ImpexResult, Result};

use super::bulk;
use super::names;
use super::report::{ImportReport, Task, go_on, name_of, problems};
use crate::args::{BulkArgs, ImpexFilesArgs, ImpexOptions};
use crate::ci::{CiReports, Problem, State};
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Outcome, usage};
use crate::ending;
use crate::interrupt::Activity;
use crate::job::Job;
use crate::settings::Settings;

impl ImpexFilesArgs {
    pub(super) fn given(&self, context: &RunContext) -> Result<Vec<PathBuf>> {
        given(if self.files.is_empty() { &self.file } else { &self.files }, context)
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

pub(super) async fn import(job: Job<'_>, files: &[PathBuf], options: &ImpexOptions, bulk: &BulkArgs) -> CommandResult {
    if let (Some(flag), true) = (bulk.of_one_file(), files.len() > 1) {
        let why = format!("{flag} is for one file, and {} were named", files.len());
        return Err(usage("import", why, "import them one after the other; nothing was sent").into());
    }
    run(job, Task::Import, files, options, Some(bulk)).await
}

pub(super) async fn validate(job: Job<'_>, files: &[PathBuf], options: &ImpexOptions) -> CommandResult {
    run(job, Task::Validate, files, options, None).await
}

/// What is sent: at once, or in chunks.
enum Script {
    Whole(ImpexImport),
    Bulk(BulkImport),
}

/// How it ended.
enum Answer {
    Whole(ImpexResult),
    Bulk(Box<BulkResult>),
}

impl Answer {
    fn success(&self) -> bool {
        match self {
            Self::Whole(result) => result.success(),
            Self::Bulk(result) => result.success(),
        }
    }
}

async fn run(
    job: Job<'_>,
    task: Task,
    files: &[PathBuf],
    options: &ImpexOptions,
    bulk: Option<&BulkArgs>,
) -> CommandResult {
    // All of them before the first is sent: a missing last file is no reason to stop half way.
    let scripts = open(files, options, bulk, job.settings)?;
    let mut reports = CiReports::create(&options.ci, task.command())?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    for sentence in options.ignored() {
        printer.talk.warn(sentence);
    }
    let mut report = ImportReport::new(task, scripts.len(), settings.json);
    let mut outcome = Outcome::Done(task.effect());
    let mut scripts = scripts.into_iter();
    while let Some((name, script)) = scripts.next() {
        if task == Task::Import {
            context.interrupt.now(Activity::Writing { what: "import", host: connection.host.clone() });
        }
        let began = Instant::now();
        let answered = match script {
            Script::Whole(script) => {
                let script = script.on_progress(printer.talk.screen().sending());
                send(&connection.client, task, script).await.map(Answer::Whole)
            }
            Script::Bulk(import) => {
                let go_on = go_on(&name);
                let answered = bulk::import(&connection, context, &printer.talk, (&name, &go_on), import);
                Box::pin(answered).await.map(|result| Answer::Bulk(Box::new(result)))
            }
        };
        context.interrupt.now(Activity::Reading);
        reports.add(&name, state(&answered), began.elapsed());
        match answered {
            Ok(answer) => {
                let failed = !answer.success();
                match answer {
                    Answer::Whole(result) => report.result(&name, result, printer),
                    Answer::Bulk(result) => report.bulk(&name, *result, printer),
                }
                if failed {
                    outcome = Outcome::Refused;
                    if !options.keep_going {
                        break;
                    }
                }
            }
            Err(error) => {
                let unsent: Vec<String> = scripts.map(|(name, _)| name).collect();
                // The file without a result is what is told, whatever becomes of the reports.
                let _ = skipped(reports, &unsent).finish(task.effect(), &printer.talk);
                return report.broken(name, unsent, error, printer);
            }
        }
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
        Ok(Answer::Whole(result)) => State::Failed(problems(result)),
        Ok(Answer::Bulk(result)) => State::Failed(problems(&result.report)),
        Err(error) => State::Broken(Problem::without_result(error)),
    }
}

async fn send(client: &HacClient, task: Task, script: ImpexImport) -> Result<ImpexResult> {
    match task {
        Task::Import => client.import_impex(script).await,
        Task::Validate => client.validate_impex(script).await,
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
            if let Some(bulk) = bulk
                && !stdin(&file)
                && (bulk.flag().is_some() || (!options.distributed && ending::blocking(|| bulk::is_large(file))))
            {
                // Opened now, so that all mistakes with names are found before anything is sent.
                ending::blocking(|| bulk::check(file))?;
                return Ok((name, Script::Bulk(bulk::request(file, options, bulk))));
            }
            let script =
                if stdin(&file) { from_stdin(settings)? } else { ending::blocking(|| ImpexImport::from_file(file))? };
            let script =
                script.validation(options.validation.into()).threads(options.threads).encoding(&options.encoding);
            let script = options.switches().fold(script, ImpexImport::switch_on);
            let script = script.wait_limit(Duration::from_secs(options.wait));
            ending::blocking(|| script.verify())?;
            Ok((name, Script::Whole(script)))
        })
        .collect()
}

fn from_stdin(settings: &Settings) -> Result<ImpexImport> {
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
