//! What the settings say about the output, applied to the printer.

use crate::config::Color;
use crate::context::RunContext;
use crate::env;
use crate::os;
use crate::output::{printer_of, style};
use crate::pager::Plan;
use crate::printer::Printer;
use crate::settings::Settings;

/// Sets the printer up for a command.
pub(crate) fn apply(settings: &Settings, context: &RunContext, printer: &mut Printer) {
    let output = &settings.output;
    printer.data.failures_as_json(output.is_json());
    context.interrupt.talks(output.is_json(), context.interrupt.shows_progress() && !output.is_json());
    if let Some(width) = &output.width {
        printer.data.set_width(usize::from(width.value));
    }
    match output.color.value {
        Color::Auto => {}
        Color::Always => printer.colors(true),
        Color::Never => printer.colors(false),
    }
    if settings.json {
        printer.print_results_with(printer_of(style(settings, printer.data.is_terminal())));
    }
    let is_shown = context.terminals.stdout && context.terminals.stderr && output.watch.is_none();
    let pages = is_shown && output.reads && output.pager.value && settings.volume.verbose < 2;
    if pages
        && os::takes_escapes(context.environment.raw(env::TERM).as_ref())
        && let Some((columns, rows)) = terminal_size::terminal_size()
        && let Some(plan) = Plan::of(&context.environment, usize::from(columns.0), usize::from(rows.0))
    {
        printer.data.page(plan);
    }
}
