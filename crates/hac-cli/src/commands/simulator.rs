//! `hac simulator`: a HAC on this machine until Ctrl-C.

use std::time::Duration;

use hac_client::{Error, ErrorKind};
use hac_simulator::{Simulator, SimulatorHandle, StartError};
use serde::Serialize;

use crate::args::SimulatorArgs;
use crate::diagnostics::{CommandResult, Effect, Outcome};
use crate::env;
use crate::interrupt::Activity;
use crate::job::Job;
use crate::os;
use crate::printer::Printer;
use crate::settings::Settings;
use crate::wrap;

#[derive(Serialize)]
struct SimulatorJson {
    success: bool,
    url: String,
    control_url: Option<String>,
    certificate_sha256: Option<String>,
    username: &'static str,
    password: &'static str,
}

pub(crate) async fn run(job: Job<'_>, args: &SimulatorArgs) -> CommandResult {
    let Job { context, settings, printer } = job;
    let simulator = start(settings, args)?;
    context.interrupt.now(Activity::Serving);
    if settings.json {
        printer.data.json_compact(&SimulatorJson {
            success: true,
            url: simulator.url(),
            control_url: simulator.control_url(),
            certificate_sha256: simulator.certificate_sha256().map(|print| pin(&print)),
            username: "admin",
            password: "nimda",
        });
        printer.data.text("\n");
    } else {
        announce(&simulator, args, printer);
    }
    printer.data.flush();
    if printer.data.broken().error().is_some() {
        // Nobody knows where it listens.
        return Ok(Outcome::Done(Effect::None));
    }
    // Ctrl-C ends it, see `interrupt`.
    std::future::pending().await
}

fn start(settings: &Settings, args: &SimulatorArgs) -> hac_client::Result<SimulatorHandle> {
    let mut builder = Simulator::builder()
        .release(args.release)
        .port(args.port)
        .products(args.products)
        .stock_levels(args.stock_levels)
        .groovy(args.groovy)
        .nodes(usize::from(args.nodes));
    builder = builder.update_duration(Duration::from_secs(u64::from(args.update_seconds)));
    if let Some(patch) = &args.failing_patch {
        builder = builder.failing_patch(patch);
    }
    if let Some(file) = &args.database {
        builder = builder.database(file);
    }
    if args.https {
        builder = builder.https();
    }
    if args.control {
        builder = builder.control();
    }
    if let Some(path) = &settings.context_path {
        builder = builder.context_path(path.value.as_str());
    }
    if let Some(seconds) = args.idle {
        builder = builder.session_idle(Duration::from_secs(seconds));
    }
    builder.start().map_err(|cause| {
        let hint = match &cause {
            StartError::Listen(_) => Some("choose another port with --port; --port 0 uses a free one".to_owned()),
            StartError::Thread(_) => Some(
                "the operating system refused to start a thread: check the limit on processes (ulimit -u, pids.max)"
                    .to_owned(),
            ),
            StartError::NoGroovy => Some(
                "install Groovy and put it on the PATH: `apt-get install groovy` on Debian and Ubuntu; elsewhere its archive, or with Maven \
                 `mvn dependency:copy -Dartifact=org.apache.groovy:groovy:4.0.24 -DoutputDirectory=DIRECTORY` and a script named groovy that runs \
                 `java $JAVA_OPTS -cp \"DIRECTORY/*\" groovy.ui.GroovyMain \"$@\"`. \
                 Without --groovy, everything but Groovy works: `hac script --type javascript` runs scripts"
                    .to_owned(),
            ),
            StartError::ContextPath(_) | StartError::Certificate(_) | StartError::Database(_) => None,
        };
        let why = match &cause {
            StartError::Listen(why) => format!("{cause}, port {}: {why}", args.port),
            _ => cause.to_string(),
        };
        let error = Error::new(ErrorKind::Config, "start the simulator").because(why).with_source(cause);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    })
}

fn announce(simulator: &SimulatorHandle, args: &SimulatorArgs, printer: &mut Printer) {
    let data = &mut printer.data;
    data.line(&format!("Simulating HAC of release {} on {}", args.release, simulator.url()));
    if let Some(control) = simulator.control_url() {
        data.line(&format!("The control port is {control}"));
    }
    let trust = simulator.certificate_sha256().map_or_else(String::new, |print| format!(" --pin {}", pin(&print)));
    data.line("\nIn another terminal:\n");
    let url = simulator.url();
    let variables = [(env::URL, url.as_str()), (env::USERNAME, "admin"), (env::PASSWORD, "nimda")];
    let room = data.room().map_or(usize::MAX, |room| room.saturating_sub(2));
    for line in [
        os::set_variables(&variables),
        format!("hac{trust} flexsearch \"SELECT {{code}}, {{name[en]}} FROM {{Product}}\" -m 5"),
        format!("hac{trust} script --type javascript \"1 + 1\""),
        "hac session list".to_owned(),
    ] {
        data.line(&format!("  {}", wrap::command(&line, room).replace('\n', "\n  ")));
    }
    data.line("");
    data.line("Press Ctrl-C to stop it.");
}

/// The fingerprint as `--pin` takes it.
fn pin(fingerprint: &str) -> String {
    if fingerprint.starts_with("sha256:") { fingerprint.to_owned() } else { format!("sha256:{fingerprint}") }
}
