//! The files of an export, and when one of them has become the target.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use hac_client::Overwrite;

use super::checkpoint::{Bound, Checkpoint, hash};
use crate::env::Environment;
use crate::state;

/// The files of an export.
pub(super) struct Paths {
    pub(super) target: PathBuf,
    pub(super) rows: PathBuf,
    pub(super) checkpoint: PathBuf,
    /// Says that the target is complete.
    pub(super) mark: Option<PathBuf>,
}

impl Paths {
    pub(super) fn of(target: &Path, bound: &Bound, environment: &Environment) -> Self {
        let beside = |ending: &str| {
            let mut name = target.file_name().unwrap_or_default().to_owned();
            name.push(ending);
            target.with_file_name(name)
        };
        let mark = state::directory(environment).map(|state| state.join("exports").join(hash([bound.file.as_str()])));
        Self { target: target.to_owned(), rows: beside(".hac-part"), checkpoint: beside(".hac-resume"), mark }
    }

    /// The target's last export, if it is still what that has written.
    pub(super) fn completed(&self) -> Option<Checkpoint> {
        let mark = Checkpoint::load(self.mark.as_ref()?).ok()??;
        (length(&self.target) == Some(mark.bytes)).then_some(mark)
    }

    /// Whether the lines, which have so many bytes, are the target already.
    pub(super) fn is_placed(&self, bytes: u64) -> bool {
        if length(&self.target) != Some(bytes) {
            return false;
        }
        // Without it, it was moved. Where a file system cannot do that in one step, there are two names for it.
        length(&self.rows).is_none() || is_same(&self.rows, &self.target).unwrap_or(false)
    }

    /// Moves the lines to the target.
    pub(super) fn place(&self, overwrite: Overwrite) -> io::Result<()> {
        match overwrite {
            Overwrite::Yes => std::fs::rename(&self.rows, &self.target),
            Overwrite::No => {
                let rows = tempfile::TempPath::try_from_path(&self.rows)?;
                rows.persist_noclobber(&self.target).map_err(|failure| {
                    // Not removed: the rows are all there.
                    let _ = failure.path.keep();
                    failure.error
                })
            }
        }
    }
}

/// How long a file is; `None` if there is none.
fn length(path: &Path) -> Option<u64> {
    path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len())
}

/// Whether two files have the same content.
pub(crate) fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (left, right) = (one.fill_buf()?, other.fill_buf()?);
        let length = left.len().min(right.len());
        if length == 0 {
            return Ok(left.len() == right.len());
        }
        if left[..length] != right[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(home: &Path) -> Paths {
        let beside = |name: &str| home.join(name);
        Paths { target: beside("a"), rows: beside("a.hac-part"), checkpoint: beside("a.hac-resume"), mark: None }
    }

    #[test]
    fn lines_get_the_name_of_the_target_and_stay_where_it_is_taken() {
        let home = tempfile::tempdir().expect("a directory");
        let paths = paths(home.path());
        std::fs::write(&paths.rows, "new").expect("written");
        std::fs::write(&paths.target, "old").expect("written");
        assert_eq!(paths.place(Overwrite::No).expect_err("taken").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&paths.rows).expect("kept"), b"new");
        assert!(!paths.is_placed(3), "another content");
        paths.place(Overwrite::Yes).expect("replaced");
        assert_eq!(std::fs::read(&paths.target).expect("a file"), b"new");
        assert!(paths.is_placed(3) && !paths.is_placed(4));
        std::fs::copy(&paths.target, &paths.rows).expect("copied");
        assert!(paths.is_placed(3), "two names for the same");
        std::fs::remove_file(&paths.target).expect("removed");
        paths.place(Overwrite::No).expect("moved");
        assert!(!paths.rows.exists());
        std::fs::remove_file(&paths.target).expect("removed");
        std::fs::create_dir(&paths.target).expect("made");
        let length = paths.target.metadata().expect("a directory").len();
        assert!(!paths.is_placed(length), "a directory");
    }

    #[test]
    fn files_are_the_same_by_their_content() {
        let home = tempfile::tempdir().expect("a directory");
        let file = |name: &str, length: usize| {
            std::fs::write(home.path().join(name), vec![b'x'; length]).expect("written");
            home.path().join(name)
        };
        let (one, same, longer) = (file("a", 20_000), file("b", 20_000), file("c", 20_001));
        assert!(is_same(&one, &same).expect("read"));
        assert!(!is_same(&one, &longer).expect("read") && !is_same(&longer, &one).expect("read"));
    }
}
