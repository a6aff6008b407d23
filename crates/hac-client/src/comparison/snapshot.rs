//! What a server says of names.

use std::collections::{BTreeMap, BTreeSet};

use super::{Comparison, Difference, Side};
use crate::error::{Error, ErrorKind, Result};
use crate::hint::ComparisonAdvice;
use crate::platform::config::Property;
use crate::platform::init::data::UpdateData;
use crate::platform::log4j::Logger;

/// What the names are of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Properties,
    Loggers,
    Types,
    /// Types, and their attributes.
    Attributes(Vec<String>),
    Extensions,
}

/// What one server says, to be compared with what another one says, or with what it says later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    of: Of,
    entries: BTreeMap<String, Side>,
    /// What the server has and does not show.
    masked: BTreeSet<String>,
}

impl Snapshot {
    /// Makes a snapshot of properties. Those that the server [masks](Property::is_masked) are not compared.
    pub fn of_properties(properties: impl IntoIterator<Item = Property>) -> Self {
        let mut snapshot = Self::new(Of::Properties, []);
        for property in properties {
            if property.is_masked() {
                snapshot.masked.insert(property.key);
            } else {
                snapshot.entries.insert(property.key, Side::Value(property.value));
            }
        }
        snapshot
    }

    /// Makes a snapshot of the levels of loggers. A logger without a level of its own is not one that the server does not have.
    pub fn of_loggers(loggers: impl IntoIterator<Item = Logger>) -> Self {
        let level = |level: Option<String>| level.map_or(Side::Inherited, Side::Value);
        Self::new(Of::Loggers, loggers.into_iter().map(|logger| (logger.name, level(logger.level))))
    }

    /// Makes a snapshot of the codes of all types.
    pub fn of_types(codes: impl IntoIterator<Item = String>) -> Self {
        Self::new(Of::Types, codes.into_iter().map(present))
    }

    /// Makes a snapshot of some types with their attributes; those of a type that the server does not have are `None`.
    pub fn of_attributes(types: impl IntoIterator<Item = (String, Option<Vec<String>>)>) -> Self {
        let mut codes = Vec::new();
        let mut entries = BTreeMap::new();
        for (code, attributes) in types {
            if let Some(attributes) = attributes {
                entries.extend(attributes.into_iter().map(|attribute| present(format!("{code}.{attribute}"))));
                entries.extend([present(code.clone())]);
            }
            codes.push(code);
        }
        Self::new(Of::Attributes(codes), entries)
    }

    /// Makes a snapshot of the extensions with project data.
    pub fn of_extensions(data: UpdateData) -> Self {
        Self::new(Of::Extensions, data.project_datas.into_iter().map(|extension| present(extension.name)))
    }

    fn new(of: Of, entries: impl IntoIterator<Item = (String, Side)>) -> Self {
        Self { of, entries: entries.into_iter().collect(), masked: BTreeSet::new() }
    }

    /// Keeps only those names for which the function returns `true`.
    #[must_use]
    pub fn only(mut self, mut admits: impl FnMut(&str) -> bool) -> Self {
        self.entries.retain(|name, _| admits(name));
        self.masked.retain(|name| admits(name));
        if let Of::Attributes(codes) = &mut self.of {
            codes.retain(|code| admits(code));
        }
        self
    }

    /// Compares this snapshot, the first, with a second one.
    ///
    /// # Errors
    /// [`Usage`](ErrorKind::Usage) if the snapshots are of different things, or if there is a type whose attributes are to be compared and
    /// that neither server has.
    pub fn compare(&self, second: &Self) -> Result<Comparison> {
        let refused = |why: String| Error::new(ErrorKind::Usage, "compare the types").because(why);
        match (&self.of, &second.of) {
            (Of::Attributes(ours), Of::Attributes(theirs)) => {
                let is_nowhere = |code: &&String| {
                    theirs.contains(*code) && ![self, second].iter().any(|side| side.entries.contains_key(*code))
                };
                let nowhere: Vec<&str> = ours.iter().filter(is_nowhere).map(String::as_str).collect();
                if !nowhere.is_empty() {
                    let why = format!("neither server has the type {}", nowhere.join(", "));
                    return Err(refused(why).with_hint(ComparisonAdvice::ListTypes));
                }
            }
            (of, other) if std::mem::discriminant(of) != std::mem::discriminant(other) => {
                return Err(refused("the two snapshots are of different things".to_owned())
                    .while_doing("compare the snapshots")
                    .with_hint("take two in the same way"));
            }
            _ => {}
        }
        let left_out: BTreeSet<&String> = self.masked.iter().chain(&second.masked).collect();
        let names: BTreeSet<&String> = self.entries.keys().chain(second.entries.keys()).collect();
        let side = |snapshot: &Self, name| snapshot.entries.get(name).cloned().unwrap_or(Side::Missing);
        let mut comparison = Comparison {
            differences: Vec::new(),
            compared: 0,
            left_out: left_out.iter().map(|name| (*name).clone()).collect(),
        };
        for name in names.difference(&left_out) {
            comparison.compared += 1;
            let sides = [side(self, *name), side(second, *name)];
            if sides[0] != sides[1] {
                comparison.differences.push(Difference { name: (*name).clone(), sides });
            }
        }
        Ok(comparison)
    }
}

/// What has no value is there or not.
fn present(name: String) -> (String, Side) {
    (name, Side::Present)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(properties: &[(&str, &str)]) -> Snapshot {
        let property = |(key, value): &(&str, &str)| Property { key: (*key).to_owned(), value: (*value).to_owned() };
        Snapshot::of_properties(properties.iter().map(property))
    }

    fn value(text: &str) -> Side {
        Side::Value(text.to_owned())
    }

    #[test]
    fn a_property_differs_by_its_value_or_is_missing_and_a_masked_one_is_not_compared() {
        let ours = properties(&[("a", "1"), ("b", ""), ("c", "1"), ("d", "*****"), ("e", "secret")]);
        let theirs = properties(&[("a", "1"), ("c", "2"), ("d", "1"), ("e", "*****"), ("f", "1")]);
        let found = ours.compare(&theirs).expect("of a kind");
        let told: Vec<(&str, &[Side; 2])> = found.differences.iter().map(|one| (&*one.name, &one.sides)).collect();
        assert_eq!(
            told,
            [("b", &[value(""), Side::Missing]), ("c", &[value("1"), value("2")]), ("f", &[Side::Missing, value("1")])]
        );
        assert_eq!((found.compared, found.left_out), (4, vec!["d".to_owned(), "e".to_owned()]));
        let found = ours.only(|key| key == "a").compare(&theirs.only(|key| key == "a")).expect("of a kind");
        assert!(found.is_same() && found.compared == 1 && found.left_out.is_empty(), "{found:?}");
    }

    #[test]
    fn a_logger_that_inherits_its_level_is_there() {
        let loggers = |level: Option<&str>| {
            let level = level.map(str::to_owned);
            Snapshot::of_loggers([Logger { name: "a".to_owned(), parent: None, level }])
        };
        let found = loggers(None).compare(&loggers(Some("INFO"))).expect("of a kind");
        assert_eq!(found.differences[0].sides, [Side::Inherited, value("INFO")]);
        assert!(loggers(None).compare(&loggers(None)).expect("of a kind").is_same());
    }

    #[test]
    fn a_type_that_neither_server_has_is_an_error() {
        let types = |codes: &[(&str, Option<&[&str]>)]| {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            Snapshot::of_attributes(codes.iter().map(|(code, names)| ((*code).to_owned(), names.map(owned))))
        };
        let (there, none) = (types(&[("A", Some(&["x"]))]), types(&[("A", None)]));
        let names: Vec<String> =
            there.compare(&none).expect("one has it").differences.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["A", "A.x"]);
        let both = types(&[("A", Some(&["x"])), ("B", None), ("C", None)]);
        let error = both.compare(&both).expect_err("neither");
        assert!(error.why().ends_with("neither server has the type B, C"), "{error}");
        assert!(
            both.clone()
                .only(|name| name.starts_with('A'))
                .compare(&both.only(|name| name != "B" && name != "C"))
                .is_ok()
        );
        let error = none.compare(&none).expect_err("neither");
        assert_eq!(error.to_string(), "cannot compare the types: neither server has the type A");
        assert!(none.compare(&properties(&[])).is_err_and(|error| error.why().contains("different things")));
    }
}
