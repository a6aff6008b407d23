//! `hac endpoint …`.

use hac_client::nearest_names;

use super::agreement;
use super::entry::{
    ENDPOINT_FIELDS, EndpointJson, default_endpoint, ignores_certificates, lines, seconds, typed, unknown, url_of,
};
use super::environments::{done, find};
use super::known::Known;
use super::left::Left;
use crate::args::{EndpointAddArgs, EndpointCommand, EndpointListArgs, EndpointUpdateArgs, NamedEndpoint, RowFormat};
use crate::config::{Config, Edit, EndpointConfig};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::output::{InPipe, Listing, Picked, Success};

pub(crate) fn run(mut job: Job<'_>, command: &EndpointCommand) -> CommandResult {
    let environment = &job.context.environment;
    match command {
        EndpointCommand::List(args) => list(&mut job, args),
        EndpointCommand::Show(args) => show(&mut job, &args.named),
        EndpointCommand::Add(args) => add(&mut job, args),
        EndpointCommand::Update(args) => update(&mut job, args),
        EndpointCommand::Remove(args) => {
            let NamedEndpoint { environment: name, endpoint } = &args.named;
            let mut edit = Edit::open(environment)?;
            let config = edit.config()?;
            agreement::obtain(&job, &config, name, &format!("remove the endpoint '{name}/{endpoint}'"))?;
            edit.remove_endpoint(name, endpoint)?;
            edit.save()?;
            let outcome = done(&mut job, &format!("Removed endpoint '{endpoint}' from environment '{name}'"));
            if let Some(its) = config.environment(name) {
                Left::of_endpoint(&job, its, endpoint).tell(&mut job);
            }
            Ok(outcome)
        }
        EndpointCommand::SetDefault(args) => {
            let NamedEndpoint { environment: name, endpoint } = &args.named;
            let mut edit = Edit::open(environment)?;
            edit.set_default_endpoint(name, endpoint)?;
            edit.save()?;
            Ok(done(&mut job, &format!("Set '{endpoint}' as default endpoint for environment '{name}'")))
        }
    }
}

fn list(job: &mut Job<'_>, args: &EndpointListArgs) -> CommandResult {
    let known = Known::load(job)?;
    let environment = find(&known.config, &args.named.environment)?;
    let Job { settings, printer, .. } = job;
    let is_default = |endpoint: &EndpointConfig| default_endpoint(environment) == Some(&endpoint.name);
    let wants_names = settings.output.wants_names(settings.volume.quiet);
    let listed: Vec<_> =
        environment.endpoints.iter().map(|endpoint| EndpointJson::named(endpoint, is_default(endpoint))).collect();
    if settings.output.is(RowFormat::Json) && !wants_names {
        printer.data.json_whole(&Picked::of(&listed, &settings.output.columns)?);
        return Ok(Outcome::Done(Effect::None));
    }
    if environment.endpoints.is_empty() && !wants_names && !settings.output.is_for_programs() {
        printer.talk.say(&format!("No endpoints configured for environment '{}'", environment.name));
        return Ok(Outcome::Done(Effect::None));
    }
    let mut for_people = Listing::new(&["name", "url", "ssl", "timeout", "default", "username"]);
    for endpoint in &environment.endpoints {
        for_people.push([
            Some(endpoint.name.clone()),
            Some(url_of(endpoint).to_owned()),
            Some(if ignores_certificates(endpoint) { "ignore" } else { "verify" }.to_owned()),
            Some(format!("{}s", seconds(endpoint))),
            Some(if is_default(endpoint) { "✓" } else { "" }.to_owned()),
            endpoint.username.as_ref().map(|name| name.value.clone()),
        ]);
    }
    let in_pipe = InPipe::Columns(&["NAME", "URL", "SSL", "TIMEOUT", "DEFAULT", "USERNAME"]);
    Listing::of_records(&ENDPOINT_FIELDS, &listed).print_compatibly(&for_people, in_pipe, settings, printer)?;
    Ok(Outcome::Done(Effect::None))
}

fn show(job: &mut Job<'_>, named: &NamedEndpoint) -> CommandResult {
    let known = Known::load(job)?;
    let environment = find(&known.config, &named.environment)?;
    let endpoint = environment.endpoint(&named.endpoint).ok_or_else(|| {
        let near = nearest_names(&named.endpoint, environment.endpoint_names());
        let what = format!("the endpoint '{}' of '{}'", named.endpoint, named.environment);
        unknown(&what, &near, &format!("hac endpoint list {}", named.environment))
    })?;
    let Job { settings, printer, .. } = job;
    let is_default = default_endpoint(environment) == Some(&endpoint.name);
    let data = &mut printer.data;
    if settings.json {
        data.json(&Success::of(EndpointJson::named(endpoint, is_default)));
        return Ok(Outcome::Done(Effect::None));
    }
    data.line(&format!("Endpoint: {}/{}", environment.name, endpoint.name));
    if is_default {
        data.line("Status: default");
    }
    data.line("");
    for line in lines(endpoint) {
        data.line(&line);
    }
    Ok(Outcome::Done(Effect::None))
}

fn add(job: &mut Job<'_>, args: &EndpointAddArgs) -> CommandResult {
    let NamedEndpoint { environment, endpoint } = &args.named;
    let mut edit = Edit::open(&job.context.environment)?;
    let changes = typed(job.settings)?;
    if !changes.iter().any(|(key, _)| *key == "url") {
        return Err(usage(
            &format!("add the endpoint '{environment}/{endpoint}'"),
            "it has no URL",
            "pass --url https://HOST:9002",
        )
        .into());
    }
    edit.add_endpoint(environment, endpoint, changes, args.set_default)?;
    edit.save()?;
    let mark = if args.set_default { " (set as default)" } else { "" };
    Ok(done(job, &format!("Added endpoint '{endpoint}' to environment '{environment}'{mark}")))
}

fn update(job: &mut Job<'_>, args: &EndpointUpdateArgs) -> CommandResult {
    let NamedEndpoint { environment, endpoint } = &args.named;
    let mut edit = Edit::open(&job.context.environment)?;
    let mut changes = typed(job.settings)?;
    if args.no_ignore_ssl {
        changes.push(("ignore_ssl", None));
    }
    let config = edit.config()?;
    let moves = changes.iter().any(|(key, _)| *key == "url");
    if moves {
        let doing = format!("change the URL of '{environment}/{endpoint}'");
        agreement::obtain(job, &config, environment, &doing)?;
    }
    edit.change_endpoint(environment, endpoint, changes)?;
    let now = edit.config()?;
    edit.save()?;
    let outcome = done(job, &format!("Updated endpoint '{endpoint}' in environment '{environment}'"));
    let url_in = |config: &Config| Some(url_of(config.environment(environment)?.endpoint(endpoint)?).to_owned());
    if let Some(before) = config.environment(environment).filter(|_| moves && url_in(&config) != url_in(&now)) {
        Left::of_endpoint(job, before, endpoint).tell(job);
    }
    Ok(outcome)
}
