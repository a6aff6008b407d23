//! The archive for the support, as it was packed last.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// The archive that was packed last.
#[derive(Debug, Default)]
pub(crate) struct Packed(Mutex<Option<Bytes>>);

impl Packed {
    pub(crate) fn put(&self, archive: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(archive.into());
    }

    pub(crate) fn last(&self) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
