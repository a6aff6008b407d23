//! `hac session export`: a session for another machine.

use hac_client::files::ByteSink as _;
use hac_client::{Error, ErrorKind, Overwrite};
use serde::Serialize;

use super::{find, where_sessions_are};
use crate::args::{ExportArgs, RowFormat};
use crate::connection::manager;
use crate::diagnostics::{CommandResult, Effect, Outcome, usage};
use crate::outfile::OutFile;
use crate::output::Fields;
use crate::printer::Printer;
use crate::settings::Settings;

/// What is printed of a session that was written to a file.
#[derive(Serialize)]
struct ExportedJson {
    success: bool,
    file: String,
}

pub(super) fn export(settings: &Settings, args: &ExportArgs, printer: &mut Printer) -> CommandResult {
    if printer.data.is_terminal() && !args.reveal && args.output.is_none() {
        return Err(usage(
            "print the session",
            "anyone who sees it can use the session, and this is a terminal",
            "write it to a file that only you can read with -o FILE, redirect it to a pipe, or pass --reveal",
        )
        .into());
    }
    if args.output.is_none() {
        settings.output.refuse_rows(
            "print the session",
            "one object for `hac session import`",
            "omit the format, or choose json or jsonl; `hac session show` has all formats",
        )?;
    }
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    let file = args.output.as_ref().map(|path| OutFile::create(path, overwrite)).transpose()?;
    let label = settings.label();
    let none = || {
        Error::new(ErrorKind::SessionEnded, "export the session")
            .because(format!("there is no session for '{label}'"))
            .with_hint(where_sessions_are(settings))
    };
    let key = find(settings)?.ok_or_else(none)?;
    let session = manager(settings)?.export_session(&key.base_url, &key.username, &key.label)?.ok_or_else(none)?;
    let text = format!("{}\n", session.to_json());
    let (Some(mut file), Some(path)) = (file, &args.output) else {
        if settings.output.is(RowFormat::Jsonl) {
            printer.data.json(&serde_json::from_str::<Fields>(&text).unwrap_or_default());
        } else {
            printer.data.json_text(&text);
        }
        return Ok(Outcome::Done(Effect::None));
    };
    // What cannot be written is reported at the end.
    let _ = file.piece(text.as_bytes());
    file.finish(Effect::Read)?;
    let path = path.display().to_string();
    if settings.json {
        printer.data.json(&ExportedJson { success: true, file: path });
    } else {
        printer.data.line(&path);
    }
    Ok(Outcome::Done(Effect::Read))
}
