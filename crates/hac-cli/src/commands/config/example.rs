//! An example of a configuration, every line of which the tests read.

pub(super) const EXAMPLE: &str = include_str!("example.toml");
