//! Which protection holds for environments and endpoints: that of a server is the strictest of all entries that name it.

use std::collections::BTreeMap;

use hac_client::protection::Protection;

use crate::config::{Config, EndpointConfig, EnvironmentConfig};
use crate::settings::{Guard, guard_of};

/// The protection of each endpoint, by the names of its environment and its own.
pub(super) struct Guards(BTreeMap<(String, String), Guard>);

/// What holds for an environment.
pub(super) struct Holding {
    pub(super) protection: Protection,
    /// The environment whose entry asks for it.
    pub(super) by: Option<String>,
    /// Where that stands, if it is another one.
    place: Option<String>,
}

impl Guards {
    /// Those of the files, the stronger file first.
    pub(super) fn of(files: &[Config]) -> Self {
        let mut guards = BTreeMap::new();
        for its in files.iter().flat_map(|file| &file.environments) {
            for EndpointConfig { name, url, .. } in &its.endpoints {
                // What is wrong with an entry is said by the commands that use it.
                let guard = url.as_ref().and_then(|url| guard_of(&url.value, files).ok());
                // The user's file comes last, and its entries are those that are shown.
                guard.and_then(|guard| guards.insert((its.name.clone(), name.clone()), guard));
            }
        }
        Self(guards)
    }

    /// The strictest that holds for one of its endpoints.
    pub(super) fn of_environment(&self, its: &EnvironmentConfig) -> Holding {
        let guards = its.endpoints.iter().filter_map(|endpoint| self.find(its, endpoint));
        // The first of the strictest.
        let strictest = guards.rev().max_by_key(|guard| guard.protection.value);
        let own = its.protection.as_ref().map_or(Protection::Open, |protection| protection.value);
        match strictest.filter(|guard| guard.protection.value > own) {
            Some(guard) => Holding {
                protection: guard.protection.value,
                by: guard.environment.clone(),
                place: Some(guard.protection.origin.to_string()),
            },
            None => Holding { protection: own, by: (own > Protection::Open).then(|| its.name.clone()), place: None },
        }
    }

    pub(super) fn of_endpoint(&self, its: &EnvironmentConfig, endpoint: &EndpointConfig) -> Protection {
        let own = its.protection.as_ref().map_or(Protection::Open, |protection| protection.value);
        self.find(its, endpoint).map_or(own, |guard| guard.protection.value)
    }

    fn find(&self, its: &EnvironmentConfig, endpoint: &EndpointConfig) -> Option<&Guard> {
        self.0.get(&(its.name.clone(), endpoint.name.clone()))
    }
}

impl Holding {
    /// The environment that asks for it and the line of the file, if that is another one.
    pub(super) fn source(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        Some(format!("'{}' has the same server: {place}", self.by.as_deref().unwrap_or_default()))
    }
}
