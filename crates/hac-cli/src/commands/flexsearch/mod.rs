//! `hac flexsearch`: rows go from the server to the output as they come.

mod all;
mod bare;
mod column_types;
mod columns;
mod keys;
mod lines;
mod rows;
mod statement;
mod written;

use std::borrow::Cow;
use std::time::Duration;

use hac_client::console::{FlexibleSearchSummary, RowSink as _, UnknownName};
use hac_client::{Commit, Error, ErrorKind, FlexibleSearch, HacClient, Overwrite};
use serde::Serialize;

use super::unknown;
use crate::args::{FlexsearchArgs, RowFormat};
use crate::conclusion::refused;
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, Report};
use crate::interrupt::Activity;
use crate::job::Job;
use crate::output::{self, End, RowFile, Style};
use crate::parameters;
use crate::printer::{Data, Printer, Talk};
use crate::query_text::sendable;
use crate::source;
use keys::{Keys, Row};
use rows::Rows;
use statement::{MAY_BE_KEPT, changes_rows, may_be_ddl};

/// What public clients send for "all of them".
const ALL_ROWS: usize = 999_999_999;

pub(crate) async fn run(job: Job<'_>, args: &FlexsearchArgs) -> CommandResult {
    let mut style = job.style();
    let plan = written::plan(args, job.settings)?;
    if let Some(plan) = &plan {
        style.format = plan.format;
    }
    written::shape(args, &job, &mut style)?;
    let text = source::read(&args.source, "query", &[], &job)?;
    let text = if args.sql { text } else { sent(text, &job) };
    if args.show_sql {
        return show_sql(job, args, &text).await;
    }
    if style.format == RowFormat::Impex {
        style.impex = Some(columns::header(&text, args)?);
    }
    let mut query = query(args, &text)?.on_progress(job.printer.talk.screen().sending());
    if let Some(file) = source::file(&args.source, "query", &[], &job) {
        query = query.read_from(file);
    }
    let search = args.all.then(|| all::search(args, query.clone())).transpose()?;
    if let (Some(search), Some(plan)) = (&search, &plan)
        && all::is_kept(plan, args)?
    {
        return all::write(job, args, &text, search, style, plan).await;
    }
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    let create = |plan| RowFile::create(plan, overwrite, &job.printer.talk);
    let mut file = plan.as_ref().map(create).transpose()?;
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    if let Some(header) = &mut style.impex {
        columns::mark_unique(header, &connection.client, &printer.talk).await?;
    }
    if style.format.is_for_files() {
        style.types = column_types::of(&connection.client, args, &text, &printer.talk).await?;
    }
    if args.sql || args.commit {
        context.interrupt.now(Activity::Writing { what: "query", host: connection.host });
    }
    let effect = if args.sql || args.commit { Effect::Write } else { Effect::Read };
    let talk = printer.talk.clone();
    let data = file.as_mut().map_or(&mut printer.data, RowFile::data);
    let (summary, report) = if args.pk_as_key {
        with_keys(&connection.client, query, args, &text, &mut style, data, &talk).await?
    } else {
        let broken = data.broken();
        let format = output::format(&style, data);
        let mut rows = Rows::new(format, &style, broken, effect, talk);
        let answer = match search {
            Some(search) => connection.client.stream_pages(search, &mut rows).await.map(|read| all::summarized(&read)),
            None => connection.client.stream_flexiblesearch(query, &mut rows).await,
        };
        let answer = answer.or_else(Error::into_outcome);
        context.interrupt.now(Activity::Reading);
        let asks = context.terminals.stderr || settings.volume.verbose > 0;
        let unknown = match &answer {
            Ok(summary) if !args.sql => summary.failure.as_ref().and_then(|failure| UnknownName::of(&failure.message)),
            _ => None,
        };
        let hint = match &unknown {
            Some(unknown) if asks => Some(unknown::hint_with_names(unknown, &connection.client).await),
            Some(unknown) => Some(unknown::hint_without_names(unknown)),
            None => None,
        };
        finish(rows, answer, args, &text, hint)?
    };
    printer.data.flush();
    let Some(report) = report else {
        tell_of_statement(args, &text, printer);
        if let (Some(plan), Some(file)) = (&plan, file) {
            let bytes = file.finish(effect)?;
            written::tell(plan, bytes, &summary, settings, printer);
        } else if !printer.data.is_lost() {
            count(&summary, style.format, printer);
        }
        tell(&summary, args, printer);
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

/// So many rows wait until the keys of their PKs are looked up.
const BATCH: usize = 500;

/// Prints rows with keys in place of PKs, some at a time.
async fn with_keys(
    client: &HacClient,
    query: FlexibleSearch,
    args: &FlexsearchArgs,
    text: &str,
    style: &mut Style,
    data: &mut Data,
    talk: &Talk,
) -> Result<(FlexibleSearchSummary, Option<Report>), Failure> {
    let mut stream = client.stream_rows::<Row>(query);
    let mut keys = Keys::new(client, args);
    let mut printed: Option<Rows<'_>> = None;
    let broken = data.broken();
    let mut data = Some(data);
    let answer = loop {
        let (mut batch, mut ended) = (Vec::new(), None);
        while batch.len() < BATCH && ended.is_none() {
            match stream.next().await {
                Some(Ok(row)) => batch.push(row),
                Some(Err(error)) => ended = Some(Err(error)),
                None => ended = Some(Ok(stream.summary().cloned().unwrap_or_default())),
            }
        }
        let headers = stream.headers().map(<[String]>::to_vec).unwrap_or_default();
        // An import finds an item by its PK only where that is one.
        let is_found_by = |header: &String| style.format == RowFormat::Impex && header.eq_ignore_ascii_case("pk");
        // A key in clear text may have the value that is masked beside it.
        let masked = style.masks.as_ref().map(|masks| masks.places(&headers).unwrap_or_default());
        let is_clear = |at: usize| masked.as_ref().is_some_and(|places| places.get(at).is_none_or(Option::is_none));
        let left_out: Vec<bool> =
            headers.iter().enumerate().map(|(at, header)| is_found_by(header) || is_clear(at)).collect();
        let expressions = match keys.replace(&mut batch, &left_out).await {
            Ok(expressions) => expressions,
            Err(error) => break Err(error),
        };
        if let Some(data) = data.take() {
            if masked.is_some_and(|places| !places.is_empty()) {
                talk.note("PKs stay where the column is not masked: a key may have the value that is masked elsewhere");
            }
            if let Some(header) = &mut style.impex {
                header.refer(&headers, &expressions);
            }
            let format = output::format(style, data);
            let mut rows = Rows::new(format, style, broken.clone(), Effect::Read, talk.clone());
            if stream.headers().is_some() {
                let _ = rows.begin(&headers);
            }
            printed = Some(rows);
        }
        let Some(rows) = &mut printed else { break Ok(FlexibleSearchSummary::default()) };
        let stopped = batch.iter().any(|row| {
            let cells: Vec<_> = row.iter().map(|cell| cell.as_deref().map(Cow::Borrowed)).collect();
            rows.refused.is_some() || rows.row(&cells).is_break()
        });
        match ended {
            Some(ended) => break ended.or_else(Error::into_outcome),
            None if stopped => {
                let mut summary = FlexibleSearchSummary::default();
                summary.stopped = true;
                break Ok(summary);
            }
            None => {}
        }
    };
    let Some(rows) = printed else { return answer.map(|summary| (summary, None)).map_err(Failure::from) };
    finish(rows, answer, args, text, None)
}

/// The result of `--show-sql`.
#[derive(Serialize)]
struct SqlJson<'a> {
    success: bool,
    sql: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

/// Prints what the server makes of the query. It says so only of a query that it runs: of one that runs for one row.
async fn show_sql(job: Job<'_>, args: &FlexsearchArgs, text: &str) -> CommandResult {
    let query = query(args, text)?.max_count(1);
    let connection = job.connect()?;
    let Job { settings, printer, .. } = job;
    let answer = connection.client.execute_flexiblesearch(query).await;
    let summary = match answer.or_else(Error::into_outcome) {
        Ok(result) => result.summary,
        Err(error) => return Err(error.into()),
    };
    let failure = failure(&summary, args, text, None).or_else(|| {
        summary.sql.is_none().then(|| Report {
            kind: "no_sql".to_owned(),
            message: "the server's answer has no SQL".to_owned(),
            hint: Some("older releases of HAC do not send it".to_owned()),
        })
    });
    if settings.json {
        let sql = summary.sql.as_deref();
        printer.data.json(&SqlJson { success: failure.is_none(), sql, error: failure.clone() });
    } else if failure.is_none() {
        printer.data.line(summary.sql.as_deref().unwrap_or_default());
    }
    printer.data.flush();
    Ok(failure.map_or(Outcome::Done(Effect::Read), |report| refused(&report, printer)))
}

/// Ends the output, whatever came of the query.
fn finish(
    rows: Rows<'_>,
    answer: hac_client::Result<FlexibleSearchSummary>,
    args: &FlexsearchArgs,
    text: &str,
    hint: Option<String>,
) -> Result<(FlexibleSearchSummary, Option<Report>), Failure> {
    let Rows { mut format, talk, shape, refused, .. } = rows;
    if let Some(refused) = refused {
        return Err(refused.into());
    }
    let ended = match answer {
        Ok(summary) => {
            let report = failure(&summary, args, text, hint).or_else(|| truncated(&summary, args));
            format.end(&End {
                execution_time_ms: summary.execution_time.map(milliseconds),
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
    if let Some(refused) = format.refusal() {
        return Err(refused.into());
    }
    drop(format);
    if shape.ragged > 1 {
        talk.warn(&format!("{} rows in all do not have as many cells as there are columns", shape.ragged));
    }
    ended
}

/// Says what may have become of the changes of a statement.
fn tell_of_statement(args: &FlexsearchArgs, text: &str, printer: &Printer) {
    if args.sql && !args.commit && may_be_ddl(text) {
        printer.talk.warn(MAY_BE_KEPT);
    } else if args.sql && !args.commit && changes_rows(text) {
        printer.talk.note("HAC rolled the statement back: --commit keeps its changes");
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Says how many rows were printed, where nobody counts them.
fn count(summary: &FlexibleSearchSummary, format: RowFormat, printer: &Printer) {
    let is_for_people = matches!(format, RowFormat::Table | RowFormat::Tsv | RowFormat::Vertical);
    if !summary.stopped && is_for_people {
        let noun = if summary.row_count == 1 { "result" } else { "results" };
        printer.talk.say(&format!("{} {noun}", summary.row_count));
    }
}

fn tell(summary: &FlexibleSearchSummary, args: &FlexsearchArgs, printer: &mut Printer) {
    if summary.truncated && args.max_count > 0 && !printer.data.is_lost() {
        let told = format!(
            "stopped at {}, there may be more: -m {} reads more, -m 0 reads all",
            args.max_count,
            args.max_count.saturating_mul(10)
        );
        // Whoever asks for one row mostly wants one: no warning for scripts.
        if args.max_count == 1 { printer.talk.note(&told) } else { printer.talk.warn(&told) }
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
    } else if let Some(name) = placeholder(text).filter(|_| args.params.params.is_empty()) {
        format!("give the placeholder ?{name} a value: --param {name}=VALUE; {}", breaking(text))
    } else if let Some(word) = bare::word(message, text) {
        format!("text needs single quotes: '{word}'; in a shell, put the query in double quotes; {}", breaking(text))
    } else {
        breaking(text).to_owned()
    };
    Some(Report {
        kind: ErrorKind::QueryFailed.code().to_owned(),
        message: format!("the query failed: {message}"),
        hint: Some(hint),
    })
}

/// What `--fail-on-truncation` makes of rows that may not be all.
fn truncated(summary: &FlexibleSearchSummary, args: &FlexsearchArgs) -> Option<Report> {
    (args.fail_on_truncation && summary.truncated).then(|| Report {
        kind: "truncated".to_owned(),
        message: format!("stopped at {} rows, and there may be more", summary.row_count),
        hint: Some("--all reads every row, -m sets how many are read".to_owned()),
    })
}

/// The first `?name` outside of text in quotes.
fn placeholder(text: &str) -> Option<&str> {
    let outside = text.split('\'').step_by(2);
    let mut candidates = outside.flat_map(|part| part.split('?').skip(1));
    candidates.find_map(|rest| {
        let end = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| name.starts_with(|first: char| first.is_alphabetic()))
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
