//! The files for the support: made of what the node has in memory, and packed on demand.

use std::fmt::Write as _;

use super::System;
use crate::ledger::Ledger;

/// A file and how its text is made.
type Source = (&'static str, fn(&System, &Ledger) -> String);

const FILES: [Source; 3] = [
    ("config/local.properties", |system, _| {
        system.properties.shown().into_iter().fold(String::new(), |mut text, (key, value)| {
            let _ = writeln!(text, "{key}={value}");
            text
        })
    }),
    ("config/log4j2.properties", |system, _| {
        system.loggers.list().into_iter().fold(String::new(), |mut text, logger| {
            let _ = writeln!(text, "logger.{}.level = {}", logger.name, logger.effective);
            text
        })
    }),
    ("log/tomcat/access.log", |_, ledger| {
        ledger.entries().into_iter().fold(String::new(), |mut text, entry| {
            let status = entry.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            let _ =
                writeln!(text, "{} \"{} {}\" {status}", entry.user.as_deref().unwrap_or("-"), entry.method, entry.path);
            text
        })
    }),
];

pub(crate) fn paths() -> Vec<&'static str> {
    FILES.iter().map(|(path, _)| *path).collect()
}

/// Those of these paths that there are, with what is in them now.
pub(crate) fn files(paths: &[String], system: &System, ledger: &Ledger) -> Vec<(String, String)> {
    let wanted = FILES.iter().filter(|(known, _)| paths.iter().any(|path| path == known));
    wanted.map(|(path, text)| ((*path).to_owned(), text(system, ledger))).collect()
}
