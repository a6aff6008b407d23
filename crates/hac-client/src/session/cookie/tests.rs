//! The rules of the jar.
