//! The rules of the manager.
