//! `hac config`, `hac env` and `hac endpoint`: the configuration file, shown and changed.

mod agreement;
mod edit;
mod endpoints;
mod entry;
mod environments;
mod example;
mod file;
mod guards;
mod known;
mod left;
mod pins;
mod taken;

pub(crate) use endpoints::run as endpoint;
pub(crate) use entry::{Saved, has_news, own_endpoint, pin, save};
pub(crate) use environments::run as env;
pub(crate) use file::run;
pub(crate) use pins::PinPlace;
