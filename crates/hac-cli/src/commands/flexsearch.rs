//! `hac flexsearch`: rows go from the server to the output as they come.

use std::borrow::Cow;
use std::io;
use std::ops::ControlFlow;

use hac_client::{Commit, FlexibleSearch, FlexibleSearchSummary, RowSink, Validation};

use crate::args::{FlexsearchArgs, RowFormat};
use crate::connection::connect;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Failure, Outcome, Report};
use crate::interrupt::Activity;
use crate::output::{self, End, Format};
use crate::parameters;
use crate::printer::{Printer, Talk};
use crate::progress::{Progress, Unit};
use crate::settings::Settings;
use crate::source;

/// What public clients send for "all of them".
const ALL_ROWS: usize = 999_999_999;

pub(crate) async fn run(
    context: &RunContext,
    settings: &Settings,
    args: &FlexsearchArgs,
    printer: &mut Printer,
) -> CommandResult {
    let format = output::row_format(args.format, settings, printer.data.is_terminal())?;
    let text = source::read(&args.source, "query", &[], settings)?;
    let query = query(args, text)?;
    let connection = connect(settings, context, &printer.talk, &settings.label(None)?, Validation::OnUse)?;
    if args.sql || args.commit {
        context.interrupt.now(Activity::Writing { what: "query", host: connection.host });
    }
    let answered = {
        let mut rows = Rows {
            format: output::format(format, &mut printer.data),
            broken: None,
            talk: printer.talk.clone(),
            progress: None,
        };
        let answer = connection.client.stream_flexiblesearch(&query, &mut rows).await;
        context.interrupt.now(Activity::Reading);
        finish(rows, answer, args.sql)?
    };
    printer.data.flush()?;
    match answered {
        (summary, Some(report)) => {
            printer.talk.error(&report.message);
            if let Some(failure) = &summary.failure {
                printer.talk.detail(failure.stack_trace.trim_end());
            }
            if let Some(hint) = report.hint {
                printer.talk.hint(&hint);
            }
            Ok(Outcome::Refused)
        }
        (summary, None) => {
            tell(&summary, args, format, printer);
            Ok(Outcome::Done)
        }
    }
}

/// Ends the output, whatever came of the query.
fn finish(
    rows: Rows<'_>,
    answer: hac_client::Result<FlexibleSearchSummary>,
    sql: bool,
) -> Result<(FlexibleSearchSummary, Option<Report>), Failure> {
    let Rows { mut format, broken, .. } = rows;
    if let Some(error) = broken {
        return Err(Failure::Output(error));
    }
    let summary = match answer {
        Ok(summary) => summary,
        Err(error) => {
            format.end(&End::failed(Report::from(&error)))?;
            return Err(error.into());
        }
    };
    let report = failure(&summary, sql);
    format.end(&End {
        execution_time_ms: summary.execution_time_ms,
        truncated: summary.truncated,
        failure: report.clone(),
    })?;
    Ok((summary, report))
}

fn tell(summary: &FlexibleSearchSummary, args: &FlexsearchArgs, format: RowFormat, printer: &Printer) {
    if matches!(format, RowFormat::Table | RowFormat::Tsv) {
        let noun = if summary.row_count == 1 { "result" } else { "results" };
        printer.talk.say(&format!("{} {noun}", summary.row_count));
    }
    if summary.truncated && args.max_count != 0 {
        printer.talk.warn(&format!(
            "cut at {}, there may be more: -m {} reads more, -m 0 all",
            args.max_count,
            args.max_count.saturating_mul(10)
        ));
    }
    if let Some(sql) = &summary.sql {
        printer.talk.detail(&format!("SQL: {sql}"));
    }
}

fn query(args: &FlexsearchArgs, text: String) -> hac_client::Result<FlexibleSearch> {
    if args.commit && !args.sql {
        return Err(crate::diagnostics::usage(
            "run the query",
            "a FlexibleSearch query changes nothing, there is nothing to commit",
            "leave --commit out, or add --sql for an SQL statement",
        ));
    }
    let mut query = if args.sql { FlexibleSearch::sql(text) } else { FlexibleSearch::new(text) }
        .max_count(if args.max_count == 0 { ALL_ROWS } else { args.max_count })
        .locale(&args.locale)
        .commit(if args.commit { Commit::Yes } else { Commit::No })
        .decode_cells(!args.raw_cells);
    if let Some(user) = &args.user {
        query = query.user(user);
    }
    if let Some(name) = &args.data_source {
        query = query.data_source(name);
    }
    for (name, value) in parameters::read(&args.params)? {
        query = query.param(name, value)?;
    }
    Ok(query)
}

/// Why the query failed, and what may help. HAC appends conditions of its own to the text, which
/// is why some of what SQL allows breaks there.
fn failure(summary: &FlexibleSearchSummary, sql: bool) -> Option<Report> {
    let failure = summary.failure.as_ref()?;
    let message = failure.message.trim();
    let message = if message.is_empty() { "the server gave no reason" } else { message };
    let hint = if sql {
        "the text was taken as SQL: leave out --sql for FlexibleSearch; -v shows the stack trace"
    } else {
        "FlexibleSearch knows no LIMIT (use -m), no ; at the end and no -- comments; -v shows the stack trace"
    };
    Some(Report {
        kind: "query_failed".to_owned(),
        message: format!("the query failed: {message}"),
        hint: Some(hint.to_owned()),
    })
}

/// Passes rows on, and keeps the error of the output for afterwards.
struct Rows<'a> {
    format: Box<dyn Format + Send + 'a>,
    broken: Option<io::Error>,
    talk: Talk,
    progress: Option<Progress>,
}

impl Rows<'_> {
    fn flow(&mut self, result: io::Result<()>) -> ControlFlow<()> {
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.broken = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl RowSink for Rows<'_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.progress = Some(self.talk.progress("receiving rows", Unit::Of("rows"), None));
        let result = self.format.begin(headers);
        self.flow(result)
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        let result = self.format.row(cells);
        self.flow(result)
    }
}
