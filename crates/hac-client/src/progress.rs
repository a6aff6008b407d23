//! The progress of sending a large request.

use std::fmt;
use std::sync::Arc;

/// The progress of sending a request.
///
/// Passed to the `on_progress` callback of a [`Script`](crate::Script), a [`FlexibleSearch`](crate::FlexibleSearch) or an
/// [`ImpexImport`](crate::ImpexImport) while uploaded files and bodies of more than 1 MiB are sent. The numbers restart if a
/// refused request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of bytes sent.
    pub sent: u64,
    /// The total number of bytes.
    pub total: u64,
}

/// Who is called with the progress of a request, if anybody.
#[derive(Clone, Default)]
pub(crate) struct OnProgress(Option<Arc<dyn Fn(Progress) + Send + Sync>>);

impl OnProgress {
    pub(crate) fn call(callback: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(callback)))
    }

    pub(crate) fn report(&self, sent: u64, total: u64) {
        if let Some(callback) = &self.0 {
            callback(Progress { sent, total });
        }
    }
}

impl fmt::Debug for OnProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnProgress(..)" } else { "OnProgress(none)" })
    }
}

/// Two requests are the same request with the same callback, or both without one.
impl PartialEq for OnProgress {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

impl Eq for OnProgress {}
