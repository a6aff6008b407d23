//! Every setting as a line: what it is, its value, and where that came from.

use std::fmt::Display;

use hac_client::network::Proxy;
use hac_client::tls::Trust;
use serde::Serialize;

use super::{Setting, Settings, TimeLimit};
use crate::config::PasswordCommand;

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub key: &'static str,
    pub value: String,
    pub origin: String,
}

fn line<T>(key: &'static str, setting: &Setting<T>, value: impl FnOnce(&T) -> String) -> Line {
    Line { key, value: value(&setting.value), origin: setting.origin.to_string() }
}

fn optional<T>(key: &'static str, setting: Option<&Setting<T>>, value: impl FnOnce(&T) -> String) -> Line {
    match setting {
        Some(setting) => line(key, setting, value),
        None => Line { key, value: String::new(), origin: "not set".to_owned() },
    }
}

fn shown(value: &impl Display) -> String {
    value.to_string()
}

impl Settings {
    /// Every setting, for a log or a report that others read: what a command line holds, nobody knows.
    pub(crate) fn lines_to_pass_on(&self) -> Vec<Line> {
        let mut lines = self.lines();
        let commands = lines.iter_mut().filter(|line| line.key == "password_command" && !line.value.is_empty());
        commands.for_each(|line| "(set)".clone_into(&mut line.value));
        lines
    }

    /// Every setting. No line holds a secret.
    pub(crate) fn lines(&self) -> Vec<Line> {
        vec![
            // What is in front of an @ may be a password.
            optional("url", self.url_given(), |url| url.rsplit('@').next().unwrap_or_default().to_owned()),
            line("environment", &self.environment, shown),
            optional("endpoint", self.endpoint.as_ref(), shown),
            optional("username", self.username.as_ref(), shown),
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
            optional("gate", self.gate.as_ref(), shown),
            // A value may be a secret.
            line("headers", &self.headers, |headers| {
                headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
            }),
            optional("context_path", self.context_path.as_ref(), ToString::to_string),
            optional("route", self.route.as_ref(), shown),
            optional("session_cookie", self.session_cookie.as_ref(), shown),
            line("timeout", &self.timeout, |limit| match limit {
                TimeLimit::Default => "30".to_owned(),
                TimeLimit::Never => "0".to_owned(),
                TimeLimit::After(limit) => limit.as_secs_f64().to_string(),
            }),
            line("protection", &self.guard.protection, |protection| protection.as_str().to_owned()),
            line("allow_scripts", &self.guard.allow_scripts, shown),
            optional("data_source", self.guard.data_source.as_ref(), shown),
            line("audit", &self.guard.audit, |audit| audit.as_str().to_owned()),
            optional("format", self.output.format.as_ref(), |format| format.name().to_owned()),
            line("pager", &self.output.pager, shown),
            optional("width", self.output.width.as_ref(), shown),
            line("color", &self.output.color, |color| color.as_str().to_owned()),
            optional("cache_dir", self.cache_dir.as_ref(), |path| path.display().to_string()),
        ]
    }
}
