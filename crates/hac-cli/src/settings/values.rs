//! What the texts of settings mean.

use std::path::PathBuf;
use std::time::Duration;

use hac_client::network::{ContextPath, Proxy};
use hac_client::tls::{Fingerprint, Trust};
use hac_client::{Error, ErrorKind, Result};

use super::origin::Origin;
use crate::diagnostics::usage;

/// The client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// From so long on a limit is none: ten years.
const NO_LIMIT: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// A shorter limit is a slip: nothing can be answered in it.
const SHORTEST: Duration = Duration::from_millis(1);

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeLimit {
    /// As long as the library says.
    Default,
    /// For ever.
    Never,
    After(Duration),
}

/// An error in the value of a setting: wrong usage if it was typed, else wrong configuration.
pub(super) fn wrong(
    doing: impl Into<String>,
    why: impl Into<String>,
    hint: impl Into<hac_client::Hint>,
    origin: &Origin,
) -> Error {
    let kind = if matches!(origin, Origin::Argument(_)) { ErrorKind::Usage } else { ErrorKind::Config };
    Error::new(kind, doing).because(why).with_hint(hint)
}

pub(super) fn context_path(text: &str, origin: &Origin) -> Result<ContextPath> {
    ContextPath::new(text).ok_or_else(|| {
        let doing = match origin {
            Origin::Argument(_) => "use --context-path".to_owned(),
            _ => format!("use the context path of {origin}"),
        };
        wrong(doing, format!("{text} is not a path"), "write it as /hac, or as / for the root", origin)
    })
}

/// What one layer says of the certificates to trust.
pub(super) struct TrustGiven {
    pub(super) cacert: Option<PathBuf>,
    pub(super) pin: Option<String>,
    pub(super) ignore_ssl: bool,
}

/// How the ways are called in that layer: of `cacert`, `pin` and `ignore_ssl`.
pub(super) const FLAGS: [&str; 3] = ["--cacert", "--pin", "--ignore-ssl"];
pub(super) const KEYS: [&str; 3] = ["cacert", "pin", "ignore_ssl"];

/// Which certificate to trust, with the name of the way; `None` if the layer says nothing of it.
pub(super) fn trust(
    given: TrustGiven,
    names: [&'static str; 3],
    origin: &Origin,
) -> Result<Option<(Trust, &'static str)>> {
    let [cacert, pin, ignore_ssl] = names;
    let all: Vec<&str> = [(cacert, given.cacert.is_some()), (pin, given.pin.is_some()), (ignore_ssl, given.ignore_ssl)]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect();
    if all.len() > 1 {
        return Err(wrong(
            "decide which certificate to trust",
            format!("{} cannot be used together", all.join(" and ")),
            match origin {
                Origin::Argument(_) => "use only one of them".to_owned(),
                _ => format!("use only one of them: {origin}"),
            },
            origin,
        ));
    }
    if let Some(text) = &given.pin {
        let fingerprint: Fingerprint =
            text.parse().map_err(|error: Error| error.while_doing(format!("use the fingerprint of {origin}")))?;
        return Ok(Some((Trust::Pin(fingerprint), pin)));
    }
    Ok(match given.cacert {
        Some(file) => Some((Trust::Bundle(file), cacert)),
        None => given.ignore_ssl.then_some((Trust::Nothing, ignore_ssl)),
    })
}

/// The pair that a layer gives. Half of it is an error.
pub(super) fn client_certificate(
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    names: [&str; 2],
    origin: &Origin,
) -> Result<Option<CertificateFiles>> {
    let [certificate_name, key_name] = names;
    let add = |name: &str| match origin {
        Origin::Argument(_) => format!("pass {name} FILE too"),
        _ => format!("set {name} too: {origin}"),
    };
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(CertificateFiles { certificate, key })),
        (Some(_), None) => Err(wrong(format!("use {certificate_name}"), "its key is missing", add(key_name), origin)),
        (None, Some(_)) => {
            Err(wrong(format!("use {key_name}"), "its certificate is missing", add(certificate_name), origin))
        }
    }
}

/// The proxy of the flags, if they name one.
pub(super) fn proxy(url: Option<String>, none: bool) -> Result<Option<(Proxy, &'static str)>> {
    match (url, none) {
        (Some(_), true) => {
            Err(usage("choose the proxy", "--proxy and --no-proxy cannot be used together", "use only one of them"))
        }
        (Some(url), false) => Ok(Some((Proxy::Url(url), "--proxy"))),
        (None, true) => Ok(Some((Proxy::Direct, "--no-proxy"))),
        (None, false) => Ok(None),
    }
}

pub(super) fn header(text: &str) -> Result<(String, String)> {
    let split = text.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    // The value may be a secret: it is not repeated.
    split.filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        usage("use --header", "it is not of the form 'Name: value'", "write it as --header 'X-Name: value'")
    })
}

pub(super) fn timeout(seconds: f64, origin: &Origin) -> Result<TimeLimit> {
    let refused = |why: String| {
        let doing = match origin {
            Origin::Argument(flag) => format!("use {flag}"),
            _ => format!("use the timeout of {origin}"),
        };
        Err(wrong(doing, why, "pass seconds, or 0 for no limit", origin))
    };
    if seconds == 0.0 || (seconds >= NO_LIMIT.as_secs_f64() && seconds.is_finite()) {
        return Ok(TimeLimit::Never);
    }
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if limit < SHORTEST => refused(format!("{seconds} is less than a millisecond")),
        Ok(limit) => Ok(TimeLimit::After(limit)),
        Err(_) => refused(format!("{seconds} is not a number of seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_is_a_sensible_time_or_none() {
        let limit = |seconds| timeout(seconds, &Origin::Argument("--timeout")).map_err(|error| error.kind());
        for seconds in [0.0, -0.0, 1e9, 1e12, 1e19, 1e300, f64::MAX] {
            assert_eq!(limit(seconds), Ok(TimeLimit::Never), "{seconds}");
        }
        for seconds in [-1.0, -1e-300, 1e-300, f64::MIN_POSITIVE, 0.0005, f64::NAN, f64::INFINITY, -f64::INFINITY] {
            assert_eq!(limit(seconds), Err(ErrorKind::Usage), "{seconds}");
        }
        assert_eq!(limit(0.25), Ok(TimeLimit::After(Duration::from_millis(250))));
    }
}
