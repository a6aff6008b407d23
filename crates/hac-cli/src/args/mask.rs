//! `--mask`.

use std::str::FromStr;

pub(crate) use hac_client::mask::Masking;

/// A column to mask, as `--mask` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mask {
    pub column: String,
    pub masking: Masking,
}

impl FromStr for Mask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, masking) = match text.rsplit_once('=') {
            None => (text, Masking::Hash),
            Some((column, masking)) => {
                (column, masking.parse().map_err(|_| "behind the = must be hash or fake".to_owned())?)
            }
        };
        if column.trim().is_empty() {
            return Err("a column must be named".to_owned());
        }
        Ok(Self { column: column.trim().to_owned(), masking })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_names_a_column_and_hides_it_by_a_hash_unless_it_says_otherwise() {
        let mask = |column: &str, masking| Ok(Mask { column: column.to_owned(), masking });
        assert_eq!("uid".parse(), mask("uid", Masking::Hash));
        assert_eq!("uid=hash".parse(), mask("uid", Masking::Hash));
        assert_eq!(" a=b =fake".parse(), mask("a=b", Masking::Fake));
        for wrong in ["", "=fake", "uid=Fake", "uid=", "uid=x"] {
            assert!(wrong.parse::<Mask>().is_err(), "{wrong}");
        }
    }
}
