//! One file a command.

mod about;
mod acknowledged;
mod audit;
mod cache;
mod completions;
mod config;
mod copy;
mod cronjob;
#[cfg(feature = "simulator")]
mod demo;
mod diff;
mod doctor;
mod extension;
mod flexsearch;
mod help;
mod impex;
mod jdbclog;
mod logger;
mod man;
mod pk;
mod property;
mod script;
mod session;
#[cfg(feature = "simulator")]
mod simulator;
mod support;
mod trust;
mod types;
mod unknown;
mod update;
mod wait;

pub(crate) use config::PinPlace;
pub(crate) use doctor::without_settings;

use crate::args::Command;
use crate::diagnostics::CommandResult;
use crate::job::Job;

/// Runs the command.
pub(crate) async fn run(job: Job<'_>, command: &Command) -> CommandResult {
    match command {
        #[cfg(feature = "simulator")]
        Command::Demo(args) => demo::run(job, args).await,
        #[cfg(feature = "simulator")]
        Command::Simulator(args) => simulator::run(job, args).await,
        Command::Groovy(args) => script::groovy(job, args).await,
        Command::Script(args) => script::any(job, args).await,
        Command::Flexsearch(args) => flexsearch::run(job, args).await,
        Command::Impex(args) => impex::run(job, args).await,
        Command::Diff(command) => Box::pin(diff::run(job, command)).await,
        Command::Copy(args) => Box::pin(copy::run(job, args)).await,
        Command::Logger(command) => logger::run(job, command).await,
        Command::Property(command) => property::run(job, command).await,
        Command::Type(command) => types::run(job, command).await,
        Command::Pk(args) => pk::run(job, args).await,
        Command::Extension(command) => extension::run(job, command).await,
        Command::Support(command) => support::run(job, command).await,
        Command::About(args) => about::run(job, args).await,
        Command::Cache(command) => cache::run(job, command).await,
        Command::Cronjob(command) => cronjob::run(job, command).await,
        Command::Jdbclog(command) => jdbclog::run(job, command).await,
        Command::Update(command) => Box::pin(update::run(job, command)).await,
        Command::Wait(args) => wait::run(job, args).await,
        Command::Init(command) => update::init(job, command).await,
        Command::Login(args) => session::login(job, args).await,
        Command::Logout(args) => session::logout(job, args).await,
        Command::Session(command) => session::run(job, command).await,
        Command::Config(args) => config::run(job, args),
        Command::Env(command) => config::env(job, command),
        Command::Endpoint(command) => config::endpoint(job, command),
        Command::Audit(args) => audit::run(job, args).await,
        Command::Trust(args) => trust::run(job, args),
        Command::Doctor(_) => Box::pin(doctor::run(job)).await,
        Command::Man(args) => man::run(job, args),
        Command::Help(args) => help::run(job, args),
        Command::Completions(args) => Ok(completions::run(job.settings, args, job.printer)),
    }
}
