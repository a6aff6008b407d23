//! Numbers of the command line, refused in words that say what is expected.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;

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

whole!(u8, Some(Self::MAX); u16, Some(Self::MAX); std::num::NonZeroU16, Some(Self::MAX); u64, None; usize, None);

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
    fn the_limit_of_a_type_of_64_bits_is_not_shown() {
        for text in ["x", "", "-1", "1.5"] {
            assert_eq!(whole::<usize>(text), Err("must be a whole number, 0 or more".to_owned()), "{text:?}");
        }
        assert_eq!(whole::<u64>("18446744073709551616"), Err("the number is too large".to_owned()));
    }
}
