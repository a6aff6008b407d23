//! `hac config edit`: the file in an editor. It is checked before it takes the place of the old one.

use std::io::Write as _;

use hac_client::{Error, ErrorKind};

use super::example::EXAMPLE;
use crate::config::{self, Config};
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::ending::blocking;
use crate::env;
use crate::job::Job;
use crate::os;

pub(super) fn run(job: &mut Job<'_>) -> CommandResult {
    let Job { context, settings, printer } = job;
    let environment = &context.environment;
    let path = config::target(&config::path(environment)?);
    let doing = || format!("edit {}", path.display());
    let failed =
        |cause: std::io::Error| Error::new(ErrorKind::Config, doing()).because(cause.to_string()).with_source(cause);
    let editor = match environment.text(env::VISUAL)? {
        Some(editor) => Some(editor),
        None => environment.text(env::EDITOR)?,
    };
    // An editor that somebody chose may need no terminal; the usual one would wait for keys that nobody can type.
    if editor.is_none() && !(context.terminals.stdin && context.terminals.stdout) {
        let hint = format!(
            "edit {} yourself, then check it with `hac config validate`; or set VISUAL or EDITOR to an editor that needs no terminal",
            path.display()
        );
        return Err(usage(&doing(), "there is no terminal for an editor", hint).into());
    }
    let editor = editor.unwrap_or_else(|| os::EDITOR.to_owned());
    let before = Config::text_of(&path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    os::make_private_directory(directory).map_err(failed)?;
    // Beside the file, so that an editor knows its kind, and readable by its owner alone.
    let mut draft =
        tempfile::Builder::new().prefix(".config-").suffix(".toml").tempfile_in(directory).map_err(failed)?;
    draft.write_all(before.as_deref().unwrap_or(EXAMPLE).as_bytes()).map_err(failed)?;
    let draft = draft.into_temp_path();
    loop {
        let status = blocking(|| os::shell_with_file(&editor, &draft).status()).map_err(failed)?;
        if !status.success() {
            return Err(usage(
                &doing(),
                format!("the editor failed ({status})"),
                "set VISUAL or EDITOR to an editor; nothing was changed",
            )
            .into());
        }
        let text = std::fs::read_to_string(&draft).map_err(failed)?;
        if before.as_deref() == Some(text.as_str()) {
            printer.talk.say("Nothing was changed");
            return Ok(Outcome::Done(Effect::None));
        }
        // In the words for the file itself: the draft is nobody's.
        let Err(error) = Config::of_text(&text, &path, environment) else {
            if !config::replace(&path, before.as_deref(), &text, environment.home().as_deref())? {
                let kept = draft.keep().map_err(|cause| failed(cause.error))?;
                return Err(Error::new(ErrorKind::Config, doing())
                    .because("something else changed the file while the editor was open")
                    .with_hint(format!("your text is in {}: merge the two, then delete it", kept.display()))
                    .into());
            }
            if !settings.volume.quiet {
                printer.data.line(&format!("Saved {}", path.display()));
            }
            return Ok(Outcome::Done(Effect::Write));
        };
        printer.talk.error(&error.to_string());
        if let Some(hint) = error.hint() {
            printer.talk.hint(&hint.to_string());
        }
        if !context.terminals.can_ask() || !printer.talk.confirm("Edit again? Otherwise nothing is changed [y/N] ") {
            return Err(usage(&doing(), "the new text cannot be used", "nothing was changed").into());
        }
    }
}
