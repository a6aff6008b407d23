//! hac-client
