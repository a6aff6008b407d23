//! The text of a script or a query: typed, from a file, or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hac_client::{Error, ErrorKind, Result};

use crate::args::{SourceArgs, is_name_of_file};
use crate::diagnostics::usage;
use crate::ending::blocking;
use crate::job::Job;
use crate::os;

/// Reads the text. `what` names it in errors: `script`, `query`. A typed text that ends in one of
/// `extensions` and is one word is taken for a file, as hac-client-cli does.
pub(crate) fn read(args: &SourceArgs, what: &str, extensions: &[&str], job: &Job<'_>) -> Result<String> {
    let text = match place(args, what, extensions, job.context.terminals.stdin)? {
        Place::Typed(text) => text,
        Place::File(path) => from_file(&path, what)?,
        Place::Stdin if job.settings.password_stdin => {
            return Err(usage(
                &format!("read the {what}"),
                format!("standard input cannot hold both the {what} and the password"),
                "set HAC_PASSWORD instead of --password-stdin, or put the text into a file",
            ));
        }
        Place::Stdin => from_stdin(what)?,
    };
    // A byte order mark is no part of the text; Groovy stumbles over it.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(usage(&format!("run the {what}"), format!("the {what} is empty"), ways(what)));
    }
    Ok(text)
}

/// The file that the text comes from, as the user named it.
pub(crate) fn file(args: &SourceArgs, what: &str, extensions: &[&str], job: &Job<'_>) -> Option<String> {
    match place(args, what, extensions, job.context.terminals.stdin) {
        Ok(Place::File(path)) => Some(path.display().to_string()),
        _ => None,
    }
}

enum Place {
    Typed(String),
    File(PathBuf),
    Stdin,
}

fn place(args: &SourceArgs, what: &str, extensions: &[&str], terminal: bool) -> Result<Place> {
    let file_or_stdin = |path: &Path| if path.as_os_str() == "-" { Place::Stdin } else { Place::File(path.to_owned()) };
    match (&args.file, &args.text) {
        (Some(Some(_)), Some(_)) => {
            Err(usage(&format!("run the {what}"), "it was given twice, as text and with --file", ways(what)))
        }
        (Some(Some(path)), None) => Ok(file_or_stdin(path)),
        // `hac groovy FILE -f`, as hac-client-cli takes it.
        (Some(None), Some(text)) => Ok(file_or_stdin(Path::new(text))),
        // What is piped in is meant.
        (None, None) if !terminal => Ok(Place::Stdin),
        (Some(None) | None, None) => Err(usage(&format!("run the {what}"), format!("no {what} was given"), ways(what))),
        (None, Some(text)) if text == "-" => Ok(Place::Stdin),
        (None, Some(text)) if is_file_name(text, extensions) => Ok(Place::File(PathBuf::from(text))),
        (None, Some(text)) if is_name_of_file(text) => Err(usage(
            &format!("run the {what}"),
            format!("{text} is the name of a file, and no {what}"),
            format!("read it with -f {}; nothing was sent", os::quoted(text)),
        )),
        (None, Some(text)) => Ok(Place::Typed(text.clone())),
    }
}

fn is_file_name(text: &str, extensions: &[&str]) -> bool {
    !text.contains(char::is_whitespace)
        && Path::new(text)
            .extension()
            .is_some_and(|found| extensions.iter().any(|known| found.eq_ignore_ascii_case(known)))
}

fn ways(what: &str) -> String {
    format!("pass the {what} as text or with -f FILE, or pipe it in")
}

pub(crate) fn from_file(path: &Path, what: &str) -> Result<String> {
    let failed = |why: String| {
        usage(
            &format!("read the {what} from {}", path.display()),
            why,
            format!("name a text file that holds the {what}"),
        )
    };
    let bytes = blocking(|| read_whole(path)).map_err(|cause| {
        failed(match cause.kind() {
            io::ErrorKind::NotFound => "the file does not exist".into(),
            io::ErrorKind::IsADirectory => "it is a directory".into(),
            // Windows opens none.
            io::ErrorKind::PermissionDenied if path.is_dir() => "it is a directory".into(),
            io::ErrorKind::PermissionDenied => "permission denied".into(),
            _ => cause.to_string(),
        })
    })?;
    decoded(bytes).map_err(failed)
}

fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn from_stdin(what: &str) -> Result<String> {
    // A command that is repeated reads it again, and it is there once.
    static TEXT: OnceLock<String> = OnceLock::new();
    let failed = |why: String| {
        Error::new(ErrorKind::Usage, format!("read the {what} from standard input")).because(why).with_hint(ways(what))
    };
    if let Some(text) = TEXT.get() {
        return Ok(text.clone());
    }
    let mut bytes = Vec::new();
    blocking(|| io::stdin().lock().read_to_end(&mut bytes)).map_err(|cause| failed(cause.to_string()))?;
    let text = decoded(bytes).map_err(failed)?;
    Ok(TEXT.get_or_init(|| text).clone())
}

/// UTF-8, or UTF-16 that begins with a byte order mark, as editors and shells on Windows write it.
fn decoded(bytes: Vec<u8>) -> std::result::Result<String, String> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return utf8(bytes),
    };
    let (pairs, rest) = bytes[2..].as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err("it begins as UTF-16, but is not valid UTF-16".to_owned()),
    }
}

fn utf8(bytes: Vec<u8>) -> std::result::Result<String, String> {
    String::from_utf8(bytes)
        .map_err(|error| format!("it is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_decoded_where_a_byte_order_mark_names_it() {
        let little = [0xff, 0xfe, b'1', 0, 0x3d, 0xd8, 0x00, 0xde];
        let big = [0xfe, 0xff, 0, b'1', 0xd8, 0x3d, 0xde, 0x00];
        for bytes in [little, big] {
            assert_eq!(decoded(bytes.to_vec()).as_deref(), Ok("1\u{1f600}"));
            // Half a character, and half a unit of one.
            for cut in [6, 5] {
                assert!(decoded(bytes[..cut].to_vec()).is_err_and(|why| why.contains("UTF-16")), "{cut}");
            }
        }
        assert_eq!(decoded("ä".into()).as_deref(), Ok("ä"));
        assert!(decoded(vec![0xe4]).is_err_and(|why| why.contains("UTF-8")));
    }

    #[test]
    fn only_a_single_word_with_the_extension_is_a_file_name() {
        assert!(is_file_name("clean-up.groovy", &["groovy"]));
        assert!(!is_file_name("return 'x.groovy", &["groovy"]));
        assert!(!is_file_name("1+1", &["groovy"]));
        assert!(!is_file_name("a.groovy", &[]));
    }
}
