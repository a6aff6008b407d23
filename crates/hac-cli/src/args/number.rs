//! Numbers of the command line, refused in words that say what is wanted.

use std::fmt::Display;
use std::str::FromStr;

/// A whole number that a type has room for.
pub(crate) trait Whole: FromStr + Display {
    /// The least and the most.
    const RANGE: (Self, Self);
}

macro_rules! whole {
    ($($type:ty),*) => { $(impl Whole for $type { const RANGE: (Self, Self) = (<$type>::MIN, <$type>::MAX); })* };
}

whole!(u8, u16, u64, usize, std::num::NonZeroU16);

/// Reads a whole number.
pub(crate) fn whole<T: Whole>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("give a whole number, from {} to {}", T::RANGE.0, T::RANGE.1))
}

/// Reads a number of seconds, which may have a fraction.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "give seconds, for example 30 or 0.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_told_what_is_one() {
        assert_eq!(whole::<u16>("9001"), Ok(9001));
        for text in ["x", "", "-1", "1.5", "65536"] {
            assert_eq!(whole::<u16>(text), Err("give a whole number, from 0 to 65535".to_owned()), "{text:?}");
        }
        assert_eq!(whole::<std::num::NonZeroU16>("0"), Err("give a whole number, from 1 to 65535".to_owned()));
        assert_eq!(seconds("0.5"), Ok(0.5));
        assert!(seconds("5s").is_err_and(|why| why.contains("for example 30")));
    }
}
