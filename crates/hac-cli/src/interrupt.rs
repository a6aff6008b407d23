//! Ctrl-C: what it means depends on what is going on.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use hac_client::{Error, ErrorKind};

/// What is going on, for the case that it is interrupted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt {
    activity: Arc<Mutex<Activity>>,
    seen: Arc<AtomicBool>,
}

/// What an interruption would cut off.
#[derive(Debug, Clone, Default)]
pub(crate) enum Activity {
    /// Nothing that leaves traces.
    #[default]
    Reading,
    /// A script or a statement that the server may still be executing.
    Writing { what: &'static str, host: String },
    /// An update that the server goes on executing, whatever happens here.
    Updating { what: &'static str, host: String },
    /// Serving until Ctrl-C: that is the way to end it.
    Serving,
}

impl Interrupt {
    pub(crate) fn now(&self, activity: Activity) {
        *self.activity.lock().unwrap_or_else(PoisonError::into_inner) = activity;
    }

    /// What is going on, for somebody who waits; `None` where there is nothing more to say than
    /// that an answer is waited for.
    pub(crate) fn doing(&self) -> Option<String> {
        match &*self.activity.lock().unwrap_or_else(PoisonError::into_inner) {
            Activity::Writing { what, host } | Activity::Updating { what, host } => {
                Some(format!("running the {what} on {host}"))
            }
            Activity::Reading | Activity::Serving => None,
        }
    }

    /// Comes back at the first Ctrl-C. The second one ends the process where it stands, be it
    /// blocked in a write to a pipe that nobody reads.
    pub(crate) async fn wait(&self) {
        use signal_hook::consts::SIGINT;
        use std::future::pending;
        // The order matters: at the first signal the flag is still down when it is looked at.
        let armed = signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&self.seen))
            .and_then(|_| signal_hook::flag::register(SIGINT, Arc::clone(&self.seen)));
        if armed.is_err() || tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    }

    /// What to tell after an interruption; `None` if that was the way to end it.
    pub(crate) fn verdict(&self) -> Option<Error> {
        let activity = self.activity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match activity {
            Activity::Serving => None,
            Activity::Reading => Some(Error::new(ErrorKind::Interrupted, "finish").because("interrupted")),
            Activity::Updating { what, host } => Some(
                Error::new(ErrorKind::Interrupted, format!("watch the {what}"))
                    .because(format!("interrupted; if the {what} has begun, the server goes on with it ({host})"))
                    .with_hint(
                        "`hac update log --follow` finds it again, `hac update status` says whether it still runs",
                    ),
            ),
            Activity::Writing { what, host } => Some(
                Error::new(ErrorKind::Interrupted, format!("wait for the {what}"))
                    .because(format!("interrupted; the {what} may still be running on {host}"))
                    .with_hint("look at what it changed before you run it again"),
            ),
        }
    }
}
