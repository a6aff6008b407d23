//! `hac demo`: real processes of this program against a simulated HAC, counted by the server.

mod steps;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use hac_client::{Error, ErrorKind};
use hac_simulator::{Simulator, SimulatorHandle};
use serde::Serialize;
use tempfile::TempDir;

use crate::args::DemoArgs;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Outcome};
use crate::env;
use crate::interrupt::Activity;
use crate::printer::Printer;
use crate::settings::Settings;
use steps::{Counted, Step, Trick};

const USERNAME: &str = "admin";
const PASSWORD: &str = "nimda";

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    args: &DemoArgs,
    printer: &mut Printer,
) -> CommandResult {
    let demo = Demo::start(context)?;
    let mut told = Vec::new();
    if !settings.json {
        demo.introduce(args.keep, printer)?;
    }
    for (index, step) in steps::ALL.iter().enumerate() {
        if !settings.json {
            let text = format!("\n{}. {}\n   {}\n", index + 1, step.title, step.what.replace('\n', "\n   "));
            printer.data.line(&text)?;
            printer.data.flush()?;
        }
        let ran = demo.run(step).await?;
        if !settings.json {
            ran.show(printer)?;
        }
        told.push(ran);
    }
    let kept = told.iter().all(|ran| ran.broken.is_empty());
    if settings.json {
        let url = demo.simulator.url();
        printer.data.json(&DemoJson { success: kept, url, steps: told })?;
    } else {
        demo.conclude(kept, args.keep, context, printer)?;
    }
    printer.data.flush()?;
    if !kept {
        printer.talk.error("the demo saw something else than it promised: see the lines with !!");
        return Ok(Outcome::Refused);
    }
    if args.keep {
        context.interrupt.now(Activity::Serving);
        std::future::pending::<()>().await;
    }
    Ok(Outcome::Done)
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

/// What came of a step.
#[derive(Serialize)]
struct Ran {
    title: &'static str,
    /// Name and text of the file that the commands work on.
    #[serde(skip)]
    file: Option<(&'static str, &'static str)>,
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
        let simulator = Simulator::builder().start().map_err(|cause| failed(cause.to_string()).with_source(cause))?;
        let directory = tempfile::Builder::new()
            .prefix("hac-demo-")
            .tempdir()
            .and_then(|directory| {
                std::fs::create_dir(directory.path().join("work"))?;
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

    /// Where the commands run.
    fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    fn introduce(&self, keep: bool, printer: &mut Printer) -> std::io::Result<()> {
        let data = &mut printer.data;
        data.line("A simulated HAC runs on this machine now, and this demo uses it as you would use a real one:")?;
        data.line("every command below really runs, in a process of its own, and the server counts what arrives.")?;
        data.line(&format!(
            "\n  export HAC_URL={} HAC_USERNAME={USERNAME} HAC_PASSWORD={PASSWORD}",
            self.simulator.url()
        ))?;
        data.line(&format!("  export HAC_CACHE_DIR={}", steps::quoted(&self.cache().display().to_string())))?;
        if self.alias_needed {
            data.line(&format!("  alias hac={}", steps::quoted(&self.program.display().to_string())))?;
        }
        if !keep {
            data.line("\n(`hac demo --keep` leaves it running, so that you can type all this yourself.)")?;
        }
        Ok(())
    }

    /// Runs the step's commands and compares what the server counted with what was promised.
    async fn run(&self, step: &'static Step) -> Result<Ran, Error> {
        match step.before {
            Trick::None => {}
            Trick::ForgetSessions => self.simulator.faults().expire_sessions(),
            Trick::ClearCache => {
                self.children(&["session", "clear-all", "--force"], 1).await?;
            }
        }
        if let Some((name, text)) = step.file {
            std::fs::write(self.work().join(name), text).map_err(|cause| {
                Error::new(ErrorKind::Config, "write a file of the demo").because(cause.to_string())
            })?;
        }
        self.simulator.ledger().clear();
        let outputs = self.children(step.arguments, step.processes).await?;
        let ledger = self.simulator.ledger();
        let counted = Counted { requests: ledger.len(), logins: ledger.logins(), executed: ledger.executed() };
        let mut broken = step.promise.broken(counted);
        let mut output = String::new();
        for (index, child) in outputs.iter().enumerate() {
            if child.status.code() != Some(step.exit) {
                broken.push(format!("process {} ended with {}", index + 1, child.status));
                output.push_str(&String::from_utf8_lossy(&child.stderr));
            }
        }
        // They all print the same; once is enough.
        let first = &outputs[0];
        output.push_str(&String::from_utf8_lossy(&first.stdout));
        if first.status.code() == Some(step.exit) {
            output.push_str(&String::from_utf8_lossy(&first.stderr));
        }
        broken.extend(self.not_private()?);
        if !output.contains(step.prints) {
            broken.push(format!("the output should hold {:?}", step.prints));
        }
        Ok(Ran {
            title: step.title,
            file: step.file,
            commands: step.commands(),
            output,
            counted,
            broken,
            remark: step.remark,
        })
    }

    /// Files of the cache that others could read, or that hold the password.
    fn not_private(&self) -> Result<Vec<String>, Error> {
        let failed =
            |cause: std::io::Error| Error::new(ErrorKind::Cache, "look at the demo's cache").because(cause.to_string());
        let mut broken = Vec::new();
        for entry in std::fs::read_dir(self.cache()).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !is_private(&path) {
                broken.push(format!("{name} can be read by others"));
            }
            if std::fs::read(&path)
                .is_ok_and(|bytes| bytes.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()))
            {
                broken.push(format!("{name} holds the password"));
            }
        }
        Ok(broken)
    }

    /// Runs the program with these arguments, several times at once, and waits for all of them.
    async fn children(&self, arguments: &'static [&'static str], count: usize) -> Result<Vec<Output>, Error> {
        let url = self.simulator.url();
        let commands: Vec<Command> =
            (0..count).map(|_| command(&self.program, arguments, &url, &self.cache(), &self.work())).collect();
        let failed = |why: String| Error::new(ErrorKind::Config, "run a step of the demo").because(why);
        let outputs = tokio::task::spawn_blocking(move || {
            let children: Vec<_> = commands.into_iter().map(|mut command| command.spawn()).collect();
            children.into_iter().map(|child| child?.wait_with_output()).collect::<std::io::Result<Vec<_>>>()
        });
        outputs.await.map_err(|cause| failed(cause.to_string()))?.map_err(|cause| failed(cause.to_string()))
    }

    fn conclude(&self, kept: bool, keep: bool, context: &RunContext, printer: &mut Printer) -> std::io::Result<()> {
        if !kept {
            return Ok(());
        }
        let data = &mut printer.data;
        data.line("\nWhat next\n")?;
        if keep {
            data.line(&format!("  The simulated HAC goes on at {} until Ctrl-C.", self.simulator.url()))?;
            data.line("  Type the export line and any command from above in another terminal.")?;
            return Ok(());
        }
        if context.terminals.stdout {
            data.line("  hac demo --keep       the same, and you type the commands yourself afterwards")?;
        }
        data.line("  hac simulator         a simulated HAC of your own")?;
        data.line("  hac --help            all commands\n")?;
        data.line("  The demo's session is gone with its temporary directory. Sessions of a real HAC stay in")?;
        data.line("  ~/.cache/hac-client: `hac session list` shows them, `hac session end` logs one out,")?;
        data.line("  `hac session clear-all` removes them all. The README has five minutes against a real HAC.")
    }
}

fn command(program: &Path, arguments: &[&str], url: &str, cache: &Path, work: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env(env::URL, url)
        .env(env::USERNAME, USERNAME)
        .env(env::PASSWORD, PASSWORD)
        .env(env::CACHE_DIR, cache)
        .current_dir(work)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Ran {
    fn show(&self, printer: &mut Printer) -> std::io::Result<()> {
        let data = &mut printer.data;
        if let Some((name, text)) = self.file {
            data.line(&format!("   $ cat -n {name}"))?;
            for (index, line) in text.lines().enumerate() {
                data.line(&format!("   {:6}  {line}", index + 1))?;
            }
        }
        for command in &self.commands {
            data.line(&format!("   $ {command}"))?;
        }
        for line in self.output.lines() {
            data.line(&format!("   {line}"))?;
        }
        let Counted { requests, logins, .. } = self.counted;
        let remark = if self.remark.is_empty() { String::new() } else { format!(" ({})", self.remark) };
        data.line(&format!(
            "\n   the server saw: {}, {}{remark}",
            steps::many(requests, "request"),
            steps::many(logins, "login")
        ))?;
        for promise in &self.broken {
            data.line(&format!("   !! {promise}"))?;
        }
        data.flush()
    }
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let for_others = |metadata: std::fs::Metadata| metadata.permissions().mode() & 0o077;
    std::fs::metadata(path).is_ok_and(|metadata| for_others(metadata) == 0)
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> bool {
    true
}

/// Whether typing `hac` runs this program.
fn is_on_path(program: &Path, context: &RunContext) -> bool {
    let Some(path) = context.environment.raw(env::PATH) else { return false };
    let first = std::env::split_paths(path).map(|directory| directory.join("hac")).find(|file| file.is_file());
    let same = |file: PathBuf| file.canonicalize().ok() == program.canonicalize().ok();
    first.is_some_and(same)
}
