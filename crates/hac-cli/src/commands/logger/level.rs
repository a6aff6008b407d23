//! Which level a logger has without a change.

use hac_client::platform::{LogLevel, Logger, effective_level};
use hac_client::{Error, ErrorKind, Result};

/// The level that a logger has now, if it can be set back to it.
pub(super) fn level_without(name: &str, loggers: &[Logger]) -> Result<LogLevel> {
    let unknown = |why: String| {
        Error::new(ErrorKind::Usage, "set the log level for a while")
            .because(why)
            .with_hint("leave out --for, and set it back yourself")
    };
    let level = effective_level(loggers, name)
        .ok_or_else(|| unknown(format!("the server does not say which level {name} has")))?;
    level.parse().map_err(|_| unknown(format!("its level now is {level}, which HAC cannot set")))
}
