//! From settings to a client of the library.

use std::path::PathBuf;

use hac_client::network::BaseUrl;
use hac_client::tls::ClientCertificate;
use hac_client::{AuthHandler, Error, ErrorKind, HacClient, Notice, Password, Result, SessionManager, Validation};

use crate::context::RunContext;
use crate::credentials::ProgramAuth;
use crate::ending;
use crate::env;
use crate::printer::Talk;
use crate::settings::{Settings, TimeLimit};

/// A client, and what the commands print about it.
pub(crate) struct Connection {
    pub client: HacClient,
    /// Scheme, host and port, for people.
    pub host: String,
}

/// A client for the settings that logs in when it must.
pub(crate) fn connect(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    label: &str,
    validation: Validation,
) -> Result<Connection> {
    let url = settings.base_url()?;
    let auth = ProgramAuth::new(settings.username()?, url.origin().to_url(), settings, context, talk.screen())?;
    build(settings, context, talk, &url, label, auth, validation)
}

/// A client for a session that is already there, which never logs in.
pub(crate) fn connect_without_password(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    key: &Key,
) -> Result<Connection> {
    let auth = ProgramAuth::without_password(key.username.clone());
    let url = BaseUrl::parse(&key.base_url)?;
    build(settings, context, talk, &url, &key.label, auth, Validation::OnUse)
}

/// Whose session it is: what a session is stored under.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub base_url: String,
    pub username: String,
    pub label: String,
}

fn build(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    url: &BaseUrl,
    label: &str,
    auth: impl AuthHandler + 'static,
    validation: Validation,
) -> Result<Connection> {
    if settings.ignore_ssl && url.origin().is_https() {
        talk.warn(
            "certificates are not verified: anyone on the network path can read and change everything (--ignore-ssl)",
        );
    }
    talk.screen().waits_for(&url.origin().to_url());
    let notices = talk.clone();
    // A person should know what the program is waiting for.
    let watched = context.terminals.stderr;
    let mut builder = HacClient::builder(url.as_str())
        .auth_handler(auth)
        .environment(label)
        .session_persistence(!settings.no_cache)
        .validation(validation)
        .trust(settings.trust.clone())
        .proxy(settings.proxy.clone())
        .on_notice(move |notice| {
            let text = notice.to_string();
            match notice {
                _ if notice.is_warning() => notices.warn(&text),
                Notice::Waiting { .. } if watched => notices.say(&text),
                _ => notices.detail(&text),
            }
        });
    if let Some(dir) = settings.cache_dir() {
        builder = builder.cache_dir(dir.clone());
    }
    if let Some(files) = &settings.client_certificate {
        builder = builder.client_certificate(ClientCertificate::new(files.certificate.clone(), files.key.clone()));
    }
    if let Some(user) = &settings.gate {
        builder = builder.gate(user, gate_password(context)?);
    }
    for (name, value) in &settings.headers {
        builder = builder.header(name, value);
    }
    if let Some(name) = &settings.session_cookie {
        builder = builder.session_cookie_name(name);
    }
    if let Some(path) = &settings.context_path {
        builder = builder.context_path(path.to_string());
    }
    if let Some(node) = &settings.route {
        builder = builder.route(node);
    }
    builder = match settings.timeout {
        TimeLimit::Default => builder,
        TimeLimit::Never => builder.timeout(None),
        TimeLimit::After(limit) => builder.timeout(Some(limit)),
    };
    // It reads the certificates.
    let client = ending::blocking(|| builder.build())?;
    context.interrupt.writes_of(client.writes());
    Ok(Connection { client, host: url.origin().to_url() })
}

fn gate_password(context: &RunContext) -> Result<Password> {
    context.environment.text(env::GATE_PASSWORD)?.map(Password::from).ok_or_else(|| {
        Error::new(ErrorKind::Config, "authenticate with --gate")
            .because("no password was given")
            .with_hint("set HAC_GATE_PASSWORD")
    })
}

/// The stored sessions of this machine.
pub(crate) fn manager(settings: &Settings) -> Result<SessionManager> {
    if settings.no_cache {
        return Err(crate::diagnostics::usage(
            "look at the stored sessions",
            "--no-cache disables the cache",
            "remove --no-cache",
        ));
    }
    match settings.cache_dir() {
        Some(dir) => Ok(SessionManager::with_cache_dir(PathBuf::from(dir))),
        None => SessionManager::new(),
    }
}
