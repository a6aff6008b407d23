//! `hac demo`: real processes of this program against a simulated HAC, counted by the server.

mod steps;

use std::io::{self, BufRead as _, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus, Stdio};
use std::time::Duration;

use hac_client::{Error, ErrorKind};
use hac_simulator::{Simulator, SimulatorHandle};
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::args::DemoArgs;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome};
use crate::env;
use crate::interrupt::Activity;
use crate::job::Job;
use crate::os;
use crate::printer::Printer;
use crate::shortage;
use steps::{Counted, Step, Trick};

const USERNAME: &str = "admin";
const PASSWORD: &str = "nimda";
const CONFIGURATION: &str = "configuration.toml";
/// Long enough to see the log grow.
const UPDATE: Duration = Duration::from_secs(2);

pub(crate) async fn run(job: Job<'_>, args: &DemoArgs) -> CommandResult {
    let Job { context, settings, printer } = job;
    let demo = Demo::start(context)?;
    let mut told = Vec::new();
    if !settings.json {
        demo.introduce(args.keep, printer);
    }
    for (index, step) in steps::ALL.iter().enumerate() {
        if !settings.json {
            let text = format!("\n{}. {}\n   {}\n", index + 1, step.title, step.what.replace('\n', "\n   "));
            printer.data.line(&text);
            printer.data.flush();
        }
        if printer.data.broken().error().is_some() {
            // Nobody watches any more.
            return Ok(Outcome::Done(Effect::Read));
        }
        told.push(demo.run(step, (!settings.json).then_some(&mut *printer)).await?);
    }
    let kept = told.iter().all(|ran| ran.broken.is_empty());
    if settings.json {
        let url = demo.simulator.url();
        printer.data.json(&DemoJson { success: kept, url, steps: told });
    } else {
        demo.conclude(kept, args.keep, context, printer);
    }
    printer.data.flush();
    if !kept {
        printer.talk.error("the demo did not behave as announced: see the lines marked with !!");
        return Ok(Outcome::Refused);
    }
    if args.keep {
        context.interrupt.now(Activity::Serving);
        std::future::pending::<()>().await;
    }
    Ok(Outcome::Done(Effect::Read))
}

struct Demo {
    simulator: SimulatorHandle,
    /// Holds the cache, and the place where the commands run.
    directory: TempDir,
    program: PathBuf,
    alias_needed: bool,
}

#[derive(Serialize)]
struct DemoJson {
    success: bool,
    url: String,
    steps: Vec<Ran>,
}

/// A process that has ended.
struct Child {
    status: ExitStatus,
    /// On both streams, in its order.
    printed: String,
}

/// The outcome of a step.
#[derive(Serialize)]
struct Ran {
    title: &'static str,
    commands: Vec<String>,
    output: String,
    #[serde(flatten)]
    counted: Counted,
    /// The promises that were not kept.
    broken: Vec<String>,
    #[serde(skip)]
    remark: &'static str,
}

impl Demo {
    fn start(context: &RunContext) -> Result<Self, Error> {
        let failed = |why: String| Error::new(ErrorKind::Config, "start the demo").because(why);
        let simulator = Simulator::builder()
            .update_duration(UPDATE)
            .start()
            .map_err(|cause| failed(cause.to_string()).with_source(cause))?;
        let directory = tempfile::Builder::new()
            .prefix("hac-demo-")
            .tempdir()
            .and_then(|directory| {
                std::fs::create_dir(directory.path().join("work"))?;
                // Where the variable names no file, every command warns of it.
                std::fs::write(directory.path().join(CONFIGURATION), "")?;
                Ok(directory)
            })
            .map_err(|cause| failed(format!("no temporary directory: {cause}")))?;
        let program = context.program.clone();
        let alias_needed = !is_on_path(&program, context);
        Ok(Self { simulator, directory, program, alias_needed })
    }

    fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    fn configuration(&self) -> PathBuf {
        self.directory.path().join(CONFIGURATION)
    }

    /// Where the commands run.
    fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    fn introduce(&self, keep: bool, printer: &mut Printer) {
        let data = &mut printer.data;
        data.line("A simulated HAC runs on this machine now, and this demo uses it as you would use a real one:");
        data.line("every command below really runs, in a process of its own, and the server counts what arrives.");
        let url = self.simulator.url();
        let server = [(env::URL, url.as_str()), (env::USERNAME, USERNAME), (env::PASSWORD, PASSWORD)];
        data.line(&format!("\n  {}", os::set_variables(&server)));
        for (name, place) in [
            (env::CACHE_DIR, self.cache()),
            (env::CONFIG_PATH, self.configuration()),
            (env::XDG_STATE_HOME, self.state()),
        ] {
            data.line(&format!("  {}", os::set_variables(&[(name, &place.display().to_string())])));
        }
        if self.alias_needed {
            data.line(&format!("  {}", os::alias("hac", &self.program.display().to_string())));
        }
        if !keep {
            data.line("\n(`hac demo --keep` leaves it running, so that you can type all this yourself.)");
        }
    }

    /// Runs the step's commands, and compares what the server counted with what was promised. What the first of them prints
    /// is shown as it comes.
    async fn run(&self, step: &'static Step, mut shown: Option<&mut Printer>) -> Result<Ran, Failure> {
        match step.before {
            Trick::None => {}
            Trick::ForgetSessions => self.simulator.faults().expire_sessions(),
            Trick::ClearCache => {
                self.children(&["session", "clear-all", "--force"], 1, None).await?;
            }
        }
        if let Some((name, text)) = step.file {
            std::fs::write(self.work().join(name), text).map_err(|cause| {
                Error::new(ErrorKind::Config, "write a file of the demo").because(cause.to_string())
            })?;
        }
        if let Some(printer) = &mut shown {
            step.show(printer);
        }
        self.simulator.ledger().clear();
        let children = self.children(step.arguments, step.processes, shown.as_deref_mut()).await?;
        let ledger = self.simulator.ledger();
        let counted = Counted { requests: ledger.len(), logins: ledger.logins(), executed: ledger.executed() };
        let mut broken = step.promise.broken(counted);
        for (index, child) in children.iter().enumerate() {
            if child.status.code() != Some(step.exit) {
                let printed = child.printed.trim_end();
                broken.push(format!("process {} ended with {}: {printed}", index + 1, child.status));
            }
        }
        broken.extend(self.not_private()?);
        // They all print the same.
        let output = children.into_iter().next().map(|first| first.printed).unwrap_or_default();
        for text in step.prints {
            if !output.contains(text) {
                broken.push(format!("the output should contain {text:?}"));
            }
        }
        let ran = Ran { title: step.title, commands: step.commands(), output, counted, broken, remark: step.remark };
        if let Some(printer) = shown {
            ran.show_counts(printer);
        }
        Ok(ran)
    }

    /// Files of the cache that others could read, or that hold the password.
    fn not_private(&self) -> Result<Vec<String>, Error> {
        let failed =
            |cause: io::Error| Error::new(ErrorKind::Cache, "look at the demo's cache").because(cause.to_string());
        let mut broken = Vec::new();
        for entry in std::fs::read_dir(self.cache()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !os::is_private(&path) {
                broken.push(format!("{name} can be read by others"));
            }
            if std::fs::read(&path)
                .is_ok_and(|bytes| bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()))
            {
                broken.push(format!("{name} contains the password"));
            }
        }
        Ok(broken)
    }

    /// Runs the program with these arguments, several times at once, waits for all of them, and shows what the first prints.
    async fn children(
        &self,
        arguments: &[&str],
        count: usize,
        mut shown: Option<&mut Printer>,
    ) -> Result<Vec<Child>, Failure> {
        let failed =
            |cause: io::Error| Error::new(ErrorKind::Config, "run a step of the demo").because(cause.to_string());
        let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let mut running = Vec::new();
        for index in 0..count {
            let (printed, process) = self.spawn(arguments).map_err(failed)?;
            let sender = (index == 0).then(|| sender.clone());
            let (ended, watched) = oneshot::channel();
            std::thread::Builder::new()
                .spawn(move || ended.send(Child::watch(printed, process, sender.as_ref())))
                .map_err(|cause| shortage::error("run a step of the demo", cause))?;
            running.push(watched);
        }
        drop(sender);
        while let Some(line) = lines.recv().await {
            if let Some(printer) = &mut shown {
                printer.data.line(&format!("   {line}"));
                printer.data.flush();
            }
        }
        let mut children = Vec::new();
        for child in running {
            children.push(child.await.map_err(io::Error::other).and_then(|watched| watched).map_err(failed)?);
        }
        Ok(children)
    }

    /// Starts the program; both of its streams end in one pipe, as they do on a terminal.
    fn spawn(&self, arguments: &[&str]) -> io::Result<(PipeReader, process::Child)> {
        let (printed, stream) = io::pipe()?;
        let url = self.simulator.url();
        let process = Command::new(&self.program)
            .args(arguments.iter().map(|argument| if *argument == steps::URL { url.as_str() } else { argument }))
            .current_dir(self.work())
            .env(env::URL, &url)
            .env(env::USERNAME, USERNAME)
            .env(env::PASSWORD, PASSWORD)
            .env(env::CACHE_DIR, self.cache())
            // What is done to the simulator is nothing to remember.
            .env(env::XDG_STATE_HOME, self.state())
            // No file of the user has a say in a demonstration, and none is changed.
            .env(env::CONFIG_PATH, self.configuration())
            .stdin(Stdio::null())
            .stdout(stream.try_clone()?)
            .stderr(stream)
            .spawn()?;
        Ok((printed, process))
    }

    fn conclude(&self, kept: bool, keep: bool, context: &RunContext, printer: &mut Printer) {
        if !kept {
            return;
        }
        let data = &mut printer.data;
        data.line("\nWhat next\n");
        if keep {
            data.line(&format!("  The simulated HAC goes on at {} until Ctrl-C.", self.simulator.url()));
            data.line("  Type the lines that set the variables, and any command from above in another terminal.");
            return;
        }
        if context.terminals.stdout {
            data.line("  hac demo --keep       the same, and you type the commands yourself afterwards");
        }
        data.line("  hac simulator         a simulated HAC of your own");
        data.line("  hac --help            all commands\n");
        data.line("  The demo's session is gone with its temporary directory. Sessions of a real HAC stay in");
        data.line("  ~/.cache/hac-client: `hac session list` shows them, `hac session end` logs one out,");
        data.line("  `hac session clear-all` removes them all. The README has five minutes against a real HAC.");
    }
}

impl Child {
    /// Reads what the process prints, line for line, until it ends.
    fn watch(
        printed: PipeReader,
        mut process: process::Child,
        lines: Option<&UnboundedSender<String>>,
    ) -> io::Result<Self> {
        let mut text = String::new();
        for line in BufReader::new(printed).lines() {
            let line = line?;
            text.push_str(&line);
            text.push('\n');
            // Nobody listens any more if the demo was given up.
            let _ = lines.map(|lines| lines.send(line));
        }
        Ok(Self { status: process.wait()?, printed: text })
    }
}

impl Step {
    /// The file and the commands, as they would be typed.
    fn show(&self, printer: &mut Printer) {
        let data = &mut printer.data;
        if let Some((name, text)) = self.file {
            data.line(&format!("   $ cat -n {name}"));
            for (index, line) in text.lines().enumerate() {
                data.line(&format!("   {:6}  {line}", index + 1));
            }
        }
        for command in self.commands() {
            data.line(&format!("   $ {command}"));
        }
        data.flush();
    }
}

impl Ran {
    fn show_counts(&self, printer: &mut Printer) {
        let data = &mut printer.data;
        let Counted { requests, logins, .. } = self.counted;
        let remark = if self.remark.is_empty() { String::new() } else { format!(" ({})", self.remark) };
        data.line(&format!(
            "\n   the server saw: {}, {}{remark}",
            steps::many(requests, "request"),
            steps::many(logins, "login")
        ));
        for promise in &self.broken {
            data.line(&format!("   !! {promise}"));
        }
        data.flush();
    }
}

/// Whether typing `hac` runs this program.
fn is_on_path(program: &Path, context: &RunContext) -> bool {
    let Some(path) = context.environment.raw(env::PATH) else { return false };
    let name = format!("hac{}", std::env::consts::EXE_SUFFIX);
    let first = std::env::split_paths(&path).map(|directory| directory.join(&name)).find(|file| file.is_file());
    let same = |file: PathBuf| file.canonicalize().ok() == program.canonicalize().ok();
    first.is_some_and(same)
}
