//! Variables in three levels: `HAC_PASSWORD_SHOP_NODE1` for an endpoint, `HAC_PASSWORD_SHOP` for an environment, `HAC_PASSWORD` for all.

use hac_client::{Error, ErrorKind, Result};

use super::origin::{Origin, Setting};
use crate::config::Config;
use crate::env::Environment;

/// The levels of the target of a call, the closest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels {
    /// What stands behind `HAC_USERNAME_`.
    suffixes: Vec<Suffix>,
}

#[derive(Debug, Clone)]
struct Suffix {
    text: String,
    /// What else in the configuration has the same suffix, in words.
    shared_with: Option<String>,
}

impl Levels {
    /// The levels of an environment, and of its endpoint if one is known.
    pub(super) fn of(environment: &str, endpoint: Option<&str>, files: &[Config]) -> Self {
        let mut suffixes = Vec::with_capacity(2);
        let mut add = |text: String, is_spelled: bool| {
            let shared_with = is_spelled.then(|| shared(&text, environment, endpoint, files)).flatten();
            suffixes.push(Suffix { text, shared_with });
        };
        if let Some(endpoint) = endpoint {
            let (plain, spelled) = (format!("{environment}_{endpoint}").to_uppercase(), joined(environment, endpoint));
            if plain != spelled {
                add(plain, false);
            }
            add(spelled, true);
        }
        let (plain, spelled) = (environment.to_uppercase(), spelled(environment));
        if plain != spelled {
            add(plain, false);
        }
        add(spelled, true);
        Self { suffixes }
    }

    /// The variable of the closest level that is set.
    pub(crate) fn text(&self, variable: &'static str, environment: &Environment) -> Result<Option<Setting<String>>> {
        for suffix in &self.suffixes {
            let name = format!("{variable}_{}", suffix.text);
            let Some(value) = environment.text(&name)? else { continue };
            if let Some(other) = &suffix.shared_with {
                return Err(Error::new(ErrorKind::Config, format!("use the variable {name}"))
                    .because(format!("it could be meant for {other}, too"))
                    .with_hint(format!("rename one of them, or set only {variable}")));
            }
            return Ok(Some(Setting { value, origin: Origin::Variable(name) }));
        }
        let found = environment.text(variable)?;
        Ok(found.map(|value| Setting { value, origin: Origin::Variable(variable.to_owned()) }))
    }

    /// The name of the closest level of a variable, for hints.
    pub(crate) fn closest(&self, variable: &str) -> String {
        let spelled = self.suffixes.iter().find(|suffix| suffix.text.bytes().all(is_of_a_variable));
        spelled.map_or_else(|| variable.to_owned(), |suffix| format!("{variable}_{}", suffix.text))
    }
}

fn is_of_a_variable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// A name as it stands in a variable: a shell takes letters, digits and `_`, so everything else is `_`.
fn spelled(name: &str) -> String {
    let char = |char: char| if char.is_alphanumeric() || char == '_' { char } else { '_' };
    name.chars().map(char).collect::<String>().to_uppercase()
}

fn joined(environment: &str, endpoint: &str) -> String {
    format!("{}_{}", spelled(environment), spelled(endpoint))
}

/// Another environment or endpoint for which the same variable is.
fn shared(suffix: &str, environment: &str, endpoint: Option<&str>, files: &[Config]) -> Option<String> {
    for other in files.iter().flat_map(|file| &file.environments) {
        if other.name != environment && spelled(&other.name) == suffix {
            return Some(format!("the environment '{}'", other.name));
        }
        for its in &other.endpoints {
            let is_same = other.name == environment && endpoint.is_none_or(|endpoint| endpoint == its.name);
            if !is_same && joined(&other.name, &its.name) == suffix {
                return Some(format!("the endpoint '{}/{}'", other.name, its.name));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<const N: usize>(
        names: (&str, Option<&str>),
        config: &str,
        set: [(&'static str, &str); N],
    ) -> Result<String> {
        let environment = Environment::from(set);
        let path = std::path::Path::new("config.toml");
        let files = [Config::of_text(config, path, &environment).expect("a configuration")];
        let found = Levels::of(names.0, names.1, &files).text("HAC_PASSWORD", &environment)?;
        Ok(found.map_or_else(String::new, |found| format!("{} {}", found.origin, found.value)))
    }

    #[test]
    fn the_closest_level_wins() {
        let shop = ("shop", Some("hac"));
        let all = [("HAC_PASSWORD_SHOP_HAC", "1"), ("HAC_PASSWORD_SHOP", "2"), ("HAC_PASSWORD", "3")];
        assert_eq!(found(shop, "", all).expect("one"), "HAC_PASSWORD_SHOP_HAC 1");
        assert_eq!(found(shop, "", [all[1], all[2]]).expect("one"), "HAC_PASSWORD_SHOP 2");
        assert_eq!(found(shop, "", [all[2]]).expect("one"), "HAC_PASSWORD 3");
        assert_eq!(found(shop, "", [("HAC_PASSWORD_SHOP_OTHER", "4")]).expect("none"), "");
        assert_eq!(found(("shop", None), "", all).expect("one"), "HAC_PASSWORD_SHOP 2");
    }

    #[test]
    fn a_name_that_no_variable_can_hold_is_spelled_with_underscores() {
        let names = ("my-shop", Some("node.1"));
        assert_eq!(
            found(names, "", [("HAC_PASSWORD_MY_SHOP_NODE_1", "1")]).expect("one"),
            "HAC_PASSWORD_MY_SHOP_NODE_1 1"
        );
        assert_eq!(found(names, "", [("HAC_PASSWORD_MY_SHOP", "2")]).expect("one"), "HAC_PASSWORD_MY_SHOP 2");
        // As hac-client-cli looks it up.
        assert_eq!(found(names, "", [("HAC_PASSWORD_MY-SHOP", "3")]).expect("one"), "HAC_PASSWORD_MY-SHOP 3");
    }

    #[test]
    fn a_variable_that_two_could_mean_is_refused() {
        let two = "[environments.a-b.endpoints.c]\nurl = 'http://x'\n[environments.a.endpoints.b]\nurl = 'http://y'\n";
        let set = [("HAC_PASSWORD_A_B", "secret")];
        for names in [("a-b", Some("c")), ("a", Some("b"))] {
            let error = found(names, two, set).expect_err("ambiguous");
            assert!(error.to_string().contains("HAC_PASSWORD_A_B") && !error.to_string().contains("secret"), "{error}");
        }
        // One that is not set disturbs nobody.
        assert_eq!(found(("a", Some("b")), two, [("HAC_PASSWORD_A", "1")]).expect("one"), "HAC_PASSWORD_A 1");
    }
}
