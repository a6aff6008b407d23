//! How far an export has come, in a file beside its rows.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use hac_client::console::PagePosition;
use hac_client::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::diagnostics::usage;
use crate::os;

/// The form of the file.
const VERSION: u32 = 1;

/// What an export is of. It goes on only for the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    pub server: String,
    pub user: String,
    /// A hash of the query, its values and the flags that decide its rows.
    pub query: String,
    /// The file, from the root.
    pub file: String,
}

impl Bound {
    /// What the first difference is.
    fn differs(&self, other: &Self) -> Option<&'static str> {
        if self.file != other.file {
            Some("file")
        } else if self.server != other.server {
            Some("server")
        } else if self.user != other.user {
            Some("user")
        } else if self.query != other.query {
            Some("query, or the same one with other flags")
        } else {
            None
        }
    }
}

/// A hash of texts, none of which can be taken for a part of another.
pub(crate) fn hash<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let mut name = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// How far an export has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    version: u32,
    pub(super) bound: Bound,
    pub(super) headers: Vec<String>,
    pub(super) position: Option<PagePosition>,
    /// Where the rows end in the file of the rows.
    pub(super) bytes: u64,
    /// What is on the disk for certain, also after the power has failed.
    #[serde(default)]
    pub(super) synced: Option<Synced>,
    /// Whether no row is missing.
    pub(super) complete: bool,
}

/// A position, and where the rows before it end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Synced {
    position: PagePosition,
    bytes: u64,
}

impl Synced {
    pub(super) fn new(position: PagePosition, bytes: u64) -> Self {
        Self { position, bytes }
    }

    /// Where its rows end.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The version alone, which every form of the file has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Checkpoint {
    pub(super) fn new(bound: Bound) -> Self {
        Self { version: VERSION, bound, headers: Vec::new(), position: None, bytes: 0, synced: None, complete: false }
    }

    /// What is on the disk when all that it says has come there; `None` for nothing.
    pub(super) fn reached(&self) -> Option<Synced> {
        self.position.clone().map(|position| Synced::new(position, self.bytes))
    }

    /// Goes back to what is there of the rows, which have so many bytes. `false` if that is less than there must be.
    pub(super) fn fits(&mut self, bytes: u64) -> bool {
        if self.bytes <= bytes {
            return true;
        }
        let Some(synced) = self.synced.clone().filter(|synced| synced.bytes <= bytes) else { return false };
        (self.position, self.bytes, self.complete) = (Some(synced.position), synced.bytes, false);
        true
    }

    /// Reads the file; `None` if there is none.
    pub(super) fn load(path: &Path) -> Result<Option<Self>> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(unusable(path, &cause.to_string())),
        };
        let version: Versioned = serde_json::from_slice(&text).map_err(|_| unusable(path, "it is damaged"))?;
        if version.version > VERSION {
            let why = format!("{} was written by a newer version of hac", path.display());
            let hint = "go on with that version, or begin anew with --force in place of --resume";
            return Err(usage(super::DOING, why, hint));
        }
        serde_json::from_slice(&text).map(Some).map_err(|_| unusable(path, "it is damaged"))
    }

    /// Replaces the file, for its owner alone, whole or not at all. It is on the disk then, if that is asked for.
    pub(super) fn save(&self, path: &Path, sync: bool) -> io::Result<()> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".hac-").suffix(".resume").tempfile_in(directory)?;
        // At once: it is written with every page.
        file.write_all(&serde_json::to_vec(self)?)?;
        file.write_all(b"\n")?;
        if sync {
            file.as_file().sync_data()?;
        }
        os::replace(file, path)
    }

    /// Whether it is of the same export.
    pub(super) fn check(&self, bound: &Bound, file: &Path) -> Result<()> {
        match self.bound.differs(bound) {
            None => Ok(()),
            Some(what) => Err(usage(
                super::DOING,
                if self.complete && file.exists() {
                    format!("{} was written by an export of another {what}", file.display())
                } else {
                    format!("the unfinished export of {} is of another {what}", file.display())
                },
                "use the same command and flags, or begin anew with --force in place of --resume",
            )),
        }
    }
}

fn unusable(path: &Path, why: &str) -> Error {
    usage(
        super::DOING,
        format!("{} cannot be read: {why}", path.display()),
        "begin anew with --force in place of --resume",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound() -> Bound {
        let text = |text: &str| text.to_owned();
        Bound { server: text("https://a"), user: text("admin"), query: hash(["q"]), file: text("/tmp/a.csv") }
    }

    #[test]
    fn a_checkpoint_is_read_back_and_is_for_the_same_export_only() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a.csv.hac-resume");
        assert_eq!(Checkpoint::load(&path).expect("none"), None);
        let mut saved = Checkpoint::new(bound());
        saved.position = Some(PagePosition::new("8796093054977", 10));
        saved.save(&path, true).expect("saved");
        let loaded = Checkpoint::load(&path).expect("readable").expect("there");
        assert_eq!(loaded, saved);
        loaded.check(&bound(), &path).expect("the same");
        let mut others = [bound(), bound(), bound(), bound()];
        others[0].server.push('b');
        others[1].user.push('b');
        others[2].query = hash(["q", ""]);
        others[3].file.push('b');
        for (other, what) in others.iter().zip(["server", "user", "query", "file"]) {
            let error = loaded.check(other, &path).expect_err(what);
            assert!(error.to_string().contains(&format!("of another {what}")), "{error}");
        }
    }

    #[test]
    fn rows_that_the_disk_has_lost_are_read_again_and_no_more_than_that() {
        let mut checkpoint = Checkpoint::new(bound());
        (checkpoint.position, checkpoint.bytes) = (Some(PagePosition::new("5", 10)), 100);
        assert!(!checkpoint.clone().fits(99), "nothing is certain");
        checkpoint.synced = checkpoint.reached();
        (checkpoint.position, checkpoint.bytes, checkpoint.complete) = (Some(PagePosition::new("9", 20)), 200, true);
        for (length, fits, rows, complete) in
            [(250, true, 20, true), (200, true, 20, true), (199, true, 10, false), (100, true, 10, false)]
        {
            let mut checkpoint = checkpoint.clone();
            assert_eq!(checkpoint.fits(length), fits, "{length}");
            let position = checkpoint.position.as_ref().map(PagePosition::rows);
            assert_eq!((position, checkpoint.complete), (Some(rows), complete), "{length}");
            assert!(checkpoint.bytes <= length, "{length}");
        }
        assert!(!checkpoint.fits(99));
    }

    #[test]
    fn a_damaged_file_and_one_of_a_newer_version_are_told_apart() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("a.csv.hac-resume");
        for (text, told) in [
            ("", "it is damaged"),
            ("{\"version\":1}", "it is damaged"),
            ("{\"version\":2,\"rows\":1}", "by a newer version of hac"),
        ] {
            std::fs::write(&path, text).expect("written");
            let error = Checkpoint::load(&path).expect_err(text);
            assert!(error.to_string().contains(told), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.to_string().contains("--force")), "{error:?}");
        }
    }
}
