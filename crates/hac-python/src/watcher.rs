//! Tells whoever waits for a call how much has come.

use std::ops::ControlFlow;
use std::sync::Arc;

use hac_client::BoxFuture;

use crate::call::{Caller, Event};
use crate::received::Received;

/// Counts what comes, for a callback.
#[derive(Default)]
pub(crate) struct Watcher {
    caller: Option<Caller>,
    received: Arc<Received>,
}

impl Watcher {
    /// For the call that runs in this task; it says nothing if nobody wants to know.
    pub(crate) fn of_this_call(is_wanted: bool) -> Self {
        Self { caller: Caller::current().filter(|_| is_wanted), ..Self::default() }
    }

    pub(crate) fn expect(&self, length: Option<u64>) {
        self.received.begin(length);
    }

    pub(crate) fn more(&self, count: u64) {
        if let Some(caller) = &self.caller
            && self.received.more(count)
        {
            caller.event(Event::Received(Arc::clone(&self.received)));
        }
    }

    /// What the callback raises ends the call here, at the latest: the file does not appear behind it.
    pub(crate) fn heard(&mut self) -> BoxFuture<'_, ControlFlow<()>> {
        Box::pin(async {
            if let Some(caller) = &self.caller {
                caller.heard().await;
            }
            ControlFlow::Continue(())
        })
    }
}
