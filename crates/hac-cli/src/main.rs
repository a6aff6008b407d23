//! The program `hac`: SAP Commerce's administration console from the command line.

mod appearance;
mod args;
mod ci;
mod commands;
mod completion;
mod conclusion;
mod config;
mod confirmation;
mod connection;
mod context;
mod credentials;
mod diagnostics;
mod ending;
mod env;
mod export;
mod foreground;
mod foreign;
mod hints;
mod interrupt;
mod job;
mod keyring;
mod kind;
mod name;
mod os;
mod outfile;
mod output;
mod pager;
mod parameters;
mod password_program;
mod password_ways;
mod printer;
mod production;
mod progress;
mod query_text;
mod settings;
mod shortage;
mod signals;
mod source;
mod state;
mod stdout;
mod talk;
mod terminal;
mod watch;
mod wrap;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::pin::pin;
use std::process::ExitCode;

use hac_client::ErrorKind;

use args::{Cli, Configuration, Output, Reach, RowFormat, parse};
use config::Config;
use context::RunContext;
use diagnostics::{CommandResult, Effect, Failure, Outcome, usage};
use job::Job;
use output::Style;
use printer::{Printer, Volume};
use progress::Screen;
use settings::{Settings, check_output};

fn main() -> ExitCode {
    let context = RunContext::capture();
    ending::catch_panics(&context.interrupt);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    name::keep(arguments.first().map(OsString::as_os_str));
    if arguments.get(1).is_some_and(|first| first == completion::HOOK) {
        completion::answer(&arguments[2..], &context);
        return ExitCode::SUCCESS;
    }
    let cli = match parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(refuse(&error, &arguments, &context)),
    };
    let volume = Volume { quiet: cli.global.quiet, verbose: cli.global.verbose };
    let output = cli.command.output();
    // What the flags say; the configuration may say more.
    let json = cli.global.json || output.format.is_some_and(RowFormat::is_json);
    let progress = wants_progress(&context, volume, json);
    context.interrupt.talks(json, progress);
    let mut printer = Printer::new(context.terminals, volume, Screen::new(progress));
    printer.data.failures_as_json(json);
    if output.format == Some(RowFormat::Jsonl) {
        printer.print_results_with(output::printer_of(Style::plain(RowFormat::Jsonl)));
    }
    log_from(volume.verbose);
    let result = run(cli, output, json, &context, &mut printer);
    let Some(signal) = context.interrupt.signal() else {
        return ExitCode::from(conclusion::conclude(result, &mut printer));
    };
    foreground::end();
    // What was printed before belongs before the error. If nobody takes it, the signals' thread goes on from here.
    printer.data.flush();
    ending::conclude();
    if ending::leave_the_terminal() {
        printer.talk.end_line();
    }
    let _ = conclusion::conclude(result, &mut printer);
    ExitCode::from(context.interrupt.exit_code(signal))
}

fn run(cli: Cli, output: Output, json: bool, context: &RunContext, printer: &mut Printer) -> CommandResult {
    if cli.global.csv && !output.prints {
        return Err(usage("print CSV", "this command has no such output", "omit --csv").into());
    }
    let reach = cli.command.reach();
    if let (Some(flag), Reach::Only(used)) = (reach.unused(&cli.global), reach) {
        let why = format!("this command talks to no server, and {flag} is for one");
        let others = if used.is_empty() { String::new() } else { format!("; it takes {}", used.concat().join(", ")) };
        return Err(usage("read the command line", why, format!("remove {flag}{others}")).into());
    }
    check_output(&cli.global, &output)?;
    let typed = output.format.or(json.then_some(RowFormat::Json)).or(cli.global.csv.then_some(RowFormat::Csv));
    let settings = match settings(cli.global, &cli.command, output, context, printer) {
        Ok(settings) => settings.patient(cli.command.answer_limit()).at_node(cli.command.node()),
        Err(error) if matches!(cli.command, args::Command::Doctor(_)) => {
            return commands::without_settings(&error, typed, context, printer);
        }
        Err(error) => return Err(error.into()),
    };
    settings.log();
    // A command that has to do with two servers says itself which of them it means.
    if settings.counterpart.is_none() {
        name::keep_target(settings.typed_target() + &settings.typed_user());
    }
    let servers = [Some(&settings), settings.counterpart.as_deref()].into_iter().flatten();
    let places: Vec<_> = servers.map(|its| commands::PinPlace::of(its, context)).collect();
    hints::keep_pin_commands(move |fingerprint| places.iter().map(|place| place.command(fingerprint)).collect());
    appearance::apply(&settings, context, printer);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| shortage::error("start", cause))?;
    signals::listen(&context.interrupt)?;
    let talk = printer.talk.clone();
    let result = runtime.block_on(async {
        let job = Job { context, settings: &settings, printer };
        let mut command = pin!(async {
            match settings.output.watch {
                Some(pause) => watch::repeat(job, &cli.command, pause).await,
                None => commands::run(job, &cli.command).await,
            }
        });
        tokio::select! {
            biased;
            () = context.interrupt.wait() => interrupted(context),
            result = &mut command => match result {
                // A question that was given up because a signal is on its way. What a command says that ended itself after one is
                // more: how to go on.
                Err(Failure::Error(error)) if error.kind() == ErrorKind::Interrupted && !context.interrupt.is_told() => {
                    context.interrupt.arrived(os::SIGINT);
                    interrupted(context)
                }
                result => result,
            },
            never = talk.screen().keep(&context.interrupt) => match never {},
        }
    });
    talk.screen().end();
    // A question that nobody answered is still there, and nobody waits for it.
    runtime.shutdown_background();
    result.map_err(|failure| match failure {
        Failure::Error(error) => {
            let error = context.from_keyring.explain(error);
            // A command that has to do with two servers says itself which of them is protected.
            let is_of_one = settings.counterpart.is_none();
            Failure::Error(if is_of_one { settings.naming_the_guard(error) } else { error })
        }
        Failure::Undecided(error) => Failure::Undecided(context.from_keyring.explain(error)),
        unwritten @ Failure::Unwritten(..) => unwritten,
    })
}

fn settings(
    mut global: args::GlobalArgs,
    command: &args::Command,
    output: Output,
    context: &RunContext,
    printer: &Printer,
) -> hac_client::Result<Settings> {
    let directory = context.directory.as_deref();
    let files = match command.configuration() {
        Configuration::Whole => Config::all(&context.environment, directory)?,
        Configuration::Output => Config::of_output(&context.environment, directory),
        Configuration::None => Vec::new(),
    };
    for warning in files.iter().flat_map(|file| &file.warnings) {
        printer.talk.warn(warning);
    }
    if command.configuration() == Configuration::Whole
        && !command.may_make_configuration()
        && let Some(warning) = config::absence(&context.environment, &files)
    {
        printer.talk.warn(&warning);
    }
    let counterpart = match command.pair(&global)? {
        Some([first, second]) => {
            global.environment = Some(second);
            if matches!(command, args::Command::Diff(_)) {
                // It changes neither of the two.
                global.yes_i_mean = None;
            }
            let counterpart = Settings::new(global.clone(), None, output.clone(), &files, context)?;
            global.environment = Some(first);
            // Nothing is ever changed at the first.
            global.yes_i_mean = None;
            Some(counterpart)
        }
        None => None,
    };
    let mut settings = Settings::new(global, command.environment(), output, &files, context)?;
    if command.configuration() == Configuration::Whole
        && settings.typed_environment().is_none()
        && context.environment.raw(env::NOT_READ).is_some()
    {
        printer.talk.warn(&format!("{} is not read; use -e or default_environment", env::NOT_READ));
    }
    if let Some(counterpart) = counterpart {
        settings.pair_with(counterpart)?;
    }
    let settings = match settings.label_without_server() {
        Some(label) if command.configuration() == Configuration::Whole => {
            let servers = connection::servers_of(&settings, &label);
            settings.with_server_of(&servers, &files)?
        }
        _ => settings,
    };
    Ok(settings.explaining_url_of(command.with_environment().map(|(words, _)| words)))
}

/// How a command ends that was interrupted; asked while it is still there.
fn interrupted(context: &RunContext) -> CommandResult {
    #[cfg(feature = "test-panic")]
    assert!(context.interrupt.signal() != Some(os::SIGUSR2), "a panic of the program, for a test");
    match context.interrupt.verdict() {
        Some(error) => Err(Failure::Error(error)),
        None => Ok(Outcome::Done(Effect::None)),
    }
}

/// Whether to show progress on the terminal.
fn wants_progress(context: &RunContext, volume: Volume, json: bool) -> bool {
    let wanted = context.terminals.stderr && !volume.quiet && volume.verbose < 2 && !json;
    wanted && os::takes_escapes(context.environment.raw(env::TERM).as_ref())
}

/// Help and version, or a command line that cannot be read.
fn refuse(error: &clap::Error, arguments: &[OsString], context: &RunContext) -> u8 {
    if !error.use_stderr() {
        let help = wrap::printed(&error.render().ansi().to_string(), wrap::of_help(&context.environment));
        let mut stdout = anstream::AutoStream::auto(io::stdout());
        let printed = stdout.write_all(help.as_bytes()).and_then(|()| stdout.flush());
        return conclusion::printed(printed, &Printer::new(context.terminals, Volume::default(), Screen::default()));
    }
    let json = asks_for_json(arguments);
    let mut printer = Printer::new(context.terminals, Volume::default(), Screen::default());
    if let Some(json) = json {
        printer.print_results_with(output::printer_of(Style::plain(json)));
        printer.data.failures_as_json(true);
    }
    if args::password::is_refusal(error) || begins_with_password(arguments) {
        return conclusion::conclude(Err(settings::password_refused().into()), &mut printer);
    }
    let is_environment = |name: &str| {
        let files = Config::all(&context.environment, context.directory.as_deref()).unwrap_or_default();
        files.iter().any(|file| file.environment(name).is_some())
    };
    let written_otherwise =
        args::unquoted(error, arguments, is_environment).or_else(|| args::misplaced(error, arguments, is_environment));
    if let Some(error) = written_otherwise {
        return conclusion::conclude(Err(error.into()), &mut printer);
    }
    if json.is_some() {
        let (why, hint) = args::in_words(error);
        return conclusion::conclude(Err(usage("read the command line", why, hint).into()), &mut printer);
    }
    printer.talk.refusal(&error.render().ansi().to_string());
    diagnostics::exit_code(ErrorKind::Usage)
}

/// The JSON that a command line asks for that cannot be read.
fn asks_for_json(arguments: &[OsString]) -> Option<RowFormat> {
    let words: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let named = |format: RowFormat| {
        words.iter().any(|word| word.strip_prefix("--format=") == Some(format.name()))
            || words.windows(2).any(|pair| pair == ["--format", format.name()])
    };
    let json = words.contains(&"--json").then_some(RowFormat::Json);
    json.or_else(|| [RowFormat::Json, RowFormat::Jsonl].into_iter().find(|format| named(*format)))
}

/// Whether there is a password in what cannot be read, which an error would repeat: as a value of a flag or variable, or in front of what
/// cannot be read, since clap looks at a value only after the next argument.
fn begins_with_password(arguments: &[OsString]) -> bool {
    let names_one = |text: &str| text.starts_with("--password-stdin=") || text.starts_with("HAC_PASSWORD=");
    arguments.iter().any(|argument| argument.to_str().is_some_and(names_one))
        || (1..arguments.len())
            .any(|end| parse(&arguments[..end]).is_err_and(|error| args::password::is_refusal(&error)))
}

/// Logs our own crates to standard error; nothing is set up without `-vv`.
fn log_from(verbose: u8) {
    use tracing::level_filters::LevelFilter;
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let level = match verbose {
        0 | 1 => return,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    // The crates of the transport log headers and bodies, which hold secrets: not shown.
    let ours = Targets::new().with_target("hac", level).with_target("hac_client", level);
    let to_stderr = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| printer::LogWriter);
    let _ = tracing_subscriber::registry().with(ours).with(to_stderr).try_init();
}
