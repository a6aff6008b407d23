//! `hac completions`: made from the command line as clap knows it, so that it cannot lag behind.

use clap::CommandFactory as _;
use serde::Serialize;

use crate::args::{Cli, CompletionsArgs};
use crate::diagnostics::{Effect, Outcome};
use crate::printer::Printer;
use crate::settings::Settings;

#[derive(Serialize)]
struct CompletionsJson {
    success: bool,
    shell: String,
    script: String,
}

pub(crate) fn run(settings: &Settings, args: &CompletionsArgs, printer: &mut Printer) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hac", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    if settings.json {
        printer.data.json(&CompletionsJson { success: true, shell: args.shell.to_string(), script });
    } else {
        printer.data.text(&script);
    }
    Outcome::Done(Effect::None)
}
