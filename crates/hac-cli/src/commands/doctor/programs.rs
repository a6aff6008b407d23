//! Every `hac` on `PATH`: at least five tools have that name.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::report::Step;
use crate::context::RunContext;
use crate::{env, os};

/// What every build of this program has in it.
const MARK: &[u8] = b"the program of the hac-client project, written in Rust";
/// No build of this program is larger.
const LARGEST: u64 = 200 << 20;

/// A program that is called `hac`.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    path: PathBuf,
    whose: Whose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// It is running now.
    This,
    /// Another copy of this program.
    Ours,
    Another,
}

impl Whose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::This => "this program",
            Self::Ours => "another copy of this program",
            Self::Another => "another program",
        }
    }
}

pub(super) fn step(context: &RunContext) -> Step {
    described(&on_path(context.environment.raw(env::PATH).as_ref(), &context.program), &context.program)
}

fn described(found: &[Named], this: &Path) -> Step {
    const NAME: &str = "program";
    let version = env!("CARGO_PKG_VERSION");
    let listed: Vec<Value> = found
        .iter()
        .map(|named| json!({ "path": named.path.display().to_string(), "is": named.whose.as_str() }))
        .collect();
    let others: Vec<String> =
        found.iter().map(|named| format!("{} ({})", named.path.display(), named.whose.as_str())).collect();
    let this = this.display();
    let step = match found.first() {
        None => Step::ok(NAME, format!("hac {version}, {this}; no hac is on PATH")),
        Some(first) if first.whose == Whose::This && found.len() == 1 => {
            Step::ok(NAME, format!("hac {version}, {this}, the only hac on PATH"))
        }
        Some(first) if first.whose == Whose::This => Step::ok(
            NAME,
            format!("hac {version}, {this}, the first of {} on PATH: {}", found.len(), others.join("; then ")),
        ),
        Some(first) => Step::warning(
            NAME,
            format!("hac {version}, {this}; but the first hac on PATH is {}", others.join("; then ")),
            format!(
                "a command line that begins with hac runs {}; put the directory of this one before it, or call this one by its path",
                first.path.display()
            ),
        ),
    };
    step.with("version", version).with("path", this.to_string()).with("on_path", listed)
}

fn on_path(path: Option<&OsString>, this: &Path) -> Vec<Named> {
    let this = this.canonicalize().ok();
    let mut found: Vec<Named> = Vec::new();
    for directory in path.into_iter().flat_map(std::env::split_paths) {
        for name in os::PROGRAM_NAMES {
            let path = directory.join(name);
            let is_new = !found.iter().any(|named| named.path == path);
            if is_new && path.metadata().is_ok_and(|file| os::is_program(&file)) {
                let whose = whose(&path, this.as_deref());
                found.push(Named { path, whose });
            }
        }
    }
    found
}

fn whose(path: &Path, this: Option<&Path>) -> Whose {
    let real = path.canonicalize().ok();
    if real.is_some() && real.as_deref() == this {
        return Whose::This;
    }
    // It is read and not run: nobody knows what it does.
    if is_ours(path).unwrap_or(false) { Whose::Ours } else { Whose::Another }
}

fn is_ours(path: &Path) -> std::io::Result<bool> {
    let file = File::open(path)?;
    if file.metadata()?.len() > LARGEST {
        return Ok(false);
    }
    let mark = memchr::memmem::Finder::new(MARK);
    let mut file = file.take(LARGEST);
    let mut window = Vec::with_capacity((1 << 20) + MARK.len());
    loop {
        let before = window.len();
        if (&mut file).take(1 << 20).read_to_end(&mut window)? == 0 {
            return Ok(false);
        }
        if mark.find(&window).is_some() {
            return Ok(true);
        }
        debug_assert!(before < MARK.len());
        window.drain(..window.len().saturating_sub(MARK.len() - 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(directory: &Path, content: &[u8]) -> PathBuf {
        std::fs::create_dir_all(directory).expect("made");
        let path = directory.join(os::PROGRAM_NAMES.last().expect("a name"));
        std::fs::write(&path, content).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
        }
        path
    }

    #[test]
    fn each_hac_on_path_is_named_in_its_order_and_told_from_the_others() {
        let home = tempfile::tempdir().expect("a directory");
        let [a, b, c, empty] = ["a", "b", "c", "empty"].map(|name| home.path().join(name));
        let foreign = program(&a, b"#!/usr/bin/env python3\n");
        let this = program(&b, b"this one");
        // Across the border of two pieces.
        let copy = program(&c, &[&vec![0; (1 << 20) - 10][..], MARK, &[0; 9]].concat());
        let path = |order: &[&PathBuf]| std::env::join_paths(order).ok();
        let found = on_path(path(&[&empty, &a, &b, &a, &c]).as_ref(), &this);
        let named = |path: &PathBuf, whose| Named { path: path.clone(), whose };
        assert_eq!(found, [named(&foreign, Whose::Another), named(&this, Whose::This), named(&copy, Whose::Ours)]);
        let lines = |order: &[&PathBuf]| {
            serde_json::to_string(&described(&on_path(path(order).as_ref(), &this), &this)).expect("JSON")
        };
        assert!(lines(&[&a, &b]).contains("put the directory of this one before it"));
        assert!(lines(&[&b, &a]).contains("the first of 2 on PATH"));
        assert!(lines(&[&b]).contains("the only hac on PATH") && lines(&[]).contains("no hac is on PATH"));
    }

    #[cfg(unix)] // what makes a program of a file
    #[test]
    fn a_file_that_nobody_may_run_is_no_program() {
        let home = tempfile::tempdir().expect("a directory");
        std::fs::write(home.path().join("hac"), "text").expect("written");
        assert_eq!(on_path(Some(&home.path().into()), Path::new("/hac")), []);
    }
}
