//! What a node keeps in memory beside its sessions: each node its own, and all of it lost at a restart.

pub(crate) mod caches;
pub(crate) mod cron_jobs;
pub(crate) mod loggers;
pub(crate) mod packed;
pub(crate) mod properties;
pub(crate) mod support;

use caches::Caches;
use loggers::Loggers;
use packed::Packed;
use properties::Properties;

/// The memory of one node.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) caches: Caches,
    pub(crate) loggers: Loggers,
    pub(crate) packed: Packed,
    pub(crate) properties: Properties,
}

impl System {
    /// With so many properties more than the usual ones.
    pub(crate) fn new(more_properties: usize) -> Self {
        Self {
            caches: Caches::new(),
            loggers: Loggers::new(),
            packed: Packed::default(),
            properties: Properties::new(more_properties),
        }
    }
}
