//! The wait for another process that logs in.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::notice::Notice;
use crate::session::Sessions;
use crate::session::store::{LockAttempt, LockGuard, SessionStore};

impl Sessions {
    /// The lock of the key, waited for without blocking the runtime; `None` where locks do not work.
    pub(super) async fn lock(&self) -> Result<Option<LockGuard>> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(10);
        let mut notified = false;
        loop {
            let holder = match SessionStore::try_lock(&*self.store, &self.key) {
                LockAttempt::Held(guard) => {
                    self.state().not_locked = None;
                    return Ok(Some(guard));
                }
                // Warned of when something was written without it; what cannot be written either, has a warning of its own.
                LockAttempt::Unsupported(error) => {
                    self.state().not_locked = Some(error);
                    return Ok(None);
                }
                LockAttempt::Busy(holder) => holder.map(|holder| holder.to_string()),
            };
            if !std::mem::replace(&mut notified, true) {
                self.notify(&Notice::Waiting { holder: holder.clone() });
            }
            if began.elapsed() >= self.patience {
                let holder = holder.unwrap_or_else(|| "another process".into());
                return Err(Error::new(ErrorKind::Timeout, self.doing())
                    .because(format!("waited {} s for the login of {holder}", self.patience.as_secs()))
                    .with_hint("if that process hangs, end it and try again"));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }
}
