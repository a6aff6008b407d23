//! `hac session import`: a session from another machine, or from a browser.

use std::io::Read as _;
use std::path::Path;

use hac_client::network::BaseUrl;
use hac_client::session::{CopiedRequest, PortableSession, SessionState};
use hac_client::{Error, ErrorKind};
use serde::Serialize;
use serde_json::{Map, Value};

use super::stored::shortened;
use crate::args::ImportArgs;
use crate::connection::{connect_with, manager};
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::ending::blocking;
use crate::env;
use crate::foreign::visible;
use crate::job::Job;
use crate::printer::Printer;
use crate::settings::{Setting, Settings};
use crate::source;

/// More than this is no session.
const LONGEST: u64 = 1024 * 1024;

#[derive(Serialize)]
struct ImportedJson<'a> {
    success: bool,
    environment: &'a str,
    url: &'a str,
    username: &'a str,
    session_id: String,
}

pub(super) async fn import(job: Job<'_>, args: &ImportArgs) -> CommandResult {
    let Job { context, settings, printer } = job;
    if args.session_id.is_some() || args.csrf_token.is_some() {
        printer.talk.warn(
            "other users of this machine can read the arguments: HAC_SESSION_ID and HAC_CSRF_TOKEN, \
             or JSON on standard input, are safer",
        );
    }
    if settings.password_stdin {
        return Err(usage(
            "import the session",
            "standard input cannot hold both the session and the password",
            "remove --password-stdin: importing a session needs no password",
        )
        .into());
    }
    let typed = args.session_id.is_some() && args.csrf_token.is_some();
    let fallback = fallback(settings, context)?;
    let mut fields = match &args.file {
        _ if args.from_curl => copied(&command(args, context, printer)?, settings)?,
        Some(path) if path.as_os_str() != "-" => from_file(path)?,
        _ if typed || context.terminals.stdin => Map::new(),
        _ => from_stdin(&fallback, printer)?,
    };
    complete(&mut fields, settings, args, &fallback)?;
    let session = PortableSession::from_json(&Value::Object(fields).to_string()).map_err(with_ways)?;
    let manager = manager(settings)?;
    if args.check {
        check(&session, settings, context, printer).await?;
    }
    manager.import_session(&session)?;
    let metadata = session.metadata();
    let short = shortened(metadata.session_id.expose());
    if settings.json {
        printer.data.json(&ImportedJson {
            success: true,
            environment: &metadata.environment,
            url: &metadata.base_url,
            username: &metadata.username,
            session_id: short,
        });
    } else if !settings.volume.quiet {
        printer.data.line(&format!("Session imported for '{}'", visible(&metadata.environment)));
        printer.data.line(&format!("  User: {}", metadata.username));
        printer.data.line(&format!("  URL: {}", metadata.base_url));
        printer.data.line(&format!("  Session ID: {short}"));
    }
    Ok(Outcome::Done(Effect::Write))
}

/// The command of curl, from a file or from standard input.
fn command(args: &ImportArgs, context: &RunContext, printer: &Printer) -> Result<String, Error> {
    match &args.file {
        Some(path) if path.as_os_str() != "-" => source::from_file(path, "curl command"),
        _ => {
            if context.terminals.stdin {
                printer.talk.say("Paste the curl command, then press Enter and Ctrl-D (Ctrl-Z and Enter on Windows):");
            }
            let text = source::from_stdin("curl command")?;
            if text.trim().is_empty() {
                return Err(usage(
                    "read the curl command from standard input",
                    "it is empty",
                    "pipe it in, or name a file that holds it with -f FILE",
                ));
            }
            Ok(text)
        }
    }
}

/// The fields that a command of curl has. What it is for has to be what the flags and the configuration say.
fn copied(text: &str, settings: &Settings) -> Result<Map<String, Value>, Error> {
    let cookie = settings.session_cookie.as_ref().map_or("JSESSIONID", |name| &name.value);
    let request = CopiedRequest::from_curl(text, cookie)?;
    let Some(token) = request.csrf_token() else {
        return Err(usage(
            "read the curl command",
            "it has no CSRF token: neither a header X-CSRF-TOKEN nor a field _csrf",
            "copy a request that a page of HAC sends, such as the one of a query that you run there; requests for pages have none",
        ));
    };
    let known = settings.url_given().filter(|url| url.is_explicit() || url.is_of_a_file());
    if let Some(known) = known {
        let ours = BaseUrl::parse(&known.value)?;
        if ours.origin() != request.base_url().origin() {
            return Err(usage(
                "import the session",
                format!("the copied request is for {}, and {} is {}", request.base_url(), known.origin, ours),
                "name the environment of that server, or omit what names another one",
            ));
        }
    }
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| fields.insert(name.to_owned(), Value::String(value.to_owned()));
    put("session_id", request.session_id().expose());
    put("csrf_token", token.expose());
    if let Some(route) = request.route() {
        put("route_cookie", route);
    }
    if known.is_none() {
        put("base_url", request.base_url().as_str());
    }
    Ok(fields)
}

/// Asks the server before anything is stored.
async fn check(
    session: &PortableSession,
    settings: &Settings,
    context: &RunContext,
    printer: &Printer,
) -> Result<(), Error> {
    let client = connect_with(settings, context, &printer.talk, session)?;
    match client.check().await? {
        SessionState::Alive | SessionState::AliveWithoutRight | SessionState::Initializing => Ok(()),
        _ => Err(Error::new(ErrorKind::SessionEnded, "import the session")
            .because(format!("{} does not know it (any more); nothing was stored", session.metadata().base_url))
            .with_hint("log in again where it comes from, and import the new one")),
    }
}

/// What the environment says, for the fields that nothing else gives.
struct Fallback {
    session_id: Option<String>,
    csrf_token: Option<String>,
    route_cookie: Option<String>,
}

fn fallback(settings: &Settings, context: &RunContext) -> Result<Fallback, Error> {
    let text = |name| Ok::<_, Error>(settings.variable(name, context)?.map(|found| found.value));
    Ok(Fallback {
        session_id: text(env::SESSION_ID)?,
        csrf_token: text(env::CSRF_TOKEN)?,
        route_cookie: text(env::ROUTE_COOKIE)?,
    })
}

/// The object in a file.
fn from_file(path: &Path) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(&source::from_file(path, "session")?) {
        Ok(Value::Object(fields)) => Ok(fields),
        // The parser's own words may quote the text, which may be a secret.
        _ => Err(with_ways(
            Error::new(ErrorKind::Usage, "import the session")
                .because(format!("{} contains no JSON object", path.display())),
        )),
    }
}

/// The object on standard input. Where the environment has all that is needed, standard input may
/// be anything: in CI it is often not a terminal and holds nothing for us.
fn from_stdin(fallback: &Fallback, printer: &Printer) -> Result<Map<String, Value>, Error> {
    let enough = fallback.session_id.is_some() && fallback.csrf_token.is_some();
    let mut bytes = Vec::new();
    let read = blocking(|| std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes));
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ if enough => {
            if !bytes.trim_ascii().is_empty() {
                printer.talk.warn("standard input contains no JSON object; taking HAC_SESSION_ID and HAC_CSRF_TOKEN");
            }
            Ok(Map::new())
        }
        _ if bytes.trim_ascii().starts_with(b"curl") => {
            Err(usage("import the session", "standard input contains a curl command", "to read one, pass --from-curl"))
        }
        _ if read.is_err() || bytes.trim_ascii().is_empty() => Ok(Map::new()),
        // The parser's own words may quote the text, which may be a secret.
        _ => Err(with_ways(
            Error::new(ErrorKind::Usage, "import the session").because("standard input contains no JSON object"),
        )),
    }
}

/// Typed values win over the text, the text over the environment.
fn complete(
    fields: &mut Map<String, Value>,
    settings: &Settings,
    args: &ImportArgs,
    fallback: &Fallback,
) -> Result<(), Error> {
    let mut put = |name: &str, typed: Option<&String>, otherwise: Option<&String>| {
        let there = fields.get(name).is_some_and(|value| !value.is_null());
        if let Some(value) = typed.or(if there { None } else { otherwise }) {
            fields.insert(name.to_owned(), Value::String(value.clone()));
        }
    };
    put("session_id", args.session_id.as_ref(), fallback.session_id.as_ref());
    put("csrf_token", args.csrf_token.as_ref(), fallback.csrf_token.as_ref());
    put("route_cookie", args.route_cookie.as_ref(), fallback.route_cookie.as_ref());
    let split = |given: Option<&Setting<String>>| match given {
        Some(setting) if setting.is_explicit() => (Some(setting.value.clone()), None),
        other => (None, other.map(|setting| setting.value.clone())),
    };
    // Whoever names no server means none: not the one that is there without a configuration.
    let known = settings.url_given().filter(|_| !settings.is_built_in() || settings.has_typed_label());
    let (typed, otherwise) = split(known);
    put("base_url", typed.as_ref(), otherwise.as_ref());
    let (typed, otherwise) = split(settings.username_given());
    put("username", typed.as_ref(), otherwise.as_ref());
    let label = settings.label();
    let typed = args.target.environment.is_some() || settings.has_typed_label();
    put("environment", typed.then_some(&label), Some(&label));
    for (name, ways) in [("base_url", "pass --url or set HAC_URL"), ("username", "pass --username or set HAC_USERNAME")]
    {
        if !fields.contains_key(name) {
            return Err(Error::new(ErrorKind::Usage, "import the session")
                .because(format!("the field {name} is missing"))
                .with_hint(ways));
        }
    }
    Ok(())
}

fn with_ways(error: Error) -> Error {
    error.with_hint(
        "pipe in what `hac session export` printed, or set HAC_SESSION_ID and HAC_CSRF_TOKEN \
         beside --url and --username",
    )
}
