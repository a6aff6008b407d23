//! Numbers of the command line, refused in words that say what is expected.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::time::Duration;

/// A type of whole numbers.
pub(crate) trait Whole: FromStr<Err = ParseIntError> + Display {
    /// The smallest.
    const LEAST: Self;
    /// The largest, where a person would want to know it.
    const MOST: Option<Self>;
}

macro_rules! whole {
    ($($type:ty, $most:expr);*) => {
        $(impl Whole for $type {
            const LEAST: Self = <$type>::MIN;
            const MOST: Option<Self> = $most;
        })*
    };
}

whole!(u8, Some(Self::MAX); u16, Some(Self::MAX); std::num::NonZeroU16, Some(Self::MAX); std::num::NonZeroUsize, None; u64, None; usize, None);

/// Reads a whole number.
pub(crate) fn whole<T: Whole>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: ParseIntError| match T::MOST {
        Some(most) => format!("must be a whole number from {} to {most}", T::LEAST),
        None if *error.kind() == IntErrorKind::PosOverflow => "the number is too large".to_owned(),
        None => format!("must be a whole number, {} or more", T::LEAST),
    })
}

/// Reads a number of seconds, which may have a fraction.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "must be a number of seconds, such as 30 or 0.5".to_owned())
}

/// Reads a whole number with a unit, such as `30m`, in seconds.
pub(crate) fn with_unit(text: &str) -> Option<f64> {
    let unit = text.chars().next_back()?;
    let number: u32 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86_400.0,
        'w' => 7.0 * 86_400.0,
        _ => return None,
    };
    Some(f64::from(number) * seconds)
}

/// Reads a time that something lasts.
pub(crate) fn lasting(text: &str) -> Result<Duration, String> {
    with_unit(text)
        .filter(|seconds| (1.0..=86_400.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "must be a time from 1s to 24h, such as 30s, 10m or 2h".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_number_says_which_numbers_are_accepted() {
        assert_eq!(whole::<u16>("9001"), Ok(9001));
        for text in ["x", "", "-1", "1.5", "65536"] {
            assert_eq!(whole::<u16>(text), Err("must be a whole number from 0 to 65535".to_owned()), "{text:?}");
        }
        assert_eq!(whole::<std::num::NonZeroU16>("0"), Err("must be a whole number from 1 to 65535".to_owned()));
        assert_eq!(seconds("0.5"), Ok(0.5));
        assert!(seconds("5s").is_err_and(|why| why.contains("such as 30")));
    }

    #[test]
    fn a_time_is_a_number_with_a_unit() {
        for (text, seconds) in
            [("90s", 90.0), ("30m", 1800.0), ("12h", 43_200.0), ("7d", 604_800.0), ("2w", 1_209_600.0)]
        {
            assert_eq!(with_unit(text), Some(seconds));
        }
        assert_eq!(lasting("10m"), Ok(Duration::from_secs(600)));
        for text in ["", "m", "10", "0s", "2d", "-1m", "1.5h", "1ä"] {
            assert!(lasting(text).is_err_and(|why| why.contains("such as 30s")), "{text}");
        }
    }

    #[test]
    fn the_limit_of_a_type_of_64_bits_is_not_shown() {
        for text in ["x", "", "-1", "1.5"] {
            assert_eq!(whole::<usize>(text), Err("must be a whole number, 0 or more".to_owned()), "{text:?}");
        }
        assert_eq!(whole::<u64>("18446744073709551616"), Err("the number is too large".to_owned()));
    }
}
