//! `hac man`: the manual, made from the command line as clap knows it.

use std::io;
use std::path::Path;

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use serde::Serialize;

use crate::args::{ManArgs, ManualPage, manual};
use crate::diagnostics::{CommandResult, EXIT_CODES, Effect, Failure, Outcome, usage};
use crate::env;
use crate::job::Job;
use crate::name;

#[derive(Serialize)]
struct ManJson {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

pub(crate) fn run(job: Job<'_>, args: &ManArgs) -> CommandResult {
    let Job { settings, printer, .. } = job;
    let mut pages = manual();
    let Some(directory) = &args.directory else {
        let text = rendered(&pages.remove(0));
        if settings.json {
            printer.data.json(&ManJson { success: true, page: Some(text), files: Vec::new() });
        } else {
            printer.data.text(&text);
        }
        return Ok(Outcome::Done(Effect::None));
    };
    refuse_command(directory, &pages[0])?;
    let failed = |path: &Path, cause: &io::Error| Failure::unwritten(&path.display().to_string(), cause, Effect::None);
    std::fs::create_dir_all(directory).map_err(|cause| failed(directory, &cause))?;
    let mut files = Vec::with_capacity(pages.len());
    for page in &pages {
        let path = directory.join(format!("{}.1", page.name));
        std::fs::write(&path, rendered(page)).map_err(|cause| failed(&path, &cause))?;
        files.push(path.display().to_string());
    }
    printer.talk.say(&format!("{} pages written to {}", files.len(), directory.display()));
    if settings.json {
        printer.data.json(&ManJson { success: true, page: None, files });
    }
    Ok(Outcome::Done(Effect::None))
}

/// Fails for the name of a command, for which `man` shows its page: it is meant for a directory only if there is one.
fn refuse_command(directory: &Path, program: &ManualPage) -> hac_client::Result<()> {
    let Some(word) = directory.to_str().filter(|word| program.command.find_subcommand(word).is_some()) else {
        return Ok(());
    };
    if directory.is_dir() {
        return Ok(());
    }
    let why = format!("{word} is a command, and there is no directory of this name");
    let hint = format!("`hac help {word}` describes the command; `hac man ./{word}` makes the directory");
    Err(usage("write the manual", why, hint))
}

fn rendered(page: &ManualPage) -> String {
    let man = Man::new(page.command.clone())
        .title(&page.name)
        // Without one, the version would stand in its place. A real one would differ from build to build.
        .date(" ")
        .source(concat!("hac ", env!("CARGO_PKG_VERSION")))
        .manual("hac-client");
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = man.render(&mut text);
    text.extend(more(page).to_roff().into_bytes());
    name::spelled(&String::from_utf8_lossy(&text)).into_owned()
}

/// The sections that clap knows nothing of.
fn more(page: &ManualPage) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for example in &page.examples {
        roff.text([roman(example.as_str())]);
    }
    roff.control("fi", []);
    if let Some(program) = &page.of {
        roff.control("SH", ["SEE ALSO"]);
        roff.text([bold(program.as_str()), roman("(1), which has the flags of every command")]);
        return roff;
    }
    roff.control("SH", ["ENVIRONMENT"]);
    for (name, meaning) in env::OURS.iter().chain(env::OTHERS) {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*meaning)]);
    }
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        roff.control("TP", []);
        roff.text([bold(code.to_string())]);
        roff.text([roman(*meaning)]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_program_has_flags_variables_and_codes() {
        let pages = manual();
        let text = rendered(&pages[0]);
        for word in ["\\-\\-proxy", "HAC_CACHE_DIR", "EXIT STATUS", "EXAMPLES", "hac\\-session"] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn each_command_has_a_page_without_the_flags_of_every_command() {
        let pages = manual();
        assert!(pages.len() > 50, "{}", pages.len());
        let page = pages.iter().find(|page| page.name == "hac-logger-set").expect("a page");
        let text = rendered(page);
        assert!(text.contains("hac logger set de.hybris.platform.jalo DEBUG"), "{text}");
        assert!(!text.contains("proxy") && text.contains("SEE ALSO"), "{text}");
    }
}
