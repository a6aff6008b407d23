//! The rules of the store, one by one.
