//! A server that looks like production and that nothing protects: pointed out once, before the first change.

use std::fmt::Write as _;
use std::path::PathBuf;

use hac_client::BoxFuture;
use hac_client::Result;
use hac_client::network::BaseUrl;
use hac_client::protection::{ConfirmHandler, Confirmation, PlannedCall, Protection};
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::context::RunContext;
use crate::os;
use crate::printer::Talk;
use crate::settings::Settings;
use crate::state;

/// SAP Commerce Cloud, where each environment has a code: `backoffice.CODE-p1-public.model-t…`.
const CLOUD: &str = ".model-t.cc.commerce.ondemand.com";
/// Parts of the name of a host that customers use.
const PRODUCTION: [&str; 5] = ["prod", "prd", "production", "live", "www"];
/// Parts of the name of a host of any other kind.
const OTHERS: [&str; 25] = [
    "dev",
    "develop",
    "development",
    "test",
    "tst",
    "testing",
    "stage",
    "staging",
    "stg",
    "qa",
    "uat",
    "int",
    "integration",
    "sandbox",
    "demo",
    "local",
    "pre",
    "preprod",
    "preprd",
    "non",
    "nonprod",
    "nonprd",
    "sit",
    "perf",
    "training",
];

/// Whether a host has a name as those of production have.
pub(crate) fn looks_like_production(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Some(name) = host.strip_suffix(CLOUD) {
        let is_production = |part: &str| part.strip_prefix('p').is_some_and(is_number);
        return name.split(['.', '-']).any(is_production);
    }
    // The last part says where a name is registered, and nothing about the host.
    let name = host.rsplit_once('.').map_or(host.as_str(), |(name, _)| name);
    let mut parts = name.split(['.', '-', '_']).map(|part| part.trim_end_matches(|char: char| char.is_ascii_digit()));
    if parts.clone().any(|part| OTHERS.contains(&part)) {
        return false;
    }
    name.split('.').next() == Some("api") && name != host || parts.any(|part| PRODUCTION.contains(&part))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether to speak of it: it looks like production, and no entry of the configuration says how it is protected.
pub(crate) fn is_unprotected(settings: &Settings, url: &BaseUrl) -> bool {
    let guard = &settings.guard;
    let is_open = guard.protection.value == Protection::Open && !guard.is_decided;
    is_open && !url.origin().is_loopback() && looks_like_production(url.origin().host())
}

/// How to protect it.
pub(crate) fn advice(settings: &Settings, url: &BaseUrl, context: &RunContext) -> String {
    let Some((environment, _)) = settings.configured() else {
        return format!("hac env add NAME --url {url} --protection confirm");
    };
    let users = Config::load(&context.environment).is_ok_and(|config| config.environment(environment).is_some());
    if users {
        format!("hac env protect {environment} confirm")
    } else {
        format!("set protection = \"confirm\" in [environments.{environment}]")
    }
}

/// Points it out before the first change that is sent to it, and remembers that.
pub(crate) struct Unprotected {
    text: String,
    /// The file whose existence says that it was pointed out.
    mark: Option<PathBuf>,
    talk: Talk,
}

impl Unprotected {
    /// `None` where there is nothing to point out, or where it was.
    pub(crate) fn to_point_out(settings: &Settings, url: &BaseUrl, context: &RunContext, talk: &Talk) -> Option<Self> {
        if settings.volume.quiet || !is_unprotected(settings, url) {
            return None;
        }
        let mark =
            state::directory(&context.environment).map(|directory| directory.join("unprotected").join(name(url)));
        if mark.as_ref().is_some_and(|mark| mark.exists()) {
            return None;
        }
        let text = format!(
            "{} looks like a production server, and the configuration does not protect it. To be asked before changes: {} \
             (this is said once)",
            url.origin(),
            advice(settings, url, context)
        );
        Some(Self { text, mark, talk: talk.clone() })
    }

    fn point_out(&self) {
        if self.mark.as_ref().is_some_and(|mark| mark.exists()) {
            return;
        }
        self.talk.note(&self.text);
        if let Some(mark) = &self.mark {
            // Where nothing can be remembered, it is said again.
            let made = mark.parent().map_or(Ok(()), os::make_private_directory);
            let _ = made.and_then(|()| os::open_private(mark));
        }
    }
}

/// One name for each server.
fn name(url: &BaseUrl) -> String {
    let mut name = String::with_capacity(64);
    for byte in Sha256::digest(url.origin().to_url()) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

impl ConfirmHandler for Unprotected {
    fn confirm(&self, _: &PlannedCall) -> Result<Confirmation> {
        self.point_out();
        Ok(Confirmation::Yes)
    }

    fn confirm_later<'a>(&'a self, call: &'a PlannedCall) -> Option<BoxFuture<'a, Result<Confirmation>>> {
        // No thread for a note.
        Some(Box::pin(std::future::ready(self.confirm(call))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_production_are_told_from_others_by_their_names() {
        for host in [
            "hac.prod.example.com",
            "hac-prd.example.com",
            "prod1.example.com",
            "www.example.com",
            "live.example.com",
            "api.example.com",
            "PROD",
            "shop-live.internal.example.",
            "backoffice.abc123-company1-p1-public.model-t.cc.commerce.ondemand.com",
            "api.abc123-company1-p12-public.model-t.cc.commerce.ondemand.com",
        ] {
            assert!(looks_like_production(host), "{host}");
        }
        for host in [
            "hac.example.com",
            "preprod.example.com",
            "pre-prod.example.com",
            "non-prod.example.com",
            "www.staging.example.com",
            "api.dev.example.com",
            "delivery.example.com",
            "product.example.com",
            "shop.live",
            "api",
            "10.0.0.1",
            "[2001:db8::1]",
            "api.abc123-company1-s1-public.model-t.cc.commerce.ondemand.com",
            "backoffice.abc123-p1company-d1-public.model-t.cc.commerce.ondemand.com",
        ] {
            assert!(!looks_like_production(host), "{host}");
        }
    }
}
