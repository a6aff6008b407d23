//! The tree of loggers: a level of its own, or the one of what is above it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) const ROOT: &str = "root";
pub(crate) const LEVELS: [&str; 8] = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"];

/// The loggers that are configured at the start; `None` inherits.
const CONFIGURED: [(&str, Option<&'static str>); 16] = [
    (ROOT, Some("INFO")),
    ("com.example.shop", Some("DEBUG")),
    ("com.example.shop.checkout", None),
    ("com.example.shop.search", None),
    ("de.hybris.platform", None),
    ("de.hybris.platform.catalog", None),
    ("de.hybris.platform.impex", Some("WARN")),
    ("de.hybris.platform.impex.jalo", None),
    ("de.hybris.platform.jdbcwrapper", Some("ERROR")),
    ("de.hybris.platform.servicelayer", None),
    ("de.hybris.platform.util.Config", None),
    ("org.apache.commons", Some("WARN")),
    ("org.apache.solr", Some("WARN")),
    ("org.springframework", Some("WARN")),
    ("org.springframework.beans.factory.xml.XmlBeanDefinitionReader", Some("OFF")),
    ("org.springframework.security", None),
];

/// A logger as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Logger {
    pub(crate) name: String,
    /// The nearest logger above that is listed; `None` for the root.
    pub(crate) parent: Option<String>,
    pub(crate) effective: &'static str,
}

/// Each logger with the level of its own, if it has one.
#[derive(Debug)]
pub(crate) struct Loggers(Mutex<BTreeMap<String, Option<&'static str>>>);

impl Loggers {
    pub(super) fn new() -> Self {
        Self(Mutex::new(CONFIGURED.iter().map(|&(name, level)| (name.to_owned(), level)).collect()))
    }

    /// The root first, then the others by name.
    pub(crate) fn list(&self) -> Vec<Logger> {
        let loggers = self.lock();
        let root = loggers.keys().filter(|name| *name == ROOT);
        let others = loggers.keys().filter(|name| *name != ROOT);
        root.chain(others)
            .map(|name| Logger {
                name: name.clone(),
                parent: above(&loggers, name).map(str::to_owned),
                effective: effective(&loggers, name),
            })
            .collect()
    }

    /// Sets a level. A name that is not there yet becomes a logger, unless `creates` is false: then nothing happens.
    pub(crate) fn set(&self, name: &str, level: &'static str, creates: bool) {
        let mut loggers = self.lock();
        if creates || loggers.contains_key(name) {
            loggers.insert(name.to_owned(), Some(level));
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<&'static str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The known spelling of a level, whatever its case.
pub(crate) fn level(name: &str) -> Option<&'static str> {
    LEVELS.into_iter().find(|level| level.eq_ignore_ascii_case(name))
}

fn above<'a>(loggers: &'a BTreeMap<String, Option<&'static str>>, name: &str) -> Option<&'a str> {
    if name == ROOT {
        return None;
    }
    let mut rest = name;
    while let Some((package, _)) = rest.rsplit_once('.') {
        if let Some((found, _)) = loggers.get_key_value(package) {
            return Some(found);
        }
        rest = package;
    }
    loggers.get_key_value(ROOT).map(|(root, _)| root.as_str())
}

fn effective(loggers: &BTreeMap<String, Option<&'static str>>, name: &str) -> &'static str {
    let mut next = Some(name);
    while let Some(current) = next {
        if let Some(level) = loggers.get(current).copied().flatten() {
            return level;
        }
        next = above(loggers, current);
    }
    "INFO"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(loggers: &Loggers, name: &str) -> Option<Logger> {
        loggers.list().into_iter().find(|logger| logger.name == name)
    }

    #[test]
    fn a_level_is_that_of_the_nearest_logger_above_that_has_one() {
        let loggers = Loggers::new();
        let checkout = "com.example.shop.checkout";
        let expected = Logger { name: checkout.into(), parent: Some("com.example.shop".into()), effective: "DEBUG" };
        assert_eq!(find(&loggers, checkout), Some(expected));
        loggers.set("com.example.shop", "ERROR", true);
        assert_eq!(find(&loggers, checkout).map(|logger| logger.effective), Some("ERROR"));
        loggers.set(checkout, "TRACE", true);
        assert_eq!(find(&loggers, checkout).map(|logger| logger.effective), Some("TRACE"));
        assert_eq!(loggers.list()[0], Logger { name: ROOT.into(), parent: None, effective: "INFO" });
    }

    #[test]
    fn a_new_name_becomes_a_logger_where_names_do() {
        let loggers = Loggers::new();
        loggers.set("org.apache.solr.core.Deep", "DEBUG", false);
        assert_eq!(find(&loggers, "org.apache.solr.core.Deep"), None);
        loggers.set("org.apache.solr.core.Deep", "DEBUG", true);
        let deep = find(&loggers, "org.apache.solr.core.Deep").expect("it is there");
        assert_eq!((deep.parent.as_deref(), deep.effective), (Some("org.apache.solr"), "DEBUG"));
    }
}
