//! What `--yes-i-mean` names, where nothing protects the server of the call.

use hac_client::network::BaseUrl;

use super::guard::is_same;
use crate::config::{Config, EnvironmentConfig};

/// What the configuration knows of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Meant {
    /// Whether it is an environment with an endpoint at the server of the call.
    pub(super) is_of_the_server: bool,
    /// Whether it is an environment.
    pub(super) is_environment: bool,
}

impl Meant {
    /// Looks for the name among the environments.
    pub(super) fn of(name: Option<&str>, url: &str, files: &[Config]) -> Self {
        let (Some(name), Ok(url)) = (name, BaseUrl::parse(url)) else { return Self::default() };
        let is_named = |its: &&EnvironmentConfig| {
            name.strip_prefix(its.name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let named: Vec<_> = files.iter().flat_map(|file| &file.environments).filter(is_named).collect();
        let urls = named.iter().flat_map(|its| &its.endpoints).filter_map(|endpoint| endpoint.url.as_ref());
        let mut servers = urls.filter_map(|its| BaseUrl::parse(&its.value).ok());
        Self {
            is_of_the_server: servers.any(|its| is_same(its.origin(), url.origin())),
            is_environment: !named.is_empty(),
        }
    }
}
