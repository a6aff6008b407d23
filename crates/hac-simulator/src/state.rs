//! What the simulator knows.

use std::sync::Arc;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::exports::Exports;
use crate::faults::Faults;
use crate::front::Front;
use crate::import_jobs::ImportJobs;
use crate::knobs::Knobs;
use crate::ledger::Ledger;
use crate::scripting::Scripts;
use crate::system::System;
use crate::system::cron_jobs::CronJobs;
use crate::updates::Updates;
use crate::workers::Workers;

/// Everything that a request may need. Lives as long as the server.
pub(crate) struct State {
    pub(crate) knobs: Knobs,
    pub(crate) https: bool,
    pub(crate) hosts: Vec<String>,
    pub(crate) gate: Option<(String, String)>,
    pub(crate) users: Vec<User>,
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) faults: Faults,
    pub(crate) front: Arc<Front>,
    pub(crate) workers: Arc<Workers>,
    pub(crate) ledger: Ledger,
    pub(crate) database: Arc<Database>,
    pub(crate) import_jobs: Arc<ImportJobs>,
    pub(crate) scripts: Scripts,
    /// Wherever they run, they are listed everywhere.
    pub(crate) cron_jobs: CronJobs,
    /// One a node, in their order; at least one.
    pub(crate) systems: Vec<System>,
    pub(crate) updates: Updates,
    pub(crate) exports: Exports,
}

impl State {
    /// The memory of the node with this number.
    pub(crate) fn system(&self, node: usize) -> &System {
        self.systems.get(node.saturating_sub(1)).unwrap_or(&self.systems[0])
    }

    pub(crate) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The user with this name and password.
    pub(crate) fn authenticate(&self, name: &str, password: &str) -> Option<&User> {
        self.user(name).filter(|user| user.password == password)
    }
}

/// Who may log in.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) roles: Vec<String>,
}

impl User {
    /// Whether the user has the role, with or without the prefix `ROLE_`.
    pub(crate) fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own.strip_prefix("ROLE_").unwrap_or(own) == role)
    }
}
