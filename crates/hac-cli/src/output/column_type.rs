//! What a column holds, where the type system of the server says it, and the values that cells stand for.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ColumnType {
    /// Any text; also where nothing is known.
    #[default]
    Text,
    /// A PK: a number that nobody calculates with.
    Key,
    Integer,
    /// A number with so many digits behind the point as it has.
    Decimal,
    Double,
    Boolean,
    /// A point in time, in the time zone of the server.
    Time,
}

/// A whole number.
pub(super) fn integer(cell: &str) -> Option<i64> {
    cell.parse().ok()
}

/// A number that can be infinite or none, as Java writes it.
pub(super) fn double(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

/// Yes or no, as databases and Java write it.
pub(super) fn boolean(cell: &str) -> Option<bool> {
    match cell {
        "1" | "true" | "TRUE" => Some(true),
        "0" | "false" | "FALSE" => Some(false),
        _ => None,
    }
}

/// A point in time such as `2026-11-30 07:08:09.5`, in microseconds since 1970 and without a time zone.
pub(super) fn microseconds(cell: &str) -> Option<i64> {
    let (date, time) = match cell.split_once([' ', 'T']) {
        Some((date, time)) => (date, time),
        None => (cell, "00:00:00"),
    };
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_date = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    let is_time = hour < 24 && minute < 60 && second < 60;
    let fraction = fraction.trim_end_matches('0');
    let is_fraction = fraction.len() <= 6 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_date || !is_time || !is_fraction {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// Three numbers with something between them.
fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between).map(|part| {
        let is_number = !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    });
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// In the calendar of today, also for the times before it.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Counted from March on, a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * month + 2) / 5;
    let days_before_year = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    days_before_year + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_are_counted_from_1970_on() {
        for (cell, expected) in [
            ("1970-01-01 00:00:00.0", Some(0)),
            ("1970-01-01", Some(0)),
            ("1970-01-02T00:00:00.000001", Some(86_400_000_001)),
            ("2024-02-29 23:59:59.999", Some(1_709_251_199_999_000)),
            ("2026-11-30 07:08:09.5", Some(1_796_022_489_500_000)),
            ("1969-12-31 23:59:59", Some(-1_000_000)),
            ("1900-01-01 00:00:00.0", Some(-2_208_988_800_000_000)),
            ("9999-12-31 23:59:59.999999", Some(253_402_300_799_999_999)),
            ("2023-02-29", None),
            ("1900-02-29", None),
            ("2024-13-01", None),
            ("2024-00-01", None),
            ("2024-01-01 24:00:00", None),
            ("2024-01-01 00:00", None),
            ("2024-01-01 00:00:00.1234567", None),
            ("2024-01-01 00:00:00 CET", None),
            ("Mon Jan 01 00:00:00 UTC 2024", None),
            ("", None),
            ("--", None),
            ("+024-01-01", None),
        ] {
            assert_eq!(microseconds(cell), expected, "{cell}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before_it() {
        let mut before = days_since_1970(1799, 12, 31);
        for year in 1800..2200 {
            for month in 1..=12 {
                for day in 1..=days_of(year, month) {
                    assert_eq!(days_since_1970(year, month, day), before + 1, "{year}-{month}-{day}");
                    before += 1;
                }
            }
        }
    }

    #[test]
    fn flags_are_those_of_databases_and_of_java() {
        assert_eq!(["1", "0", "true", "false"].map(boolean), [Some(true), Some(false), Some(true), Some(false)]);
        assert_eq!((boolean("yes"), boolean("")), (None, None));
    }
}
