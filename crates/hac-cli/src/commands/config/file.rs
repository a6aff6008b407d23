//! `hac config …`: where the file is, what is in it, and what a call would use.

use std::collections::BTreeMap;

use hac_client::protection::Protection;
use hac_client::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Value, json};

use super::edit;
use super::entry::{EnvironmentJson, default_endpoint, url_of};
use super::environments::{default_of, flat, show as show_environment};
use super::example::EXAMPLE;
use super::guards::Guards;
use super::known::Known;
use crate::args::{ConfigArgs, ConfigCommand};
use crate::config::{self, Config, EndpointConfig, EnvironmentConfig, Located};
use crate::credentials::{PasswordSource, StdinUse};
use crate::diagnostics::{CommandResult, Effect, Outcome, Report};
use crate::job::Job;
use crate::name;
use crate::output::{Listing, Success};
use crate::settings::{BUILT_IN, Line, Setting};

pub(crate) fn run(mut job: Job<'_>, args: &ConfigArgs) -> CommandResult {
    match &args.command {
        Some(ConfigCommand::Show(args)) => settings(&mut job, args.origin),
        Some(ConfigCommand::Path(_)) => {
            let path = config::path(&job.context.environment)?;
            if job.settings.json {
                return place(&mut job);
            }
            job.printer.data.line(&path.display().to_string());
            Ok(Outcome::Done(Effect::None))
        }
        Some(ConfigCommand::Edit) => edit::run(&mut job),
        Some(ConfigCommand::Validate(_)) => validate(&mut job),
        None if args.path => place(&mut job),
        None if args.validate => validate(&mut job),
        None if args.example => example(&mut job),
        None if args.list => list(&mut job),
        None => match job.settings.typed_environment().map(str::to_owned) {
            Some(name) => show_environment(&mut job, &name),
            None => everything(&mut job),
        },
    }
}

#[derive(Serialize)]
struct ExampleJson<'a> {
    success: bool,
    example: &'a str,
}

fn example(job: &mut Job<'_>) -> CommandResult {
    job.settings.output.refuse_rows("print the example", "a file", "omit the format, or choose json")?;
    if job.settings.output.is_json() {
        job.printer.data.json(&ExampleJson { success: true, example: &name::spelled(EXAMPLE) });
    } else {
        job.printer.data.text(&name::spelled(EXAMPLE));
    }
    Ok(Outcome::Done(Effect::None))
}

#[derive(Serialize)]
struct PlaceJson {
    config_path: String,
    exists: bool,
}

fn place(job: &mut Job<'_>) -> CommandResult {
    let path = config::path(&job.context.environment)?;
    let exists = path.exists();
    let data = &mut job.printer.data;
    if job.settings.json {
        data.json(&Success::of(PlaceJson { config_path: path.display().to_string(), exists }));
    } else {
        data.line(&format!("Configuration file: {}", path.display()));
        data.line(&format!("Status: {}", if exists { "exists" } else { "not found" }));
    }
    Ok(Outcome::Done(Effect::None))
}

#[derive(Serialize)]
struct ListJson<'a> {
    environments: Vec<&'a str>,
    default: &'a str,
}

fn list(job: &mut Job<'_>) -> CommandResult {
    let mut config = Config::load(&job.context.environment)?;
    if !config.exists && Known::load(job)?.config.environments.is_empty() {
        config.environments.push(built_in());
    }
    let default = default_of(&config);
    let names = config.environments.iter().map(|environment| environment.name.as_str());
    let style = job.style();
    let data = &mut job.printer.data;
    if job.settings.json && !style.format.is_json() {
        let mut listing = Listing::new(&["name", "is_default"]);
        names.for_each(|name| listing.push([json!(name), json!(name == default)]));
        listing.print(&style, data)?;
    } else if job.settings.json {
        // In the order of the file, as hac-client-cli has it.
        let mut ordered: Vec<_> = config.environments.iter().collect();
        ordered.sort_by_key(|environment| environment.line);
        let environments = ordered.into_iter().map(|environment| environment.name.as_str()).collect();
        data.json(&Success::of(ListJson { environments, default }));
    } else {
        data.line("Configured environments:");
        for name in names {
            data.line(&format!("  - {name}{}", if name == default { " (default)" } else { "" }));
        }
    }
    Ok(Outcome::Done(Effect::None))
}

/// The environment that is used without a file.
fn built_in() -> EnvironmentConfig {
    let (name, endpoint, url) = BUILT_IN;
    let at = |value: &str| Some(Located { value: value.to_owned(), line: 0 });
    let endpoint = EndpointConfig { name: endpoint.to_owned(), url: at(url), ..EndpointConfig::default() };
    EnvironmentConfig {
        name: name.to_owned(),
        default_endpoint: at(&endpoint.name),
        endpoints: vec![endpoint],
        ..EnvironmentConfig::default()
    }
}

#[derive(Serialize)]
struct EverythingJson<'a> {
    config_path: String,
    exists: bool,
    default_environment: &'a str,
    environments: BTreeMap<&'a str, EnvironmentJson<'a>>,
}

fn everything(job: &mut Job<'_>) -> CommandResult {
    let files = Config::all(&job.context.environment, job.context.directory.as_deref())?;
    let guards = Guards::of(&files);
    let is_built_in = files.iter().all(|config| !config.exists || config.environments.is_empty());
    let mut config = files.into_iter().next_back().unwrap_or_default();
    if is_built_in && !config.exists {
        config.environments.push(built_in());
    }
    let default = default_of(&config);
    let style = job.style();
    let data = &mut job.printer.data;
    if job.settings.json && !style.format.is_json() {
        flat(&config.environments, default, &guards).print(&style, data)?;
        return Ok(Outcome::Done(Effect::None));
    }
    if job.settings.json {
        let environments = config.environments.iter();
        data.json(&Success::of(EverythingJson {
            config_path: config.path.display().to_string(),
            exists: config.exists,
            default_environment: default,
            environments: environments
                .map(|its| (its.name.as_str(), EnvironmentJson::new(its, default, &guards)))
                .collect(),
        }));
        return Ok(Outcome::Done(Effect::None));
    }
    data.line(&format!("Configuration file: {}", config.path.display()));
    data.line(&format!("Status: {}", if config.exists { "exists" } else { "not found (using defaults)" }));
    data.line(&format!("\nDefault environment: {default}"));
    data.line(&format!("\nEnvironments ({}):", config.environments.len()));
    for environment in &config.environments {
        let mark = if environment.name == default { " <- default" } else { "" };
        let holding = guards.of_environment(environment);
        let is_said = environment.protection.is_some() || holding.protection > Protection::Open;
        let protection = if is_said { format!(" [{}]", holding.protection.as_str()) } else { String::new() };
        data.line(&format!("  {}{mark}{protection}", environment.name));
        for endpoint in &environment.endpoints {
            let mark = if default_endpoint(environment) == Some(&endpoint.name) { " (default)" } else { "" };
            data.line(&format!("    {}{mark}: {}", endpoint.name, url_of(endpoint)));
        }
    }
    Ok(Outcome::Done(Effect::None))
}

#[derive(Serialize)]
struct ValidJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<bool>,
    valid: bool,
    issues: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

/// Everything that can be said of the file without a server.
fn validate(job: &mut Job<'_>) -> CommandResult {
    let environment = &job.context.environment;
    let path = config::path(environment)?;
    let (config, issues) = match Config::load(environment) {
        Ok(config) => {
            let issues = issues_of(&config);
            (config, issues)
        }
        Err(error) => {
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            (Config::default(), vec![format!("{}{hint}", error.why())])
        }
    };
    let valid = issues.is_empty();
    let failure = (!valid).then(|| {
        Error::new(ErrorKind::Config, format!("use {}", path.display()))
            .because(format!("{} of its settings cannot be used", issues.len()))
            .with_hint("`hac config edit` opens it; `hac config --example` shows how it should look")
    });
    let style = job.style();
    let data = &mut job.printer.data;
    if style.format.is_json() {
        let error = failure.as_ref().map(Report::from);
        data.json(&ValidJson { success: Some(valid), valid, issues: &issues, error });
    } else if job.settings.json {
        // What is wrong is the result, also of a file that is not valid.
        let result = ValidJson { success: None, valid, issues: &issues, error: None };
        Listing::of_records(&[], &[result]).print(&style, data)?;
    } else if issues.is_empty() {
        data.line("Configuration is valid");
        data.line(&format!("  - {} environment(s) configured", config.environments.len()));
        data.line(&format!("  - Default: {}", default_of(&config)));
    } else {
        data.line("Configuration has issues:\n");
        for issue in &issues {
            data.line(&format!("  - {issue}"));
        }
    }
    data.flush();
    match failure {
        None => Ok(Outcome::Done(Effect::None)),
        Some(error) => Err(error.into()),
    }
}

fn issues_of(config: &Config) -> Vec<String> {
    let mut issues = config.warnings.clone();
    if !config.exists {
        issues.push("the file does not exist".to_owned());
    } else if config.environments.is_empty() {
        issues.push("no environments are configured".to_owned());
    } else if config.environment(default_of(config)).is_none() {
        issues.push(format!("the default environment '{}' is not configured", default_of(config)));
    }
    for environment in &config.environments {
        let name = &environment.name;
        if environment.endpoints.is_empty() {
            issues.push(format!("the environment '{name}' has no endpoints"));
        }
        if let Some(default) = default_endpoint(environment)
            && environment.endpoint(default).is_none()
        {
            issues.push(format!("the environment '{name}' has no endpoint '{default}', which is its default"));
        }
    }
    for (environment, endpoint) in config.entries() {
        let label = format!("{}/{}", environment.name, endpoint.name);
        if let Err(error) = crate::settings::check(config, &environment.name, &endpoint.name) {
            issues.push(format!("{label}: {error}"));
        }
    }
    issues
}

fn settings(job: &mut Job<'_>, origin: bool) -> CommandResult {
    let mut lines = job.settings.lines();
    let sources = PasswordSource::all(job.settings, job.context, StdinUse::Other)?;
    let (value, named) = sources.first().map_or((Value::Null, "not set".to_owned()), |source| {
        let (value, named) = source.described();
        (value.into(), named)
    });
    let at = lines.iter().position(|line| line.key == "password_command").unwrap_or(lines.len());
    lines.insert(at, Line { key: "password_from", value, origin: named });
    // People are shown what is set, unless they ask for more.
    let output = &job.settings.output;
    let is_brief = !origin && !output.is_json() && !output.format.as_ref().is_some_and(Setting::is_explicit);
    let mut listing = Listing::new(&["key", "value", "origin"]);
    for Line { key, value, origin } in lines.into_iter().filter(|line| !is_brief || !line.value.is_null()) {
        listing.push([key.into(), value, origin.into()]);
    }
    let listing = if is_brief { listing.usually(&["key", "value"]) } else { listing };
    listing.print(&job.style(), &mut job.printer.data)?;
    Ok(Outcome::Done(Effect::None))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::env::Environment;

    /// The example, and once more with every line that is commented out.
    #[test]
    fn every_line_of_the_example_can_be_read() {
        let environment = Environment::of(&[("HOME", "/home/me")]);
        let lines: Vec<&str> = EXAMPLE.lines().map(|line| line.strip_prefix("#:").unwrap_or(line)).collect();
        let whole = lines.join("\n");
        assert_ne!(whole, EXAMPLE);
        for text in [EXAMPLE, &whole] {
            let config = Config::of_text(text, Path::new("/c.toml"), &environment).expect("it can be read");
            assert_eq!(issues_of(&config), [""; 0], "{text}");
        }
        for key in config::ENDPOINT_KEYS {
            assert!(whole.lines().any(|line| line.trim_start().starts_with(&format!("{key} = "))), "{key}");
        }
    }
}
