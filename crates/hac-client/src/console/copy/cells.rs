//! Cells as `ImpEx` reads them, made of what a query returns.

use super::attributes::Holds;
use super::usage::usage;
use crate::error::{Error, Result};
use crate::hint::CopyAdvice;
use crate::server_text::{REASON_CHARS, one_line};

/// The format of points in time, for a header.
pub(super) const DATE_FORMAT: &str = "yyyy-MM-dd HH:mm:ss.SSS";

/// The text of a value; the error names the attribute.
pub(super) fn text(holds: &Holds, cell: String, attribute: &str) -> Result<String> {
    match holds {
        Holds::Boolean => Ok(match cell.as_str() {
            "1" => "true".to_owned(),
            "0" => "false".to_owned(),
            _ => cell,
        }),
        Holds::Time => time(&cell).ok_or_else(|| unreadable(attribute, &cell)),
        _ => Ok(cell),
    }
}

/// A point in time with three digits of its second, as [`DATE_FORMAT`] has it.
fn time(cell: &str) -> Option<String> {
    const SHAPE: &[u8] = b"dddd-dd-dd dd:dd:dd";
    let (seconds, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let fits = |(char, shape): (u8, &u8)| if *shape == b'd' { char.is_ascii_digit() } else { char == *shape };
    let is_time = seconds.len() == SHAPE.len() && seconds.bytes().zip(SHAPE).all(fits);
    if !is_time || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let milliseconds: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(format!("{seconds}.{milliseconds}"))
}

fn unreadable(attribute: &str, cell: &str) -> Error {
    let cell = one_line(cell, REASON_CHARS);
    usage(
        format!("{attribute} has the value {cell}, which is no point in time as databases show them"),
        CopyAdvice::Exclude { attribute: attribute.to_owned(), selected: false },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_and_times_are_written_as_an_import_reads_them() {
        let text = |holds: Holds, cell: &str| text(&holds, cell.to_owned(), "x").map_err(|error| error.to_string());
        assert_eq!(text(Holds::Boolean, "1").as_deref(), Ok("true"));
        assert_eq!(text(Holds::Boolean, "false").as_deref(), Ok("false"));
        assert_eq!(text(Holds::Number, "1").as_deref(), Ok("1"));
        for (cell, written) in [
            ("2024-01-02 03:04:05.0", "2024-01-02 03:04:05.000"),
            // 120 milliseconds, of which a database leaves out the zero.
            ("2024-01-02 03:04:05.12", "2024-01-02 03:04:05.120"),
            ("2024-01-02 03:04:05.123456", "2024-01-02 03:04:05.123"),
            ("2024-01-02 03:04:05", "2024-01-02 03:04:05.000"),
        ] {
            assert_eq!(text(Holds::Time, cell).as_deref(), Ok(written));
        }
        for cell in ["Tue Jan 02 2024", "2024-01-02", "2024-01-02 03:04:05.x", "2024-01-02T03:04:05"] {
            assert!(text(Holds::Time, cell).is_err_and(|why| why.contains(cell)), "{cell}");
        }
    }
}
