//! Every command of the program. The list is that of its help, so none can be missing.

use std::collections::BTreeMap;

use crate::bench::{bare, home, ran};

/// The commands, and whether there are others below each.
pub(crate) struct Commands(BTreeMap<String, bool>);

impl Commands {
    pub(crate) fn of_the_program() -> Self {
        let home = home();
        let help = |line: &[&str]| ran(bare(home.path()).args(line).arg("-h"), home.path(), None).stdout;
        let mut names = listed(&help(&[]));
        assert!(names.len() > 15, "{names:?}");
        let mut all = BTreeMap::new();
        while let Some(name) = names.pop() {
            let below = listed(&help(&name.split(' ').collect::<Vec<_>>()));
            names.extend(below.iter().map(|below| format!("{name} {below}")));
            all.insert(name, !below.is_empty());
        }
        Self(all)
    }

    /// All of them, in the order of their names.
    #[cfg(unix)] // as the test that needs them
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Those that have none below them.
    pub(crate) fn leaves(self) -> impl Iterator<Item = String> {
        self.0.into_iter().filter(|(_, has_more)| !has_more).map(|(name, _)| name)
    }
}

/// The names of commands in a help text.
fn listed(help: &str) -> Vec<String> {
    let section = help.split("Commands:\n").nth(1).unwrap_or_default();
    let listed = section.lines().take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}
