//! How results are printed: flags over variables over the files over the defaults.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hac_client::Result;

use super::origin::{Origin, Setting};
use super::target::of_file;
use crate::args::{GlobalArgs, Output, RowFormat};
use crate::config::{Color, Config, Located, OutputConfig};
use crate::diagnostics::usage;
use crate::env::{self, Environment};

/// How results are printed.
#[derive(Debug, Clone)]
pub(crate) struct OutputSettings {
    /// The format; `None` for that of the command.
    pub format: Option<Setting<RowFormat>>,
    /// Only the names of a list.
    pub names: bool,
    /// The columns to print, if not all.
    pub columns: Vec<String>,
    /// Whether the names of columns are printed.
    pub headers: bool,
    pub pager: Setting<bool>,
    pub width: Option<Setting<u16>>,
    pub color: Setting<Color>,
    /// The pause before the command is repeated.
    pub watch: Option<Duration>,
    /// Whether the command only reads.
    pub reads: bool,
}

impl OutputSettings {
    pub(super) fn resolve(
        args: &GlobalArgs,
        output: Output,
        files: &[Config],
        environment: &Environment,
    ) -> Result<Self> {
        let typed = typed_format(args, &output)?;
        let Output { format: _, names, text, shape, reads, once, queries, prints: _, is_compatible: _ } = output;
        Ok(Self {
            format: match typed {
                Some(format) => Some(format),
                None if names || text => None,
                // One that only queries have is meant for them.
                None => of_files(files, |output| output.format.clone())
                    .filter(|format| queries || format.value != RowFormat::Impex),
            },
            names,
            columns: shape.columns,
            headers: !shape.no_headers,
            pager: if shape.no_pager {
                Setting::argument("--no-pager", false)
            } else {
                of_files(files, |output| output.pager.clone()).unwrap_or(Setting::default(true))
            },
            width: of_files(files, |output| output.width.clone()),
            color: match of_variables(environment) {
                Some(color) => color,
                None => of_files(files, |output| output.color.clone()).unwrap_or(Setting::default(Color::Auto)),
            },
            watch: watch(shape.watch, once, args.no_cache)?,
            reads,
        })
    }

    /// Whether failures are printed as JSON, too.
    pub(crate) fn is_json(&self) -> bool {
        self.format.as_ref().is_some_and(|format| format.value.is_json())
    }

    /// Whether results are printed in this format, whoever asked for it.
    pub(crate) fn is(&self, wanted: RowFormat) -> bool {
        self.format.as_ref().is_some_and(|format| format.value == wanted)
    }

    /// Whether a format was asked for that programs read: it is one of an empty list, too.
    pub(crate) fn is_for_programs(&self) -> bool {
        self.is_json()
            || self.format.as_ref().is_some_and(|format| format.is_explicit() && !format.value.is_for_people())
    }

    /// Whether only the names of a list are printed: `--quiet` says so where no format was typed.
    pub(crate) fn wants_names(&self, quiet: bool) -> bool {
        self.names || (quiet && !self.format.as_ref().is_some_and(Setting::is_explicit))
    }

    /// Whether a result that is no list is printed field by field, and not as text. A file that wants tables wants them of lists.
    pub(crate) fn wants_fields(&self) -> bool {
        !self.columns.is_empty()
            || self.format.as_ref().is_some_and(|format| format.is_explicit() || format.value.is_json())
    }

    /// Says no to a format of rows that was typed for what has none: `why` completes "it is …".
    pub(crate) fn refuse_rows(&self, doing: &str, why: &str, hint: &'static str) -> Result<()> {
        match self.format.as_ref().filter(|format| format.is_explicit() && !format.value.is_json()) {
            Some(format) => {
                Err(usage(doing, format!("it is {why}, and {} is for rows and fields", format.value.name()), hint))
            }
            None => Ok(()),
        }
    }
}

fn of_files<T>(files: &[Config], get: impl Fn(&OutputConfig) -> Option<Located<T>>) -> Option<Setting<T>> {
    files.iter().find_map(|file| Some(of_file(get(&file.output)?, &Arc::<Path>::from(file.path.as_path()))))
}

/// Says what is wrong with the flags for the output. No configuration makes it right.
pub(crate) fn check_output(args: &GlobalArgs, output: &Output) -> Result<()> {
    let format = typed_format(args, output)?;
    // Of a query it is known later: a file has a format of its own.
    if let (true, Some(format)) = (output.shape.no_headers && !output.queries && !output.is_compatible, format) {
        refuse_without_names(format.value)?;
    }
    watch(output.shape.watch, output.once, args.no_cache).map(drop)
}

/// Says no to `--no-headers` for a format in which there is nothing to leave out.
pub(crate) fn refuse_without_names(format: RowFormat) -> Result<()> {
    if !format.names_each_cell() {
        return Ok(());
    }
    let why = format!("in {} the names of the columns belong to the rows", format.name());
    Err(usage("leave out the column names", why, "remove --no-headers, or choose another format, such as csv"))
}

/// The format that was typed, in one of three ways.
fn typed_format(args: &GlobalArgs, output: &Output) -> Result<Option<Setting<RowFormat>>> {
    let format = output.format;
    if format == Some(RowFormat::Impex) && !output.queries {
        return Err(usage("print the result", "only the rows of a query can be ImpEx", "choose another --format"));
    }
    if let Some(format) = format.filter(|format| format.is_for_files()) {
        let why = format!("{} is for files, and for the rows of a query", format.name());
        let hint = format!("name a file, such as hac flexsearch … --output rows.{}", format.name());
        return Err(usage("print the result", why, hint));
    }
    let is_typed = format.is_some() || output.names || output.text;
    if args.json && args.csv {
        return Err(usage("choose the output", "--json and --csv cannot be used together", "use only one of them"));
    }
    if is_typed && (args.json || args.csv) {
        let why = "--format cannot be used with --json or --csv";
        return Err(usage("choose the output", why, "use only one of them"));
    }
    Ok(match format {
        Some(format) => Some(Setting::argument("--format", format)),
        None if args.json => Some(Setting::argument("--json", RowFormat::Json)),
        None => args.csv.then(|| Setting::argument("--csv", RowFormat::Csv)),
    })
}

/// The variables that all programs know. `CLICOLOR=1` is what is done anyway.
fn of_variables(environment: &Environment) -> Option<Setting<Color>> {
    let is_on = |name| environment.raw(name).map(|value| value != "0");
    let found = |name: &str, value| Some(Setting { value, origin: Origin::Variable(name.to_owned()) });
    if environment.raw(env::NO_COLOR).is_some() {
        return found(env::NO_COLOR, Color::Never);
    }
    match (is_on(env::CLICOLOR_FORCE), is_on(env::CLICOLOR)) {
        (Some(true), _) => found(env::CLICOLOR_FORCE, Color::Always),
        (_, Some(false)) => found(env::CLICOLOR, Color::Never),
        _ => None,
    }
}

fn watch(seconds: Option<f64>, once: Option<&'static str>, no_cache: bool) -> Result<Option<Duration>> {
    match (seconds, once) {
        (Some(_), Some(what)) => {
            let why = format!("{what}, and is not repeated");
            Err(usage("watch the command", why, "--watch repeats commands that read"))
        }
        (Some(_), None) if no_cache => {
            Err(usage("watch the command", "--no-cache would make it log in each time", "remove --no-cache"))
        }
        (seconds, _) => Ok(seconds.map(Duration::from_secs_f64)),
    }
}
