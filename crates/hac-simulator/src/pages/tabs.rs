//! HAC's tabs: where each is, and the pages of those of which no more is known than that they are there.

use http::StatusCode;

use super::{Visit, layout};
use crate::answer::Answer;

/// A tab.
pub(super) struct Tab {
    /// Below the context path.
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    /// Whether a file of this project fills it. Else it has HAC's frame, a token, and a word that there is nothing in it.
    filled: bool,
}

impl Tab {
    /// The area of HAC's menu that the tab is in.
    pub(super) fn area(&self) -> &'static str {
        match self.path[1..].split('/').next() {
            Some(area @ ("console" | "maintain" | "monitoring")) => area,
            _ => "platform",
        }
    }
}

const fn filled(path: &'static str, title: &'static str) -> Tab {
    Tab { path, title, filled: true }
}

const fn empty(path: &'static str, title: &'static str) -> Tab {
    Tab { path, title, filled: false }
}

/// Every tab that SAP's help or a public client names.
pub(super) const TABS: [Tab; 30] = [
    filled("/console/scripting", "Scripting"),
    filled("/console/flexsearch", "FlexibleSearch"),
    filled("/console/impex/import", "ImpEx Import"),
    filled("/console/impex/export", "ImpEx Export"),
    empty("/console/ldap", "LDAP"),
    empty("/tenants", "Tenants"),
    filled("/platform/config", "Configuration"),
    empty("/platform/system", "System"),
    filled("/platform/log4j", "Logging"),
    empty("/platform/extensions", "Extensions"),
    filled("/platform/init", "Initialization"),
    filled("/platform/update", "Update"),
    empty("/platform/dryrun", "SQL Scripts"),
    empty("/platform/license", "License"),
    empty("/platform/support", "Support"),
    filled("/platform/pkanalyzer", "PK Analyzer"),
    empty("/platform/jars", "Classpath Analyzer"),
    filled("/platform/about", "About"),
    empty("/maintain/cleanup", "Clean Up"),
    empty("/maintain/keys", "Encryption Keys"),
    empty("/maintain/deployments", "Deployment"),
    filled("/monitoring/cache", "Cache"),
    empty("/monitoring/cluster", "Cluster"),
    empty("/monitoring/cronjobs", "Cron Jobs"),
    filled("/monitoring/database", "Database"),
    empty("/monitoring/jmx", "JMX"),
    empty("/monitoring/memory", "Memory"),
    empty("/monitoring/performance", "Performance"),
    empty("/monitoring/suspendresume", "Suspend and Resume"),
    empty("/monitoring/threaddump", "Thread Dump"),
];

/// The page of a tab that nothing public says more of.
pub(super) fn page(visit: &Visit<'_>, path: &str) -> Option<Answer> {
    let tab = TABS.iter().find(|tab| tab.path == path && !tab.filled)?;
    if !visit.is_get() {
        return Some(Answer::not_allowed("GET"));
    }
    let body = format!("<h2>{}</h2><p>The simulator has nothing to show here.</p>", tab.title);
    Some(Answer::html(StatusCode::OK, layout(&visit.state.knobs, tab.title, &visit.token, &body)))
}
