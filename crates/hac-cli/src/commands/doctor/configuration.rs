//! The configuration: which files there are, what they make of this call, and where a password would come from.

use hac_client::Result;
use hac_client::network::BaseUrl;
use serde_json::{Map, Value};

use super::report::Step;
use crate::config;
use crate::context::RunContext;
use crate::credentials::{PasswordSource, StdinUse};
use crate::production;
use crate::settings::Settings;

pub(super) fn step(settings: &Settings, context: &RunContext, url: &BaseUrl) -> Result<Step> {
    const NAME: &str = "configuration";
    let path = config::path(&context.environment)?;
    let exists = path.exists();
    let source = PasswordSource::all(settings, context, StdinUse::Other)?;
    let password = source.first().map(PasswordSource::described);
    let file = format!("{}{}", path.display(), if exists { "" } else { " (not there)" });
    let from = settings.url_given().map_or_else(String::new, |url| format!(" from {}", url.origin));
    let protection = settings.guard.protection.value;
    let message = format!("{}: {url}{from}; file {file}; protection {}", settings.label(), protection.as_str());
    let step = if production::is_unprotected(settings, url) {
        let message = format!("{message}. The host looks like production, and nothing protects it");
        Step::warning(
            NAME,
            message,
            format!("to be asked before changes: {}", production::advice(settings, url, context)),
        )
    } else {
        Step::ok(NAME, message)
    };
    let lines = settings.lines_to_pass_on().into_iter().filter(|line| !line.value.is_null());
    let lines =
        lines.map(|line| (line.key.to_owned(), serde_json::json!({ "value": line.value, "origin": line.origin })));
    let settings: Map<String, Value> = lines.collect();
    Ok(step
        .with("file", path.display().to_string())
        .with("file_exists", exists)
        .with("password_from", password.map(|(kind, name)| format!("{kind}: {name}")))
        .with("settings", settings))
}
