//! `hac flexsearch --all`: every row, in pages.

use std::path::Path;

use hac_client::console::{FlexibleSearchSummary, KeyType, PageSink, PagedSearch, PagedSummary};
use hac_client::{Error, ErrorKind, FlexibleSearch, Hint, Overwrite, Result};

use super::lines::Lines;
use super::rows::Rows;
use super::{finish, written};
use crate::args::{FlexsearchArgs, Masking, RowFormat};
use crate::connection::Connection;
use crate::context::RunContext;
use crate::diagnostics::{CommandResult, Effect, Failure, Outcome, usage};
use crate::env;
use crate::export::{Bound, Earlier, Export, GO_ON, Keeping, Opened, Surroundings, hash, is_same};
use crate::job::Job;
use crate::output::{self, RowFile, RowFilePlan, Style};
use crate::printer::{Data, Printer};

impl PageSink for Rows<'_> {}

/// The query as it is read in pages.
pub(super) fn search(args: &FlexsearchArgs, query: FlexibleSearch) -> Result<PagedSearch> {
    if args.sql || args.pk_as_key {
        let why = if args.sql {
            "raw SQL is sent once, because it may change something"
        } else {
            "--pk-as-key is for rows of one request"
        };
        let hint = if args.commit { "leave out --all".into() } else { Hint::ReadInOneRequest };
        return Err(Error::new(ErrorKind::Usage, "read all rows").because(why).with_hint(hint));
    }
    let search = PagedSearch::new(query);
    let search = match args.page_rows {
        Some(rows) => search.page_rows(rows),
        None => search,
    };
    let Some(key) = &args.key else { return Ok(search) };
    let (name, key_type) = match key.rsplit_once(':') {
        Some((name, "int" | "long")) => (name, Some(KeyType::Number)),
        Some((name, "string")) => (name, Some(KeyType::Text)),
        _ => (key.as_str(), None),
    };
    if name.trim().is_empty() {
        return Err(usage("read all rows", "the key has no name", "name a column of the query: --key code"));
    }
    let search = search.key(name);
    Ok(match key_type {
        Some(key_type) => search.key_type(key_type),
        None => search,
    })
}

/// Whether rows on their way into a file are kept, so that a run that breaks off can go on. Not those of a workbook, which has to be
/// written in one run.
pub(super) fn is_kept(plan: &RowFilePlan, args: &FlexsearchArgs) -> Result<bool> {
    if plan.format != RowFormat::Xlsx {
        return Ok(true);
    }
    if args.resume {
        let hint = "leave out --resume, or export to csv or parquet";
        return Err(usage("export the rows", "an export to xlsx cannot go on after an interruption", hint));
    }
    Ok(false)
}

/// Writes all rows to a file, and can go on after an interruption.
pub(super) async fn write(
    job: Job<'_>,
    args: &FlexsearchArgs,
    text: &str,
    search: &PagedSearch,
    mut style: Style,
    plan: &RowFilePlan,
) -> CommandResult {
    let connection = job.connect()?;
    let Job { context, settings, printer } = job;
    let earlier = match (args.resume, args.force) {
        (true, _) => Earlier::Resume,
        (false, true) => Earlier::Replace,
        (false, false) => Earlier::Keep,
    };
    if style.masks.is_some() && context.environment.text(env::MASK_KEY)?.is_none() {
        let why = format!("without {} each run masks in another way", env::MASK_KEY);
        if args.resume {
            let hint = format!("set {} before the first run, and begin anew with --force", env::MASK_KEY);
            return Err(usage("go on with the export", why, hint).into());
        }
        printer.talk.note(&format!("{why}: this export cannot go on after an interruption"));
    }
    let keeping = if plan.is_lines() { Keeping::Lines } else { Keeping::Rows };
    let bound = bound(args, text, plan, &style, &connection, context)?;
    // Rows are masked where they are written first.
    let masks = if keeping == Keeping::Rows { style.masks.take() } else { None };
    let at = Surroundings { environment: &context.environment, interrupt: &context.interrupt, talk: &printer.talk };
    let opened = Export::open(&plan.path, keeping, bound, earlier, masks, &at)?;
    let mut export = match opened {
        Opened::Complete(rows) => {
            printer.talk.say(&format!("{} is complete, with {rows} rows: nothing is left to do", plan.path.display()));
            return Ok(Outcome::Done(Effect::None));
        }
        Opened::Unfinished(export) => export,
    };
    let overwrite = if args.force { Overwrite::Yes } else { Overwrite::No };
    let mut task = Task { args, text, plan, style, overwrite };
    if keeping == Keeping::Rows
        && export.is_read()
        && !args.force
        && plan.path.exists()
        && let Some((bytes, summary)) = task.rewritten(&mut export, &connection, printer).await?
    {
        export.finish(bytes);
        written::tell(plan, bytes, &summary, settings, printer);
        return Ok(Outcome::Done(Effect::Read));
    }
    if export.has_rows() && !args.force && plan.path.exists() {
        return Err(export.taken().into());
    }
    // Before anything is sent: where the file cannot be written, no rows are needed. Not kept, because a process that is killed
    // could not remove it.
    drop(RowFile::create(plan, overwrite, &printer.talk)?);
    if export.has_rows() {
        printer.talk.note(&format!("going on behind {} rows that are there already", export.begun_with()));
    }
    let search = match export.position() {
        Some(position) => search.clone().start_at(position.clone()),
        None => search.clone(),
    };
    let written = match keeping {
        Keeping::Lines => task.lines(&mut export, search, &connection, printer).await,
        Keeping::Rows => task.rows(&mut export, search, &connection, printer).await,
    };
    match written {
        Ok((bytes, summary)) => {
            export.finish(bytes);
            written::tell(plan, bytes, &summary, settings, printer);
            Ok(Outcome::Done(Effect::Read))
        }
        Err(failure) => Err(if export.has_rows() { going_on(failure) } else { failure }),
    }
}

/// What is exported, and into what.
struct Task<'a> {
    args: &'a FlexsearchArgs,
    text: &'a str,
    plan: &'a RowFilePlan,
    style: Style,
    overwrite: Overwrite,
}

/// How many bytes a file has, and what is in it.
type Written = (u64, FlexibleSearchSummary);

impl Task<'_> {
    /// Reads what is missing, writes it as lines of the target, and gives them its name.
    async fn lines(
        &mut self,
        export: &mut Export,
        search: PagedSearch,
        connection: &Connection,
        printer: &mut Printer,
    ) -> Result<Written, Failure> {
        let mut summary = FlexibleSearchSummary::default();
        let mut count = export.begun_with();
        if !export.is_read() {
            // Its names stand there already.
            self.style.headers &= !export.has_rows();
            let mut data = Data::into(Box::new(export.lines()), &printer.talk);
            let broken = data.broken();
            let format = output::format(&self.style, &mut data);
            let mut rows = Rows::new(format, &self.style, broken.clone(), Effect::Read, printer.talk.clone());
            rows.go_on_behind(count);
            let mut lines = Lines { export: &mut *export, rows, broken: broken.clone() };
            let read = connection.client.stream_pages(search, &mut lines).await;
            let mut rows = lines.into_rows();
            if let Some(refused) = rows.refused.take() {
                return Err(refused.into());
            }
            if let Some(failure) = export.take_failure() {
                return Err(failure);
            }
            if broken.error().is_none() {
                read?;
            }
            count = rows.shape.rows;
            finish(rows, Ok(summary.clone()), self.args, self.text, None)?;
            data.flush();
            if let Some(cause) = broken.error() {
                return Err(export.unkept(cause));
            }
            export.all_read()?;
        }
        summary.row_count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok((export.place(self.overwrite)?, summary))
    }

    /// Reads what is missing, and then writes the target.
    async fn rows(
        &mut self,
        export: &mut Export,
        search: PagedSearch,
        connection: &Connection,
        printer: &mut Printer,
    ) -> Result<Written, Failure> {
        self.ask_for_columns(connection, printer).await?;
        if !export.is_read() {
            let read = connection.client.stream_pages(search, export).await;
            if let Some(failure) = export.take_failure() {
                return Err(failure);
            }
            read?;
            export.all_read()?;
        }
        let file = RowFile::create(self.plan, self.overwrite, &printer.talk).map_err(Failure::from);
        let written = file.and_then(|file| self.put(export, file, printer));
        written.map_err(|failure| match failure {
            // It was not there when the export began.
            Failure::Error(error) if error.hint() == Some(&Hint::Overwrite) => export.taken().into(),
            other => other,
        })
    }

    /// Asks the server what the columns are, where the format says it.
    async fn ask_for_columns(&mut self, connection: &Connection, printer: &mut Printer) -> Result<()> {
        if let Some(header) = &mut self.style.impex {
            super::columns::mark_unique(header, &connection.client, &printer.talk).await?;
        }
        if self.style.format.is_for_files() {
            self.style.types = super::column_types::of(&connection.client, self.args, self.text, &printer.talk).await?;
        }
        Ok(())
    }

    /// Writes the rows to the file, which appears when it is complete.
    fn put(&mut self, export: &mut Export, mut file: RowFile, printer: &mut Printer) -> Result<Written, Failure> {
        export.mask_types(&mut self.style.types)?;
        let data = file.data();
        let broken = data.broken();
        let format = output::format(&self.style, data);
        let mut rows = Rows::new(format, &self.style, broken, Effect::Read, printer.talk.clone());
        export.rows(&mut rows)?;
        let mut summary = FlexibleSearchSummary::default();
        summary.row_count = usize::try_from(rows.shape.rows).unwrap_or(usize::MAX);
        let (summary, _) = finish(rows, Ok(summary), self.args, self.text, None)?;
        let bytes = file.finish(Effect::Read)?;
        Ok((bytes, summary))
    }

    /// What a process has written that was killed before it could note that: the file that is there is what the rows make. `None`
    /// if it is another one.
    async fn rewritten(
        &mut self,
        export: &mut Export,
        connection: &Connection,
        printer: &mut Printer,
    ) -> Result<Option<Written>, Failure> {
        self.ask_for_columns(connection, printer).await?;
        let mut name = self.plan.path.file_name().unwrap_or_default().to_owned();
        name.push(".hac-check");
        let check = RowFilePlan { path: self.plan.path.with_file_name(name), ..self.plan.clone() };
        let file = RowFile::create(&check, Overwrite::Yes, &printer.talk)?;
        let written = self.put(export, file, printer)?;
        let is_same = is_same(&check.path, &self.plan.path);
        let _ = std::fs::remove_file(&check.path);
        Ok(is_same.unwrap_or(false).then_some(written))
    }
}

/// What the export is of.
fn bound(
    args: &FlexsearchArgs,
    text: &str,
    plan: &RowFilePlan,
    style: &Style,
    connection: &Connection,
    context: &RunContext,
) -> Result<Bound> {
    let path = &plan.path;
    let from = context.directory.as_deref().unwrap_or(Path::new(""));
    let file = std::path::absolute(from.join(path)).map_err(|cause| {
        usage("export the rows", format!("the path of {} is unknown: {cause}", path.display()), "give its whole path")
    })?;
    let none = String::new();
    let flag = |given: bool| if given { "yes" } else { "no" };
    let mut texts = vec![
        text,
        args.key.as_ref().unwrap_or(&none),
        &args.locale,
        args.user.as_ref().unwrap_or(&none),
        args.data_source.as_ref().unwrap_or(&none),
        flag(args.raw_cells),
    ];
    // A value of its own for each key, which does not tell the key.
    let masked = style.masks.as_ref().map(|masks| masks.value(Masking::Hash, "the key of an export").into_owned());
    texts.extend(masked.as_deref());
    let wanted: Vec<String> = args.mask.iter().map(|mask| format!("{mask:?}")).collect();
    texts.extend(wanted.iter().map(String::as_str));
    texts.extend(args.params.params.iter().map(String::as_str));
    if plan.is_lines() {
        texts.extend([style.format.name(), flag(style.headers), flag(style.guards_formulas)]);
        texts.extend(style.columns.iter().map(String::as_str));
    }
    Ok(Bound {
        server: connection.client.base_url().to_owned(),
        user: connection.auth.username().to_owned(),
        query: hash(texts),
        file: file.display().to_string(),
    })
}

/// The same failure, with the way to go on.
fn going_on(failure: Failure) -> Failure {
    let with = |error: Error| {
        let hint = match error.hint() {
            Some(hint) => Hint::All(vec![hint.clone(), GO_ON.into()]),
            None => GO_ON.into(),
        };
        error.with_hint(hint)
    };
    match failure {
        // It would fail in the same way.
        Failure::Error(error) if error.kind() == ErrorKind::Usage => Failure::Error(error),
        Failure::Error(error) => Failure::Error(with(error)),
        Failure::Unwritten(error, effect) => Failure::Unwritten(with(error), effect),
        Failure::Undecided(error) => Failure::Undecided(with(error)),
    }
}

/// As the summary of one query.
pub(super) fn summarized(read: &PagedSummary) -> FlexibleSearchSummary {
    let mut summary = FlexibleSearchSummary::default();
    summary.headers.clone_from(&read.headers);
    summary.row_count = usize::try_from(read.row_count).unwrap_or(usize::MAX);
    summary.sql.clone_from(&read.sql);
    summary.elapsed = read.elapsed;
    summary.stopped = read.stopped;
    summary
}
