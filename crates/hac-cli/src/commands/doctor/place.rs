//! Where HAC is, if it is not at the context path that was given.

use hac_client::network::BaseUrl;

use crate::commands::config::own_endpoint;
use crate::connection::{Key, connect_without_password};
use crate::context::RunContext;
use crate::printer::Talk;
use crate::settings::{Origin, Settings};

/// Looks for HAC at the paths that it usually has, and says how to name the one where it is. `None` if no path was given, or none is right.
pub(super) async fn advice(settings: &Settings, context: &RunContext, talk: &Talk, url: &BaseUrl) -> Option<String> {
    let given = settings.context_path.as_ref().map(|path| &path.value).or(url.context_path())?;
    let origin = url.origin().to_url();
    let anywhere = settings.at_any_path();
    let key = Key { base_url: origin.clone(), username: String::new(), label: settings.label() };
    let client = connect_without_password(&anywhere, context, talk, &key).ok()?.client;
    let found = client.diagnosis().find_console().await.ok()?.context_path;
    if found == *given {
        return None;
    }
    let (flag, value, place) = if let Some(path) = &settings.context_path {
        ("--context-path", found.to_string(), &path.origin)
    } else {
        let place = &settings.url_given()?.origin;
        ("--url", format!("{origin}{}", if found.is_root() { "" } else { found.as_str() }), place)
    };
    let own = settings.configured().filter(|its| own_endpoint(*its, &context.environment));
    let how = match (place, own) {
        (Origin::File(..), Some((environment, endpoint))) => {
            format!("use `hac endpoint update {environment} {endpoint} {flag} {value}`")
        }
        (Origin::Argument(_), _) => format!("pass {flag} {value}"),
        (place, _) => format!("set {value} in place of the value from {place}"),
    };
    Some(format!("HAC is at {found}: {how}"))
}
