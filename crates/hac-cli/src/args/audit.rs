//! `hac audit`.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand, ValueEnum};
use hac_client::protection::CallClass;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::number::{whole, with_unit};
use super::rows::{ResultArgs, RowsArgs};

/// Print the audit log: what was changed on servers from this machine.
///
/// Every command that may change something is recorded before it is sent and when it has ended: when, as whom, where, what (a hash and
/// the first line), and its outcome. A command without an outcome is running, or was killed.
///
/// The log is $XDG_STATE_HOME/hac-client/audit.jsonl, or else ~/.local/state/hac-client/audit.jsonl. -e shows one environment;
/// -n, --url and -u limit it too.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub command: Option<AuditCommand>,

    /// Show only what was sent since then: 30m, 12h or 7d ago, or a date or time such as 2026-11-29 or 2026-11-29T14:00:00Z
    // Seconds since 1970.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<f64>,

    /// Show only commands that write, or only those that destroy all data
    #[arg(long, value_name = "CLASS")]
    pub class: Option<ClassArg>,

    /// Maximum number of entries, the last ones; 0 for all
    #[arg(short, long, value_name = "ENTRIES", default_value_t = 50, allow_negative_numbers = true, value_parser = whole::<usize>)]
    pub max_count: usize,

    #[command(flatten)]
    pub rows: RowsArgs,
}

/// What can be done with an entry.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Put back the value of a property or the level of a logger
    Undo(UndoArgs),
}

/// Put back the value that a property had before it was set, or the level of a logger.
///
/// The id is in the column id of `hac audit`; its beginning is enough. The command must be for the same server (-e or --url) and, behind
/// a load balancer, the same node (--route), because properties and levels are set in the memory of one node. Only what `hac property set` and
/// `hac logger set` changed can be put back, and only if the value before was recorded: not for a property that did not exist, which HAC
/// removes only in its own pages, or is named like a secret. A logger gets the level back that it had or inherited, as a level of its own.
///
/// What was changed again since then keeps its value, unless you confirm at the terminal or pass --force.
#[derive(Debug, Args)]
pub(crate) struct UndoArgs {
    /// Id of the entry, or its beginning
    pub id: String,

    /// Put the value back even if it was changed since then
    #[arg(long)]
    pub force: bool,

    #[command(flatten)]
    pub output: ResultArgs,
}

/// The classes that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClassArg {
    /// Scripts, SQL, imports, exports, updates, log levels, properties, caches
    Write,
    /// Updates that drop tables, initialisations
    Destroy,
}

impl ClassArg {
    pub(crate) fn is(self, class: CallClass) -> bool {
        match self {
            Self::Write => class == CallClass::Write,
            Self::Destroy => class == CallClass::Destroy,
        }
    }
}

/// A time, in seconds since 1970.
fn since(text: &str) -> Result<f64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
    if let Some(seconds) = with_unit(text) {
        return Ok(now - seconds);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_duration().as_secs_f64());
    }
    let midnight = text.parse::<Date>().ok().and_then(|date| date.to_zoned_datetime(TimeZone::system()).ok());
    midnight.map(|midnight| midnight.timestamp().as_duration().as_secs_f64()).ok_or_else(|| {
        "must be a time ago (30m, 12h, 7d), a date (2026-11-29) or a time (2026-11-29T14:00:00Z)".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_a_date_or_a_time() {
        assert!(since("12h").is_ok_and(|time| time > 1_700_000_000.0));
        assert_eq!(since("2026-11-29T14:00:00Z"), Ok(1_795_960_800.0));
        assert!(since("2026-11-29").is_ok_and(|time| (time - 1_795_910_400.0).abs() < 86_400.0));
        for text in ["", "d", "7", "7y", "-7d", "yesterday", "2026-13-01", "ä"] {
            assert!(since(text).is_err_and(|error| error.contains("30m")), "{text}");
        }
    }
}
