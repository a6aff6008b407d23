//! Output files of commands: complete or absent, without overwriting other files.

use std::ops::ControlFlow;
use std::path::Path;

use hac_client::files::{ByteSink, NewFile};
use hac_client::{Overwrite, Result};

use crate::diagnostics::{Effect, Failure};
use crate::foreign::visible;
use crate::progress::{Progress, Screen, Unit};

/// A new file, and how much of it has come.
#[derive(Debug)]
pub(crate) struct OutFile {
    file: NewFile,
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
    /// Creates the temporary file, so that problems are found before anything is sent.
    pub(crate) fn create(path: &Path, overwrite: Overwrite) -> Result<Self> {
        Ok(Self { file: NewFile::create(path, overwrite)?, receiving: Receiving::of(path, &Screen::default()) })
    }

    /// Tells on the screen how much has come.
    pub(crate) fn told_on(mut self, screen: &Screen) -> Self {
        self.receiving = Receiving::of(self.file.target(), screen);
        self
    }

    /// Puts it in its place. `effect` is what was done to get what it holds.
    pub(crate) fn finish(self, effect: Effect) -> Result<(), Failure> {
        let place = self.file.target().display().to_string();
        self.file.finish().map_err(|error| Failure::unwritten(&place, &error, effect))
    }
}

impl ByteSink for OutFile {
    fn begin(&mut self, length: Option<u64>) {
        self.receiving.begin(length);
    }

    fn piece(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let _ = self.receiving.piece(bytes);
        self.file.piece(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn received_bytes_are_reported_until_the_file_is_complete() {
        let home = tempfile::tempdir().expect("a directory");
        let screen = Screen::new(true);
        // A control character that names of files may hold on Windows, too.
        let path = home.path().join("out\u{9b}.zip");
        let mut file = OutFile::create(&path, Overwrite::No).expect("it can be made").told_on(&screen);
        assert_eq!(screen.counted(), None);
        file.begin(Some(9));
        assert!(file.piece(b"one ").is_continue() && file.piece(b"two").is_continue());
        let (what, at, total) = screen.counted().expect("it is told");
        assert!(what.ends_with("out\\x9b.zip"), "{what}");
        assert_eq!((at, total), (7, Some(9)));
        file.finish(Effect::Read).expect("put there");
        assert_eq!(screen.counted(), None);
    }

    #[test]
    fn a_file_that_cannot_be_put_in_its_place_says_what_was_done_to_get_it() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("out.zip");
        let mut late = OutFile::create(&path, Overwrite::No).expect("not there yet");
        std::fs::write(&path, "old").expect("written");
        assert!(late.piece(b"new").is_continue());
        assert!(matches!(late.finish(Effect::Write), Err(Failure::Unwritten(_, Effect::Write))), "there by now");
        assert_eq!(std::fs::read(&path).expect("a file"), b"old");
    }
}
