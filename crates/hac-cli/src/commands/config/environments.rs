//! `hac env …`.

use hac_client::nearest_names;
use hac_client::protection::Protection;
use serde_json::json;

use super::agreement;
use super::entry::{
    ENVIRONMENT_COLUMNS, ENVIRONMENT_FIELDS, EnvironmentJson, default_endpoint, environment_rows, lines, protection_of,
    typed, unknown,
};
use super::guards::Guards;
use super::known::Known;
use super::left::Left;
use super::taken::Taken;
use crate::args::{EnvAddArgs, EnvCommand, EnvProtectArgs, ProtectionArg, RowFormat};
use crate::config::{Config, Edit, EnvironmentConfig};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::output::{InPipe, Listing, Picked, Success};
use crate::settings::{Setting, Settings};

/// The environment that is the default where the file names none, as hac-client-cli has it.
const DEFAULT: &str = "local";

pub(crate) fn run(mut job: Job<'_>, command: &EnvCommand) -> CommandResult {
    let environment = &job.context.environment;
    match command {
        EnvCommand::List(_) => list(&mut job),
        EnvCommand::Show(args) => show(&mut job, &args.named.environment),
        EnvCommand::Add(args) => add(&mut job, args),
        EnvCommand::Remove(args) => {
            let name = &args.named.environment;
            let mut edit = Edit::open(environment)?;
            let config = edit.config()?;
            agreement::obtain(&job, &config, name, &format!("remove the environment '{name}'"))?;
            edit.remove_environment(name)?;
            edit.save()?;
            let outcome = done(&mut job, &format!("Environment '{name}' removed"));
            if let Some(removed) = config.environment(name) {
                Left::of_environment(&job, removed).tell(&mut job);
            }
            Ok(outcome)
        }
        EnvCommand::SetDefault(args) => {
            let name = &args.named.environment;
            let mut edit = Edit::open(environment)?;
            edit.set_default_environment(name)?;
            edit.save()?;
            Ok(done(&mut job, &format!("Default environment set to '{name}'")))
        }
        EnvCommand::Protect(args) => protect(&mut job, args),
    }
}

#[derive(serde::Serialize)]
struct DoneJson<'a> {
    success: bool,
    message: &'a str,
}

/// Says what was done.
pub(super) fn done(job: &mut Job<'_>, message: &str) -> Outcome {
    if job.settings.json {
        job.printer.data.json(&DoneJson { success: true, message });
    } else if !job.settings.volume.quiet {
        job.printer.data.line(message);
    }
    Outcome::Done(Effect::Write)
}

/// The name of the default environment.
pub(super) fn default_of(config: &Config) -> &str {
    config.default_environment.as_ref().map_or(DEFAULT, |name| name.value.as_str())
}

/// The environment of this name; an error with the nearest one.
pub(super) fn find<'c>(config: &'c Config, name: &str) -> hac_client::Result<&'c EnvironmentConfig> {
    config.environment(name).ok_or_else(|| {
        let names = config.environments.iter().map(|environment| environment.name.as_str());
        unknown(&format!("the environment '{name}'"), &nearest_names(name, names), "hac env list")
    })
}

fn list(job: &mut Job<'_>) -> CommandResult {
    let known = Known::load(job)?;
    let (config, guards) = (&known.config, &known.guards);
    let Job { settings, printer, .. } = job;
    let default = default_of(config);
    let wants_names = settings.output.wants_names(settings.volume.quiet);
    let listed: Vec<_> = config.environments.iter().map(|its| EnvironmentJson::new(its, default, guards)).collect();
    if settings.output.is(RowFormat::Json) && !wants_names {
        printer.data.json_whole(&Picked::of(&listed, &settings.output.columns)?);
        return Ok(Outcome::Done(Effect::None));
    }
    if config.environments.is_empty() && !wants_names && !settings.output.is_for_programs() {
        printer.talk.say("No environments configured");
        printer.talk.say("\nAdd one: hac env add NAME --url https://HOST:9002");
        return Ok(Outcome::Done(Effect::None));
    }
    let mut for_people = Listing::new(&["name", "endpoints", "default_endpoint", "default", "protection"]);
    for its in &config.environments {
        for_people.push([
            json!(its.name),
            json!(its.endpoints.len()),
            json!(default_endpoint(its)),
            json!(if its.name == default { "✓" } else { "" }),
            json!(guards.of_environment(its).protection.as_str()),
        ]);
    }
    let in_pipe = InPipe::Columns(&["NAME", "ENDPOINTS", "DEFAULT-ENDPOINT", "DEFAULT", "PROTECTION"]);
    let list = if is_flat(settings) {
        flat(&config.environments, default, guards)
    } else {
        Listing::of_records(&ENVIRONMENT_FIELDS, &listed)
    };
    list.print_compatibly(&for_people, in_pipe, settings, printer)?;
    printer.data.flush();
    if !settings.output.format.as_ref().is_some_and(Setting::is_explicit) && !wants_names {
        known.tell(&printer.talk);
    }
    Ok(Outcome::Done(Effect::None))
}

/// Whether the format has no place for an object in a cell.
fn is_flat(settings: &Settings) -> bool {
    [RowFormat::Csv, RowFormat::Tsv].iter().any(|format| settings.output.is(*format))
}

/// A row for each endpoint.
pub(super) fn flat<'c>(
    environments: impl IntoIterator<Item = &'c EnvironmentConfig>,
    default: &str,
    guards: &Guards,
) -> Listing {
    let mut rows = Listing::new(&ENVIRONMENT_COLUMNS);
    environments.into_iter().flat_map(|its| environment_rows(its, default, guards)).for_each(|row| rows.push(row));
    rows
}

/// Shows one environment, with the words of hac-client-cli.
pub(super) fn show(job: &mut Job<'_>, name: &str) -> CommandResult {
    let known = Known::load(job)?;
    let (config, guards) = (&known.config, &known.guards);
    let environment = find(config, name)?;
    let style = job.style();
    let Job { settings, printer, .. } = job;
    let default = default_of(config);
    if settings.json && is_flat(settings) {
        flat([environment], default, guards).print(&style, &mut printer.data)?;
        return Ok(Outcome::Done(Effect::None));
    }
    if settings.json {
        printer.data.json(&Success::of(EnvironmentJson::new(environment, default, guards)));
        return Ok(Outcome::Done(Effect::None));
    }
    let mark = |is_default: bool| if is_default { " (default)" } else { "" };
    let data = &mut printer.data;
    data.line(&format!("Environment: {name}{}", mark(name == default)));
    if let Some(file) = known.file_of(name) {
        data.line(&format!("File: {}", file.display()));
    }
    let holding = guards.of_environment(environment);
    if environment.protection.is_some() || holding.protection > Protection::Open {
        let source = holding.source().map(|source| format!(" ({source})")).unwrap_or_default();
        data.line(&format!("Protection: {}{source}", holding.protection.as_str()));
    }
    data.line("");
    if environment.endpoints.is_empty() {
        data.line("  No endpoints configured");
        data.flush();
        printer.talk.say(&format!("\n  Add an endpoint: hac endpoint add {name} hac --url https://HOST:9002"));
        return Ok(Outcome::Done(Effect::None));
    }
    data.line(&format!("  Endpoints ({}):", environment.endpoints.len()));
    data.line("");
    for endpoint in &environment.endpoints {
        let is_default = default_endpoint(environment) == Some(&endpoint.name);
        data.line(&format!("    {}{}", endpoint.name, mark(is_default)));
        for line in lines(endpoint) {
            data.line(&format!("      {line}"));
        }
        let its = guards.of_endpoint(environment, endpoint);
        if its != holding.protection {
            data.line(&format!("      Protection: {}", its.as_str()));
        }
        data.line("");
    }
    Ok(Outcome::Done(Effect::None))
}

fn add(job: &mut Job<'_>, args: &EnvAddArgs) -> CommandResult {
    let name = &args.named.environment;
    let mut edit = Edit::open(&job.context.environment)?;
    let is_first = edit.config()?.default_environment.is_none();
    edit.add_environment(name)?;
    let changes = typed(job.settings)?;
    let has_url = changes.iter().any(|(key, _)| *key == "url");
    let taken = if has_url { None } else { Taken::find(job, name)? };
    let endpoint = job.settings.typed_endpoint().unwrap_or("hac");
    let of_an_endpoint = changes.first().map(|(key, _)| *key).or(job.settings.typed_endpoint().map(|_| "--endpoint"));
    if has_url {
        edit.add_endpoint(name, endpoint, changes, false)?;
    } else if let Some(taken) = &taken {
        edit.add_endpoint(name, endpoint, taken.changes.clone(), false)?;
    } else if let Some(key) = of_an_endpoint {
        return Err(usage(
            &format!("add the environment '{name}'"),
            format!("{key} belongs to an endpoint, and there is no URL for one"),
            "pass --url https://HOST:9002 too",
        )
        .into());
    }
    if let Some(protection) = args.protection {
        edit.protect(name, protection.into())?;
    }
    if args.set_default || is_first {
        edit.set_default_environment(name)?;
    }
    edit.save()?;
    let talk = job.printer.talk.clone();
    let mark = if args.set_default || is_first { " (set as default)" } else { "" };
    let outcome = done(job, &format!("Environment '{name}' added{mark}"));
    job.printer.data.flush();
    if let Some(taken) = taken {
        talk.note(&taken.told);
    } else if !has_url {
        talk.note(&format!(
            "it has no endpoint yet, and there is no session '{name}' to take one from: hac endpoint add {name} hac --url https://HOST:9002"
        ));
    }
    Ok(outcome)
}

impl From<ProtectionArg> for Protection {
    fn from(given: ProtectionArg) -> Self {
        match given {
            ProtectionArg::Open => Self::Open,
            ProtectionArg::Confirm => Self::Confirm,
            ProtectionArg::ReadOnly => Self::ReadOnly,
        }
    }
}

fn protect(job: &mut Job<'_>, args: &EnvProtectArgs) -> CommandResult {
    let name = &args.named.environment;
    let wanted = Protection::from(args.protection);
    let mut edit = Edit::open(&job.context.environment)?;
    let config = edit.config()?;
    if let Some(file) = Known::load(job)?.file_of(name) {
        return Err(usage(
            &format!("protect '{name}'"),
            format!("it comes from {}, and this command changes only your own file", file.display()),
            format!("set `protection` in {}, and trust it again: `hac trust`", file.display()),
        )
        .into());
    }
    let now = protection_of(find(&config, name)?);
    if wanted < now {
        return Err(usage(
            &format!("protect '{name}' with {}", wanted.as_str()),
            format!("it is {} now, and this command can only make it stricter", now.as_str()),
            "to loosen it, edit the file: `hac config edit`",
        )
        .into());
    }
    edit.protect(name, wanted)?;
    edit.save()?;
    Ok(done(job, &format!("Environment '{name}' is now {}", wanted.as_str())))
}
