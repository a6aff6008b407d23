//! The `ImpEx` consoles: import, validation, upload, export, download.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use encoding_rs::Encoding;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::answer::Answer;
use crate::archive;
use crate::database::{Database, ExportScript, ImpexReport, ImpexScript, SqlError};
use crate::pages::{Visit, escape, layout, not_found};

pub(super) const IMPORT: &str = "/console/impex/import";
pub(super) const VALIDATE: &str = "/console/impex/import/validate";
pub(super) const UPLOAD: &str = "/console/impex/import/upload";
pub(super) const EXPORT: &str = "/console/impex/export";
/// Below it are the archives; links to them are relative to the page.
pub(super) const DOWNLOADS: &str = "/console/impex/export/data/";

/// What the boxes of the import's form are called.
const BOXES: [&str; 4] = ["legacyMode", "enableCodeExecution", "distributedMode", "sldEnabled"];
const SCRIPT_IN_ARCHIVE: &str = "importscript.impex";

pub(super) fn import_page(visit: &Visit<'_>) -> Answer {
    page(visit, "ImpEx Import", &import_form(visit))
}

pub(super) fn export_page(visit: &Visit<'_>) -> Answer {
    page(visit, "ImpEx Export", &export_form(visit))
}

/// Imports the pasted script.
pub(super) async fn import(visit: &Visit<'_>) -> Answer {
    let form = match Form::of(visit, &["IMPORT_STRICT", "IMPORT_RELAXED"]) {
        Ok(form) => form,
        Err(errors) => return refused(visit, "ImpEx Import", &errors, &import_form(visit)),
    };
    run_import(visit, form.script.clone(), Vec::new(), form).await
}

/// Imports a file: a script, or an archive with one in it.
pub(super) async fn upload(visit: &Visit<'_>) -> Answer {
    let refuse = |errors: &[String]| refused(visit, "ImpEx Import", errors, &import_form(visit));
    let form = match Form::of(visit, &["IMPORT_STRICT", "IMPORT_RELAXED"]) {
        Ok(form) => form,
        Err(errors) => return refuse(&errors),
    };
    let Some(file) = visit.request.file("file").filter(|file| !file.is_empty()) else {
        return refuse(&["The file is empty.".to_owned()]);
    };
    let mut others = Vec::new();
    let content = if file.starts_with(b"PK\x03\x04") {
        if form.distributed {
            return refuse(&["Archives cannot be imported in distributed mode.".to_owned()]);
        }
        match archive::unpack(&file) {
            Ok(files) => others = files,
            Err(error) => return refuse(&[error.to_string()]),
        }
        match others.iter().position(|(name, _)| name == SCRIPT_IN_ARCHIVE) {
            Some(script) => others.swap_remove(script).1,
            None => return refuse(&[format!("The archive has no {SCRIPT_IN_ARCHIVE}.")]),
        }
    } else {
        file
    };
    let text = form.encoding.decode_without_bom_handling(&content).0.into_owned();
    run_import(visit, text, others, form).await
}

async fn run_import(visit: &Visit<'_>, text: String, files: Vec<(String, Bytes)>, form: Form) -> Answer {
    if form.distributed {
        return start_import(visit, text, &form).await;
    }
    let database = Arc::clone(&visit.state.database);
    let Form { strict, code_execution, .. } = form;
    let outcome = off_thread(visit, move || {
        database.import_impex(&ImpexScript { text: &text, strict, code_execution, files: &files })
    })
    .await;
    let ImpexReport { failed, dump } = match outcome {
        Ok(report) => report,
        Err(answer) => return answer,
    };
    let verdict = if failed {
        result("impexResult", "error", "Import has encountered problems.")
    } else {
        result("impexResult", "notice", "Import finished successfully")
    };
    page(visit, "ImpEx Import", &format!("{verdict}{}{}", report(&dump), import_form(visit)))
}

/// Begins a distributed import. The answer is there before the import is done, and says nothing of how it will end.
async fn start_import(visit: &Visit<'_>, text: String, form: &Form) -> Answer {
    let state = Arc::clone(visit.state);
    let (database, uid) = (Arc::clone(&state.database), visit.user.name.clone());
    let job = match off_thread(visit, move || database.begin_import_job(&uid)).await {
        Ok(job) => job,
        Err(answer) => return answer,
    };
    let (strict, code_execution) = (form.strict, form.code_execution);
    let (database, jobs) = (Arc::clone(&state.database), Arc::clone(&state.import_jobs));
    let work = move || {
        jobs.wait();
        let script = ImpexScript { text: &text, strict, code_execution, files: &[] };
        if let Err(error) = database.run_import_job(job, &script) {
            tracing::error!(%error, "a distributed import could not be ended");
        }
    };
    // Nobody waits for it.
    tokio::spawn(async move { state.workers.run(|| (), work).await });
    let verdict = result("impexResult", "notice", "Distributed import was started");
    page(visit, "ImpEx Import", &format!("{verdict}{}", import_form(visit)))
}

/// Looks at the pasted script; nothing is imported.
pub(super) fn validate(visit: &Visit<'_>) -> Answer {
    let form = match Form::of(visit, &["IMPORT_STRICT", "IMPORT_RELAXED"]) {
        Ok(form) => form,
        Err(errors) => return refused(visit, "ImpEx Import", &errors, &import_form(visit)),
    };
    let Form { script: text, strict, code_execution, .. } = &form;
    let script = ImpexScript { text, strict: *strict, code_execution: *code_execution, files: &[] };
    let verdict = match Database::validate_impex(&script) {
        Ok(()) => result("validationResultMsg", "notice", "Import script is valid"),
        Err(reason) => result("validationResultMsg", "error", &format!("Import script is invalid: {reason}")),
    };
    page(visit, "ImpEx Import", &format!("{verdict}{}", import_form(visit)))
}

/// Exports by the pasted script, and offers the archive for one download.
pub(super) async fn export(visit: &Visit<'_>) -> Answer {
    const MODES: [&str; 3] = ["EXPORT_ONLY", "EXPORT_REIMPORT_STRICT", "EXPORT_REIMPORT_RELAXED"];
    let form = match Form::of(visit, &MODES) {
        Ok(form) => form,
        Err(errors) => return refused(visit, "ImpEx Export", &errors, &export_form(visit)),
    };
    let database = Arc::clone(&visit.state.database);
    let Form { script: text, strict: reimport, .. } = form;
    let outcome = off_thread(visit, move || database.export_impex(&ExportScript { text: &text, reimport })).await;
    let packed = match outcome {
        Ok(exported) => exported.and_then(|exported| archive::pack(&exported.files).map_err(|error| error.to_string())),
        Err(answer) => return answer,
    };
    let body = match packed {
        Ok(archive) => {
            let name = visit.state.exports.keep(&visit.user.name, archive.into());
            format!(
                "{}<div id=\"downloadExportResultData\">Download: <a href=\"export/data/{name}\">{name}</a></div>\n",
                result("impexResult", "notice", "Export finished successfully")
            )
        }
        Err(reason) => {
            format!("{}{}", result("impexResult", "error", "Export has encountered problems."), report(&reason))
        }
    };
    page(visit, "ImpEx Export", &format!("{body}{}", export_form(visit)))
}

/// An archive, once, for whoever exported it.
pub(super) fn download(visit: &Visit<'_>, path: &str) -> Answer {
    let name = path.strip_prefix(DOWNLOADS).unwrap_or_default();
    let Some(archive) = visit.state.exports.take(&visit.user.name, name) else { return not_found() };
    let mut answer = Answer::text(StatusCode::OK, "application/zip", String::new());
    answer.set(CONTENT_TYPE, "application/zip");
    answer.set(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    answer.body = archive.into();
    answer
}

/// The fields that every form has, bound as Spring binds them.
struct Form {
    /// The pasted one; empty where a file was sent.
    script: String,
    strict: bool,
    code_execution: bool,
    distributed: bool,
    encoding: &'static Encoding,
}

impl Form {
    /// The errors are those that the page shows beside the fields.
    fn of(visit: &Visit<'_>, modes: &[&str]) -> Result<Self, Vec<String>> {
        let given = |name: &str| visit.request.parameter(name).or_else(|| visit.request.part(name));
        let mut errors = Vec::new();
        let mode = given("validationEnum").unwrap_or_else(|| modes[0].to_owned()).to_ascii_uppercase();
        if !modes.contains(&mode.as_str()) {
            errors.push(format!("Failed to convert '{mode}' for property validationEnum."));
        }
        let name = given("encoding").unwrap_or_else(|| "UTF-8".to_owned());
        let encoding = Encoding::for_label(name.as_bytes());
        if encoding.is_none() {
            errors.push(format!("Encoding '{name}' is not supported."));
        }
        let threads = given("maxThreads").unwrap_or_else(|| "1".to_owned());
        if !threads.trim().parse::<u16>().is_ok_and(|threads| threads > 0) {
            errors.push(format!("maxThreads must be a number greater than 0, not '{threads}'."));
        }
        let on = |name: &str| {
            let value = given(name).unwrap_or_default().to_ascii_lowercase();
            matches!(value.as_str(), "true" | "on" | "yes" | "1")
        };
        let script = visit.request.parameter("scriptContent").unwrap_or_default();
        if script.trim().is_empty() && visit.request.file("file").is_none() {
            errors.push("The script is empty.".to_owned());
        }
        match encoding {
            Some(encoding) if errors.is_empty() => Ok(Self {
                script,
                strict: mode.ends_with("STRICT"),
                code_execution: on(BOXES[1]),
                distributed: on(BOXES[2]),
                encoding,
            }),
            _ => Err(errors),
        }
    }
}

async fn off_thread<T: Send + 'static>(
    visit: &Visit<'_>,
    work: impl FnOnce() -> Result<T, SqlError> + Send + 'static,
) -> Result<T, Answer> {
    match visit.state.workers.run(|| visit.ticket.executed(), work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Answer::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())),
        Err(none) => Err(none.answer()),
    }
}

fn page(visit: &Visit<'_>, title: &str, body: &str) -> Answer {
    Answer::html(StatusCode::OK, layout(&visit.state.knobs, title, &visit.token, body))
}

/// The form again, with what is wrong in it; there is no result.
fn refused(visit: &Visit<'_>, title: &str, errors: &[String], form: &str) -> Answer {
    let mut body = String::new();
    for error in errors {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "<span class=\"error\">{}</span>", escape(error));
    }
    page(visit, title, &format!("{body}{form}"))
}

fn result(id: &str, level: &str, text: &str) -> String {
    format!("<span id=\"{id}\" data-level=\"{level}\"\n  data-result=\"{}\"></span>\n", escape(text))
}

fn report(dump: &str) -> String {
    if dump.is_empty() {
        return String::new();
    }
    format!("<div class=\"box impexResult quiet\"><pre>\n{}</pre></div>\n", escape(dump))
}

fn import_form(visit: &Visit<'_>) -> String {
    let context = &visit.state.knobs.context_path;
    let mut boxes = String::new();
    for name in BOXES {
        // Writing to a String cannot fail.
        let _ = writeln!(
            boxes,
            "<input type=\"checkbox\" name=\"{name}\" value=\"true\" /><input type=\"hidden\" name=\"_{name}\" value=\"on\" />"
        );
    }
    format!(
        "<h2>ImpEx Import</h2>\n<form action=\"{context}{IMPORT}\" method=\"POST\">\n<textarea name=\"scriptContent\"></textarea>\n\
         <select name=\"validationEnum\"><option>IMPORT_STRICT</option><option>IMPORT_RELAXED</option></select>\n\
         <input name=\"maxThreads\" value=\"1\" /><input name=\"encoding\" value=\"UTF-8\" />\n{boxes}</form>\n\
         <form action=\"{context}{UPLOAD}\" method=\"POST\" enctype=\"multipart/form-data\"><input type=\"file\" name=\"file\" /></form>\n"
    )
}

fn export_form(visit: &Visit<'_>) -> String {
    format!(
        "<h2>ImpEx Export</h2>\n<form action=\"{}{EXPORT}\" method=\"POST\">\n<textarea name=\"scriptContent\"></textarea>\n\
         <select name=\"validationEnum\"><option>EXPORT_ONLY</option><option>EXPORT_REIMPORT_STRICT</option>\
         <option>EXPORT_REIMPORT_RELAXED</option></select>\n<input name=\"encoding\" value=\"UTF-8\" />\n</form>\n",
        visit.state.knobs.context_path
    )
}
