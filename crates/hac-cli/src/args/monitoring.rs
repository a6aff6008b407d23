//! `hac cache …`: what is on HAC's tab "Monitoring".

use clap::Subcommand;

/// Empty the cache.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Empty the region cache of the node that answers; what is read next is slower
    Clear,
}
