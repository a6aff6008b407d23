//! The way to HAC: its host, a connection, the proxy, the certificate, the login page.

use std::time::Duration;

use hac_client::diagnosis::{Diagnosis, FoundConsole, ServerCertificate};
use hac_client::network::BaseUrl;
use hac_client::tls::Trust;
use hac_client::{Error, ErrorKind, HacClient, Result};
use serde_json::json;

use super::client;
use super::pin::Pin;
use super::place;
use super::report::{Report, Step};
use crate::connection::Connection;
use crate::context::RunContext;
use crate::printer::Printer;
use crate::settings::Settings;

/// A certificate that expires so soon is worth a word.
const SOON: i64 = 14 * 24 * 3600;

/// How far the way went.
pub(super) struct Walked {
    /// The client to go on with: another one if a certificate was pinned.
    pub(super) client: HacClient,
    /// The login page.
    pub(super) found: Option<FoundConsole>,
}

pub(super) async fn walk(
    settings: &Settings,
    context: &RunContext,
    connection: Connection,
    url: &BaseUrl,
    report: &mut Report,
    printer: &mut Printer,
) -> Result<Walked> {
    let client_of_call = connection.client;
    let diagnosis = client_of_call.diagnosis();
    if let Some(failed) = reach(&diagnosis, report, printer).await {
        for name in ["tcp", "proxy", "tls", "context path"].into_iter().skip(usize::from(failed == "tcp")) {
            report.add(Step::skipped(name, format!("{failed} failed")), printer);
        }
        return Ok(Walked { client: client_of_call, found: None });
    }
    let found = diagnosis.find_console().await;
    let refused = found.as_ref().err().filter(|error| error.kind() == ErrorKind::Tls);
    let certificate = diagnosis.certificate().filter(|certificate| !certificate.is_accepted);
    if let Some((error, certificate)) = refused.zip(certificate) {
        let fingerprint = certificate.fingerprint;
        if Pin::new(settings, context, fingerprint).offer(&error.to_string(), &printer.talk)? {
            let pinned = settings.pinned(fingerprint);
            let (connection, _) = client(&pinned, context, printer, url)?;
            let found = connection.client.diagnosis().find_console().await;
            let advice = advice(&found, &pinned, context, printer, url).await;
            let walk = Walk { settings: &pinned, context, url, diagnosis: &connection.client.diagnosis(), advice };
            let found = walk.judge(found, report, printer);
            return Ok(Walked { client: connection.client, found });
        }
    }
    let advice = advice(&found, settings, context, printer, url).await;
    let walk = Walk { settings, context, url, diagnosis: &diagnosis, advice };
    let found = walk.judge(found, report, printer);
    Ok(Walked { client: client_of_call, found })
}

/// Where HAC is instead, if it is not at the context path that was given.
async fn advice(
    found: &Result<FoundConsole>,
    settings: &Settings,
    context: &RunContext,
    printer: &Printer,
    url: &BaseUrl,
) -> Option<String> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotHac => place::advice(settings, context, &printer.talk, url).await,
        _ => None,
    }
}

fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// DNS and TCP; the step that failed.
async fn reach(diagnosis: &Diagnosis, report: &mut Report, printer: &mut Printer) -> Option<&'static str> {
    let host = match diagnosis.resolve().await {
        Ok(host) => host,
        Err(error) => {
            report.add(Step::failed("dns", &error), printer);
            return Some("dns");
        }
    };
    let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
    let whose = if diagnosis.proxy().is_some() { "the proxy " } else { "" };
    let message = format!("{whose}{} is {}", host.host, addresses.join(", "));
    report.add(
        Step::ok("dns", message).with("addresses", addresses).with("milliseconds", milliseconds(host.elapsed)),
        printer,
    );
    match diagnosis.connect(&host).await {
        Ok(reached) => {
            let elapsed = milliseconds(reached.elapsed);
            let message = format!("{} accepts connections on port {} ({elapsed} ms)", reached.address, host.port);
            let step = Step::ok("tcp", message).with("address", reached.address.to_string());
            report.add(step.with("milliseconds", elapsed), printer);
            None
        }
        Err(error) => {
            report.add(Step::failed("tcp", &error), printer);
            Some("tcp")
        }
    }
}

/// What the first request says about proxy, TLS and context path.
struct Walk<'a> {
    settings: &'a Settings,
    context: &'a RunContext,
    url: &'a BaseUrl,
    diagnosis: &'a Diagnosis,
    /// What to do if HAC is at another context path.
    advice: Option<String>,
}

impl Walk<'_> {
    fn judge(&self, found: Result<FoundConsole>, report: &mut Report, printer: &mut Printer) -> Option<FoundConsole> {
        let certificate = self.diagnosis.certificate();
        let proxy = self.diagnosis.proxy();
        let failed = found.as_ref().err().map(|error| match error.kind() {
            ErrorKind::Connect if proxy.is_some() => "proxy",
            ErrorKind::Tls => "tls",
            _ if self.url.origin().is_https() && certificate.is_none() => "tls",
            _ => "context path",
        });
        for name in ["proxy", "tls", "context path"] {
            let step = match (&found, failed) {
                (Err(error), Some(failed)) if failed == name && name == "tls" => {
                    self.refused(error, certificate.as_ref())
                }
                (Err(error), Some(failed)) if failed == name => self.failed(name, error),
                _ => match (name, report.first_failed(&["proxy", "tls"]), &found) {
                    (_, Some(failed), _) => Step::skipped(name, format!("{failed} failed")),
                    ("proxy", ..) => self.proxy(),
                    ("tls", ..) => self.tls(certificate.as_ref()),
                    (_, _, Ok(found)) => Self::context_path(found),
                    // Its error is that of this step.
                    (_, _, Err(error)) => self.failed(name, error),
                },
            };
            report.add(step, printer);
        }
        found.ok()
    }

    fn failed(&self, name: &'static str, error: &Error) -> Step {
        let step = Step::failed(name, error);
        match &self.advice {
            Some(advice) => step.with_hint(advice.clone()),
            None => step,
        }
    }

    fn proxy(&self) -> Step {
        match self.diagnosis.proxy() {
            None => Step::ok("proxy", "none"),
            Some(proxy) => {
                let from = proxy.variable.map_or_else(|| self.settings.proxy.origin.to_string(), str::to_owned);
                let message = format!("{}, from {from}", proxy.url);
                Step::ok("proxy", message).with("url", proxy.url).with("origin", from)
            }
        }
    }

    fn refused(&self, error: &Error, certificate: Option<&ServerCertificate>) -> Step {
        // The command below names the fingerprint, and whoever was asked has seen it.
        let named = |certificate: &ServerCertificate| {
            let told = error.why().replace(&format!(", {}", certificate.fingerprint), "");
            Step::failed("tls", &error.clone().because(told))
        };
        match certificate {
            Some(certificate) if !certificate.is_accepted => {
                let pin = Pin::new(self.settings, self.context, certificate.fingerprint);
                let hint = format!(
                    "if this is the right server, trust the authority of the certificate with `--cacert FILE`, or compare the \
                     fingerprint with what the operator of the server says, and keep it as a pin: {}",
                    pin.command()
                );
                with_certificate(named(certificate).with_hint(hint), certificate)
            }
            // Something else than the certificate is wrong, and the error says what to do.
            _ => Step::failed("tls", error),
        }
    }

    fn tls(&self, certificate: Option<&ServerCertificate>) -> Step {
        const NAME: &str = "tls";
        if !self.url.origin().is_https() {
            return if self.url.origin().is_loopback() {
                Step::ok(NAME, "none: plain http, to this machine")
            } else {
                Step::warning(
                    NAME,
                    "none: anyone on the network path can read the password and the session",
                    "use https://",
                )
            };
        }
        let Some(certificate) = certificate else { return Step::ok(NAME, "the connection is encrypted") };
        let shown = shown(certificate);
        let expires_in = certificate.contents.as_ref().map(|contents| contents.valid_to.saturating_sub(now()));
        let trust = &self.settings.trust;
        let step = if trust.value == Trust::Nothing && (trust.is_explicit() || !self.url.origin().is_loopback()) {
            let pin = Pin::new(self.settings, self.context, certificate.fingerprint);
            let shown = without_fingerprint(certificate);
            let message = format!("any certificate is trusted ({}): {shown}", trust.origin);
            Step::warning(NAME, message, format!("pin it instead: {}", pin.command()))
        } else {
            match expires_in {
                Some(left) if left < 0 => {
                    Step::ok(NAME, format!("{shown}; it has expired, and is pinned or not verified"))
                }
                Some(left) if left < SOON => Step::warning(
                    NAME,
                    format!("{shown}; it expires in {} days", left / (24 * 3600)),
                    "ask the operator of the server for a new certificate; a pin must be changed with it",
                ),
                _ => Step::ok(NAME, shown),
            }
        };
        with_certificate(step, certificate)
    }

    fn context_path(found: &FoundConsole) -> Step {
        let message = format!("HAC is at {}, its login page at {}", found.context_path, found.login_path);
        Step::ok("context path", message)
            .with("context_path", found.context_path.to_string())
            .with("login_path", found.login_path.clone())
    }
}

fn shown(certificate: &ServerCertificate) -> String {
    format!("{}; {}", without_fingerprint(certificate), certificate.fingerprint)
}

fn without_fingerprint(certificate: &ServerCertificate) -> String {
    match &certificate.contents {
        Some(contents) => format!("{}, valid until {}", contents.subject, contents.valid_to_formatted()),
        None => "the certificate cannot be read".to_owned(),
    }
}

fn with_certificate(step: Step, certificate: &ServerCertificate) -> Step {
    let contents = certificate.contents.as_ref().map(|contents| {
        json!({
            "subject": contents.subject,
            "issuer": contents.issuer,
            "names": contents.names,
            "valid_from": contents.valid_from_formatted(),
            "valid_to": contents.valid_to_formatted(),
            "self_signed": contents.is_self_signed,
        })
    });
    step.with("fingerprint", certificate.fingerprint.to_string())
        .with("accepted", certificate.is_accepted)
        .with("certificate", contents)
}

/// Seconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
