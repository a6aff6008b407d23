//! Reading a file of settings: only one that nobody else could have written.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use hac_client::{Error, ErrorKind, Result};

use crate::os;

/// More than this is no configuration.
const LARGEST: u64 = 1024 * 1024;

/// The text of the file; `None` where there is none.
pub(super) fn text(path: &Path) -> Result<Option<String>> {
    let failed = |why: String| Error::new(ErrorKind::Config, format!("read {}", path.display())).because(why);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) => {
            return match cause.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
                _ if path.is_dir() => Err(failed("it is a directory".into()).with_hint("name a file")),
                io::ErrorKind::PermissionDenied => Err(failed("permission denied".into())),
                _ => Err(failed(cause.to_string())),
            };
        }
    };
    let metadata = file.metadata().map_err(|cause| failed(cause.to_string()))?;
    if metadata.is_dir() {
        return Err(failed("it is a directory".into()).with_hint("name a file"));
    }
    // A pipe or /dev/null is what the shell made of it.
    if metadata.is_file()
        && let Some((why, hint)) = os::exposed(&metadata, path)
    {
        return Err(failed(why.to_owned()).with_hint(hint));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(LARGEST)).unwrap_or_default() + 1);
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| failed(cause.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed("it is larger than 1 MiB".into()));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| failed(format!("it is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1)))?;
    Ok(Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)))
}
