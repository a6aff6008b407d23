//! `hac flexsearch`: rows go from the server to the output as they come.

use std::borrow::Cow;
use std::ops::ControlFlow;

use hac_client::console::{FlexibleSearchSummary, RowSink};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch};

use super::unknown::Unknown;
use crate::args::{FlexsearchArgs, RowFormat};
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::{self, End, Format};
use crate::parameters;
use crate::printer::{Broken, Printer, Talk};
use crate::progress::{Progress, Unit};
use crate::query_text::sendable;
use crate::source;

/// What public clients send for "all of them".
const ALL_ROWS: usize = 999_999_999;

pub(crate) async fn run(job: Job<'_>, args: &FlexsearchArgs) -> CommandResult {
    let format = job.row_format(args.format)?;
    let text = source::read(&args.source, "query", &[], &job)?;
    let text = if args.sql { text } else { sent(text, &job) };
    let query = query(args, &text)?.on_progress(job.printer.talk.screen().sending());
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    if args.sql || args.commit {
        context.interrupt.now(Activity::Writing { what: "query", host: connection.host });
    }
    let effect = if args.sql || args.commit { Effect::Write } else { Effect::Read };
    let (summary, report) = {
        let broken = printer.data.broken();
        let talk = printer.talk.clone();
        let mut rows = Rows {
            format: output::format(format, &mut printer.data),
            broken,
            effect,
            talk,
            progress: None,
            shape: Shape::default(),
        };
        let answer = connection.client.stream_flexiblesearch(query, &mut rows).await.or_else(Error::into_outcome);
        context.interrupt.now(Activity::Reading);
        let asks = context.terminals.stderr || settings.volume.verbose > 0;
        let unknown = match &answer {
            Ok(summary) if !args.sql => summary.failure.as_ref().and_then(|failure| Unknown::of(&failure.message)),
            _ => None,
        };
        let hint = match &unknown {
            Some(unknown) if asks => Some(unknown.hint_with_names(&connection.client).await),
            Some(unknown) => Some(unknown.hint()),
            None => None,
        };
        finish(rows, answer, args, &text, hint)?
    };
    printer.data.flush();
    let Some(report) = report else {
        tell(&summary, args, &text, format, printer);
        return Ok(Outcome::Done(effect));
    };
    printer.talk.error(&report.message);
    if let Some(failure) = &summary.failure {
        printer.talk.detail(failure.stack_trace.trim_end());
    }
    if let Some(hint) = report.hint {
        printer.talk.hint(&hint);
    }
    Ok(Outcome::Refused)
}

/// The query as HAC takes it.
fn sent(text: String, job: &Job<'_>) -> String {
    let Cow::Owned(sent) = sendable(&text) else { return text };
    job.printer.talk.detail(&format!("sent without comments and without ; at the end: {}", sent.trim()));
    sent
}

/// Ends the output, whatever came of the query.
fn finish(
    rows: Rows<'_>,
    answer: hac_client::Result<FlexibleSearchSummary>,
    args: &FlexsearchArgs,
    text: &str,
    hint: Option<String>,
) -> Result<(FlexibleSearchSummary, Option<Report>), Failure> {
    let Rows { mut format, talk, shape, .. } = rows;
    let ended = match answer {
        Ok(summary) => {
            let report = failure(&summary, args, text, hint);
            format.end(&End {
                execution_time_ms: summary
                    .execution_time
                    .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
                truncated: summary.truncated,
                failure: report.clone(),
            });
            Ok((summary, report))
        }
        Err(error) => {
            format.end(&End::failed(Report::from(&error)));
            Err(error.into())
        }
    };
    drop(format);
    if shape.ragged > 1 {
        talk.warn(&format!("{} rows in all do not have as many cells as there are columns", shape.ragged));
    }
    ended
}

fn tell(summary: &FlexibleSearchSummary, args: &FlexsearchArgs, text: &str, format: RowFormat, printer: &Printer) {
    if args.sql && !args.commit && may_be_ddl(text) {
        printer.talk.warn(MAY_BE_KEPT);
    }
    if !summary.stopped && matches!(format, RowFormat::Table | RowFormat::Tsv) {
        let noun = if summary.row_count == 1 { "result" } else { "results" };
        printer.talk.say(&format!("{} {noun}", summary.row_count));
    }
    // A limit of one row is intended.
    if summary.truncated && args.max_count > 1 {
        printer.talk.warn(&format!(
            "stopped at {}, there may be more: -m {} reads more, -m 0 reads all",
            args.max_count,
            args.max_count.saturating_mul(10)
        ));
    }
    if let Some(sql) = &summary.sql {
        printer.talk.detail(&format!("SQL: {sql}"));
    }
}

fn query(args: &FlexsearchArgs, text: &str) -> hac_client::Result<FlexibleSearch> {
    if args.commit && !args.sql {
        return Err(crate::diagnostics::usage(
            "run the query",
            "a FlexibleSearch query changes nothing, so there is nothing to commit",
            "remove --commit, or add --sql to run an SQL statement",
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
fn failure(
    summary: &FlexibleSearchSummary,
    args: &FlexsearchArgs,
    text: &str,
    known: Option<String>,
) -> Option<Report> {
    let failure = summary.failure.as_ref()?;
    let message = failure.message.trim();
    let message = if message.is_empty() { "the server gave no reason" } else { message };
    let hint = if let Some(known) = known {
        format!("{known}; {}", breaking(text))
    } else if args.sql {
        let hint = "the text was run as SQL: remove --sql for FlexibleSearch; -v shows the stack trace";
        if may_be_ddl(text) { format!("{hint}; {MAY_BE_KEPT}") } else { hint.to_owned() }
    } else {
        breaking(text).to_owned()
    };
    Some(Report {
        kind: ErrorKind::QueryFailed.code().to_owned(),
        message: format!("the query failed: {message}"),
        hint: Some(hint),
    })
}

/// What may help with a query that failed: what is known to break it if it has that.
fn breaking(text: &str) -> &'static str {
    let has = |word: &str| text.split(|char: char| !char.is_alphanumeric()).any(|its| its.eq_ignore_ascii_case(word));
    match () {
        () if has("limit") => "FlexibleSearch has no LIMIT: use -m; -v shows the stack trace",
        () if text.contains("--") => "FlexibleSearch in HAC has no -- comments: use /* */; -v shows the stack trace",
        () if text.contains(';') => {
            "HAC runs one query at a time: remove the ; and what follows it; -v shows the stack trace"
        }
        () => "-v shows the stack trace",
    }
}

/// What is true of DDL on `MySQL`, Oracle, HANA and HSQLDB, and not on `PostgreSQL` and SQL Server.
const MAY_BE_KEPT: &str = "the statement may not have been rolled back: on some databases DDL commits itself";

/// Whether SQL may change the schema: only what surely does not is left out.
fn may_be_ddl(sql: &str) -> bool {
    const BEGINNINGS: [&str; 9] =
        ["select", "with", "values", "insert", "update", "delete", "merge", "explain", "show"];
    const CHANGES: [&str; 11] =
        ["create", "alter", "drop", "truncate", "rename", "comment", "grant", "revoke", "call", "exec", "execute"];
    let mut words = sql
        .split(|char: char| !char.is_alphanumeric() && char != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .peekable();
    let known = words.peek().is_some_and(|first| BEGINNINGS.contains(&first.as_str()));
    !known || words.any(|word| CHANGES.contains(&word.as_str()))
}

/// Passes rows on, and sees whether they fit below the columns.
struct Rows<'a> {
    format: Box<dyn Format + Send + 'a>,
    broken: Broken,
    effect: Effect,
    talk: Talk,
    progress: Option<Progress>,
    shape: Shape,
}

/// How many cells a row should have, and how many rows have not.
#[derive(Debug, Default)]
struct Shape {
    columns: usize,
    rows: u64,
    ragged: u64,
}

impl Rows<'_> {
    /// A query stops when its output is closed. The outcome of a statement matters even then.
    fn flow(&self) -> ControlFlow<()> {
        match self.broken.error() {
            Some(_) if self.effect == Effect::Read => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl RowSink for Rows<'_> {
    fn begin(&mut self, headers: &[String]) -> ControlFlow<()> {
        self.progress = Some(self.talk.progress("receiving rows", Unit::Of("rows"), None));
        self.shape.columns = headers.len();
        self.format.begin(headers);
        self.flow()
    }

    fn row(&mut self, cells: &[Option<Cow<'_, str>>]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        let Shape { columns, rows, ragged } = &mut self.shape;
        *rows += 1;
        if cells.len() != *columns {
            *ragged += 1;
            if *ragged == 1 {
                let told = format!("row {rows} does not fit: its cells are {}, the columns are {columns}", cells.len());
                self.talk.warn(&told);
            }
        }
        self.format.row(cells);
        self.flow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_may_change_the_schema_are_recognised() {
        for sql in [
            "DROP TABLE x",
            "  create index i on x(a)",
            "/* c */ ALTER TABLE x",
            "SELECT 1; drop table x",
            "/*!50000 DROP TABLE x */",
            "begin null; end;",
            "(truncate table x)",
            "insert into x values (1); TRUNCATE x",
            "",
        ] {
            assert!(may_be_ddl(sql), "{sql}");
        }
        for sql in [
            "SELECT * FROM products",
            "(select dropped, created_at FROM x)",
            "update x set a = 1",
            "WITH a AS (SELECT 1) SELECT * FROM a",
        ] {
            assert!(!may_be_ddl(sql), "{sql}");
        }
    }
}
