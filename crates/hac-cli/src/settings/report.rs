//! Every setting as a line: what it is, its value, and where that came from.

use std::time::Duration;

use hac_client::network::Proxy;
use hac_client::tls::Trust;
use serde_json::Value;

use super::{Setting, Settings, TimeLimit};
use crate::config::PasswordCommand;

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub key: &'static str,
    /// Null where it is not set, or says nothing.
    pub value: Value,
    pub origin: String,
}

impl Line {
    /// The value as text; none where it is null.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

fn line<T, V: Into<Value>>(key: &'static str, setting: &Setting<T>, value: impl FnOnce(&T) -> V) -> Line {
    let value = match value(&setting.value).into() {
        Value::String(text) if text.is_empty() => Value::Null,
        value => value,
    };
    Line { key, value, origin: setting.origin.to_string() }
}

fn optional<T, V: Into<Value>>(key: &'static str, setting: Option<&Setting<T>>, value: impl FnOnce(&T) -> V) -> Line {
    match setting {
        Some(setting) => line(key, setting, value),
        None => Line { key, value: Value::Null, origin: "not set".to_owned() },
    }
}

/// Text, a number or a boolean as it is.
fn same<T: Clone + Into<Value>>(value: &T) -> Value {
    value.clone().into()
}

/// Seconds, as a whole number where they are one.
fn seconds(limit: Duration) -> Value {
    if limit.subsec_nanos() == 0 { limit.as_secs().into() } else { limit.as_secs_f64().into() }
}

impl Settings {
    /// Every setting, for a log or a report that others read: what a command line holds, nobody knows.
    pub(crate) fn lines_to_pass_on(&self) -> Vec<Line> {
        let mut lines = self.lines();
        let commands = lines.iter_mut().filter(|line| line.key == "password_command" && !line.value.is_null());
        commands.for_each(|line| line.value = "(set)".into());
        lines
    }

    /// Every setting. No line holds a secret.
    pub(crate) fn lines(&self) -> Vec<Line> {
        vec![
            // What is in front of an @ may be a password.
            optional("url", self.url_given(), |url| url.rsplit('@').next().unwrap_or_default().to_owned()),
            line("environment", &self.environment, same),
            optional("endpoint", self.endpoint.as_ref(), same),
            optional("username", self.username.as_ref(), same),
            optional("password_command", self.password_command.as_ref(), |command| match command {
                PasswordCommand::Line(line) => line.clone(),
                PasswordCommand::Program(words) => words.join(" "),
            }),
            line("trust", &self.trust, |trust| match trust {
                Trust::System => "the certificate authorities of this system".to_owned(),
                Trust::Nothing => "any certificate".to_owned(),
                Trust::Bundle(file) => format!("the certificates in {}", file.display()),
                Trust::Pin(fingerprint) => format!("only {fingerprint}"),
                other => format!("{other:?}"),
            }),
            optional("client_cert", self.client_certificate.as_ref(), |files| files.certificate.display().to_string()),
            optional("client_key", self.client_certificate.as_ref(), |files| files.key.display().to_string()),
            line("proxy", &self.proxy, |proxy| match proxy {
                Proxy::Environment => "HTTPS_PROXY, HTTP_PROXY and NO_PROXY".to_owned(),
                Proxy::Direct => "none".to_owned(),
                Proxy::Url(url) => url.rsplit('@').next().unwrap_or_default().to_owned(),
                other => format!("{other:?}"),
            }),
            optional("gate", self.gate.as_ref(), same),
            // A value may be a secret.
            line("headers", &self.headers, |headers| {
                headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
            }),
            optional("context_path", self.context_path.as_ref(), ToString::to_string),
            optional("route", self.route.as_ref(), same),
            optional("session_cookie", self.session_cookie.as_ref(), same),
            line("timeout", &self.timeout, |limit| match limit {
                TimeLimit::Default => 30.into(),
                TimeLimit::Never => 0.into(),
                TimeLimit::After(limit) => seconds(*limit),
            }),
            line("protection", &self.guard.protection, |protection| protection.as_str().to_owned()),
            line("allow_scripts", &self.guard.allow_scripts, same),
            optional("data_source", self.guard.data_source.as_ref(), same),
            line("audit", &self.guard.audit, |audit| audit.as_str().to_owned()),
            optional("format", self.output.format.as_ref(), |format| format.name().to_owned()),
            line("pager", &self.output.pager, same),
            optional("width", self.output.width.as_ref(), same),
            line("color", &self.output.color, |color| color.as_str().to_owned()),
            optional("cache_dir", self.cache_dir.as_ref(), |path| path.display().to_string()),
        ]
    }
}
