//! Everything that the client says: errors, notices and logs, as each cell hears it.

use std::error::Error as _;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};

use hac_client::{Error, Notice};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::server::locked;

tokio::task_local! {
    static LISTENER: Talk;
}

/// What was said so far.
#[derive(Clone, Default)]
pub(crate) struct Talk(Arc<Mutex<String>>);

impl Talk {
    pub(crate) fn add(&self, text: &str) {
        let mut all = locked(&self.0);
        all.push_str(text);
        all.push('\n');
    }

    pub(crate) fn all(&self) -> String {
        locked(&self.0).clone()
    }

    /// Every face of an error.
    pub(crate) fn error(&self, error: &Error) {
        self.add(&format!(
            "{error}\n{}\n{}\n{}",
            error.doing(),
            error.why(),
            error.hint().map(ToString::to_string).unwrap_or_default()
        ));
        self.add(&format!("{error:?}\n{error:#?}"));
        let mut cause = error.source();
        while let Some(current) = cause {
            self.add(&format!("{current}\n{current:?}"));
            cause = current.source();
        }
    }

    pub(crate) fn notice(&self, notice: &Notice) {
        self.add(&format!("{notice}\n{notice:?}"));
    }

    /// Runs something whose logs go here.
    pub(crate) async fn hear<T>(&self, work: impl Future<Output = T>) -> T {
        LISTENER.scope(self.clone(), work).await
    }
}

/// Hears the logs of each level, for the whole process.
pub(crate) fn listen() {
    let _ = tracing_subscriber::registry().with(Ears).try_init();
}

struct Ears;

impl<S: Subscriber> Layer<S> for Ears {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        say(|fields| event.record(fields));
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        say(|fields| attributes.record(fields));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        say(|fields| values.record(fields));
    }
}

fn say(record: impl FnOnce(&mut Fields)) {
    let _ = LISTENER.try_with(|talk| {
        let mut fields = Fields(String::new());
        record(&mut fields);
        talk.add(&fields.0);
    });
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{}={value} ", field.name());
    }
}
