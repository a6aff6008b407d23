//! One file a command.

mod about;
mod acknowledged;
mod cache;
mod completions;
mod cronjob;
mod demo;
mod extension;
mod flexsearch;
mod impex;
mod jdbclog;
mod logger;
mod pk;
mod property;
mod script;
mod session;
mod simulator;
mod support;
mod types;
mod update;

use crate::args::Command;
use crate::context::RunContext;
use crate::diagnostics::CommandResult;
use crate::printer::Printer;
use crate::settings::Settings;

/// Runs the command.
pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    command: &Command,
    printer: &mut Printer,
) -> CommandResult {
    match command {
        Command::Demo(args) => demo::run(context, settings, args, printer).await,
        Command::Simulator(args) => simulator::run(context, settings, args, printer).await,
        Command::Groovy(args) => script::groovy(context, settings, args, printer).await,
        Command::Script(args) => script::any(context, settings, args, printer).await,
        Command::Flexsearch(args) => flexsearch::run(context, settings, args, printer).await,
        Command::Impex(args) => impex::run(context, settings, args, printer).await,
        Command::Logger(command) => logger::run(context, settings, command, printer).await,
        Command::Property(command) => property::run(context, settings, command, printer).await,
        Command::Type(command) => types::run(context, settings, command, printer).await,
        Command::Pk(args) => pk::run(context, settings, args, printer).await,
        Command::Extension(command) => extension::run(context, settings, command, printer).await,
        Command::Support(command) => support::run(context, settings, command, printer).await,
        Command::About(args) => about::run(context, settings, args, printer).await,
        Command::Cache(command) => cache::run(context, settings, command, printer).await,
        Command::Cronjob(command) => cronjob::run(context, settings, command, printer).await,
        Command::Jdbclog(command) => jdbclog::run(context, settings, command, printer).await,
        Command::Update(command) => Box::pin(update::run(context, settings, command, printer)).await,
        Command::Init(command) => update::init(context, settings, command, printer).await,
        Command::Session(command) => session::run(context, settings, command, printer).await,
        Command::Completions(args) => Ok(completions::run(settings, args, printer)),
    }
}
