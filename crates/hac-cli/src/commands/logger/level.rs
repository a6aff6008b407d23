//! Which level a logger has without a change.

use hac_client::platform::LogLevel;
use hac_client::{Error, ErrorKind, Result};

/// The level that a logger has now: its own, or that of the closest logger above it.
///
/// `listed` says which level the server lists for a logger.
pub(super) fn level_without(name: &str, listed: impl Fn(&str) -> Option<String>) -> Result<LogLevel> {
    let mut above = Some(name);
    let mut level = None;
    while let Some(closest) = above.filter(|_| level.is_none()) {
        level = listed(closest);
        above = closest.rsplit_once('.').map(|(package, _)| package);
    }
    let unknown = |why: String| {
        Error::new(ErrorKind::Usage, "set the log level for a while")
            .because(why)
            .with_hint("leave out --for, and set it back yourself")
    };
    let level = level
        .or_else(|| listed("root"))
        .ok_or_else(|| unknown(format!("the server does not say which level {name} has")))?;
    level.parse().map_err(|_| unknown(format!("its level now is {level}, which HAC cannot set")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_its_own_or_that_of_the_closest_logger_above() {
        let listed = |name: &str| {
            let level = match name {
                "root" => "INFO",
                "com.shop" => "WARN",
                "com.shop.search" => "DEBUG",
                "odd" => "LOUD",
                _ => return None,
            };
            Some(level.to_owned())
        };
        let level = |name: &str| level_without(name, listed).map_err(|error| error.kind());
        assert_eq!(level("com.shop.search"), Ok(LogLevel::Debug));
        assert_eq!(level("com.shop.search.Index"), Ok(LogLevel::Debug));
        assert_eq!(level("com.shop.silent"), Ok(LogLevel::Warn));
        assert_eq!(level("com.shopping"), Ok(LogLevel::Info));
        assert_eq!(level("odd.one"), Err(ErrorKind::Usage));
        assert_eq!(level_without("a", |_| None).map_err(|error| error.kind()), Err(ErrorKind::Usage));
    }
}
