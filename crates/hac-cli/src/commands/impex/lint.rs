//! `hac impex lint`: mistakes in files, as compilers print them.

use std::time::Duration;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use hac_client::console::{LintFinding, LintSeverity, lint_impex};
use hac_client::{HacClient, ImpexImport, Result};
use serde_json::{Value, json};

use super::files::{from_stdin, given, is_empty_report};
use super::report::name_of;
use crate::args::ImpexLintArgs;
use crate::ci::{CiReports, Problem, State};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Outcome, Report, usage};
use crate::ending::blocking;
use crate::foreign::visible;
use crate::job::Job;
use crate::output::Listing;
use crate::printer::Data;
use crate::source;
use crate::wrap::{width, wrapped};

/// Longer lines are named but not shown.
const LONGEST_SHOWN: usize = 2000;

/// What a line of a finding has besides text: the number, borders, and marks that something is left out.
const GUTTER: usize = 16;

const COLUMNS: [&str; 7] = ["file", "line", "column", "severity", "code", "message", "help"];

pub(super) async fn run(job: Job<'_>, args: &ImpexLintArgs) -> CommandResult {
    let files = given(&args.files, job.context)?;
    // All of them before the first is looked at: a missing last file is no reason to stop half way.
    let texts = files
        .iter()
        .map(|file| {
            let script = if file.as_os_str() == "-" {
                from_stdin(job.settings)?
            } else if blocking(|| file.is_file()) {
                blocking(|| ImpexImport::from_file(file))?
            } else {
                // A pipe, or something that cannot be read, which is told in its own words.
                let text = source::from_file(file, "ImpEx")?;
                return Ok((name_of(file), text));
            };
            let text = blocking(|| script.encoding(&args.encoding).text())?;
            if text.trim().is_empty() && !is_empty_report(file) {
                let why = format!("{} is empty", name_of(file));
                return Err(usage("check the ImpEx", why, "name a file with ImpEx in it"));
            }
            Ok((name_of(file), text))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut reports = CiReports::create(&args.ci, "hac impex lint", &files)?;
    let client = if args.online { Some(job.connect()?.client) } else { None };
    let style = job.style();
    let (printed, styled) = (job.settings.output.format.is_some(), job.printer.data.is_styled());
    let mut listing = Listing::new(&COLUMNS);
    let (mut errors, mut warnings) = (0, 0);
    for (file, text) in &texts {
        let findings = found(client.as_ref(), text).await?;
        let is_error = |finding: &&LintFinding| finding.severity == LintSeverity::Error;
        let count = findings.iter().filter(is_error).count();
        errors += count;
        warnings += findings.len() - count;
        let problems: Vec<Problem> = findings.iter().filter(is_error).map(problem).collect();
        reports.add(file, if count == 0 { State::Passed } else { State::Failed(problems) }, Duration::ZERO);
        for finding in findings {
            if printed {
                listing.push(cells(file, &finding));
            } else {
                shown(file, text, &finding, styled, &mut job.printer.data);
            }
        }
    }
    let number = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let unchecked = if args.online { "" } else { "; types and attributes were not checked" };
    let told = format!("{}, {}{unchecked}", number(errors, "error"), number(warnings, "warning"));
    let failure = (errors > 0).then(|| Report { kind: "lint_failed".to_owned(), message: told.clone(), hint: None });
    if printed {
        listing.print_to(failure.as_ref(), &style, &mut job.printer.data)?;
    }
    job.printer.data.flush();
    let effect = if args.online { Effect::Read } else { Effect::None };
    reports.finish(effect, &job.printer.talk)?;
    let outcome = if let Some(report) = failure {
        refused(&report, job.printer)
    } else {
        job.printer.talk.say(&told);
        Outcome::Done(effect)
    };
    if !args.online {
        job.printer.talk.note("--online checks them; `hac impex validate` has the server read the files");
    }
    Ok(outcome)
}

async fn found(client: Option<&HacClient>, text: &str) -> Result<Vec<LintFinding>> {
    match client {
        Some(client) => client.lint_impex(text).await,
        None => Ok(blocking(|| lint_impex(text))),
    }
}

fn problem(finding: &LintFinding) -> Problem {
    Problem {
        kind: finding.code.to_owned(),
        line: Some(finding.line),
        message: finding.message.clone(),
        detail: finding.help.clone().unwrap_or_default(),
    }
}

fn cells(file: &str, finding: &LintFinding) -> [Value; 7] {
    let severity = match finding.severity {
        LintSeverity::Error => "error",
        _ => "warning",
    };
    [
        json!(file),
        json!(finding.line),
        json!(finding.column),
        json!(severity),
        json!(finding.code),
        json!(finding.message),
        json!(finding.help),
    ]
}

/// Prints a finding below the line that it is about.
fn shown(file: &str, text: &str, finding: &LintFinding, styled: bool, data: &mut Data) {
    let level = if finding.severity == LintSeverity::Error { Level::ERROR } else { Level::WARNING };
    let room = data.room();
    let message = plain(&finding.message);
    let message = wrapped(&message, room, finding.code.len() + "warning[]: ".len());
    let help = finding.help.as_deref().map(plain);
    let title = level.primary_title(message).id(finding.code);
    let (start, end) = lines_around(text, finding);
    let mut group = Group::with_title(title);
    let line = plain(&text[start..end]);
    group = if end - start > LONGEST_SHOWN {
        group.element(Origin::path(visible(file)).line(finding.line).char_column(finding.column))
    } else {
        let place = finding.span.start - start..finding.span.end.min(end) - start;
        let annotation = AnnotationKind::Primary.span(place);
        // Beside the mark, if the line need not be clipped for it.
        let behind = width(&plain(&text[start..finding.span.end.min(end)])) + GUTTER;
        let fits = |help: &String| room.is_none_or(|room| behind + width(help) <= room);
        let (label, below) = if help.as_ref().is_none_or(fits) { (help, None) } else { (None, help) };
        let snippet = Snippet::source(line).path(visible(file)).line_start(finding.line);
        group = group.element(snippet.annotation(annotation.label(label)));
        match below {
            Some(help) => group.element(Level::HELP.message(wrapped(&help, room, GUTTER).into_owned())),
            None => group,
        }
    };
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    // The text around the place, so that what marks it stays below it.
    let renderer = if let Some(room) = room { renderer.term_width(room) } else { renderer };
    data.safe(&format!("{}\n\n", renderer.render(&[group])));
}

/// The lines from the first to the last that a finding is about, without the last line break.
fn lines_around(text: &str, finding: &LintFinding) -> (usize, usize) {
    let start = text[..finding.span.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[finding.span.end..].find(['\n', '\r']).map_or(text.len(), |at| finding.span.end + at);
    (start, end)
}

/// The text without what a terminal would obey, of the same length.
fn plain(text: &str) -> String {
    let shown = |char: char| match char {
        '\t' | '\n' => char,
        _ if char.is_control() && char.len_utf8() == 1 => ' ',
        _ if char.is_control() => '\u{b7}',
        _ => char,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_shown_and_the_place_stays() {
        let text = "a\u{1b}[2J\u{9b}\tä\n";
        assert_eq!(plain(text), "a [2J\u{b7}\tä\n");
        assert_eq!(plain(text).len(), text.len());
    }
}
