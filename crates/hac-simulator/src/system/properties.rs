//! The properties of the platform. Keys and values are this project's own, in the manner of the real ones.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What stands in place of a value that nobody may see.
pub(crate) const MASK: &str = "*****";

/// Values of keys that have one part of these are masked.
const SECRETS: [&str; 4] = ["password", "secret", "credentials", "privatekey"];

const SINGLE: [(&str, &str); 31] = [
    ("admin.initial.password", "nimda"),
    ("build.number", "2211.20"),
    ("build.version", "2211.20"),
    ("catalog.sync.workers", "4"),
    ("cluster.broadcast.methods", "jgroups"),
    ("cluster.id", "0"),
    ("cluster.maxid", "16"),
    ("clustermode", "true"),
    ("cronjob.timertask.loadonstartup", "true"),
    ("datahub.oauth.secret", "rotate-me"),
    ("db.driver", "org.hsqldb.jdbcDriver"),
    ("db.password", "hybris"),
    ("db.pool.maxActive", "90"),
    ("db.url", "jdbc:hsqldb:file:${HYBRIS_DATA_DIR}/hsqldb/mydb;shutdown=true;hsqldb.cache_rows=100000"),
    ("db.username", "sa"),
    ("default.session.timeout", "3600"),
    ("deployment.type", "development"),
    ("hac.webroot", "/hac"),
    ("impex.import.workers", "1"),
    ("java.mem", "2G"),
    ("lang.packs", "en,de"),
    ("mail.smtp.password", "letmein"),
    ("mail.smtp.server", "localhost"),
    ("mail.smtp.user", "\"Shop\" <shop@example.com>"),
    ("media.default.storage.strategy", "localFileMediaStorageStrategy"),
    ("regioncache.entityregion.size", "100000"),
    ("regioncache.querycacheregion.size", "20000"),
    ("solrserver.instances.default.autostart", "false"),
    ("spring.session.enabled", "false"),
    ("tomcat.generaloptions", "-Xmx2G -XX:+UseG1GC -Dfile.encoding=UTF-8 'quoted' & \"double\""),
    ("website.electronics.https", "https://electronics.local:9002/shop?site=electronics&lang=en"),
];

const EXTENSIONS: [&str; 20] = [
    "backoffice",
    "basecommerce",
    "catalog",
    "commerceservices",
    "core",
    "deliveryzone",
    "europe1",
    "hac",
    "impex",
    "mediaweb",
    "oauth2",
    "paymentstandard",
    "platformservices",
    "processing",
    "scripting",
    "shopfacades",
    "shopinitialdata",
    "shopstorefront",
    "validation",
    "workflow",
];

const OF_EACH: [(&str, &str); 14] = [
    ("additional.testclasses", ""),
    ("application-context", "{}-spring.xml"),
    ("classloader.order", "parent-first"),
    ("extension.version", "2211.20"),
    ("jar.scanning", "false"),
    ("key", "0000-{}"),
    ("loadorder", "100"),
    ("log.category", "de.example.{}"),
    ("metainf.addon", "false"),
    ("oauth.client.secret", "{}-s3cret"),
    ("testsource.compiled", "true"),
    ("tomcat.sharedloader", "${catalina.home}/lib/{}"),
    ("web.contextroot", "/{}"),
    ("webmodule.enabled", "true"),
];

/// Every property, by its key.
#[derive(Debug)]
pub(crate) struct Properties(Mutex<BTreeMap<String, String>>);

impl Properties {
    /// With so many more, whose keys are `bulk.property.000001` and so on.
    pub(super) fn new(more: usize) -> Self {
        let single = SINGLE.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let of_each = EXTENSIONS.iter().flat_map(|extension| {
            OF_EACH.iter().map(move |(key, value)| (format!("{extension}.{key}"), value.replace("{}", extension)))
        });
        let bulk = (1..=more).map(|number| {
            let value = format!("value {number} of a property that is here to be one of many, as in a large project");
            (format!("bulk.property.{number:06}"), value)
        });
        Self(Mutex::new(single.chain(of_each).chain(bulk).collect()))
    }

    /// Keys and values as they may be shown.
    pub(crate) fn shown(&self) -> Vec<(String, String)> {
        let shown = |(key, value): (&String, &String)| {
            (key.clone(), if is_secret(key) { MASK.to_owned() } else { value.clone() })
        };
        self.lock().iter().map(shown).collect()
    }

    pub(crate) fn set(&self, key: String, value: String) {
        self.lock().insert(key, value);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_secret(key: &str) -> bool {
    key.to_ascii_lowercase().split(['.', '-', '_']).any(|part| SECRETS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_a_new_value_of_one_too() {
        let properties = Properties::new(0);
        let value = |key: &str| properties.shown().into_iter().find(|(found, _)| found == key).map(|(_, value)| value);
        assert_eq!(value("db.password").as_deref(), Some(MASK));
        assert_eq!(value("db.username").as_deref(), Some("sa"));
        properties.set("db.password".into(), "other".into());
        assert_eq!(value("db.password").as_deref(), Some(MASK));
        properties.set("db.username".into(), "other".into());
        assert_eq!(value("db.username").as_deref(), Some("other"));
    }

    #[test]
    fn there_are_some_hundreds_and_as_many_more_as_were_asked_for() {
        let count = Properties::new(0).shown().len();
        assert!((300..400).contains(&count), "{count}");
        assert_eq!(Properties::new(1_000).shown().len(), count + 1_000);
    }
}
