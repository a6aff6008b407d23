//! `hac help TOPIC`. The help of commands is clap's.

mod layout;
mod topics;

use serde::Serialize;

use crate::args::HelpArgs;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::job::Job;
use crate::name;
use layout::Page;

#[derive(Serialize)]
struct TopicJson {
    success: bool,
    topic: String,
    text: String,
}

pub(crate) fn run(job: Job<'_>, args: &HelpArgs) -> CommandResult {
    let Some(topic) = args.topic() else {
        let wanted = args.words.join(" ");
        return Err(usage("show the help", format!("there is none of {wanted}"), "`hac help` lists the topics").into());
    };
    let Job { context, settings, printer } = job;
    let mut page = Page::new(&context.environment);
    topics::write(topic, &mut page);
    let text = name::spelled(&page.text).into_owned();
    if settings.json {
        printer.data.json(&TopicJson { success: true, topic: topic.name(), text });
    } else {
        printer.data.text(&text);
    }
    Ok(Outcome::Done(Effect::None))
}
