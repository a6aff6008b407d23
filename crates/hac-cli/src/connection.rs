//! From settings to a client of the library.

use std::path::PathBuf;

use hac_client::audit::Audit;
use hac_client::network::BaseUrl;
use hac_client::protection::Protection;
use hac_client::session::PortableSession;
use hac_client::tls::{ClientCertificate, Trust};
use hac_client::{Error, ErrorKind, HacClient, HacClientBuilder, Notice, Password, Result, SessionManager, Validation};

use crate::config::Auditing;
use crate::confirmation::ByName;
use crate::context::RunContext;
use crate::credentials::{KeyringUse, ProgramAuth, StdinUse};
use crate::diagnostics::usage;
use crate::ending;
use crate::env;
use crate::printer::Talk;
use crate::production::Unprotected;
use crate::settings::{Setting, Settings, TimeLimit};

/// A client, and what the commands print about it.
pub(crate) struct Connection {
    pub client: HacClient,
    /// Scheme, host and port, for people.
    pub host: String,
    /// Who logs in.
    pub auth: ProgramAuth,
}

/// A client for the settings that logs in when it must.
pub(crate) fn connect(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    label: &str,
    validation: Validation,
    stdin: StdinUse,
    keyring: KeyringUse,
) -> Result<Connection> {
    let url = settings.base_url()?;
    let username = match stored_username(settings, &url, label) {
        Some(username) => username,
        None => settings.username()?,
    };
    let auth = ProgramAuth::new((username, &url), settings, context, talk, stdin, keyring)?;
    build(settings, context, talk, &url, label, auth, validation)
}

/// A client for a session that is not stored, and stays so. It never logs in.
pub(crate) fn connect_with(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    session: &PortableSession,
) -> Result<HacClient> {
    let metadata = session.metadata();
    let (url, auth) = (BaseUrl::parse(&metadata.base_url)?, ProgramAuth::without_password(metadata.username.clone()));
    let builder = builder(settings, context, talk, &url, &metadata.environment, auth, Validation::OnUse)?;
    let client = ending::blocking(|| builder.session_persistence(false).build())?;
    client.use_session(session)?;
    Ok(client)
}

/// The same client once more, with a session of its own that is never stored: it logs in anew.
pub(crate) fn connect_apart(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    known: &Connection,
) -> Result<HacClient> {
    let url = settings.base_url()?;
    let builder = builder(settings, context, talk, &url, &settings.label(), known.auth.clone(), Validation::OnUse)?;
    ending::blocking(|| builder.session_persistence(false).build())
}

/// Whose the stored session is, where nothing else names a user: an imported session needs no second word.
fn stored_username(settings: &Settings, url: &BaseUrl, label: &str) -> Option<String> {
    if settings.username_given().is_some_and(|name| !name.value.is_empty()) || settings.no_cache {
        return None;
    }
    let mut stored = manager(settings).ok()?.list_sessions().ok()?;
    stored.retain(|session| session.environment == label && session.base_url == url.as_str());
    match stored.as_slice() {
        [only] => Some(only.username.clone()),
        _ => None,
    }
}

/// URL and user of the cached sessions with this label.
pub(crate) fn servers_of(settings: &Settings, label: &str) -> Vec<(String, String)> {
    let cached = manager(settings).and_then(|manager| manager.list_sessions()).unwrap_or_default();
    let labelled = cached.into_iter().filter(|session| session.environment == label);
    labelled.map(|session| (session.base_url, session.username)).collect()
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
    auth: ProgramAuth,
    validation: Validation,
) -> Result<Connection> {
    let builder = builder(settings, context, talk, url, label, auth.clone(), validation)?;
    // It reads the certificates.
    let client = ending::blocking(|| builder.build())?;
    context.interrupt.writes_of(client.writes());
    Ok(Connection { client, host: url.origin().to_url(), auth })
}

fn builder(
    settings: &Settings,
    context: &RunContext,
    talk: &Talk,
    url: &BaseUrl,
    label: &str,
    auth: ProgramAuth,
    validation: Validation,
) -> Result<HacClientBuilder> {
    settings.check_meant(url, label)?;
    let secured = [
        (settings.trust.is_explicit() && settings.trust.value != Trust::Nothing, "a certificate to trust"),
        (settings.client_certificate.as_ref().is_some_and(Setting::is_explicit), "a client certificate"),
    ];
    if let Some((_, what)) = secured.iter().find(|(given, _)| *given && !url.origin().is_https()) {
        return Err(usage(
            "connect",
            format!("{what} was passed, and {} has none: it is not encrypted", url.origin()),
            "use https, or omit --cacert, --pin and --client-cert",
        ));
    }
    // To this machine there is no network path; a slip of the finger is worth a word all the same.
    let exposed = !url.origin().is_loopback() || settings.trust.is_explicit();
    if settings.trust.value == Trust::Nothing && url.origin().is_https() && exposed {
        talk.warn(&format!(
            "certificates are not verified: anyone on the network path can read and change everything ({})",
            settings.trust.origin
        ));
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
        .trust(settings.trust.value.clone())
        .proxy(settings.proxy.value.clone())
        .on_notice(move |notice| {
            let text = notice.to_string();
            match notice {
                // A property of the query, and nothing that happened: not with -q.
                Notice::TextKey { .. } if notices.is_quiet() => {}
                _ if notice.is_warning() => notices.warn(&text),
                Notice::Waiting { .. } if watched => notices.say(&text),
                _ => notices.detail(&text),
            }
        });
    let guard = &settings.guard;
    builder = builder.protection(guard.protection.value).allow_scripts(guard.allow_scripts.value);
    if let Some(source) = &guard.data_source {
        builder = builder.data_source(&source.value);
    }
    let audit = Audit::in_default_file();
    builder = builder.audit(match guard.audit.value {
        Auditing::On => audit,
        Auditing::Required => audit.required(),
    });
    if let Some(unprotected) = Unprotected::to_point_out(settings, url, context, talk) {
        // Nothing is refused: the handler is how the library says that a change is about to be sent.
        builder = builder.protection(Protection::Confirm).confirmed_by(unprotected);
    }
    if let Some(by_name) = ByName::of(settings, url, label, context, talk) {
        builder = builder.confirmed_by(by_name);
    }
    if let Some(dir) = settings.cache_dir() {
        builder = builder.cache_dir(dir.clone());
    }
    if let Some(files) = &settings.client_certificate {
        builder = builder
            .client_certificate(ClientCertificate::new(files.value.certificate.clone(), files.value.key.clone()));
    }
    if let Some(user) = &settings.gate {
        builder = builder.gate(&user.value, gate_password(settings, context)?);
    }
    for (name, value) in &settings.headers.value {
        builder = builder.header(name, value);
    }
    if let Some(name) = &settings.session_cookie {
        builder = builder.session_cookie_name(&name.value);
    }
    if let Some(path) = &settings.context_path {
        builder = builder.context_path(path.value.to_string());
    }
    if let Some(node) = &settings.route {
        builder = builder.route(&node.value);
    }
    Ok(match settings.timeout.value {
        TimeLimit::Default => builder,
        TimeLimit::Never => builder.timeout(None),
        TimeLimit::After(limit) => builder.timeout(Some(limit)),
    })
}

fn gate_password(settings: &Settings, context: &RunContext) -> Result<Password> {
    settings.variable(env::GATE_PASSWORD, context)?.map(|password| Password::from(password.value)).ok_or_else(|| {
        Error::new(ErrorKind::Config, "authenticate with --gate")
            .because("no password was given")
            .with_hint("set HAC_GATE_PASSWORD")
    })
}

/// The stored sessions of this machine.
pub(crate) fn manager(settings: &Settings) -> Result<SessionManager> {
    if settings.no_cache {
        return Err(usage("read the cached sessions", "--no-cache disables the cache", "remove --no-cache"));
    }
    match settings.cache_dir() {
        Some(dir) => Ok(SessionManager::with_cache_dir(PathBuf::from(dir))),
        None => SessionManager::new(),
    }
}
