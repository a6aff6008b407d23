//! The session of one key: found, validated, made, renewed.

pub(crate) mod cookie;
pub(crate) mod manager;
pub(crate) mod metadata;
pub(crate) mod store;
