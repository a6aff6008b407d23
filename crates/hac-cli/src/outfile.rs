//! A file that a command makes: whole or absent, and nobody else's file lost.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hac_client::files::ByteSink;
use hac_client::{Overwrite, Result};
use tempfile::NamedTempFile;

use crate::diagnostics::{Effect, Failure, usage};
use crate::ending::Leftover;
use crate::foreign::visible;
use crate::progress::{Progress, Screen, Unit};

/// Written beside its place, readable by its owner alone, and put there when it is whole. Dropped before, it is gone.
#[derive(Debug)]
pub(crate) struct OutFile {
    file: NamedTempFile,
    _leftover: Leftover,
    path: PathBuf,
    overwrite: Overwrite,
    broken: Option<io::Error>,
    receiving: Receiving,
}

/// Tells on the screen how much of a file has come.
#[derive(Debug)]
pub(crate) struct Receiving {
    screen: Screen,
    what: String,
    /// From the first piece on.
    progress: Option<Progress>,
}

impl Receiving {
    pub(crate) fn of(path: &Path, screen: &Screen) -> Self {
        let what = format!("receiving {}", visible(&path.display().to_string()));
        Self { screen: screen.clone(), what, progress: None }
    }
}

impl ByteSink for Receiving {
    fn begin(&mut self, length: Option<u64>) {
        self.progress = Some(self.screen.count(self.what.as_str(), Unit::Bytes, length));
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        if let Some(progress) = &self.progress {
            progress.advance(bytes.len() as u64);
        }
        ControlFlow::Continue(())
    }
}

impl OutFile {
    /// Makes sure that the file can be made, before anything is asked of the server.
    pub(crate) fn create(path: &Path, overwrite: Overwrite) -> Result<Self> {
        let failed = |why: &str, hint: &'static str| Err(usage(&doing(path), why, hint));
        if path.is_dir() {
            return failed("it is a directory", "name a file");
        }
        if overwrite == Overwrite::No && path.symlink_metadata().is_ok() {
            return failed("it is there already", "name another file, or replace it with --force");
        }
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match tempfile::Builder::new().prefix(".hac-").suffix(".part").tempfile_in(directory) {
            Ok(file) => Ok(Self {
                _leftover: Leftover::new(file.path()),
                file,
                path: path.to_owned(),
                overwrite,
                broken: None,
                receiving: Receiving::of(path, &Screen::default()),
            }),
            Err(error) => {
                // The error's own text names a file that nobody knows.
                let why = match error.kind() {
                    io::ErrorKind::NotFound => "there is no such directory".to_owned(),
                    io::ErrorKind::PermissionDenied => "you may not write to that directory".to_owned(),
                    other => other.to_string(),
                };
                failed(&why, "name a file in a directory where you may write")
            }
        }
    }

    /// Tells on the screen how much has come.
    pub(crate) fn told_on(mut self, screen: &Screen) -> Self {
        self.receiving = Receiving::of(&self.path, screen);
        self
    }

    /// Puts it in its place. `effect` is what was done to get what it holds.
    pub(crate) fn finish(mut self, effect: Effect) -> Result<(), Failure> {
        let place = self.path.display().to_string();
        let failed = |error: io::Error| Failure::unwritten(&place, &error, effect);
        if let Some(error) = self.broken.take() {
            return Err(failed(error));
        }
        self.file.as_file_mut().flush().map_err(failed)?;
        let persisted = match self.overwrite {
            Overwrite::Yes => self.file.persist(&self.path),
            Overwrite::No => self.file.persist_noclobber(&self.path),
        };
        persisted.map(drop).map_err(|refused| failed(refused.error))
    }
}

impl ByteSink for OutFile {
    fn begin(&mut self, length: Option<u64>) {
        self.receiving.begin(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let _ = self.receiving.piece(bytes);
        match self.file.write_all(bytes) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.broken = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

fn doing(path: &Path) -> String {
    format!("write {}", path.display())
}

#[cfg(test)]
mod tests {
    use hac_client::ErrorKind;

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).expect("a directory");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
    }

    #[test]
    fn what_has_come_is_told_until_the_file_is_whole() {
        let home = tempfile::tempdir().expect("a directory");
        let screen = Screen::new(true);
        let path = home.path().join("out\u{1b}.zip");
        let mut file = OutFile::create(&path, Overwrite::No).expect("it can be made").told_on(&screen);
        assert_eq!(screen.counted(), None);
        file.begin(Some(9));
        assert!(file.piece(b"one ").is_continue() && file.piece(b"two").is_continue());
        let (what, at, total) = screen.counted().expect("it is told");
        assert!(what.ends_with("out\\x1b.zip"), "{what}");
        assert_eq!((at, total), (7, Some(9)));
        file.finish(Effect::Read).expect("put there");
        assert_eq!(screen.counted(), None);
    }

    #[test]
    fn a_file_is_there_when_it_is_whole_and_not_before() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.zip");
        let mut file = OutFile::create(&path, Overwrite::No).expect("it can be made");
        assert!(file.piece(b"one ").is_continue() && file.piece(b"two").is_continue());
        assert!(!path.exists());
        file.finish(Effect::Read).expect("in its place");
        assert_eq!(
            (std::fs::read(&path).expect("a file"), names(home.path())),
            (b"one two".to_vec(), vec!["out.zip".into()])
        );
        drop(OutFile::create(&home.path().join("other"), Overwrite::No).expect("it can be made"));
        assert_eq!(names(home.path()), ["out.zip"]);
    }

    #[test]
    fn a_file_that_is_there_stays_unless_it_may_be_replaced() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.zip");
        let mut late = OutFile::create(&path, Overwrite::No).expect("not there yet");
        std::fs::write(&path, "old").expect("written");
        assert_eq!(OutFile::create(&path, Overwrite::No).expect_err("there").kind(), ErrorKind::Usage);
        assert!(late.piece(b"new").is_continue());
        assert!(matches!(late.finish(Effect::Write), Err(Failure::Unwritten(_, Effect::Write))), "there by now");
        assert_eq!(std::fs::read(&path).expect("a file"), b"old");
        let mut file = OutFile::create(&path, Overwrite::Yes).expect("replaced");
        assert!(file.piece(b"new").is_continue());
        file.finish(Effect::Read).expect("in its place");
        assert_eq!(std::fs::read(&path).expect("a file"), b"new");
    }

    #[test]
    fn a_place_where_no_file_can_be_is_told_at_once() {
        let home = tempfile::tempdir().expect("a directory");
        for path in [home.path().to_owned(), home.path().join("missing/out.zip")] {
            let error = OutFile::create(&path, Overwrite::Yes).expect_err("no place");
            assert!(error.kind() == ErrorKind::Usage && error.hint().is_some(), "{error:?}");
        }
    }
}
